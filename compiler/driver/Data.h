// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files as samples of a model's inputs: pictures, .npy, .npz, idx
// (Fashion-MNIST) and raw numbers. Streaming: what is in memory is the samples
// being worked on. An array file is mapped, a member of an .npz archive
// unpacked sample by sample; only a .gz file is unpacked as a whole.

#ifndef QUENCH_COMPILER_DRIVER_DATA_H
#define QUENCH_COMPILER_DRIVER_DATA_H

#include "compiler/driver/Picture.h"
#include "compiler/quantize/Calibrate.h"

#include "llvm/ADT/ArrayRef.h"

#include <atomic>
#include <map>
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
/// in double, rounded to float once. Floats of .npy, .npz and raw files (16, 32
/// or 64 bits) are taken as they are.
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
  /// Files, folders (the data files in them, sorted by name), or .txt files
  /// with one path a line, relative to the list. A model with several inputs
  /// needs "<input>=<path>", or .npz files with a member for each input. In an
  /// archive, an input takes the member of its name, or the only one.
  std::vector<std::string> paths;
  Preprocess preprocess;
  /// For single inputs, by name; the others have `preprocess`.
  std::map<std::string, Preprocess> perInput;
  /// A flag said something about preprocessing or raw files.
  bool isPreprocessGiven = false;
  /// Type of files without header: "", "int8", "uint8", "float32".
  std::string raw;
  /// At most this many samples; 0: all.
  int64_t limit = 0;
  /// Refuses a NaN or an infinity, naming file and sample.
  bool mustBeFinite = false;
};

/// Opens the data. Errors name the path and say what was expected. `remarks`
/// gets lines for the user: which files of a folder were left out.
llvm::Expected<std::unique_ptr<quantize::DataSource>>
openData(llvm::ArrayRef<InputInfo> inputs, const DataOptions &options,
         std::vector<std::string> *remarks = nullptr);

/// Remembers whether it was the data that failed.
class WatchedSource final : public quantize::DataSource {
public:
  explicit WatchedSource(quantize::DataSource &inner) : inner(inner) {}

  std::optional<int64_t> size() const override { return inner.size(); }
  llvm::Expected<bool> next(std::vector<interpret::Tensor> &sample) override {
    llvm::Expected<bool> more = inner.next(sample);
    note(more);
    return more;
  }
  llvm::Expected<Loader> take() override {
    llvm::Expected<Loader> load = inner.take();
    note(load);
    if (!load || !*load)
      return load;
    return Loader([this, load = std::move(*load)]() mutable {
      llvm::Expected<std::vector<interpret::Tensor>> sample = load();
      note(sample);
      return sample;
    });
  }
  void rewind() override { inner.rewind(); }

  std::atomic<bool> hasFailed = false;

private:
  template <class T>
  void note(llvm::Expected<T> &result) {
    if (!result)
      hasFailed = true;
  }

  quantize::DataSource &inner;
};

/// One picture as a tensor of `shape`, which must be [1, 1 or 3, H, W] or
/// [1, H, W, 1 or 3].
llvm::Expected<interpret::Tensor> pictureTensor(const Picture &picture,
                                                const InputInfo &input,
                                                const Preprocess &preprocess);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_DATA_H
