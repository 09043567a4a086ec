// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exif 2.32 (CIPA DC-008), 4.6.4: tag 274 of the first directory, a SHORT.
// TIFF 6.0: "II" or "MM" for the byte order, 42, the offset of the directory;
// there the number of entries, then 12 bytes each: tag, type, count, value.

#include "compiler/driver/Exif.h"

#include <cstring>
#include <utility>

using namespace quench;

namespace {

/// Numbers of a TIFF file; 0 beyond its end.
struct Tiff {
  const uint8_t *bytes;
  size_t size;
  bool isLittle;

  size_t number(size_t at, int width) const {
    if (at > size || size - at < size_t(width))
      return 0;
    size_t value = 0;
    for (int i = 0; i < width; ++i)
      value = value << 8 | bytes[at + size_t(isLittle ? width - 1 - i : i)];
    return value;
  }
};

/// How a pixel of the upright picture is found: rows for columns first, then
/// mirrored in the file's own coordinates.
struct Turn {
  bool swaps, flipsX, flipsY;
};
constexpr Turn turns[] = {
    {false, false, false}, // 1: row 0 is the top, column 0 the left side
    {false, true,  false}, // 2: top, right
    {false, true,  true }, // 3: bottom, right
    {false, false, true }, // 4: bottom, left
    {true,  false, false}, // 5: left, top
    {true,  false, true }, // 6: right, top
    {true,  true,  true }, // 7: right, bottom
    {true,  true,  false}, // 8: left, bottom
};

} // namespace

int quench::exifOrientation(const uint8_t *segment, size_t size) {
  constexpr size_t magic = 6, entryBytes = 12;
  constexpr size_t tag = 274, typeShort = 3;
  if (size < magic + 8 || std::memcmp(segment, "Exif\0", magic) != 0)
    return 1;
  const uint8_t *begin = segment + magic;
  const bool isLittle = std::memcmp(begin, "II", 2) == 0;
  if (!isLittle && std::memcmp(begin, "MM", 2) != 0)
    return 1;
  const Tiff tiff{begin, size - magic, isLittle};
  if (tiff.number(2, 2) != 42)
    return 1;
  const size_t directory = tiff.number(4, 4);
  const size_t entries = tiff.number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * entryBytes;
    if (tiff.number(entry, 2) != tag || tiff.number(entry + 2, 2) != typeShort)
      continue;
    const size_t value = tiff.number(entry + 8, 2);
    return value >= 1 && value <= 8 ? int(value) : 1;
  }
  return 1;
}

Picture quench::upright(Picture picture, int orientation) {
  if (orientation < 2 || orientation > 8)
    return picture;
  const Turn &turn = turns[orientation - 1];
  Picture result = picture;
  if (turn.swaps)
    std::swap(result.width, result.height);
  uint8_t *out = result.rgb.data();
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x, out += 3) {
      int column = turn.swaps ? y : x, row = turn.swaps ? x : y;
      column = turn.flipsX ? picture.width - 1 - column : column;
      row = turn.flipsY ? picture.height - 1 - row : row;
      std::memcpy(
          out,
          &picture
               .rgb[(size_t(row) * size_t(picture.width) + size_t(column)) * 3],
          3);
    }
  return result;
}
