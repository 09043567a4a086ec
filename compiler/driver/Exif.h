// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which way up a photograph is: the orientation that cameras write into JPEG
// files instead of turning the pixels.

#ifndef QUENCH_COMPILER_DRIVER_EXIF_H
#define QUENCH_COMPILER_DRIVER_EXIF_H

#include "compiler/driver/Picture.h"

namespace quench {

/// The orientation, 1 to 8, in the data of a JPEG file's APP1 segment ("Exif",
/// 0, 0, then TIFF); 1 where there is none or it makes no sense.
int exifOrientation(const uint8_t *segment, size_t size);

/// The picture as it is meant to be seen: 2 and 4 are mirrored, 3 is turned by
/// 180 degrees, and 5 to 8 also have rows for columns.
Picture upright(Picture picture, int orientation);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_EXIF_H
