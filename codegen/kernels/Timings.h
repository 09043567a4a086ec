// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Measured times of kernels, by CPU and problem, and the text file that keeps
// them: what `--tune` chooses by. No MLIR.

#ifndef QUENCH_CODEGEN_KERNELS_TIMINGS_H
#define QUENCH_CODEGEN_KERNELS_TIMINGS_H

#include "codegen/kernels/Catalogue.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace quench::kernels {

/// What the time of a kernel depends on, in one line: op, codes, sizes, window,
/// strides, whether there is a residual, how the filter is stored. Zero points,
/// scales and clamps are left out. Equal for problems that take equally long.
/// Empty for ops that have one emitted kernel at most.
///   conv2d s8 1x56x56x24 -> 1x56x56x144 kernel 1x1 stride 1x1 dilation 1x1
///   pad 0x0 groups 1 residual w4 group 32                       (on one line)
std::string problemText(const Problem &problem);

/// The times on one CPU.
class Timings {
public:
  /// Microseconds of one call.
  std::optional<double> find(const std::string &problem,
                             const std::string &kernel) const;
  /// Keeps `microseconds` as the file will have them: to the nanosecond.
  void set(const std::string &problem, const std::string &kernel,
           double microseconds);
  /// By problem, then by kernel.
  using Table = std::map<std::string, std::map<std::string, double>>;
  const Table &table() const { return times; }

private:
  Table times;
};

/// A file of times. Sorted, so that two of them can be compared line by line:
///
///   quench timings 1
///   cpu AMD EPYC (znver4): avx2 avx512vnni
///   problem conv2d s8 1x56x56x24 -> ...
///   12.345 conv2d_s8_7x48x4_x86_avx512vnni
///
/// Empty lines and lines that begin with # say nothing.
struct TimingsFile {
  /// By the text of `cpuText`.
  std::map<std::string, Timings> cpus;

  /// Null if a line is wrong; `error` then says "line N: why".
  static std::optional<TimingsFile> parse(std::string_view text,
                                          std::string &error);
  std::string print() const;
  /// The times that count for `target`: those of `cpu` if that runs it, else of
  /// the first that does, so that a file from the device serves a machine that
  /// cannot measure. Null if there are none.
  const Timings *timesFor(const std::string &cpu,
                          const targets::Target &target) const;
};

/// "AMD EPYC (znver4): avx2 avx512vnni": what CPUs are told apart by.
/// \param features  mask of targets::Feature.
std::string cpuText(std::string_view name, uint32_t features);

/// Whether the CPU of that text has the features of `target`.
bool cpuRuns(std::string_view cpu, const targets::Target &target);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_TIMINGS_H
