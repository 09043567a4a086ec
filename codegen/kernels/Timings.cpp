// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The key of a time, and reading and writing the file.

#include "codegen/kernels/Timings.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

namespace quench::kernels {

namespace {

constexpr std::string_view header = "quench timings 1";

std::string joined(const int32_t *sizes, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += (i ? "x" : "") + std::to_string(sizes[i]);
  return text;
}

std::string joined(std::initializer_list<int32_t> sizes) {
  return joined(sizes.begin(), sizes.size());
}

/// "s8", or "s8:s8:s16" of both operands and the result.
std::string codesText(const Codes &codes) {
  auto one = [](int bits) { return "s" + std::to_string(bits); };
  if (codes == Codes{codes.a, codes.a, codes.a})
    return one(codes.a);
  return one(codes.a) + ":" + one(codes.b) + ":" + one(codes.y);
}

/// Window, strides and padding of a convolution or pool.
template <typename Params>
std::string windowText(const Params &p) {
  return " kernel " + joined({p.kernel_h, p.kernel_w}) + " stride " +
         joined({p.stride_h, p.stride_w}) + " dilation " +
         joined({p.dilation_h, p.dilation_w}) + " pad " +
         joined({p.pad_top, p.pad_left});
}

template <typename Params>
std::string gapsText(const Params &p) {
  return p.x_gap || p.y_gap ? " gaps " + joined({p.x_gap, p.y_gap}) : "";
}

std::string textOf(const qrt_conv2d &p) {
  return joined({p.batch, p.in_h, p.in_w, p.in_c}) + " -> " +
         joined({p.batch, p.out_h, p.out_w, p.out_c}) + windowText(p) +
         " groups " + std::to_string(p.groups) + gapsText(p);
}

std::string textOf(const qrt_pool2d &p) {
  return joined({p.batch, p.in_h, p.in_w, p.channels}) + " -> " +
         joined({p.batch, p.out_h, p.out_w, p.channels}) + windowText(p) +
         gapsText(p);
}

template <typename Params>
std::string binaryText(const Params &p) {
  const auto rank = size_t(p.space.rank);
  return joined(p.space.size, rank) + " strides " + joined(p.a_stride, rank) +
         " and " + joined(p.b_stride, rank);
}

std::string textOf(const qrt_add_nd &p) { return binaryText(p); }
std::string textOf(const qrt_mul_nd &p) { return binaryText(p); }

/// One emitted kernel at most: nothing to choose.
template <typename Params>
std::string textOf(const Params &) {
  return "";
}

struct FeatureRow {
  std::string_view name;
  uint32_t bit;
};

constexpr FeatureRow featureTable[] = {
    {"avx2",       targets::FeatureAvx2      },
    {"avxvnni",    targets::FeatureAvxVnni   },
    {"avx512vnni", targets::FeatureAvx512Vnni},
    {"dotprod",    targets::FeatureDotprod   },
    {"i8mm",       targets::FeatureI8mm      },
};

/// Cuts what is before `separator` off `text`.
std::string_view cut(std::string_view &text, char separator) {
  const size_t at = std::min(text.find(separator), text.size());
  const std::string_view first = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return first;
}

} // namespace

std::string problemText(const Problem &problem) {
  const std::string params =
      std::visit([](const auto &p) { return textOf(p); }, problem.params);
  if (params.empty())
    return "";
  return std::string(opName(problem.op)) + " " + codesText(problem.codes) +
         " " + params + (problem.hasResidual ? " residual" : "") +
         (problem.filterBits == 8 ? ""
                                  : " w" + std::to_string(problem.filterBits)) +
         (problem.filterGroup ? " group " + std::to_string(problem.filterGroup)
                              : "");
}

std::optional<double> Timings::find(const std::string &problem,
                                    const std::string &kernel) const {
  const auto row = times.find(problem);
  if (row == times.end())
    return {};
  const auto time = row->second.find(kernel);
  if (time == row->second.end())
    return {};
  return time->second;
}

void Timings::set(const std::string &problem, const std::string &kernel,
                  double microseconds) {
  times[problem][kernel] =
      std::max(std::round(microseconds * 1000) / 1000, 0.001);
}

std::optional<TimingsFile> TimingsFile::parse(std::string_view text,
                                              std::string &error) {
  TimingsFile file;
  Timings *cpu = nullptr;
  std::string problem;
  int number = 0;
  auto fail = [&](const std::string &why) {
    error = "line " + std::to_string(number) + ": " + why;
    return std::nullopt;
  };
  // A file that was just made has no times.
  for (bool hasHeader = false; !text.empty();) {
    ++number;
    const bool isCut = text.find('\n') == text.npos;
    std::string_view line = cut(text, '\n');
    if (!line.empty() && line.back() == '\r')
      line.remove_suffix(1);
    if (!hasHeader) {
      if (line != header)
        return fail("expected '" + std::string(header) + "', found '" +
                    std::string(line.substr(0, 40)) + "'");
      hasHeader = true;
      continue;
    }
    if (line.empty() || line.front() == '#')
      continue;
    std::string_view rest = line;
    const std::string word(cut(rest, ' '));
    if (rest.empty())
      return fail("expected 'cpu', 'problem' or microseconds and what they are "
                  "of, found '" +
                  std::string(line) + "'");
    if (word == "cpu") {
      cpu = &file.cpus[std::string(rest)];
      problem.clear();
    } else if (!cpu) {
      return fail("expected a line 'cpu' before '" + word + "'");
    } else if (word == "problem") {
      problem = rest;
    } else if (problem.empty()) {
      return fail("expected a line 'problem' before '" + word + "'");
    } else {
      char *end = nullptr;
      const double time = std::strtod(word.c_str(), &end);
      if (*end || !(time > 0) || !std::isfinite(time))
        return fail("expected microseconds, found '" + word + "'");
      // A part of a kernel's name is a name as well.
      if (isCut)
        return fail("its end is missing: the file was cut");
      const std::string kernel(rest);
      if (cpu->find(problem, kernel))
        return fail("a second time of " + kernel);
      cpu->set(problem, kernel, time);
    }
  }
  return file;
}

std::string TimingsFile::print() const {
  std::string text(header);
  text += "\n# Microseconds of a call, by CPU and problem.\n";
  for (const auto &[cpu, timings] : cpus) {
    text += "\ncpu " + cpu + "\n";
    for (const auto &[problem, kernels] : timings.table()) {
      text += "problem " + problem + "\n";
      for (const auto &[kernel, time] : kernels) {
        char number[64];
        std::snprintf(number, sizeof number, "%.3f ", time);
        text += number + kernel + "\n";
      }
    }
  }
  return text;
}

const Timings *TimingsFile::timesFor(const std::string &cpu,
                                     const targets::Target &target) const {
  if (cpuRuns(cpu, target)) {
    const auto own = cpus.find(cpu);
    return own == cpus.end() ? nullptr : &own->second;
  }
  for (const auto &[other, timings] : cpus)
    if (cpuRuns(other, target))
      return &timings;
  return nullptr;
}

std::string cpuText(std::string_view name, uint32_t features) {
  std::string text(name);
  std::replace(text.begin(), text.end(), ':', ' ');
  text += ":";
  for (const FeatureRow &row : featureTable)
    if (features & row.bit)
      text += " " + std::string(row.name);
  return text;
}

bool cpuRuns(std::string_view cpu, const targets::Target &target) {
  uint32_t features = 0;
  cut(cpu, ':');
  while (!cpu.empty()) {
    const std::string_view word = cut(cpu, ' ');
    for (const FeatureRow &row : featureTable)
      if (word == row.name)
        features |= row.bit;
  }
  return (target.features & ~features) == 0;
}

} // namespace quench::kernels
