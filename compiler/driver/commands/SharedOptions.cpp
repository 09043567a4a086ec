// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options that several subcommands have.

#include "codegen/targets/Platforms.h"
#include "codegen/targets/Targets.h"
#include "compiler/driver/Inspect.h"
#include "compiler/driver/commands/Commands.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace quench;

std::optional<Parsed> quench::parseOrExit(const Command &command,
                                          Arguments arguments, Exit &exit) {
  Expected<Parsed> parsed = parse(command, arguments);
  if (!parsed) {
    errs() << "quench: error: " << toString(parsed.takeError())
           << "\nquench: note: 'quench " << command.name
           << " --help' lists the options\n";
    exit = Exit::Usage;
    return std::nullopt;
  }
  if (parsed->help) {
    printHelp(command, outs());
    exit = Exit::Ok;
    return std::nullopt;
  }
  return std::move(*parsed);
}

Option quench::quietOption(bool &isQuiet) {
  return flag("quiet", isQuiet, "no progress, only errors");
}

/// "x=1,3,224,224" or "x=1x3x224x224".
static Error addShape(StringRef given,
                      std::map<std::string, std::vector<int64_t>> &shapes) {
  const auto [name, sizes] = given.rsplit('=');
  std::vector<int64_t> shape;
  SmallVector<StringRef> parts;
  std::string unified = sizes.str();
  llvm::replace(unified, 'x', ',');
  StringRef(unified).split(parts, ',');
  for (StringRef part : parts) {
    int64_t size = 0;
    if (part.getAsInteger(10, size) || size < 1)
      return createStringError("expects <input>=<size>,<size>,..., found '" +
                               given + "'");
    shape.push_back(size);
  }
  if (name.empty())
    return createStringError("expects <input>=<size>,<size>,..., found '" +
                             given + "'");
  shapes[name.str()] = std::move(shape);
  return Error::success();
}

OptionGroup quench::inputGroup(LowerOptions &options) {
  return {
      "Model",
      {{"shape", "input=sizes",
        "shape of an ONNX input, where the file leaves it open;\n"
        "repeat for each input",
        [&](StringRef given) { return addShape(given, options.input.shapes); }},
        text("name", "name", options.input.modelName,
        "name of the model; default: the file's")}
  };
}

OptionGroup quench::quantizeGroup(LowerOptions &options) {
  OptionGroup group{
      "Quantization (float models)",
      {list("calibrate", "path", options.calibration.paths,
        "typical inputs: a file, a folder, or a .txt list of files;\n"
            "JPEG (turned as its Exif orientation says), PNG, .npy,\n"
            ".npz, idx (also .gz) or raw; may be repeated; with\n"
            "several inputs: <input>=<path>, or .npz files with a\n"
            "member named like each input"),
        number("samples", "n", options.calibration.limit, 1,
        "use at most n of them"),
        number("jobs", "n", options.jobs, 1,
        "samples worked on side by side; default: one for each core;\n"
              "the result is the same for any number")}
  };
  llvm::append_range(group.options, qconfigOptions(options.qconfig));
  group.options.push_back(choice(
      "io-type", {"float", "int8"},
      [&](size_t i) { options.int8Border = i == 1; },
      "type of inputs and outputs; default: float"));
  group.options.push_back(choice(
      "io-layout", {"source", "nhwc"},
      [&](size_t i) { options.channelsLast = i == 1; },
      "layout of pictures at the border; default: the source's"));
  return group;
}

OptionGroup quench::mixedGroup(LowerOptions &options) {
  OptionGroup group{"Mixed precision (float models)",
                    mixedOptions(options.mixed)};
  llvm::append_range(group.options, evaluateOptions(options.evaluation));
  return group;
}

/// Numbers other than 0.
static Option divisors(std::string name, std::vector<double> &variable,
                       std::string help) {
  Option option = quench::numbers(std::move(name), variable, std::move(help));
  option.set = [&variable, set = option.set](StringRef given) -> Error {
    if (Error error = set(given))
      return error;
    if (is_contained(variable, 0.0))
      return createStringError("expects numbers other than 0, found '" + given +
                               "'");
    return Error::success();
  };
  return option;
}

