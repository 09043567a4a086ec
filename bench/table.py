# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What the rounds gave, as Markdown.

import statistics

HEADER = """\
| | min ms | median ms | best int8 peer / this | best AVX2 peer / this | GMAC/s \
| % of peak | top-1 | SQNR dB | MB | peak RSS MiB | start to first result ms |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


def least(contenders):
    return min((min(c.times) for c in contenders), default=None)


def sqnr(wanted, found):
    import numpy as np

    wanted = wanted.astype(np.float64)
    noise = np.square(wanted - found).sum()
    return 10 * np.log10(np.square(wanted).sum() / noise) if noise else np.inf


def row(contender, macs, machine, best_int8, best_avx2, wanted):
    shortest = min(contender.times)
    rate = macs / shortest / 1e3
    peak = machine.peak(contender.precision, contender.isa)
    same = int(contender.result.argmax()) == int(wanted.argmax())
    cells = [
        contender.name,
        f"{shortest / 1e3:.2f}",
        f"{statistics.median(contender.times) / 1e3:.2f}",
        f"{best_int8 / shortest:.2f}" if best_int8 else "",
        f"{best_avx2 / shortest:.2f}" if best_avx2 and contender.isa else "",
        f"{rate:.0f}",
        f"{100 * rate / peak:.0f}" if peak else "",
        "same" if same else "other",
        f"{sqnr(wanted, contender.result):.1f}",
        f"{contender.size / 1e6:.1f}",
        f"{contender.memory:.0f}",
        f"{contender.first_result * 1e3:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def table(contenders, macs, machine, reference):
    """One row each, int8 first, ours before the peers; `reference`: the one whose
    result the others are compared with."""
    peers = [c for c in contenders if not c.is_ours]
    best_int8 = least(c for c in peers if c.precision == "int8" and not c.isa)
    best_avx2 = least(c for c in peers if c.isa == "AVX2")
    ordered = sorted(contenders,
                     key=lambda c: (not c.is_ours, c.isa, c.precision == "fp32"))
    return "\n".join([HEADER, *(
        row(c, macs, machine, best_int8, best_avx2, reference.result)
        for c in ordered)])
