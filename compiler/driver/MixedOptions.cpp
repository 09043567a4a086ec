// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers with units.

#include "compiler/driver/MixedOptions.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;
using namespace quench;

std::string quench::describe(const MixedOptions &options) {
  std::string text;
  raw_string_ostream os(text);
  if (options.minSqnr)
    os << " --min-sqnr=" << format("%g", *options.minSqnr);
  if (options.maxDrop)
    os << " --max-drop=" << format("%g", *options.maxDrop);
  if (options.flash)
    os << " --flash=" << *options.flash;
  if (options.leastFlash)
    os << " --flash=least";
  return text;
}

/// A number of at least 0, with or without its unit.
static Option quantity(std::string name, std::optional<double> &variable,
                       StringRef unit, std::string help) {
  return {std::move(name), "x", std::move(help),
          [&variable, unit](StringRef given) -> Error {
            double value = 0;
            StringRef digits = given.trim();
            digits.consume_back_insensitive(unit);
            if (digits.trim().getAsDouble(value) || !std::isfinite(value) ||
                value < 0)
              return createStringError("expects a number of " + unit +
                                       ", at least 0, found '" + given + "'");
            variable = value;
            return Error::success();
          }};
}

static Error setFlash(StringRef given, MixedOptions &options) {
  if (given == "least") {
    options.leastFlash = true;
    options.flash.reset();
    return Error::success();
  }
  StringRef digits = given.trim();
  double unit = 1, value = 0;
  if (digits.consume_back_insensitive("k"))
    unit = 1024;
  else if (digits.consume_back_insensitive("m"))
    unit = 1024 * 1024;
  if (digits.getAsDouble(value) || !(value > 0) || value * unit > 0x1p40)
    return createStringError(
        "expects bytes such as 200000, 200K or 1.5M, or 'least', found '" +
        given + "'");
  options.flash = int64_t(value * unit);
  options.leastFlash = false;
  return Error::success();
}

std::vector<Option> quench::mixedOptions(MixedOptions &options) {
  return {
      quantity("min-sqnr", options.minSqnr, "dB",
               "signal to noise in dB that every output has at least:\n"
               "the fewest layers get 16-bit results or stay float"),
      quantity("max-drop", options.maxDrop, "%",
               "top-1 accuracy that may be lost, in percent of the\n"
               "samples, by the same means"),
      text("labels", "file", options.labels,
           "classes of the samples measured on: a .txt file with one a\n"
           "line, .npy or idx; default: the float model's answers, so\n"
           "that --max-drop bounds how many of them change"),
      {"flash", "bytes|least",
         "bytes the weights may take (200000, 200K, 1.5M): the\n"
       "filters that bear it best get 4 bits; least: as many of\n"
       "them as --min-sqnr or --max-drop allow", [&options](StringRef given) { return setFlash(given, options); }}
  };
}

std::vector<Option> quench::evaluateOptions(DataOptions &options) {
  return {list("evaluate", "path", options.paths,
               "inputs to measure on, given like --calibrate; default:\n"
               "the calibration data"),
          number("evaluate-samples", "n", options.limit, 1,
                 "measure on at most n of them; default: 32, and all for\n"
                 "--max-drop")};
}
