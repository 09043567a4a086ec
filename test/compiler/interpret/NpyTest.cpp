// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// .npy files: what numpy writes is read, and every malformed file is an error.

#include "compiler/interpret/Npy.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace quench::interpret;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// A file with the given header text and elements, padded as numpy pads.
std::string file(std::string header, std::string elements, char major = 1) {
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += {major, '\0', char(header.size() & 255), char(header.size() >> 8)};
  if (major > 1)
    bytes += {'\0', '\0'};
  return bytes + header + elements;
}

std::string errorOf(const std::string &bytes) {
  llvm::Expected<Tensor> tensor = parseNpy(bytes, "x.npy");
  return tensor ? "no error" : llvm::toString(tensor.takeError());
}

TEST(Npy, RoundTripKeepsKindShapeAndBytes) {
  const Tensor tensors[] = {
      Tensor::of<float>({2, 2}, {1.5f, -0.0f, 3.0f, 1e-40f}),
      Tensor::of<int8_t>({3}, {-128, 0, 127}),
      Tensor::of<uint8_t>({1, 1, 2}, {0, 255}),
      Tensor::of<int32_t>({1}, {INT32_MIN}),
      Tensor::of<int64_t>({}, {INT64_MAX}),
      Tensor(ElementKind::F32, {0, 4})};
  for (const Tensor &tensor : tensors) {
    SCOPED_TRACE(shapeText(tensor.shape));
    const std::string bytes = npyBytes(tensor);
    llvm::Expected<Tensor> read = parseNpy(bytes, "x.npy");
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_EQ(read->kind, tensor.kind);
    EXPECT_EQ(read->shape, tensor.shape);
    EXPECT_EQ(read->bytes, tensor.bytes);
    EXPECT_EQ((bytes.size() - tensor.bytes.size()) % 64, 0u);
  }
}

TEST(Npy, ReadsEveryVersionAndAnyKeyOrder) {
  for (char major : {1, 2, 3}) {
    llvm::Expected<Tensor> read = parseNpy(
        file("{\"shape\": (2,), 'fortran_order': False, 'descr': '|i1'}",
             "\x01\xff", major),
        "x.npy");
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_THAT(read->data<int8_t>(), ElementsAre(1, -1));
  }
}

TEST(Npy, FortranOrderOfOneAxisIsCOrder) {
  EXPECT_EQ(errorOf(file(
                "{'descr': '|i1', 'fortran_order': True, 'shape': (1,)}", "a")),
            "no error");
}

TEST(Npy, MalformedFilesAreErrors) {
  const std::string good = "'fortran_order': False, 'shape': (1,)}";
  const std::pair<std::string, const char *> cases[] = {
      {"", "not a .npy file"},
      {"\x93NUMPX", "not a .npy file"},
      {file("{}", "", 9), "expected .npy version 1 to 3, but found 9"},
      {std::string("\x93NUMPY\1\0\xff\xff", 10), "truncated .npy header"},
      {std::string("\x93NUMPY\1\0", 8), "truncated .npy header"},
      {file("nothing", ""), "expected a dictionary at 'nothing"},
      {file("{}", ""), "lacks descr, fortran_order or shape"},
      {file("{'descr': '<f4'", ""), "expected a key"},
      {file("{'descr': 4, " + good, ""), "the element type, a string"},
      {file("{'descr': '<f8', " + good, ""), "but found '<f8'"},
      {file("{'descr': '>f4', " + good, ""), "but found '>f4'"},
      {file("{'colour': 1}", ""), "unknown key 'colour'"},
      {file("{'descr': '|i1', 'fortran_order': 0}", ""), "True or False"},
      {file("{'descr': '|i1', 'fortran_order': False, 'shape': (-1,)}", ""),
       "a tuple of sizes"},
      {file("{'descr': '|i1', 'fortran_order': False, 'shape': (1", ""),
       "a tuple of sizes"},
      {file("{'descr': '|i1', 'fortran_order': True, 'shape': (1, 1)}", "a"),
       "C order is expected"},
      {file("{'descr': '<f4', " + good, "abc"),
       "expected 4 bytes for shape 1 of f32, but found 3"},
      {file("{'descr': '|i1', " + good, "ab"), "but found 2"},
      // A shape that overflows 64 bits allocates nothing.
      {file("{'descr': '<i8', 'fortran_order': False, "
            "'shape': (4294967296, 4294967296, 4294967296)}", ""),
       "but found 0"},
  };
  for (const auto &[bytes, message] : cases)
    EXPECT_THAT(errorOf(bytes), HasSubstr(message));
}

TEST(Npy, MissingFileIsNamed) {
  llvm::Expected<Tensor> tensor = readNpy("no/such.npy");
  ASSERT_FALSE(bool(tensor));
  EXPECT_THAT(llvm::toString(tensor.takeError()), HasSubstr("no/such.npy"));
}

} // namespace
