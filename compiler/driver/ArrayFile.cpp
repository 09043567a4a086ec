// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Headers of array files; gzip by zlib.

#include "compiler/driver/ArrayFile.h"

#include "compiler/interpret/Npy.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"

#include <cstring>
#include <optional>
#include <zlib.h>

using namespace llvm;
using namespace quench;
using interpret::ElementKind;

namespace {

/// More than the largest data set anybody keeps in one gzip file here.
constexpr size_t maxUnpacked = size_t(1) << 32;

template <typename T>
double load(const char *at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return double(value);
}

} // namespace

double ArrayFile::at(int64_t index) const {
  const char *element =
      bytes.data() + offset + size_t(index * interpret::elementBytes(kind));
  switch (kind) {
  case ElementKind::F32:
    return load<float>(element);
  case ElementKind::S8:
    return load<int8_t>(element);
  case ElementKind::S16:
    return load<int16_t>(element);
  case ElementKind::U8:
    return load<uint8_t>(element);
  case ElementKind::S32:
    return load<int32_t>(element);
  case ElementKind::I64:
    return load<int64_t>(element);
  }
  return 0;
}

Error ArrayFile::unpack(StringRef path) {
  z_stream stream;
  std::memset(&stream, 0, sizeof(stream));
  if (inflateInit2(&stream, 15 + 16) != Z_OK)
    return createStringError("cannot unpack '" + path + "'");
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  stream.avail_in = uInt(bytes.size());
  int status = Z_OK;
  while (status == Z_OK && owned.size() < maxUnpacked) {
    const size_t done = owned.size();
    owned.resize(done + (size_t(1) << 20));
    stream.next_out = owned.data() + done;
    stream.avail_out = uInt(owned.size() - done);
    status = inflate(&stream, Z_NO_FLUSH);
    owned.resize(owned.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END)
    return createStringError("cannot unpack '" + path +
                             "': the gzip data is damaged or too large");
  bytes = StringRef(reinterpret_cast<const char *>(owned.data()), owned.size());
  mapped.reset();
  return Error::success();
}

/// http://yann.lecun.com/exdb/mnist: 0, 0, type, rank, then the sizes as
/// big-endian int32. Type 8 is unsigned byte, 9 signed byte.
Error ArrayFile::openIdx(StringRef path) {
  const auto *begin = reinterpret_cast<const uint8_t *>(bytes.data());
  const size_t rank = begin[3];
  if (begin[2] != 8 && begin[2] != 9)
    return createStringError("'" + path +
                             "' expects bytes (type 8 or 9) in an "
                             "idx file, found type " +
                             Twine(int(begin[2])));
  if (bytes.size() < 4 + rank * 4)
    return createStringError("'" + path + "' ends within its idx header");
  kind = begin[2] == 8 ? ElementKind::U8 : ElementKind::S8;
  offset = 4 + rank * 4;
  uint64_t product = 1;
  for (size_t i = 0; i < rank; ++i) {
    product *= support::endian::read32be(begin + 4 + i * 4);
    if (product > bytes.size())
      break;
  }
  if (product != bytes.size() - offset)
    return createStringError(
        "'" + path + "' has " + Twine(bytes.size() - offset) +
        " bytes after its idx header, which promises " +
        (product > bytes.size() ? "more" : Twine(product)));
  numElements = int64_t(product);
  return Error::success();
}

Error ArrayFile::openNpy(StringRef path) {
  Expected<interpret::Tensor> tensor = interpret::parseNpy(bytes, path);
  if (!tensor)
    return tensor.takeError();
  kind = tensor->kind;
  numElements = tensor->numElements();
  axes = tensor->shape;
  owned = std::move(tensor->bytes);
  bytes = StringRef(reinterpret_cast<const char *>(owned.data()), owned.size());
  mapped.reset();
  return Error::success();
}

Expected<ArrayFile> ArrayFile::open(StringRef path,
                                    std::unique_ptr<MemoryBuffer> buffer,
                                    StringRef raw) {
  ArrayFile file;
  file.mapped = std::move(buffer);
  file.bytes = file.mapped->getBuffer();
  if (file.bytes.starts_with("\x1f\x8b"))
    if (Error error = file.unpack(path))
      return std::move(error);
  if (file.bytes.starts_with("\x93NUMPY")) {
    if (Error error = file.openNpy(path))
      return std::move(error);
    return std::move(file);
  }
  if (raw.empty() && file.bytes.size() >= 4 && file.bytes[0] == 0 &&
      file.bytes[1] == 0) {
    if (Error error = file.openIdx(path))
      return std::move(error);
    return std::move(file);
  }

  const auto kind = StringSwitch<std::optional<ElementKind>>(raw)
                        .Case("int8", ElementKind::S8)
                        .Case("uint8", ElementKind::U8)
                        .Case("float32", ElementKind::F32)
                        .Default(std::nullopt);
  if (!kind)
    return createStringError(
        "'" + path +
        "' is no JPEG, PNG, .npy or idx file; for numbers without "
        "a header say their type with --raw=int8, uint8 or float32");
  file.kind = *kind;
  const size_t width = size_t(interpret::elementBytes(*kind));
  if (file.bytes.size() % width != 0)
    return createStringError("'" + path + "' expects a multiple of " +
                             Twine(width) + " bytes, found " +
                             Twine(file.bytes.size()));
  file.numElements = int64_t(file.bytes.size() / width);
  return std::move(file);
}