OptionGroup quench::preprocessGroup(DataOptions &options) {
  Preprocess &p = options.preprocess;
  OptionGroup group = {
      "Data",
      {numbers("mean", p.mean,
        "subtracted from pixels (0 to 255) or codes, before"),
        divisors("std", p.std, "the division by this"),
        numbers("scale", p.scale, "or the multiplication by this"),
        {"resize", "pixels|exact",
        "pictures: shorter side before the centre crop; default:\n"
        "the input's / 0.875; exact: to the input's size, no crop",
        [&](StringRef given) -> Error {
          if (given == "exact") {
            p.resize = 0;
            return Error::success();
          }
          if (given.getAsInteger(10, p.resize) || p.resize < 1)
            return createStringError(
                "expects a number from 1 or 'exact', found '" + given + "'");
          return Error::success();
        }},
        choice(
           "filter", {"bicubic", "bilinear"},
        [&](size_t i) {
             p.filter = i == 0 ? Filter::Bicubic : Filter::Bilinear;
           }, "how pictures are resized; default: bicubic"),
        flag("bgr", p.bgr, "pictures: channels blue, green, red"),
        choice(
           "layout", {"nchw", "nhwc"},
        [&](size_t i) {
             p.layout = i == 0 ? PixelLayout::Nchw : PixelLayout::Nhwc;
           }, "of the input; default: where 1 or 3 channels are"),
        choice(
           "raw", {"int8", "uint8", "float32"},
        [&](size_t i) {
             options.raw = i == 0 ? "int8" : i == 1 ? "uint8" : "float32";
           }, "type of numbers in files without a header")}
  };
  for (Option &option : group.options)
    option.set = [&options, set = option.set](StringRef given) {
      options.isPreprocessGiven = true;
      return set(given);
    };
  return group;
}

/// What `part` of --target names: itself, the host's target, or the levels of a
/// platform.
static Error addTarget(StringRef part, std::vector<std::string> &names,
                       const targets::Platform *&platform) {
  if (part == "host") {
    names.push_back(hostTarget().str());
  } else if (targets::findTarget(part)) {
    names.push_back(part.str());
  } else if (const targets::Platform *named = targets::findPlatform(part)) {
    if (platform && platform != named)
      return createStringError("has two platforms: compile once for each");
    platform = named;
  } else {
    std::vector<std::string> known = {"host"};
    for (const targets::Target &target : targets::targetTable)
      known.emplace_back(target.name);
    for (const targets::Platform &each : targets::platformTable)
      known.emplace_back(each.name);
    const std::string near = nearest(part, known);
    return createStringError(
        "has no '" + part + "'" +
        (near.empty() ? "" : "; did you mean '" + near + "'?") +
        " (see 'quench targets')");
  }
  return Error::success();
}

/// The same names without repetitions; those of `platform` if there are none.
static void completeTargets(std::vector<std::string> &names,
                            const targets::Platform *platform) {
  SmallVector<StringRef> levels;
  if (names.empty() && platform)
    StringRef(platform->levels).split(levels, ',');
  names.insert(names.end(), levels.begin(), levels.end());
  StringSet<> seen;
  erase_if(names,
           [&](const std::string &name) { return !seen.insert(name).second; });
}

Option quench::targetOption(std::vector<std::string> &names,
                            const targets::Platform **platform) {
  return {"target", "name[,name]",
          "instruction sets of the object, the preferred one first;\n"
          "'host'; or a platform, such as aarch64-linux-android, with\n"
          "or without instruction sets: see 'quench targets'; default:\n"
          "host",
          [&names, platform](StringRef given) -> Error {
            names.clear();
            const targets::Platform *named = nullptr;
            SmallVector<StringRef> parts;
            given.split(parts, ',');
            for (StringRef part : parts)
              if (Error error = addTarget(part.trim(), names, named))
                return error;
            completeTargets(names, named);
            if (platform)
              *platform = named;
            std::vector<std::string> all = names;
            if (named)
              all.push_back(StringRef(named->levels).split(',').first.str());
            if (const auto [a, b] = targets::strangers(all); !a.empty())
              return createStringError(
                  "has '" + Twine(std::string(a)) + "' and '" + std::string(b) +
                  "', which no processor runs both: compile once for each");
            return Error::success();
          }};
}
