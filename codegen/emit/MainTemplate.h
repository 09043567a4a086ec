// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of `<prefix>_main.cpp` that is the same for all models. @p@ stands
// for the prefix, @P@ for the prefix of macros; Main.cpp fills in the others.

#ifndef QUENCH_CODEGEN_EMIT_MAINTEMPLATE_H
#define QUENCH_CODEGEN_EMIT_MAINTEMPLATE_H

namespace quench::emit {

inline constexpr const char mainTemplate[] = R"template(#include "@p@.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace {

enum ExitCode { Ok = 0, RunFailed = 1, Usage = 2, Io = 3 };

const char help[] =
    "usage: @p@ [options] INPUT...\n"
    "\n"
    "Runs the model. One INPUT file per model input, in order: .npy, or raw\n"
    "bytes. A file may hold several samples; the outputs then have as many.\n"
    "\n"
    "  -o FILE          write an output as .npy; repeat for further outputs\n"
    "  --top K          print the K largest values of the first output\n"
    "  --labels FILE    their names, one a line\n"
    "  --bench N        run the first sample N times (after 3 runs to warm up),\n"
    "                   print one latency in microseconds a line; without INPUT\n"
    "                   on made-up data\n"
    "  --profile        print the microseconds of each layer (with --bench, the\n"
    "                   mean)\n"
    "  --selftest       compare with the compiler's reference interpreter\n"
@isa help@
@threads help@
    "  --help           this text, inputs, outputs@levels@\n"
    "\n"
    "Exit code: 0 success, 1 the model or its self-test failed, 2 wrong usage,\n"
    "3 a file cannot be read or written.\n";

/// Memory aligned for an arena; zeroed.
struct Memory {
  explicit Memory(size_t wanted)
      : bytes((wanted / 64 + 1) * 64),
        at(static_cast<uint8_t *>(std::aligned_alloc(64, bytes))) {
    if (!at) {
      std::fprintf(stderr, "@p@: out of memory: %zu bytes\n", bytes);
      std::exit(RunFailed);
    }
    std::memset(at, 0, bytes);
  }
  Memory(const Memory &) = delete;
  Memory(Memory &&other) noexcept : bytes(other.bytes), at(other.at) {
    other.at = nullptr;
  }
  ~Memory() { std::free(at); }

  size_t bytes;
  uint8_t *at;
};

/// Samples of one input or output, one after the other.
struct Samples {
  const qrt_tensor_info *info;
  size_t sampleBytes;
  size_t count;
  std::vector<uint8_t> bytes;
};

struct Options {
  std::vector<std::string> inputs, outputs;
  std::string labels@isa option@;
  long bench = 0, top = 0;
@threads option@
  bool selftest = false, profile = false;
};

[[noreturn]] void fail(ExitCode code, const std::string &message) {
  std::fprintf(stderr, "@p@: %s\n", message.c_str());
  std::exit(code);
}

size_t tensorBytes(const qrt_tensor_info &info) {
  return static_cast<size_t>(qrt_tensor_elements(&info)) *
         qrt_element_bytes(info.element);
}

/// NumPy's name of an element type.
const char *npyType(qrt_element element) {
  switch (element) {
  case QRT_F32:
    return "<f4";
  case QRT_S8:
    return "|i1";
  case QRT_S16:
    return "<i2";
  case QRT_S32:
    return "<i4";
  case QRT_S64:
    return "<i8";
  }
  return "?";
}

std::string shapeText(const qrt_tensor_info &info) {
  std::string text = "[";
  for (int32_t i = 0; i < info.rank; ++i)
    text += (i ? ", " : "") + std::to_string(info.shape[i]);
  return text + "]";
}

std::vector<uint8_t> readFile(const std::string &path) {
  std::FILE *file = std::fopen(path.c_str(), "rb");
  if (!file)
    fail(Io, "cannot open '" + path + "': " + std::strerror(errno));
  std::vector<uint8_t> bytes;
  uint8_t block[1 << 16];
  while (const size_t got = std::fread(block, 1, sizeof(block), file))
    bytes.insert(bytes.end(), block, block + got);
  const bool bad = std::ferror(file) != 0;
  std::fclose(file);
  if (bad)
    fail(Io, "cannot read '" + path + "'");
  return bytes;
}

/// What follows `key` in the header of an .npy file, up to one of `ends`.
std::string npyField(const std::string &header, const std::string &key,
                     const char *ends) {
  const size_t at = header.find("'" + key + "':");
  if (at == std::string::npos)
    return "nothing";
  const size_t begin = header.find_first_not_of(' ', at + key.size() + 3);
  const size_t end = header.find_first_of(ends, begin);
  return begin == std::string::npos ? "nothing"
                                    : header.substr(begin, end - begin);
}

/// Whether an array of this shape, "(16, 3, 8, 8", is samples of the input: of
/// its shape, with or without an axis of samples before it. Axes of size 1 do
/// not count; one axis may hold anything.
bool fits(const std::string &shape, const qrt_tensor_info &info) {
  std::vector<long> found, expected;
  size_t axes = 0;
  for (const char *at = shape.c_str(); *at;) {
    char *end = nullptr;
    const long size = std::strtol(at, &end, 10);
    axes += end != at;
    if (end != at && size != 1)
      found.push_back(size);
    at = end != at ? end : at + 1;
  }
  for (int32_t i = 0; i < info.rank; ++i)
    if (info.shape[i] != 1)
      expected.push_back(info.shape[i]);
  if (axes <= 1 || found == expected)
    return true;
  const bool isStacked = found.size() == expected.size() &&
                         !expected.empty() && info.shape[0] != 1 &&
                         found[0] % expected[0] == 0;
  if (found.size() != expected.size() + 1 && !isStacked)
    return false;
  return std::equal(found.begin() + 1, found.end(),
                    expected.begin() + isStacked, expected.end());
}

/// Removes the header of an .npy file after checking type, order and shape;
/// leaves raw files as they are.
void stripNpyHeader(const std::string &path, const qrt_tensor_info &info,
                    std::vector<uint8_t> &bytes) {
  if (bytes.size() < 10 || std::memcmp(bytes.data(), "\x93NUMPY", 6) != 0)
    return;
  const size_t lengthBytes = bytes[6] == 1 ? 2 : 4;
  size_t length = 0;
  for (size_t i = 0; i < lengthBytes && 8 + i < bytes.size(); ++i)
    length |= static_cast<size_t>(bytes[8 + i]) << (8 * i);
  const size_t begin = 8 + lengthBytes;
  if (bytes.size() < begin || length > bytes.size() - begin)
    fail(Io, "'" + path + "' ends within its .npy header");
  const std::string header(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                           bytes.begin() +
                               static_cast<std::ptrdiff_t>(begin + length));
  const std::string type = npyType(info.element);
  if (header.find("'" + type + "'") == std::string::npos)
    fail(Io, "'" + path + "' expects elements of type '" + type +
                 "' for input '" + info.name + "', found " +
                 npyField(header, "descr", ",}"));
  if (header.find("'fortran_order': False") == std::string::npos)
    fail(Io, "'" + path + "' is in Fortran order, expects C order");
  const std::string shape = npyField(header, "shape", ")");
  if (!fits(shape, info))
    fail(Io, "'" + path + "' expects shape " + shapeText(info) +
                 " for input '" + info.name +
                 "', or that behind an axis of samples, found " + shape + ")");
  bytes.erase(bytes.begin(),
              bytes.begin() + static_cast<std::ptrdiff_t>(begin + length));
}

Samples readSamples(const std::string &path, const qrt_tensor_info &info) {
  Samples samples{&info, tensorBytes(info), 0, readFile(path)};
  stripNpyHeader(path, info, samples.bytes);
  samples.count = samples.bytes.size() / samples.sampleBytes;
  if (samples.count == 0 || samples.bytes.size() % samples.sampleBytes != 0)
    fail(Io, "'" + path + "' expects a multiple of " +
                 std::to_string(samples.sampleBytes) + " bytes for input '" +
                 info.name + "' " + shapeText(info) + ", found " +
                 std::to_string(samples.bytes.size()));
  return samples;
}

/// Something other than zeros, for --bench without data.
Samples madeUpSamples(const qrt_tensor_info &info) {
  Samples samples{&info, tensorBytes(info), 1, {}};
  samples.bytes.resize(samples.sampleBytes);
  const size_t width = qrt_element_bytes(info.element);
  for (size_t i = 0; i < samples.sampleBytes / width; ++i) {
    if (info.element == QRT_F32) {
      const float value = static_cast<float>(i * 7 % 255) / 127.0f - 1.0f;
      std::memcpy(&samples.bytes[i * width], &value, width);
    } else {
      samples.bytes[i * width] = static_cast<uint8_t>(i * 7 % 127);
    }
  }
  return samples;
}

/// The file that a rename may replace for `path`: itself, or what a link leads
/// to. Empty for what has to stay what it is: devices, fifos, links to them.
std::string renameTarget(const std::string &path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_type type = fs::symlink_status(path, error).type();
  if (type == fs::file_type::not_found || type == fs::file_type::regular)
    return path;
  if (type != fs::file_type::symlink)
    return {};
  const fs::path resolved = fs::canonical(path, error);
  return !error && fs::is_regular_file(resolved, error) ? resolved.string()
                                                        : std::string();
}

void writeNpy(const std::string &path, const Samples &samples) {
  const qrt_tensor_info &info = *samples.info;
  // One sample keeps its shape; several are stacked along the first axis.
  std::string shape;
  for (int32_t i = 0; i < info.rank; ++i) {
    long size = info.shape[i];
    if (i == 0)
      size *= static_cast<long>(samples.count);
    shape += std::to_string(size) + (i + 1 < info.rank ? ", " : "");
  }
  if (info.rank == 0 && samples.count > 1)
    shape = std::to_string(samples.count);
  if (shape.find(',') == std::string::npos && !shape.empty())
    shape += ",";
  std::string header = std::string("{'descr': '") + npyType(info.element) +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  while ((10 + header.size() + 1) % 64 != 0)
    header += ' ';
  header += '\n';
  const char magic[] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0,
                        static_cast<char>(header.size() & 255),
                        static_cast<char>(header.size() >> 8)};
  const std::string target = renameTarget(path);
  const std::string written = target.empty() ? path : target + ".part";
  std::FILE *file = std::fopen(written.c_str(), "wb");
  if (!file)
    fail(Io, "cannot create '" + written + "': " + std::strerror(errno));
  bool good = std::fwrite(magic, 1, sizeof(magic), file) == sizeof(magic);
  good &= std::fwrite(header.data(), 1, header.size(), file) == header.size();
  good &= std::fwrite(samples.bytes.data(), 1, samples.bytes.size(), file) ==
          samples.bytes.size();
  good &= std::fclose(file) == 0;
  if (good && !target.empty())
    good = std::rename(written.c_str(), target.c_str()) == 0;
  if (!good) {
    if (!target.empty())
      std::remove(written.c_str());
    fail(Io, "cannot write '" + path + "'");
  }
}

/// Sums of time per layer.
struct LayerTimes {
  double sum[@P@_LAYERS] = {};
  const char *name[@P@_LAYERS] = {};
  std::chrono::steady_clock::time_point begin;
  long runs = 0;
};

double microsecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(
             std::chrono::steady_clock::now() - begin)
      .count();
}

