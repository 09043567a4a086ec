# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Opens a report's page in a browser without a screen and looks at it:
#
#   report_page.py PAGE.html REPORT.json FOLDER
#
# The elements that the browser made of it are counted against the JSON, and the
# picture must have each plot's colours where that plot is.

import collections
import html.parser
import json
import pathlib
import subprocess
import sys

import numpy as np
from PIL import Image

page, report_file, folder = map(pathlib.Path, sys.argv[1:])
report = json.loads(report_file.read_text())
layers = report["layers"]
WIDTH, HEIGHT = 1200, 3400 + 75 * len(layers)

BROWSER = [
    "chromium", "--headless", "--no-sandbox", "--disable-gpu",
    "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
    "--force-device-scale-factor=1", f"--user-data-dir={folder / 'profile'}",
    f"--window-size={WIDTH},{HEIGHT}",
]


def browse(*options):
    result = subprocess.run(
        [*BROWSER, *options, page.resolve().as_uri()],
        capture_output=True, text=True, timeout=300, check=False)
    if result.returncode:
        sys.exit(f"chromium: exit code {result.returncode}\n{result.stderr}")
    return result.stdout


class Counter(html.parser.HTMLParser):
    """Elements by tag and class; the text of titles and headings."""

    def __init__(self):
        super().__init__()
        self.count = collections.Counter()
        self.texts = collections.defaultdict(list)
        self.open = []
        self.external = []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.count[tag] += 1
        for name, value in attributes:
            if name == "class":
                for kind in value.split():
                    self.count[f"{tag}.{kind}"] += 1
            if name in ("src", "href") or "url(" in (value or ""):
                self.external.append((tag, name, value))

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]].append(data)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: expected {expected}, found {found}")


dom = Counter()
dom.feed(browse("--dump-dom"))
measured = [layer for layer in layers if "local" in layer]
coded = [layer for layer in layers if "codes" in layer]
expect("external resources", dom.external, [])
expect("scripts", dom.count["script"], 0)
expect("dots", dom.count["circle.dot"], 2 * len(measured))
expect("rings", dom.count["circle.ring"], len(report["worst"]) + 1)  # legend
expect("histograms", dom.count["svg.histogram"], len(coded))
expect("ranges", dom.count["svg.range"], len(coded))
expect("tensors in the arena", dom.count["rect.slot"],
       len(report["memory"]["slots"]))
expect("worst rows", dom.count["tr.worst"], len(report["worst"]))
expect("warnings", dom.count["li"],
       len(report["warnings"]) + len(report["worst"]))
bars = sum(1 for layer in coded for count in layer["codes"]["bars"] if count)
expect("bars", dom.count["rect.bar"], bars + min(15, sum(
    1 for layer in measured if layer["local"]["sqnr_db"] is not None)))
for heading in ["Where to begin", "Error along the network",
                "What each layer costs", "Layers", "Warnings",
                "Ranges against samples", "Memory of the compiled model"]:
    if heading not in dom.texts["h2"]:
        sys.exit(f"no heading '{heading}' among {dom.texts['h2']}")
titles = "\n".join(dom.texts["title"])
for layer in measured:
    if layer["name"] not in titles:
        sys.exit(f"no plot names '{layer['name']}'")

browse(f"--screenshot={folder / 'page.png'}")
image = Image.open(folder / "page.png").convert("RGB")
expect("size of the picture", image.size, (WIDTH, HEIGHT))
pixels = np.asarray(image).astype(np.int32)
colours = (pixels[..., 0] << 16) | (pixels[..., 1] << 8) | pixels[..., 2]
if (colours == 0xFFFFFF).mean() > 0.98:
    sys.exit("the page is blank")

# Colours of the style sheet, from top to bottom of the page.
ACCUMULATED, DOT, BAND, SLOTS = 0xBC4C00, 0x0969DA, 0xDDF4FF, (
    0x54AEFF, 0x4AC26B, 0xD4A72C, 0xC297FF, 0xFF8182, 0x6FBCBC)


def rows_of(colour, least):
    rows = np.flatnonzero((colours == colour).sum(axis=1) > 0)
    if (colours == colour).sum() < least:
        sys.exit(f"colour {colour:06x}: fewer than {least} pixels")
    return rows


error = rows_of(ACCUMULATED, 300)
rows_of(DOT, 2000)
band = rows_of(BAND, 5000)
slots = [rows_of(colour, 30) for colour in SLOTS[:2]]
if not error.max() < band.max() < slots[0].max():
    sys.exit("the plots are not in order")
area = colours[error.min():error.max()]
if len(np.unique(area)) < 20:
    sys.exit("the error plot has too few colours")
# The line of the accumulated error goes from the first layer to the last.
columns = np.flatnonzero((area == ACCUMULATED).any(axis=0))
if columns.max() - columns.min() < 0.8 * WIDTH * (1 - 1 / len(layers)):
    sys.exit("the error plot is too narrow")
print(f"ok: {len(layers)} layers, {bars} bars")
