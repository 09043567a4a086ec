// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The .npy format: "\x93NUMPY", two version bytes, the length of the header
// (two bytes in version 1, four after), the header, a Python dictionary such as
//   {'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }
// padded with blanks and ended by a newline, then the elements.

#include "compiler/interpret/Npy.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileOutputBuffer.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <optional>

using namespace llvm;

namespace quench::interpret {
namespace {

struct Descriptor {
  StringLiteral text;
  ElementKind kind;
};
// '|' and '<' both occur for single bytes.
constexpr Descriptor descriptors[] = {
    {"<f4", ElementKind::F32},
    {"|i1", ElementKind::S8 },
    {"|u1", ElementKind::U8 },
    {"<i4", ElementKind::S32},
    {"<i2", ElementKind::S16},
    {"<i8", ElementKind::I64},
    {"<i1", ElementKind::S8 },
    {"<u1", ElementKind::U8 },
};
constexpr StringLiteral magic = "\x93NUMPY";

/// Reads the dictionary of the header, which has exactly three known keys.
class HeaderParser {
public:
  HeaderParser(StringRef text, StringRef name) : rest(text), name(name) {}

  Expected<NpyHeader> parse() {
    if (!take("{"))
      return error("a dictionary");
    std::optional<StringRef> descr;
    std::optional<bool> fortran;
    std::optional<SmallVector<int64_t>> shape;
    while (!take("}")) {
      std::optional<StringRef> key = quoted();
      if (!key || !take(":"))
        return error("a key");
      if (*key == "descr") {
        descr = quoted();
        if (!descr)
          return error("the element type, a string");
      } else if (*key == "fortran_order") {
        fortran = take("True");
        if (!*fortran && !take("False"))
          return error("True or False");
      } else if (*key == "shape") {
        shape = tuple();
        if (!shape)
          return error("a tuple of sizes");
      } else {
        return fail("unknown key '" + *key + "' in the header");
      }
      take(",");
    }
    if (!descr || !fortran || !shape)
      return fail("the header lacks descr, fortran_order or shape");
    if (*fortran && shape->size() > 1)
      return fail("elements are in Fortran order, but C order is expected "
                  "(numpy.ascontiguousarray)");
    NpyHeader header;
    header.descr = descr->str();
    header.shape.assign(shape->begin(), shape->end());
    return header;
  }

private:
  bool take(StringRef token) {
    rest = rest.ltrim(" \n\t");
    return rest.consume_front(token);
  }

  std::optional<StringRef> quoted() {
    rest = rest.ltrim(" \n\t");
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return std::nullopt;
    size_t end = rest.find(rest[0], 1);
    if (end == StringRef::npos)
      return std::nullopt;
    StringRef text = rest.slice(1, end);
    rest = rest.drop_front(end + 1);
    return text;
  }

  std::optional<SmallVector<int64_t>> tuple() {
    if (!take("("))
      return std::nullopt;
    SmallVector<int64_t> sizes;
    while (!take(")")) {
      int64_t size;
      rest = rest.ltrim(" \n\t");
      if (rest.consumeInteger(10, size) || size < 0)
        return std::nullopt;
      sizes.push_back(size);
      if (!take(",") && !rest.ltrim(" ").starts_with(")"))
        return std::nullopt;
    }
    return sizes;
  }

  Error fail(const Twine &what) {
    return createStringError("'" + name + "': " + what);
  }
  Error error(const Twine &expected) {
    return fail("malformed .npy header: expected " + expected + " at '" +
                rest.take_front(16) + "'");
  }

