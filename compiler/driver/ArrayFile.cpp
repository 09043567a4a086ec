// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Headers of array files; gzip by zlib.

#include "compiler/driver/ArrayFile.h"

#include "compiler/interpret/Npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

#include <cmath>
#include <cstring>
#include <zlib.h>

using namespace llvm;
using namespace quench;

namespace {

/// More than the largest data set anybody keeps in one gzip file here.
constexpr size_t maxUnpacked = size_t(1) << 32;

/// Version 1 of .npy has at most 2^16 bytes of header behind ten more.
constexpr size_t npyHeaderBytes = (size_t(1) << 16) + 10;

template <typename T>
double load(const char *at) {
  return double(support::endian::read<T, endianness::little>(at));
}

/// IEEE 754 binary16: 1 sign, 5 exponent, 10 mantissa bits.
double loadHalf(const char *at) {
  const unsigned bits = support::endian::read16le(at);
  const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
  double value = exponent == 31  ? (mantissa ? NAN : INFINITY)
                 : exponent == 0 ? std::ldexp(mantissa, -24)
                                 : std::ldexp(1024 + mantissa, exponent - 25);
  return bits >> 15 ? -value : value;
}

constexpr FileElement elementTypes[] = {
    {"<f4", "float32", 4, true,  load<float>   },
    {"<f2", "",        2, true,  loadHalf      },
    {"<f8", "",        8, true,  load<double>  },
    {"|i1", "int8",    1, false, load<int8_t>  },
    {"|u1", "uint8",   1, false, load<uint8_t> },
    {"<i2", "",        2, false, load<int16_t> },
    {"<u2", "",        2, false, load<uint16_t>},
    {"<i4", "",        4, false, load<int32_t> },
    {"<u4", "",        4, false, load<uint32_t>},
    {"<i8", "",        8, false, load<int64_t> },
};

const FileElement *findNpy(StringRef descr) {
  // '|' and '<' both occur for single bytes.
  const std::string text = descr == "<i1" || descr == "<u1"
                               ? "|" + descr.drop_front().str()
                               : descr.str();
  return find_if(elementTypes,
                 [&](const FileElement &e) { return e.npy == text; });
}

/// Only of types that may be raw.
const FileElement *findRaw(StringRef type) {
  return find_if(elementTypes, [&](const FileElement &e) {
    return !type.empty() && e.raw == type;
  });
}

} // namespace

Error ArrayFile::unpack(StringRef path) {
  const StringRef packed = file->getBuffer();
  z_stream stream;
  std::memset(&stream, 0, sizeof(stream));
  if (inflateInit2(&stream, 15 + 16) != Z_OK)
    return createStringError("cannot unpack '" + path + "'");
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(packed.data()));
  stream.avail_in = uInt(packed.size());
  SmallVector<char, 0> bytes;
  int status = Z_OK;
  while (status == Z_OK && bytes.size() < maxUnpacked) {
    const size_t done = bytes.size();
    bytes.resize_for_overwrite(done + (size_t(1) << 20));
    stream.next_out = reinterpret_cast<Bytef *>(bytes.data() + done);
    stream.avail_out = uInt(bytes.size() - done);
    status = inflate(&stream, Z_NO_FLUSH);
    bytes.truncate(bytes.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END)
    return createStringError("cannot unpack '" + path +
                             "': the gzip data is truncated, damaged or too "
                             "large");
  file = std::make_shared<SmallVectorMemoryBuffer>(
      std::move(bytes), path, /*RequiresNullTerminator=*/false);
  return Error::success();
}

