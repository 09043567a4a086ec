// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files become samples.

#include "compiler/driver/Data.h"

#include "compiler/interpret/Npy.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>
#include <zlib.h>

using namespace llvm;
using namespace quench;
using interpret::ElementKind;
using interpret::Tensor;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class Data : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("quench-data", root));
  }
  void TearDown() override { sys::fs::remove_directories(root); }

  std::string path(StringRef name) const {
    SmallString<128> result(root);
    sys::path::append(result, name);
    return result.str().str();
  }

  std::string write(StringRef name, StringRef bytes) const {
    std::error_code error;
    raw_fd_ostream(path(name), error) << bytes;
    return path(name);
  }

  /// All samples of the first input, flat; or the error.
  std::vector<float> read(std::vector<InputInfo> inputs, DataOptions options,
                          std::string &error) {
    std::vector<float> values;
    auto source = openData(inputs, options);
    if (!source) {
      error = toString(source.takeError());
      return values;
    }
    std::vector<Tensor> sample;
    while (true) {
      Expected<bool> more = (*source)->next(sample);
      if (!more) {
        error = toString(more.takeError());
        return values;
      }
      if (!*more)
        return values;
      append_range(values, sample[0].data<float>());
    }
  }

  std::vector<float> readAll(std::vector<InputInfo> inputs,
                             DataOptions options) {
    std::string error;
    std::vector<float> values = read(inputs, options, error);
    EXPECT_EQ(error, "");
    return values;
  }

  std::string errorOf(std::vector<InputInfo> inputs, DataOptions options) {
    std::string error;
    read(inputs, options, error);
    return error;
  }

  SmallString<128> root;
  const std::vector<InputInfo> pair = {
      {"x", {1, 2}}
  };
};

TEST_F(Data, ShapesOfNpyAreTheInputsBehindAnAxisOfSamples) {
  struct Row {
    std::vector<int64_t> input, file;
    bool fits;
  };
  const Row rows[] = {
      {{1, 2, 3}, {1, 2, 3},    true },
      {{1, 2, 3}, {2, 3},       true },
      {{1, 2, 3}, {5, 2, 3},    true },
      {{1, 2, 3}, {5, 1, 2, 3}, true },
      {{1, 2, 3}, {12},         true }, // flat
      {{1, 1, 6}, {4, 6},       true },
      {{2, 3},    {4, 3},       true }, // two samples of two rows
      {{2, 3},    {5, 2, 3},    true },
      {{1, 2, 3}, {1, 3, 2},    false},
      {{1, 2, 3}, {5, 3, 2},    false},
      {{1, 2, 3}, {4, 3},       false},
      {{1, 2, 3}, {6, 2},       false},
      {{1, 2, 3}, {2, 2, 2, 3}, false},
  };
  DataOptions options;
  options.paths = {path("x.npy")};
  for (const Row &row : rows) {
    const std::vector<float> numbers(size_t(interpret::numElements(row.file)));
    cantFail(interpret::writeNpy(path("x.npy"),
                                 Tensor::of<float>(row.file, numbers)));
    const std::string error = errorOf(
        {
            {"x", row.input}
    },
        options);
    EXPECT_EQ(error.empty(), row.fits)
        << interpret::shapeText(row.file) << ": " << error;
    if (!row.fits)
      EXPECT_THAT(error, HasSubstr("found " + interpret::shapeText(row.file)));
  }
}

TEST_F(Data, StackedNpyIsSeveralSamples) {
  DataOptions options;
  options.paths = {path("x.npy")};
  const float numbers[] = {1, 2, 3, 4, 5, 6};
  cantFail(
      interpret::writeNpy(path("x.npy"), Tensor::of<float>({3, 2}, numbers)));
  // Floats are taken as they are.
  options.preprocess.mean = {100};
  EXPECT_THAT(readAll(pair, options), ElementsAre(1, 2, 3, 4, 5, 6));
  options.limit = 2;
  EXPECT_THAT(readAll(pair, options), ElementsAre(1, 2, 3, 4));
}

