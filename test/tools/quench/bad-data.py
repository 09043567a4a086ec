# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Every way in which calibration data can be wrong: one line that names the file
# and says what was expected, exit code 3. bad-data.py <folder> <model.mlir>
# <picture.mlir>: models of an input x of 1x3, and of a picture 1x6x4x3.

import pathlib
import shutil
import subprocess
import sys

import numpy as np
from PIL import Image

root = pathlib.Path(sys.argv[1])
model, picture = sys.argv[2:]
shutil.rmtree(root, ignore_errors=True)
root.mkdir(parents=True)
failed = []


def check(model, path, *expected, code=3, options=()):
    command = ["quench", "quantize", model, f"--calibrate={path}", "-o",
               str(root / "out.mlir"), *options]
    result = subprocess.run(command, capture_output=True, text=True)
    lines = [l for l in result.stderr.splitlines() if l.startswith("quench: error")]
    line = lines[0] if lines else result.stderr
    wrong = [e for e in (path.name, *expected) if e not in line]
    if result.returncode != code or len(lines) != 1 or wrong:
        failed.append(f"{path.name}: exit {result.returncode}, lacks {wrong}: {line}")
    return result.stderr


def file(name, content):
    path = root / name
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content)
    return path


good = np.arange(6, dtype=np.float32).reshape(2, 3)

# Folders.
(root / "empty").mkdir()
check(model, root / "empty", "has no files")
file("text/labels.csv", b"a,b\n")
file("text/.hidden.npy", b"hidden files do not count")
(root / "text" / "sub.npy").mkdir()
check(model, root / "text", "only 1 file: 'labels.csv'", "--raw=int8")
check(model, root / "missing", "No such file")
check(model, file("none.txt", b"\n  \n"), "names no file")

# Arrays.
whole = file("good.npy", good).read_bytes()
check(model, file("cut.npy", whole[:-4]), "expected 24 bytes", "found 20",
      "truncated")
check(model, file("header.npy", whole[:40]), "truncated .npy header")
check(model, file("shape.npy", good.reshape(1, 3, 2)), "expects shape 1x3",
      "found 1x3x2")
check(model, file("none.npy", good[:0]), "no samples", "0x3")
check(model, file("fortran.npy", np.asfortranarray(good)), "Fortran order",
      "numpy.ascontiguousarray")
check(model, file("complex.npy", good.astype(np.complex64)), "found '<c8'",
      "numpy.astype")
check(model, file("big.npy", good.astype(">f4")), "found '>f4'", "numpy.astype")
for bad, name in ((np.nan, "a NaN"), (np.inf, "an infinity")):
    spoilt = good.copy()
    spoilt[1, 2] = bad
    check(model, file("spoilt.npy", spoilt), name, "element 2 of sample 1")
check(model, file("large.npy", good.astype(np.float64) * 1e300), "an infinity")
check(picture, file("channels.npy", np.zeros((2, 6, 4, 1), np.uint8)),
      "expects shape 1x6x4x3", "found 2x6x4x1")
check(picture, file("first.npy", np.zeros((2, 3, 6, 4), np.uint8)),
      "found 2x3x6x4", "numpy.transpose")
check(model, file("empty.npy", b""), "--raw=int8")
check(model, file("empty.bin", b""), "no samples", options=["--raw=uint8"])
check(model, file("odd.bin", b"1234"), "multiple of 3",
      options=["--raw=uint8"])

# Archives.
np.savez_compressed(root / "good.npz", x=np.tile(good, (900, 1)))
whole = (root / "good.npz").read_bytes()
check(model, file("cut.npz", whole[:-30]), "truncated or damaged .npz archive")
flipped = bytearray(whole)
flipped[len(whole) // 2] ^= 0xFF
check(model, file("flipped.npz", bytes(flipped)))
np.savez(root / "stored.npz", x=good)
flipped = bytearray((root / "stored.npz").read_bytes())
at = flipped.index(good[1].tobytes())
flipped[at] ^= 1
check(model, file("sum.npz", bytes(flipped)), "CRC")
np.savez(root / "others.npz", y=good, z=good)
check(model, root / "others.npz", "expects a member 'x'", "found 'y', 'z'")
np.savez(root / "nothing.npz")
check(model, root / "nothing.npz", "no member")

# Pictures.
image = Image.fromarray(
    np.random.default_rng(1).integers(0, 255, (60, 40, 3), np.uint8))
for kind in ("jpg", "png"):
    image.save(root / f"good.{kind}")
    whole = (root / f"good.{kind}").read_bytes()
    for length in (len(whole) - 200, len(whole) // 2, 20):
        check(picture, file(f"cut{length}.{kind}", whole[:length]),
              "cannot decode")
image.save(root / "progressive.jpg", progressive=True)
whole = (root / "progressive.jpg").read_bytes()
check(picture, file("scans.jpg", whole[: whole.rindex(b"\xff\xda")]),
      "cannot decode")
check(model, root / "good.jpg", "needs an input of shape", "has 1x3")

# What is left out of a folder is said.
file("mixed/a.npy", good)
file("mixed/b.csv", b"1,2,3\n")
text = subprocess.run(
    ["quench", "quantize", model, f"--calibrate={root}/mixed", "-o", "-"],
    capture_output=True, text=True, check=False).stderr
if "left out" not in text or "1 file: 'b.csv'" not in text:
    failed.append("mixed: " + text)

for line in failed:
    print(line)
sys.exit(bool(failed))