/// http://yann.lecun.com/exdb/mnist: 0, 0, type, rank, then the sizes as
/// big-endian int32. Type 8 is unsigned byte, 9 signed byte.
Error ArrayFile::openIdx(StringRef path) {
  const StringRef bytes = file->getBuffer();
  const auto *begin = reinterpret_cast<const uint8_t *>(bytes.data());
  const size_t rank = begin[3];
  if (begin[2] != 8 && begin[2] != 9)
    return createStringError("'" + path +
                             "' expects bytes (type 8 or 9) in an "
                             "idx file, found type " +
                             Twine(int(begin[2])));
  if (bytes.size() < 4 + rank * 4)
    return createStringError("'" + path + "' ends within its idx header");
  element = findRaw(begin[2] == 8 ? "uint8" : "int8");
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

/// `start` holds at least the header of a file of `size` bytes.
Error ArrayFile::openNpy(StringRef path, StringRef start, uint64_t size) {
  Expected<interpret::NpyHeader> header =
      interpret::parseNpyHeader(start, path);
  if (!header)
    return header.takeError();
  element = findNpy(header->descr);
  if (element == std::end(elementTypes)) {
    std::string known;
    for (const FileElement &type : elementTypes)
      known += (known.empty() ? "'" : ", '") + type.npy.str() + "'";
    return createStringError("'" + path + "': expected elements " + known +
                             ", but found '" + header->descr +
                             "' (numpy.astype)");
  }
  offset = header->offset;
  const uint64_t expected = header->dataBytes(element->bytes);
  const uint64_t found = size - offset;
  if (expected != found)
    return createStringError(
        "'" + path + "': expected " + Twine(expected) + " bytes for shape " +
        interpret::shapeText(header->shape) + " of '" + element->npy +
        "', but found " + Twine(found) +
        (found < expected ? ": the file is truncated" : ""));
  axes = header->shape;
  numElements = int64_t(expected) / element->bytes;
  return Error::success();
}

Error ArrayFile::openRaw(StringRef path, StringRef type) {
  element = findRaw(type);
  if (element == std::end(elementTypes))
    return createStringError(
        "'" + path +
        "' is no JPEG, PNG, .npy, .npz or idx file; for numbers without "
        "a header say their type with --raw=int8, uint8 or float32");
  const size_t size = file->getBufferSize();
  if (size % size_t(element->bytes) != 0)
    return createStringError("'" + path + "' expects a multiple of " +
                             Twine(element->bytes) + " bytes, found " +
                             Twine(size));
  numElements = int64_t(size) / element->bytes;
  return Error::success();
}

Error ArrayFile::openContents(StringRef path, StringRef raw,
                              StringRef memberName) {
  if (file->getBuffer().starts_with("\x1f\x8b"))
    if (Error error = unpack(path))
      return error;
  const StringRef bytes = file->getBuffer();
  if (bytes.starts_with("\x93NUMPY"))
    return openNpy(path, bytes, bytes.size());
  if (bytes.starts_with("PK\3\4") || bytes.starts_with("PK\5\6")) {
    Expected<NpzMember> found = NpzMember::open(path, bytes, memberName);
    if (!found)
      return found.takeError();
    member = std::move(*found);
    Expected<StringRef> start = member->peek(npyHeaderBytes);
    if (!start)
      return start.takeError();
    if (Error error = openNpy(member->name(), *start, member->left()))
      return error;
    return member->read(size_t(offset)).takeError();
  }
  if (raw.empty() && bytes.size() >= 4 && bytes[0] == 0 && bytes[1] == 0)
    return openIdx(path);
  return openRaw(path, raw);
}

Expected<ArrayFile> ArrayFile::open(StringRef path,
                                    std::unique_ptr<MemoryBuffer> buffer,
                                    StringRef raw, StringRef member) {
  ArrayFile opened;
  opened.file = std::move(buffer);
  if (Error error = opened.openContents(path, raw, member))
    return std::move(error);
  return std::move(opened);
}

Expected<ArraySlice> ArrayFile::take(int64_t count) {
  const size_t size = size_t(count * element->bytes);
  ArraySlice slice;
  slice.element = element;
  if (member) {
    Expected<std::vector<char>> read = member->read(size);
    if (!read)
      return read.takeError();
    slice.unpacked = std::move(*read);
    slice.bytes = StringRef(slice.unpacked.data(), size);
    return std::move(slice);
  }
  slice.file = file;
  slice.bytes = file->getBuffer().substr(size_t(offset), size);
  offset += size;
  return std::move(slice);
}
