# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# dump.py <json> <qfb>: what `quench dump --json` says of the calibrated relu.

import json
import os
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    dump = json.load(file)
assert dump["format"] == "1.0", dump["format"]
assert dump["producer"].startswith("quench ")
assert dump["model"] == "relu" and len(dump["source_sha256"]) == 64
assert dump["inputs"] == [{"name": "x", "shape": [1, 3], "element": "f32"}], dump["inputs"]
(entry,) = dump["preprocess"]
assert entry == {"input": "*", "mean": [127], "std": [0.125], "resize": 0, "filter": "bicubic",
                 "bgr": False, "layout": "auto", "raw": "none"}, entry
assert dump["calibration"] == [
    {"tensor": "x", "observer": "min_max", "samples": 2, "min": -1, "max": 3},
    {"tensor": "y", "observer": "min_max", "samples": 2, "min": 0, "max": 3},
], dump["calibration"]
first = dump["ops"][0]
assert first["op"] == "q.quantize" and first["name"] == "x"
(result,) = first["results"]
assert result["zero_points"] == [-64] and result["codes"] == [-128, 127]
assert abs(result["scales"][0] - 4 / 255) < 1e-9
sizes = {row["kind"]: row["bytes"] for row in dump["bytes"]}
assert sizes["file"] == os.path.getsize(sys.argv[2])
assert sizes["tables"] == 256