void onLayer(void *user, qrt_profile_event event, int32_t layer,
             const char *name) {
  auto *times = static_cast<LayerTimes *>(user);
  if (event == QRT_LAYER_BEGIN) {
    times->name[layer] = name;
    times->begin = std::chrono::steady_clock::now();
  } else {
    times->sum[layer] += microsecondsSince(times->begin);
  }
}

float valueAt(const Samples &samples, size_t index) {
  const qrt_tensor_info &info = *samples.info;
  const uint8_t *at =
      samples.bytes.data() + index * qrt_element_bytes(info.element);
  switch (info.element) {
  case QRT_F32: {
    float value = 0;
    std::memcpy(&value, at, sizeof(value));
    return value;
  }
  case QRT_S8:
    return qrt_dequantize(static_cast<int8_t>(*at), info.zero, info.scale);
  case QRT_S16: {
    int16_t code = 0;
    std::memcpy(&code, at, sizeof(code));
    return qrt_dequantize(code, info.zero, info.scale);
  }
  case QRT_S32: {
    int32_t value = 0;
    std::memcpy(&value, at, sizeof(value));
    return static_cast<float>(value);
  }
  case QRT_S64: {
    int64_t value = 0;
    std::memcpy(&value, at, sizeof(value));
    return static_cast<float>(value);
  }
  }
  return 0;
}

