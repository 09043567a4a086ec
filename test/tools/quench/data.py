# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Files that numpy and Pillow write are read as numpy and Pillow read them:
# data.py <folder> <one.mlir> <two.mlir> <picture.mlir>, models of one input x of
# 1x3, of two inputs a (1x2) and b (1x3), and of a picture 1x6x4x3. What a sample
# becomes is what `quench prepare` writes.

import os
import pathlib
import subprocess
import sys

import numpy as np
from PIL import Image

folder = pathlib.Path(sys.argv[1])
one, two, picture = sys.argv[2:]
folder.mkdir(parents=True, exist_ok=True)


def prepare(model, inputs, outputs, *options):
    paths = [folder / f"out{i}.npy" for i in range(outputs)]
    command = ["quench", "prepare", model, "--quiet", *map(str, inputs), *options]
    for path in paths:
        command += ["-o", str(path)]
    subprocess.run(command, check=True)
    return [np.load(path) for path in paths]


def same(found, expected):
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.asarray(expected, np.float32))


# Every type of elements; values at the ends of its range. Integers are scaled,
# floats are not.
for name in ("f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8"):
    kind = np.dtype("<" + name)
    if kind.kind == "f":
        least = 2.0 ** -24 if name == "f2" else 1e-38
        values = np.array([[-1.5, 0.1, 65504], [least, -0.0, 3]], kind)
        expected = values.astype(np.float32)
    else:
        info = np.iinfo(kind)
        values = np.array([[info.min, info.max, 1], [2, 3, 100]], kind)
        expected = ((values.astype(np.float64) - 10) / 4).astype(np.float32)
    for save in (np.save, np.savez, np.savez_compressed):
        path = folder / (name + (".npy" if save is np.save else ".npz"))
        save(path, values)
        same(prepare(one, [path], 1, "--mean=10", "--std=4")[0], expected)

# A member for each input, in any order, with members that nobody asks for; one
# archive after the other. The size makes deflated data come in several blocks.
rng = np.random.default_rng(3)
a, b = (rng.normal(size=(5000, n)).astype(np.float32) for n in (2, 3))
np.savez_compressed(folder / "d1.npz", b=b[:3000], other=a, a=a[:3000])
np.savez(folder / "d2.npz", a=a[3000:], b=b[3000:])
found = prepare(two, [folder / "d1.npz", folder / "d2.npz"], 2)
same(found[0], a)
same(found[1], b)
# Named inputs: the only member may have any name.
np.savez(folder / "only.npz", x=b[:3000])
found = prepare(two, [f"a={folder}/d1.npz", f"b={folder}/only.npz"], 2)
same(found[0], a[:3000])
same(found[1], b[:3000])

# Eight ways to hold a camera. A picture without symmetry, as large as the input
# when upright, so that nothing is resized.
pixels = np.zeros((6, 4, 3), np.uint8)
pixels[0, 0] = (250, 30, 10)
pixels[0, 1:] = (20, 220, 40)
pixels[1:4, 0] = (30, 40, 200)
pixels[5, 3] = (240, 240, 240)
for orientation in range(1, 9):
    # How such a file is stored: the inverse of what a viewer does.
    stored = {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, 1),
        7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
        8: lambda p: np.rot90(p, -1),
    }[orientation](pixels)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = folder / f"exif{orientation}.jpg"
    Image.fromarray(np.ascontiguousarray(stored)).save(
        path, quality=100, subsampling=0, exif=exif
    )
    found = prepare(picture, [path], 1, "--resize=exact")[0][0]
    # JPEG is not exact; another orientation is off by hundreds.
    assert np.abs(found - pixels).max() < 30, (orientation, found)

# Memory does not grow with the samples: 8 and 40 of 4 MiB each, of which an
# archive of zeros keeps little on disk. One job, or the number would depend on
# the machine.
wide = folder / "wide.mlir"
wide.write_text("""func.func @main(%x: tensor<1048576xf32>) -> tensor<1048576xf32> {
  %y = nn.relu %x : tensor<1048576xf32>
  return %y : tensor<1048576xf32>
}""")
peaks = []
for count in (8, 40):
    np.savez_compressed(folder / "zeros.npz", np.zeros((count, 1 << 20), np.float32))
    process = subprocess.Popen(
        ["quench", "quantize", wide, "--quiet", "--jobs=1",
         f"--calibrate={folder}/zeros.npz", "--qconfig=fast",
         "-o", folder / "wide.q.mlir"])
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    peaks.append(usage.ru_maxrss / 1024)
assert peaks[1] < peaks[0] + 16, peaks
print("data ok")
