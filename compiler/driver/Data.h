// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files as samples of a model's inputs: pictures, .npy, idx (Fashion-MNIST) and
// raw numbers. Streaming: one sample is in memory at a time (an array file is
// mapped, a compressed one unpacked).

#ifndef QUENCH_COMPILER_DRIVER_DATA_H
#define QUENCH_COMPILER_DRIVER_DATA_H

#include "compiler/driver/Picture.h"
#include "compiler/quantize/Calibrate.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <string>
#include <vector>

namespace quench {

/// An input of the model: float, this shape.
struct InputInfo {
  std::string name;
  std::vector<int64_t> shape;
};

enum class PixelLayout { Auto, Nchw, Nhwc };

/// How numbers in a file become numbers of an input:
///   value = (number - mean) / std, or (number - mean) * scale,
/// in double, rounded to float once. Floats of .npy and raw files are taken as
/// they are.
struct Preprocess {
  /// One number, or one per channel; empty: 0.
  std::vector<double> mean;
  /// One number, or one per channel; empty: 1. At most one of the two is given.
  std::vector<double> std, scale;
  /// Pictures: pixels of the shorter side after resizing, before the centre
  /// crop to the input's size; 0 stretches to the input's size without a crop;
  /// -1: the input's shorter side / 0.875.
  int resize = -1;
  Filter filter = Filter::Bicubic;
  /// Pictures: channels in the order blue, green, red.
  bool bgr = false;
  /// Auto: the axis of size 3, else 1, is the channel; the second first.
  PixelLayout layout = PixelLayout::Auto;
};

struct DataOptions {
  /// Files, folders (all files in them, sorted by name), or .txt files with one
  /// path a line, relative to the list. A model with several inputs needs
  /// "<input>=<path>".
  std::vector<std::string> paths;
  Preprocess preprocess;
  /// Type of files without header: "", "int8", "uint8", "float32".
  std::string raw;
  /// At most this many samples; 0: all.
  int64_t limit = 0;
};

/// Opens the data. Errors name the path and say what was expected.
llvm::Expected<std::unique_ptr<quantize::DataSource>>
openData(llvm::ArrayRef<InputInfo> inputs, const DataOptions &options);

/// Remembers whether it was the data that failed.
class WatchedSource final : public quantize::DataSource {
public:
  explicit WatchedSource(quantize::DataSource &inner) : inner(inner) {}

  std::optional<int64_t> size() const override { return inner.size(); }
  llvm::Expected<bool> next(std::vector<interpret::Tensor> &sample) override {
    llvm::Expected<bool> more = inner.next(sample);
    hasFailed = !more;
    return more;
  }
  void rewind() override { inner.rewind(); }

  bool hasFailed = false;

private:
  quantize::DataSource &inner;
};

/// One picture as a tensor of `shape`, which must be [1, 1 or 3, H, W] or
/// [1, H, W, 1 or 3].
llvm::Expected<interpret::Tensor> pictureTensor(const Picture &picture,
                                                const InputInfo &input,
                                                const Preprocess &preprocess);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_DATA_H
