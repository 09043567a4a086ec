// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// JPEG by libjpeg, PNG by libpng.

#include "compiler/driver/Exif.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <jerror.h>
#include <jpeglib.h>
#include <png.h>

using namespace quench;

namespace {

constexpr uint64_t maxPixels = uint64_t(1) << 26;

constexpr uint8_t jpegMagic[] = {0xff, 0xd8, 0xff};
constexpr uint8_t pngMagic[] = {0x89, 'P', 'N', 'G'};

template <size_t n>
bool beginsWith(const uint8_t *bytes, size_t size, const uint8_t (&magic)[n]) {
  return size >= n && std::memcmp(bytes, magic, n) == 0;
}

/// libjpeg reports by calling a function that must not return.
struct JpegErrors {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
  char text[JMSG_LENGTH_MAX];
};

void onJpegError(j_common_ptr info) {
  auto *errors = reinterpret_cast<JpegErrors *>(info->err);
  info->err->format_message(info, errors->text);
  std::longjmp(errors->jump, 1);
}

/// Of the warnings, those that say that pixels are missing: libjpeg would fill
/// in grey. Others (odd bytes between segments) cost nothing.
void onJpegMessage(j_common_ptr info, int level) {
  const int code = info->err->msg_code;
  if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER))
    onJpegError(info);
}

/// The orientation in the Exif segment, if there is one.
int orientationOf(const jpeg_decompress_struct &info) {
  for (const jpeg_marker_struct *marker = info.marker_list; marker;
       marker = marker->next) {
    const int orientation = exifOrientation(marker->data, marker->data_length);
    if (orientation != 1)
      return orientation;
  }
  return 1;
}

/// Nothing with a destructor is created between setjmp and longjmp: `picture`
/// belongs to the caller.
bool decodeJpeg(const uint8_t *bytes, size_t size, Picture &picture,
                int &orientation, JpegErrors &errors) {
  jpeg_decompress_struct info;
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = onJpegError;
  errors.manager.emit_message = onJpegMessage;
  if (setjmp(errors.jump)) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes, size);
  jpeg_save_markers(&info, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&info, TRUE);
  if (uint64_t(info.image_width) * info.image_height > maxPixels) {
    std::snprintf(errors.text, sizeof(errors.text),
                  "%u x %u pixels are too many", info.image_width,
                  info.image_height);
    jpeg_destroy_decompress(&info);
    return false;
  }
  orientation = orientationOf(info);
  info.out_color_space = JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&info);
  picture.width = static_cast<int>(info.output_width);
  picture.height = static_cast<int>(info.output_height);
  const size_t rowBytes = size_t(info.output_width) * 3;
  picture.rgb.resize(rowBytes * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = picture.rgb.data() + rowBytes * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return true;
}

bool decodePng(const uint8_t *bytes, size_t size, Picture &picture,
               std::string &error) {
  png_image image;
  std::memset(&image, 0, sizeof(image));
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, bytes, size)) {
    error = image.message;
    return false;
  }
  if (uint64_t(image.width) * image.height > maxPixels) {
    error = std::to_string(image.width) + " x " + std::to_string(image.height) +
            " pixels are too many";
    png_image_free(&image);
    return false;
  }
  image.format = PNG_FORMAT_RGBA;
  std::vector<uint8_t> rgba(PNG_IMAGE_SIZE(image));
  if (!png_image_finish_read(&image, nullptr, rgba.data(), 0, nullptr)) {
    error = image.message;
    return false;
  }
  picture.width = static_cast<int>(image.width);
  picture.height = static_cast<int>(image.height);
  picture.rgb.resize(rgba.size() / 4 * 3);
  for (size_t i = 0; i < rgba.size() / 4; ++i)
    std::memcpy(&picture.rgb[i * 3], &rgba[i * 4], 3);
  return true;
}

} // namespace

bool quench::looksLikePicture(const uint8_t *bytes, size_t size) {
  return beginsWith(bytes, size, jpegMagic) ||
         beginsWith(bytes, size, pngMagic);
}

std::optional<Picture> quench::decodePicture(const uint8_t *bytes, size_t size,
                                             std::string &error) {
  Picture picture;
  if (beginsWith(bytes, size, pngMagic)) {
    if (!decodePng(bytes, size, picture, error))
      return std::nullopt;
    return picture;
  }
  if (!beginsWith(bytes, size, jpegMagic)) {
    error = "neither JPEG nor PNG";
    return std::nullopt;
  }
  JpegErrors errors;
  errors.text[0] = 0;
  int orientation = 1;
  if (!decodeJpeg(bytes, size, picture, orientation, errors)) {
    error = errors.text;
    return std::nullopt;
  }
  return upright(std::move(picture), orientation);
}