TEST_F(Data, RewindStartsAgainInTheMiddleOfAFile) {
  const float numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  cantFail(interpret::writeNpy(path("a.npy"),
                               Tensor::of<float>({3, 2, 2}, numbers)));
  DataOptions options;
  options.paths = {path("a.npy"), path("a.npy")};
  options.limit = 5;
  auto source = openData(
      {
          {"x", {1, 2, 2}}
  },
      options);
  ASSERT_TRUE(bool(source));
  std::vector<Tensor> sample;
  for (int taken : {2, 4, 5}) {
    for (int i = 0; i < taken; ++i) {
      Expected<bool> more = (*source)->next(sample);
      ASSERT_TRUE(more && *more);
      EXPECT_EQ(sample[0].data<float>()[0], float(i % 3 * 4));
    }
    (*source)->rewind();
  }
}

TEST_F(Data, IdxGzipWithMeanAndStd) {
  const std::string idx("\0\0\x08\x02\0\0\0\x02\0\0\0\x02\x00\x0a\xff\x64", 16);
  gzFile file = gzopen(path("x.gz").c_str(), "wb");
  gzwrite(file, idx.data(), unsigned(idx.size()));
  gzclose(file);
  DataOptions options;
  options.paths = {path("x.gz")};
  options.preprocess.mean = {10};
  options.preprocess.std = {5};
  EXPECT_THAT(readAll(pair, options), ElementsAre(-2, 0, 49, 18));
  options.paths = {write("plain", idx)};
  EXPECT_THAT(readAll(pair, options), ElementsAre(-2, 0, 49, 18));
  options.paths = {write("short", StringRef(idx).drop_back())};
  EXPECT_THAT(errorOf(pair, options), HasSubstr("promises"));
}

TEST_F(Data, RawCodesWithZeroPointAndScale) {
  DataOptions options;
  options.paths = {write("x.bin", StringRef("\x80\x7f", 2))};
  EXPECT_THAT(errorOf(pair, options), HasSubstr("--raw=int8"));
  options.raw = "int8";
  options.preprocess.mean = {83};
  options.preprocess.scale = {0.5};
  EXPECT_THAT(readAll(pair, options), ElementsAre(-105.5f, 22));
  options.preprocess.std = {2};
  EXPECT_THAT(errorOf(pair, options), HasSubstr("exclude each other"));
}

TEST_F(Data, MeansFollowTheChannels) {
  DataOptions options;
  options.raw = "uint8";
  options.paths = {write("x.bin", "\x01\x02\x03\x04\x05\x06")};
  options.preprocess.mean = {1, 2, 3};
  EXPECT_THAT(readAll(
                  {
                      {"x", {1, 3, 1, 2}}
  },
                  options),
              ElementsAre(0, 1, 1, 2, 2, 3));
  EXPECT_THAT(readAll(
                  {
                      {"x", {1, 1, 2, 3}}
  },
                  options),
              ElementsAre(0, 0, 0, 3, 3, 3));
  EXPECT_THAT(errorOf(
                  {
                      {"x", {1, 6}}
  },
                  options),
              HasSubstr("mean expects 1 or 1 numbers"));
}

TEST_F(Data, FoldersAndListsAreInOrder) {
  DataOptions options;
  options.raw = "uint8";
  ASSERT_FALSE(sys::fs::create_directory(path("d")));
  write("d/b", "\x03\x04");
  write("d/a", "\x01\x02");
  options.paths = {path("d")};
  EXPECT_THAT(readAll(pair, options), ElementsAre(1, 2, 3, 4));
  options.paths = {write("list.txt", "d/b\n\nd/a\n")};
  EXPECT_THAT(readAll(pair, options), ElementsAre(3, 4, 1, 2));
}

TEST_F(Data, ErrorsNameWhatIsWrong) {
  DataOptions options;
  options.paths = {path("missing")};
  EXPECT_THAT(errorOf(pair, options), HasSubstr("missing': No such file"));
  options.raw = "uint8";
  options.paths = {write("x", "abc")};
  EXPECT_THAT(errorOf(pair, options),
              HasSubstr("expects a multiple of 2 numbers for input 'x'"));
  const std::vector<InputInfo> two = {
      {"a", {1}},
      {"b", {1}}
  };
  EXPECT_THAT(errorOf(two, options),
              HasSubstr("expects <input>=<path> with one of 'a', 'b'"));
  options.paths = {"a=" + path("x")};
  EXPECT_THAT(errorOf(two, options), HasSubstr("no data for input 'b'"));
  options.paths = {"a=" + path("x"), "b=" + write("y", "ab")};
  EXPECT_THAT(errorOf(two, options), HasSubstr("different numbers of samples"));
}

