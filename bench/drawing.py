# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Bars of the layers' times as SVG text: the part up to the limit dark, the rest
# light; one row a layer, from the first to the last.

from html import escape

ROW, TOP, LEFT, WIDTH, RIGHT = 16, 64, 220, 560, 180


def text(x, y, words, **attributes):
    more = "".join(f' {k.replace("_", "-")}="{v}"' for k, v in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(words)}</text>'


def bar(x, y, width, style):
    return (f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" '
            f'width="{max(width, 0.5):.1f}" height="{ROW - 4}"/>')


def step_of(most):
    """Between lines of the grid: 1, 2 or 5 times a power of ten, at most six."""
    step = 1e-3
    while True:
        for factor in (1, 2, 5):
            if most / (factor * step) <= 6:
                return factor * step
        step *= 10


def bars(title, layers):
    """`layers`: objects with `name`, `op`, `time` and `limit` in microseconds."""
    most = max(layer.time for layer in layers)
    scale = WIDTH / most
    bottom = TOP + ROW * len(layers)
    total = sum(layer.time for layer in layers)
    limits = sum(layer.limit for layer in layers)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" '
        f'font-size="11" viewBox="0 0 {LEFT + WIDTH + RIGHT} {bottom + 28}">',
        "<style>.limit{fill:#1f4e79}.rest{fill:#9dc3e6}.grid{stroke:#ddd}</style>",
        '<rect width="100%" height="100%" fill="white"/>',
        text(12, 22, title, font_size=15),
        text(12, 42, f"{total / 1e3:.2f} ms in all; the dark parts, "
             f"{limits / 1e3:.2f} ms, are what arithmetic or memory takes at least"),
    ]
    step = step_of(most)
    for i in range(int(most / step) + 1):
        x = LEFT + i * step * scale
        out += [f'<path class="grid" d="M{x:.1f} {TOP - 6}V{bottom}"/>',
                text(x, bottom + 16, f"{i * step:g} us", text_anchor="middle")]
    for row, layer in enumerate(layers):
        y = TOP + ROW * row
        name = layer.name if len(layer.name) <= 34 else f"…{layer.name[-33:]}"
        limit = min(layer.limit, layer.time)
        out += [
            text(LEFT - 6, y + 10, name, text_anchor="end"),
            bar(LEFT, y, layer.time * scale, "rest"),
            bar(LEFT, y, limit * scale, "limit"),
            text(LEFT + layer.time * scale + 4, y + 10,
                 f"{layer.time:.0f} us, {layer.time / layer.limit:.1f} x, {layer.op}"),
        ]
    return "\n".join([*out, "</svg>", ""])