  StringRef rest, name;
};

} // namespace

uint64_t NpyHeader::dataBytes(int64_t elementBytes) const {
  uint64_t bytes = uint64_t(elementBytes);
  for (int64_t size : shape)
    bytes = SaturatingMultiply<uint64_t>(bytes, size);
  return bytes;
}

Expected<NpyHeader> parseNpyHeader(StringRef bytes, StringRef name) {
  auto fail = [&](const Twine &what) {
    return createStringError("'" + name + "': " + what);
  };
  StringRef rest = bytes;
  if (!rest.consume_front(magic) || rest.size() < 2)
    return fail("not a .npy file (no NUMPY magic)");
  const unsigned major = uint8_t(rest[0]);
  if (major < 1 || major > 3)
    return fail("expected .npy version 1 to 3, but found " + Twine(major));
  rest = rest.drop_front(2);
  const size_t lengthBytes = major == 1 ? 2 : 4;
  if (rest.size() < lengthBytes)
    return fail("truncated .npy header");
  const size_t length = major == 1 ? support::endian::read16le(rest.data())
                                   : support::endian::read32le(rest.data());
  rest = rest.drop_front(lengthBytes);
  if (rest.size() < length)
    return fail("truncated .npy header");
  Expected<NpyHeader> header =
      HeaderParser(rest.take_front(length), name).parse();
  if (header)
    header->offset = bytes.size() - rest.size() + length;
  return header;
}

Expected<Tensor> parseNpy(StringRef bytes, StringRef name) {
  auto fail = [&](const Twine &what) {
    return createStringError("'" + name + "': " + what);
  };
  Expected<NpyHeader> header = parseNpyHeader(bytes, name);
  if (!header)
    return header.takeError();
  const Descriptor *row = find_if(descriptors, [&](const Descriptor &d) {
    return d.text == header->descr;
  });
  if (row == std::end(descriptors))
    return fail("expected elements '<f4', '|i1', '|u1', '<i4' or '<i8', "
                "but found '" +
                header->descr + "'");
  Tensor tensor;
  tensor.kind = row->kind;
  tensor.shape = header->shape;
  const StringRef rest = bytes.drop_front(header->offset);

  // The file bounds the sizes, so that a hostile shape allocates nothing.
  const uint64_t expected = header->dataBytes(elementBytes(tensor.kind));
  if (rest.size() != expected)
    return fail("expected " + Twine(expected) + " bytes for shape " +
                shapeText(tensor.shape) + " of " + elementName(tensor.kind) +
                ", but found " + Twine(rest.size()));
  tensor.bytes.assign(rest.bytes_begin(), rest.bytes_end());
  return tensor;
}

Expected<Tensor> readNpy(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError("'" + path + "': " + file.getError().message());
  return parseNpy((*file)->getBuffer(), path);
}

std::string npyBytes(const Tensor &tensor) {
  const Descriptor *row = find_if(
      descriptors, [&](const Descriptor &d) { return d.kind == tensor.kind; });
  std::string header =
      ("{'descr': '" + row->text + "', 'fortran_order': False, 'shape': (")
          .str();
  for (auto [axis, size] : enumerate(tensor.shape))
    header += (axis ? ", " : "") + std::to_string(size);
  header += tensor.shape.size() == 1 ? ",), }" : "), }";
  // Elements start at a multiple of 64 bytes.
  const size_t prefix = magic.size() + 4;
  header.resize(alignTo(prefix + header.size() + 1, 64) - prefix - 1, ' ');
  header += '\n';

  std::string bytes = magic.str();
  bytes +=
      {'\x01', '\x00', char(header.size() & 255), char(header.size() >> 8)};
  bytes += header;
  bytes.append(tensor.bytes.begin(), tensor.bytes.end());
  return bytes;
}

Error writeNpy(StringRef path, const Tensor &tensor) {
  // The buffer is a temporary file that commit() renames.
  const std::string bytes = npyBytes(tensor);
  auto buffer = FileOutputBuffer::create(path, bytes.size());
  if (!buffer)
    return createStringError("'" + path + "': " + toString(buffer.takeError()));
  std::copy(bytes.begin(), bytes.end(), (*buffer)->getBufferStart());
  if (Error error = (*buffer)->commit())
    return createStringError("'" + path + "': " + toString(std::move(error)));
  return Error::success();
}

} // namespace quench::interpret