TEST_F(Data, PicturesAreCroppedAndNormalized) {
  Picture picture{4, 2, {}};
  for (uint8_t i = 0; i < 8; ++i)
    picture.rgb.insert(picture.rgb.end(),
                       {i, uint8_t(i + 100), uint8_t(i + 200)});
  Preprocess preprocess;
  preprocess.resize = 2;
  preprocess.mean = {0, 100, 200};
  auto values = [&](std::vector<int64_t> shape) {
    Tensor tensor = cantFail(pictureTensor(picture, {"x", shape}, preprocess));
    return tensor.data<float>().vec();
  };
  EXPECT_THAT(values({1, 3, 2, 2}),
              ElementsAre(1, 2, 5, 6, 1, 2, 5, 6, 1, 2, 5, 6));
  EXPECT_THAT(values({1, 2, 2, 3}),
              ElementsAre(1, 1, 1, 2, 2, 2, 5, 5, 5, 6, 6, 6));
  preprocess.bgr = true;
  preprocess.layout = PixelLayout::Nhwc;
  EXPECT_THAT(values({1, 1, 1, 3}), ElementsAre(202, 2, -198));
  Expected<Tensor> wrong = pictureTensor(picture,
                                         {
                                             "x", {1, 5}
  },
                                         preprocess);
  ASSERT_FALSE(bool(wrong));
  EXPECT_THAT(toString(wrong.takeError()), HasSubstr("input 'x' has 1x5"));
}

TEST_F(Data, OnlyCalibrationRefusesWhatIsNotFinite) {
  const float numbers[] = {1, 2, 3, -INFINITY, 5, 6};
  cantFail(
      interpret::writeNpy(path("x.npy"), Tensor::of<float>({3, 2}, numbers)));
  DataOptions options;
  options.paths = {path("x.npy")};
  EXPECT_THAT(readAll(pair, options), ElementsAre(1, 2, 3, -INFINITY, 5, 6));
  options.mustBeFinite = true;
  EXPECT_THAT(errorOf(pair, options),
              HasSubstr("x.npy' has an infinity at element 1 of sample 1"));
}

TEST_F(Data, FilesOfAFolderThatAreNoDataAreNamed) {
  ASSERT_FALSE(sys::fs::create_directory(path("d")));
  const float numbers[] = {1, 2};
  cantFail(
      interpret::writeNpy(path("d/a.npy"), Tensor::of<float>({2}, numbers)));
  write("d/b-idx1-ubyte", StringRef("\0\0\x08\x01\0\0\0\2\3\4", 10));
  write("d/labels.csv", "a");
  write("d/.hidden.npy", "a");
  write("d/README.md", "a");
  DataOptions options;
  options.paths = {path("d")};
  EXPECT_THAT(readAll(pair, options), ElementsAre(1, 2, 3, 4));
  std::vector<std::string> remarks;
  ASSERT_TRUE(bool(openData(pair, options, &remarks)));
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_THAT(remarks[0], testing::EndsWith("as no data, 2 files: 'README.md', "
                                            "'labels.csv'"));
}

// Loaders keep what they need: the source is far ahead of them here.
TEST_F(Data, LoadersMayRunLateAndInAnyOrder) {
  DataOptions options;
  for (float first : {0.0f, 10.0f}) {
    const std::string file = path(first ? "b.npy" : "a.npy");
    const float numbers[] = {first, 1, first + 2, 3};
    cantFail(interpret::writeNpy(file, Tensor::of<float>({2, 2}, numbers)));
    options.paths.push_back(file);
  }
  auto source = cantFail(openData(pair, options));
  std::vector<quantize::DataSource::Loader> loaders;
  while (auto load = cantFail(source->take()))
    loaders.push_back(std::move(load));
  std::vector<float> firsts;
  for (auto &load : reverse(loaders))
    firsts.push_back(cantFail(load())[0].data<float>()[0]);
  EXPECT_THAT(firsts, ElementsAre(12, 10, 2, 0));
}

} // namespace
