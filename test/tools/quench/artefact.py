# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# artefact.py <in.qfb> <out.qfb> <what>: a copy with one thing changed, by the
# FlatBuffers layout and not by Quench's code. The fields of the root have the
# numbers of docs/artefact.md.

import struct
import sys

MAJOR, MINOR, BLOB = 0, 1, 16


def field(data, number):
    """Offset of a field of the root table."""
    (root,) = struct.unpack_from("<I", data, 0)
    (back,) = struct.unpack_from("<i", data, root)
    (offset,) = struct.unpack_from("<H", data, root - back + 4 + 2 * number)
    assert offset, "the field is not there"
    return root + offset


source, target, what = sys.argv[1:]
with open(source, "rb") as file:
    data = bytearray(file.read())
if what == "major":
    struct.pack_into("<H", data, field(data, MAJOR), 2)
elif what == "identifier":
    data[4:8] = b"QFBX"
elif what == "truncated":
    del data[len(data) // 2 :]
elif what == "constant":
    at = field(data, BLOB)
    vector = at + struct.unpack_from("<I", data, at)[0]
    assert struct.unpack_from("<I", data, vector)[0] > 0
    data[vector + 4] ^= 1
else:
    sys.exit("what is " + what)
with open(target, "wb") as file:
    file.write(data)
