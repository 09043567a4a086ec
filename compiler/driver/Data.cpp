// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One sample after the other: what is cheap at once, the rest in a loader.

#include "compiler/driver/Data.h"

#include "compiler/driver/ArrayFile.h"
#include "compiler/driver/DataFiles.h"
#include "compiler/driver/Preprocess.h"
#include "compiler/quantize/observers/Extremes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace quench;
using interpret::Tensor;

namespace {

using Buffer = std::unique_ptr<MemoryBuffer>;
/// The sample of one input, still to be decoded.
using Job = unique_function<Expected<Tensor>()>;

Expected<Buffer> openFile(StringRef path) {
  ErrorOr<Buffer> buffer = MemoryBuffer::getFile(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(buffer.getError(),
                             "cannot open '" + path +
                                 "': " + buffer.getError().message());
  return std::move(*buffer);
}

bool hasExtension(StringRef path, std::initializer_list<StringRef> known) {
  return is_contained(known, StringRef(sys::path::extension(path)).lower());
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

/// Whether the sizes are the input's in another order: channels last, say.
bool isTransposed(ArrayRef<int64_t> given, ArrayRef<int64_t> shape) {
  if (given.size() < 2 || shape.size() < 2)
    return false;
  SmallVector<int64_t> found(given.drop_front(given.size() == shape.size()));
  SmallVector<int64_t> expected(shape.drop_front());
  llvm::sort(found);
  llvm::sort(expected);
  return found == expected;
}

/// All samples of one input.
class InputStream {
public:
  InputStream(const InputInfo &input, const DataOptions &options)
      : input(input), options(options),
        preprocess(preprocessOf(input, options)) {}

  void add(ArrayRef<std::string> more) {
    files.insert(files.end(), more.begin(), more.end());
  }
  bool isEmpty() const { return files.empty(); }
  StringRef name() const { return input.name; }

  /// The number of samples, if every file is a picture by its name.
  std::optional<int64_t> size() const {
    for (const std::string &file : files)
      if (!hasExtension(file, {".jpg", ".jpeg", ".png"}))
        return std::nullopt;
    return int64_t(files.size());
  }

  /// Null at the end.
  Expected<Job> take() {
    while (!array || index == array->elements() / elements()) {
      array.reset();
      if (position == files.size())
        return Job();
      const std::string &path = files[position++];
      Expected<Buffer> bytes = openFile(path);
      if (!bytes)
        return bytes.takeError();
      if (looksLikePicture(begin(**bytes), (*bytes)->getBufferSize()))
        return Job([this, &path, bytes = std::move(*bytes)] {
          return decode(path, *bytes);
        });
      Expected<ArrayFile> opened =
          ArrayFile::open(path, std::move(*bytes), options.raw, input.name);
      if (!opened)
        return opened.takeError();
      array = std::move(*opened);
      index = 0;
      if (Error error = checkArray(path))
        return std::move(error);
    }
    Expected<ArraySlice> slice = array->take(elements());
    if (!slice)
      return slice.takeError();
    return Job(
        [this, &path = files[position - 1], sample = index++,
         slice = std::move(*slice)] { return convert(path, sample, slice); });
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

  static const uint8_t *begin(const MemoryBuffer &bytes) {
    return reinterpret_cast<const uint8_t *>(bytes.getBufferStart());
  }

  Expected<Tensor> decode(StringRef path, const MemoryBuffer &bytes) const {
    std::string why;
    std::optional<Picture> picture =
        decodePicture(begin(bytes), bytes.getBufferSize(), why);
    if (!picture)
      return createStringError("cannot decode '" + path + "': " + why);
    Expected<Tensor> tensor = pictureTensor(*picture, input, preprocess);
    if (!tensor)
      return createStringError("'" + path +
                               "': " + toString(tensor.takeError()));
    return tensor;
  }

  Error checkArray(StringRef path) const {
    const int64_t total = array->elements();
    if (total == 0)
      return createStringError(
          "'" + path + "' has no samples" +
          (array->shape().empty()
               ? std::string(": it is empty")
               : ": its shape is " + interpret::shapeText(array->shape())));
    if (!fits(array->shape(), input.shape))
      return createStringError(
          "'" + path + "' expects shape " + interpret::shapeText(input.shape) +
          " for input '" + input.name +
          "', or that behind an axis of samples, found " +
          interpret::shapeText(array->shape()) +
          (isTransposed(array->shape(), input.shape)
               ? ": bring the axes in this order (numpy.transpose)"
               : ""));
    if (total % elements() != 0)
      return createStringError(
          "'" + path + "' expects a multiple of " + Twine(elements()) +
          " numbers for input '" + input.name + "' of shape " +
          interpret::shapeText(input.shape) + ", found " + Twine(total));
    const std::optional<Axes> axes = axesOf(input.shape, preprocess.layout);
    return checkLengths(input, preprocess, axes ? axes->channels : 1);
  }

  Expected<Tensor> convert(StringRef path, int64_t sample,
                           const ArraySlice &slice) const {
    Tensor tensor(interpret::ElementKind::F32, input.shape);
    MutableArrayRef<float> out = tensor.data<float>();
    if (slice.isFloat()) {
      for (size_t i = 0; i < out.size(); ++i)
        out[i] = float(slice.at(i));
    } else {
      const std::optional<Axes> axes = axesOf(input.shape, preprocess.layout);
      const int64_t channels = axes ? axes->channels : 1;
      const int64_t plane =
          axes && !axes->channelsLast ? axes->height * axes->width : 1;
      for (size_t i = 0; i < out.size(); ++i)
        out[i] =
            normalize(slice.at(i), int64_t(i) / plane % channels, preprocess);
    }
    const int64_t bad =
        options.mustBeFinite ? quantize::firstNotFinite(out) : -1;
    if (bad < 0)
      return tensor;
    return createStringError(
        "'" + path + "' has " +
        (std::isnan(out[size_t(bad)]) ? "a NaN" : "an infinity") +
        " at element " + Twine(bad) + " of sample " + Twine(sample) +
        ": ranges need finite numbers");
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

  Error open(ArrayRef<InputInfo> inputs, std::vector<std::string> &remarks);

  std::optional<int64_t> size() const override {
    std::optional<int64_t> count = streams.front().size();
    if (count && options.limit)
      count = std::min(*count, options.limit);
    return count;
  }

  Expected<Loader> take() override {
    if (options.limit && done == options.limit)
      return Loader();
    std::vector<Job> jobs;
    StringRef ended, goesOn;
    for (InputStream &stream : streams) {
      Expected<Job> job = stream.take();
      if (!job)
        return job.takeError();
      (*job ? goesOn : ended) = stream.name();
      jobs.push_back(std::move(*job));
    }
    if (!ended.empty() && !goesOn.empty())
      return createStringError("the inputs have different numbers of samples: "
                               "'" +
                               ended + "' ends after " + Twine(done) + ", '" +
                               goesOn + "' has more");
    if (!ended.empty())
      return Loader();
    ++done;
    return Loader(
        [jobs = std::move(jobs)]() mutable -> Expected<std::vector<Tensor>> {
          std::vector<Tensor> sample;
          for (Job &job : jobs) {
            Expected<Tensor> tensor = job();
            if (!tensor)
              return tensor.takeError();
            sample.push_back(std::move(*tensor));
          }
          return sample;
        });
  }

  Expected<bool> next(std::vector<Tensor> &sample) override {
    Expected<Loader> load = take();
    if (!load)
      return load.takeError();
    if (!*load)
      return false;
    Expected<std::vector<Tensor>> loaded = (*load)();
    if (!loaded)
      return loaded.takeError();
    sample = std::move(*loaded);
    return true;
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

Error FileSource::open(ArrayRef<InputInfo> inputs,
                       std::vector<std::string> &remarks) {
  std::string names;
  for (const InputInfo &input : inputs) {
    streams.emplace_back(input, options);
    names += (names.empty() ? "'" : ", '") + input.name + "'";
  }
  auto streamOf = [&](StringRef name) {
    return find_if(streams,
                   [&](auto &stream) { return stream.name() == name; });
  };
  for (const std::string &path : options.paths) {
    const auto [name, rest] = StringRef(path).split('=');
    const auto named = streamOf(name);
    const bool isNamed =
        inputs.size() > 1 && !rest.empty() && named != streams.end();
    auto unclear = [&] {
      return createStringError("expects <input>=<path> with one of " + names +
                               ", or .npz files with a member for each, "
                               "found '" +
                               path + "'");
    };
    if (inputs.size() > 1 && !isNamed && rest.size())
      return unclear();
    Expected<std::vector<std::string>> files = listDataFiles(
        isNamed ? rest : StringRef(path), !options.raw.empty(), remarks);
    if (!files)
      return files.takeError();
    // An archive has members for all inputs.
    if (inputs.size() > 1 && !isNamed &&
        !all_of(*files, [](auto &f) { return hasExtension(f, {".npz"}); }))
      return unclear();
    for (InputStream &stream : streams)
      if (!isNamed || &stream == &*named)
        stream.add(*files);
  }
  for (const InputStream &stream : streams)
    if (stream.isEmpty())
      return createStringError("no data for input '" + stream.name() + "'");
  return Error::success();
}

} // namespace

Expected<std::unique_ptr<quantize::DataSource>>
quench::openData(ArrayRef<InputInfo> inputs, const DataOptions &options,
                 std::vector<std::string> *remarks) {
  if (inputs.empty())
    return createStringError("the model has no inputs");
  auto source = std::make_unique<FileSource>(options);
  std::vector<std::string> ignored;
  if (Error error = source->open(inputs, remarks ? *remarks : ignored))
    return std::move(error);
  return std::unique_ptr<quantize::DataSource>(std::move(source));
}