void printTop(const Samples &samples, const Options &options) {
  std::vector<std::string> labels;
  if (!options.labels.empty()) {
    const std::vector<uint8_t> text = readFile(options.labels);
    labels.emplace_back();
    for (uint8_t c : text) {
      if (c == '\n')
        labels.emplace_back();
      else if (c != '\r')
        labels.back() += static_cast<char>(c);
    }
  }
  const size_t classes = samples.sampleBytes /
                         qrt_element_bytes(samples.info->element);
  for (size_t s = 0; s < samples.count; ++s) {
    if (samples.count > 1)
      std::printf("sample %zu\n", s);
    std::vector<size_t> order(classes);
    for (size_t i = 0; i < classes; ++i)
      order[i] = i;
    const size_t top = std::min(classes, static_cast<size_t>(options.top));
    std::partial_sort(order.begin(),
                      order.begin() + static_cast<std::ptrdiff_t>(top),
                      order.end(), [&](size_t a, size_t b) {
                        const float va = valueAt(samples, s * classes + a);
                        const float vb = valueAt(samples, s * classes + b);
                        return va != vb ? va > vb : a < b;
                      });
    for (size_t i = 0; i < top; ++i)
      std::printf("%4zu  %10.4f  %s\n", order[i],
                  static_cast<double>(valueAt(samples, s * classes + order[i])),
                  order[i] < labels.size() ? labels[order[i]].c_str() : "");
  }
}

