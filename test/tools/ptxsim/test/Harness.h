// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs hand-written PTX for the tests of single instructions.

#ifndef TEST_TOOLS_PTXSIM_TEST_HARNESS_H
#define TEST_TOOLS_PTXSIM_TEST_HARNESS_H

#include "test/tools/ptxsim/Device.h"

#include "gtest/gtest.h"

#include <cstring>
#include <string>
#include <vector>

namespace ptxsim::test {

/// A module with one kernel `k`. Parameters: .u64 out, in. Registers:
/// predicates %p0-%p9, %h0-%h9 of 16 bits, %r0-%r39, %f0-%f9, %rd0-%rd19,
/// %fd0-%fd9; %rd0 holds out, %rd1 in, %r0 the thread. `before` stands before
/// the kernel.
std::string kernelText(const std::string &body, const std::string &before = "");

/// A device, and the one kernel of a text.
struct Program {
  explicit Program(const std::string &text);
  /// Runs with `threads` in each of `blocks`, out and in as given.
  /// \return the error of the launch, or of the parser.
  std::string run(int threads = 32, int blocks = 1, uint32_t sharedBytes = 0);

  /// Out and in, read and written as numbers of T.
  template <class T>
  T *out() {
    return reinterpret_cast<T *>(output.data());
  }
  template <class T>
  T *in() {
    return reinterpret_cast<T *>(input.data());
  }

  Device device;
  std::unique_ptr<Module> module;
  std::string error;
  alignas(256) std::array<std::byte, 16384> output{};
  alignas(256) std::array<std::byte, 16384> input{};
};

/// Types of one instruction's registers: "b32", or "pred".
struct Operation {
  std::string text; ///< with d, a, b, c: "add.s32 d, a, b;"
  std::string result, a, b = "", c = "";
};

/// Executes `operation` once per row of (a, b, c), 32 rows a warp.
/// \return the bits of d, zero-extended; 1 or 0 for predicates.
std::vector<uint64_t>
evaluate(const Operation &operation,
         const std::vector<std::array<uint64_t, 3>> &rows);

/// Numbers of `bits` where formulas part: limits, small ones, signs, random.
std::vector<uint64_t> interesting(int bits);
/// Floats: zeros, subnormals, infinities, no numbers, ties, random.
std::vector<uint32_t> interestingFloats();
/// All pairs, or for three operands a cross section, of `a`, `b` and `c`.
std::vector<std::array<uint64_t, 3>>
combine(const std::vector<uint64_t> &a, const std::vector<uint64_t> &b = {0},
        const std::vector<uint64_t> &c = {0});

} // namespace ptxsim::test

#endif
