// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which files there are, what is in them, and one sample after the other.

#include "compiler/driver/Data.h"

#include "compiler/driver/ArrayFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>

using namespace llvm;
using namespace quench;
using interpret::Tensor;

namespace {

using Buffer = std::unique_ptr<MemoryBuffer>;

Expected<Buffer> openFile(StringRef path) {
  ErrorOr<Buffer> buffer = MemoryBuffer::getFile(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(buffer.getError(),
                             "cannot open '" + path +
                                 "': " + buffer.getError().message());
  return std::move(*buffer);
}

/// Adds the files that `path` stands for.
Error addFiles(StringRef path, std::vector<std::string> &files) {
  if (sys::fs::is_directory(path)) {
    std::vector<std::string> found;
    std::error_code error;
    for (sys::fs::directory_iterator it(path, error), end; it != end && !error;
         it.increment(error))
      if (sys::fs::is_regular_file(it->path()) &&
          !sys::path::filename(it->path()).starts_with("."))
        found.push_back(it->path());
    if (error)
      return createStringError(error, "cannot read folder '" + path +
                                          "': " + error.message());
    if (found.empty())
      return createStringError("folder '" + path + "' has no files");
    llvm::sort(found);
    files.insert(files.end(), found.begin(), found.end());
    return Error::success();
  }
  if (sys::path::extension(path) != ".txt") {
    if (std::error_code error =
            sys::fs::access(path, sys::fs::AccessMode::Exist))
      return createStringError(error, "cannot open '" + path +
                                          "': " + error.message());
    files.push_back(path.str());
    return Error::success();
  }
  Expected<Buffer> list = openFile(path);
  if (!list)
    return list.takeError();
  for (line_iterator line(**list); !line.is_at_end(); ++line) {
    SmallString<128> file(line->trim());
    if (sys::path::is_relative(file)) {
      file = sys::path::parent_path(path);
      sys::path::append(file, line->trim());
    }
    files.push_back(file.str().str());
  }
  return Error::success();
}

/// Whether an array of shape `given` is samples of an input: of its shape, with
/// or without an axis of samples before it. Axes of size 1 do not count; one
/// axis may hold anything. The generated programs have the same rule.
bool fits(ArrayRef<int64_t> given, ArrayRef<int64_t> shape) {
  auto isNotOne = [](int64_t size) { return size != 1; };
  SmallVector<int64_t> found, expected;
  copy_if(given, std::back_inserter(found), isNotOne);
  copy_if(shape, std::back_inserter(expected), isNotOne);
  if (given.size() <= 1 || found == expected)
    return true;
  const bool isStacked = found.size() == expected.size() && !expected.empty() &&
                         shape.front() != 1 && found[0] % expected[0] == 0;
  if (found.size() != expected.size() + 1 && !isStacked)
    return false;
  return ArrayRef<int64_t>(found).drop_front() ==
         ArrayRef<int64_t>(expected).drop_front(isStacked);
}

/// Where the channels of an input are.
struct Axes {
  int64_t channels, height, width;
  bool channelsLast;
};

std::optional<Axes> axesOf(ArrayRef<int64_t> shape, PixelLayout layout) {
  if (shape.size() != 4 || shape[0] != 1)
    return std::nullopt;
  // Three is a number of channels more likely than one.
  for (const int64_t channels : {3, 1}) {
    if (layout != PixelLayout::Nhwc && shape[1] == channels)
      return Axes{channels, shape[2], shape[3], false};
    if (layout != PixelLayout::Nchw && shape[3] == channels)
      return Axes{channels, shape[1], shape[2], true};
  }
  return std::nullopt;
}

double pick(ArrayRef<double> list, int64_t channel, double otherwise) {
  if (list.empty())
    return otherwise;
  return list[list.size() == 1 ? 0 : size_t(channel)];
}

float normalize(double number, int64_t channel, const Preprocess &preprocess) {
  const double centred = number - pick(preprocess.mean, channel, 0);
  if (!preprocess.scale.empty())
    return float(centred * pick(preprocess.scale, channel, 1));
  return float(centred / pick(preprocess.std, channel, 1));
}

/// One number, or as many as the input has channels.
Error checkLengths(const InputInfo &input, const Preprocess &preprocess,
                   int64_t channels) {
  if (!preprocess.std.empty() && !preprocess.scale.empty())
    return createStringError("std and scale exclude each other");
  const std::pair<const char *, const std::vector<double> &> lists[] = {
      {"mean",  preprocess.mean },
      {"std",   preprocess.std  },
      {"scale", preprocess.scale}
  };
  for (const auto &[name, list] : lists)
    if (list.size() > 1 && int64_t(list.size()) != channels)
      return createStringError(Twine(name) + " expects 1 or " +
                               Twine(channels) + " numbers for input '" +
                               input.name + "', found " + Twine(list.size()));
  if (is_contained(preprocess.std, 0.0))
    return createStringError("std expects numbers other than 0");
  return Error::success();
}

/// All samples of one input.
class InputStream {
public:
  InputStream(const InputInfo &input, const DataOptions &options)
      : input(input), options(options),
        preprocess(preprocessOf(input, options)) {}

  Error add(StringRef path) { return addFiles(path, files); }
  bool isEmpty() const { return files.empty(); }

  /// The number of samples, if every file is a picture by its name.
  std::optional<int64_t> size() const {
    for (const std::string &file : files)
      if (!is_contained({".jpg", ".jpeg", ".png"},
                        StringRef(sys::path::extension(file)).lower()))
        return std::nullopt;
    return int64_t(files.size());
  }

  Expected<bool> next(Tensor &sample) {
    while (!array || index == array->count(elements())) {
      array.reset();
      if (position == files.size())
        return false;
      const std::string &path = files[position++];
      Expected<Buffer> bytes = openFile(path);
      if (!bytes)
        return bytes.takeError();
      const auto *begin =
          reinterpret_cast<const uint8_t *>((*bytes)->getBufferStart());
      if (looksLikePicture(begin, (*bytes)->getBufferSize()))
        return nextPicture(path, begin, (*bytes)->getBufferSize(), sample);
      Expected<ArrayFile> opened =
          ArrayFile::open(path, std::move(*bytes), options.raw);
      if (!opened)
        return opened.takeError();
      array = std::move(*opened);
      index = 0;
      if (Error error = checkArray(path))
        return std::move(error);
    }
    return nextOfArray(sample);
  }

  void rewind() {
    position = 0;
    array.reset();
    index = 0;
  }

private:
  static const Preprocess &preprocessOf(const InputInfo &input,
                                        const DataOptions &options) {
    auto own = options.perInput.find(input.name);
    return own == options.perInput.end() ? options.preprocess : own->second;
  }

  int64_t elements() const { return interpret::numElements(input.shape); }

  Expected<bool> nextPicture(StringRef path, const uint8_t *bytes, size_t size,
                             Tensor &sample) {
    std::string why;
    std::optional<Picture> picture = decodePicture(bytes, size, why);
    if (!picture)
      return createStringError("cannot decode '" + path + "': " + why);
    Expected<Tensor> tensor = pictureTensor(*picture, input, preprocess);
    if (!tensor)
      return createStringError("'" + path +
                               "': " + toString(tensor.takeError()));
    sample = std::move(*tensor);
    return true;
  }

  Error checkArray(StringRef path) {
    const int64_t total = array->elements();
    if (total == 0 || total % elements() != 0)
      return createStringError(
          "'" + path + "' expects a multiple of " + Twine(elements()) +
          " numbers for input '" + input.name + "' of shape " +
          interpret::shapeText(input.shape) + ", found " + Twine(total));
    if (!fits(array->shape(), input.shape))
      return createStringError("'" + path + "' expects shape " +
                               interpret::shapeText(input.shape) +
                               " for input '" + input.name +
                               "', or that behind an axis of samples, found " +
                               interpret::shapeText(array->shape().vec()));
    const std::optional<Axes> axes = axesOf(input.shape, preprocess.layout);
    return checkLengths(input, preprocess, axes ? axes->channels : 1);
  }

  bool nextOfArray(Tensor &sample) {
    sample = Tensor(interpret::ElementKind::F32, input.shape);
    MutableArrayRef<float> out = sample.data<float>();
    const int64_t first = index++ * elements();
    if (array->isFloat()) {
      for (size_t i = 0; i < out.size(); ++i)
        out[i] = float(array->at(first + int64_t(i)));
      return true;
    }
    const std::optional<Axes> axes = axesOf(input.shape, preprocess.layout);
    const int64_t channels = axes ? axes->channels : 1;
    const int64_t plane =
        axes && !axes->channelsLast ? axes->height * axes->width : 1;
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = normalize(array->at(first + int64_t(i)),
                         int64_t(i) / plane % channels, preprocess);
    return true;
  }

  InputInfo input;
  const DataOptions &options;
  const Preprocess &preprocess;
  std::vector<std::string> files;
  size_t position = 0; // of the next file
  std::optional<ArrayFile> array;
  int64_t index = 0; // of the next sample in `array`
};

/// The streams of all inputs, side by side.
class FileSource final : public quantize::DataSource {
public:
  explicit FileSource(DataOptions given) : options(std::move(given)) {}

  Error open(ArrayRef<InputInfo> inputs);

  std::optional<int64_t> size() const override {
    std::optional<int64_t> count = streams.front().size();
    if (count && options.limit)
      count = std::min(*count, options.limit);
    return count;
  }

  Expected<bool> next(std::vector<Tensor> &sample) override {
    if (options.limit && done == options.limit)
      return false;
    sample.resize(streams.size());
    size_t ended = 0;
    for (size_t i = 0; i < streams.size(); ++i) {
      Expected<bool> more = streams[i].next(sample[i]);
      if (!more)
        return more.takeError();
      ended += !*more;
    }
    if (ended != 0 && ended != streams.size())
      return createStringError("the inputs have different numbers of samples: "
                               "one ends after " +
                               Twine(done));
    ++done;
    return ended == 0;
  }

  void rewind() override {
    for (InputStream &stream : streams)
      stream.rewind();
    done = 0;
  }

private:
  DataOptions options;
  std::vector<InputStream> streams;
  int64_t done = 0;
};

Error FileSource::open(ArrayRef<InputInfo> inputs) {
  std::string names;
  for (const InputInfo &input : inputs) {
    streams.emplace_back(input, options);
    names += (names.empty() ? "'" : ", '") + input.name + "'";
  }
  for (const std::string &path : options.paths) {
    size_t which = 0;
    StringRef file = path;
    if (inputs.size() > 1) {
      const auto [name, rest] = StringRef(path).split('=');
      while (which < inputs.size() && inputs[which].name != name)
        ++which;
      if (rest.empty() || which == inputs.size())
        return createStringError("expects <input>=<path> with one of " + names +
                                 ", found '" + path + "'");
      file = rest;
    }
    if (Error error = streams[which].add(file))
      return error;
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    if (streams[i].isEmpty())
      return createStringError("no data for input '" + inputs[i].name + "'");
  return Error::success();
}

} // namespace

Expected<Tensor> quench::pictureTensor(const Picture &picture,
                                       const InputInfo &input,
                                       const Preprocess &preprocess) {
  const std::optional<Axes> axes = axesOf(input.shape, preprocess.layout);
  if (!axes)
    return createStringError(
        "a picture needs an input of shape 1xCxHxW or 1xHxWxC with 1 or 3 "
        "channels, input '" +
        input.name + "' has " + interpret::shapeText(input.shape));
  if (Error error = checkLengths(input, preprocess, axes->channels))
    return std::move(error);
  const int width = int(axes->width), height = int(axes->height);

  Picture fitted;
  if (preprocess.resize == 0) {
    fitted = resize(picture, width, height, preprocess.filter);
  } else {
    // The short side to `target`, the other in proportion, never below the
    // crop.
    const int target = preprocess.resize > 0
                           ? preprocess.resize
                           : int(std::min(width, height) / 0.875);
    const int shorter = std::min(picture.width, picture.height);
    auto scaled = [&](int size, int atLeast) {
      return std::max(atLeast, int(int64_t(size) * target / shorter));
    };
    fitted =
        centreCrop(resize(picture, scaled(picture.width, width),
                          scaled(picture.height, height), preprocess.filter),
                   width, height);
  }

  Tensor tensor(interpret::ElementKind::F32, input.shape);
  MutableArrayRef<float> out = tensor.data<float>();
  const int64_t pixels = axes->height * axes->width;
  for (int64_t i = 0; i < pixels; ++i)
    for (int64_t c = 0; c < axes->channels; ++c) {
      const uint8_t *rgb = &fitted.rgb[size_t(i) * 3];
      // Grey as in ITU-R BT.601, the luma of JPEG.
      const double number =
          axes->channels == 1 ? 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
                              : rgb[preprocess.bgr ? 2 - c : c];
      out[size_t(axes->channelsLast ? i * axes->channels + c
                                    : c * pixels + i)] =
          normalize(number, c, preprocess);
    }
  return tensor;
}

Expected<std::unique_ptr<quantize::DataSource>>
quench::openData(ArrayRef<InputInfo> inputs, const DataOptions &options) {
  if (inputs.empty())
    return createStringError("the model has no inputs");
  auto source = std::make_unique<FileSource>(options);
  if (Error error = source->open(inputs))
    return std::move(error);
  return std::unique_ptr<quantize::DataSource>(std::move(source));
}