void printHelp() {
  std::fputs(help, stdout);
  auto describe = [](const char *what, const qrt_tensor_info &info) {
    std::printf("%s '%s': %s %s", what, info.name, npyType(info.element),
                shapeText(info).c_str());
    if (info.element == QRT_S8 || info.element == QRT_S16)
      std::printf(", value = (code - %d) * %.9g", static_cast<int>(info.zero),
                  static_cast<double>(info.scale));
    std::printf("\n");
  };
  std::printf("\n");
@describe@
@isa describe@
}

long positiveNumber(const std::string &option, const char *text) {
  char *end = nullptr;
  const long number = std::strtol(text, &end, 10);
  if (end == text || *end || number < 1)
    fail(Usage, option + " expects a number from 1, found '" + text + "'");
  return number;
}

Options parse(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    auto value = [&]() -> const char * {
      if (i + 1 == argc)
        fail(Usage, argument + " expects a value; try --help");
      return argv[++i];
    };
    if (argument == "--help" || argument == "-h") {
      printHelp();
      std::exit(Ok);
    } else if (argument == "-o") {
      options.outputs.push_back(value());
    } else if (argument == "--labels") {
      options.labels = value();
@isa parse@
    } else if (argument == "--bench") {
      options.bench = positiveNumber(argument, value());
@threads parse@
    } else if (argument == "--top") {
      options.top = positiveNumber(argument, value());
    } else if (argument == "--selftest") {
      options.selftest = true;
    } else if (argument == "--profile") {
      options.profile = true;
    } else if (argument.size() > 1 && argument[0] == '-') {
      fail(Usage, "unknown option '" + argument + "'; try --help");
    } else {
      options.inputs.push_back(argument);
    }
  }
  return options;
}

@isa find@
void check(qrt_status status, const std::string &what) {
  if (status != QRT_OK)
    fail(RunFailed, what + ": " + qrt_status_string(status));
}

@run@
} // namespace

int main(int argc, char **argv) {
  const Options options = parse(argc, argv);
@isa choose@
  if (options.selftest) {
    selftest();
    if (options.inputs.empty() && !options.bench)
      return Ok;
  }
  const bool isMadeUp = options.inputs.empty() && options.bench > 0;
  if (!isMadeUp && options.inputs.size() != @P@_INPUTS)
    fail(Usage, "expects " + std::to_string(@P@_INPUTS) +
                    " input files, found " +
                    std::to_string(options.inputs.size()) + "; try --help");
  if (options.outputs.size() > @P@_OUTPUTS)
    fail(Usage, "expects at most " + std::to_string(@P@_OUTPUTS) +
                    " times -o, found " +
                    std::to_string(options.outputs.size()));

  std::vector<Samples> in, out;
@load@
  size_t count = 1;
  for (const Samples &samples : in) {
    if (&samples != &in.front() && samples.count != count)
      fail(Usage, "inputs expect the same number of samples, found " +
                      std::to_string(count) + " and " +
                      std::to_string(samples.count));
    count = samples.count;
  }
  for (const qrt_tensor_info &info : @p@_output_info) {
    out.push_back({&info, tensorBytes(info), count, {}});
    out.back().bytes.resize(out.back().sampleBytes * count);
  }

@threads start@
@machine@
  LayerTimes times;
  const qrt_profile hook = {onLayer, &times};
  const qrt_profile *profile = options.profile ? &hook : nullptr;
  if (options.bench > 0) {
    for (int i = 0; i < 3; ++i)
      runSample(in, out, 0, @where@, nullptr@pool@);
    for (long i = 0; i < options.bench; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      runSample(in, out, 0, @where@, profile@pool@);
      std::printf("%.3f\n", microsecondsSince(begin));
      ++times.runs;
    }
  }
  if (!options.bench || !options.outputs.empty() || options.top > 0) {
    const bool isMeasured = options.profile && !options.bench;
    for (size_t s = 0; s < count; ++s) {
      runSample(in, out, s, @where@, isMeasured ? profile : nullptr@pool@);
      times.runs += isMeasured;
    }
  }
  if (options.profile)
    for (int32_t i = 0; i < @P@_LAYERS; ++i)
      std::printf("%12.3f  %s\n",
                  times.sum[i] / static_cast<double>(times.runs),
                  times.name[i] ? times.name[i] : "");
  for (size_t i = 0; i < options.outputs.size(); ++i)
    writeNpy(options.outputs[i], out[i]);
  if (options.top > 0)
    printTop(out[0], options);
  return Ok;
}
)template";

} // namespace quench::emit

#endif // QUENCH_CODEGEN_EMIT_MAINTEMPLATE_H
