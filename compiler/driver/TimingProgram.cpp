// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A stop watch around the kernels' own text: buffers by what place knows of
// their extents, one function a call.

#include "compiler/driver/TimingProgram.h"

#include "compiler/place/Extent.h"
#include "compiler/place/Fields.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>
#include <cstring>

using namespace quench;
using kernels::Candidates;
using kernels::Kernel;

namespace {

std::string number(int64_t value) { return std::to_string(value); }

/// What is the same for all problems.
constexpr char frame[] = R"(
#ifdef __linux__
#include <sched.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Converts to the pointer type of a parameter.
struct Pointer {
  uint8_t *bytes;
  template <typename T> operator T *() const { return (T *)(void *)bytes; }
};

struct Buffer {
  int64_t begin, end; // in bytes, from where the pointer points
  // Filters are zero, which every packing can be: some say where they go on.
  bool floats, touched, zero;
};

struct Contest {
  const Buffer *buffers;
  int buffer_count;
  void (*const *calls)(const Pointer *);
  int call_count;
};

template <typename T> static T params(const uint32_t (&words)[sizeof(T) / 4]) {
  T result;
  memcpy(&result, words, sizeof result);
  return result;
}

static void stay_on_this_core() {
#ifdef __linux__
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(sched_getcpu(), &set);
  sched_setaffinity(0, sizeof set, &set);
#endif
}

static double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

static uint32_t next_random() {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

static Pointer fill(const Buffer &buffer) {
  const size_t size = (size_t)(buffer.end - buffer.begin);
  uint8_t *bytes = (uint8_t *)aligned_alloc(64, (size + 127) / 64 * 64);
  if (!bytes)
    exit(1);
  for (size_t i = 0; i < size; ++i)
    bytes[i] = buffer.zero ? 0 : (uint8_t)next_random();
  if (buffer.floats)
    for (size_t i = 0; i + 4 <= size; i += 4) {
      const float mul = 1e-4f;
      memcpy(bytes + i, &mul, 4);
    }
  return {bytes - buffer.begin};
}

// As a layer before this one: caches hold what was used last.
static void touch(const Contest &contest, const Pointer *pointers) {
  static volatile uint8_t others[4 << 20];
  for (size_t i = 0; i < sizeof others; i += 64)
    (void)others[i];
  for (int i = contest.buffer_count - 1; i >= 0; --i) {
    const Buffer &buffer = contest.buffers[i];
    if (buffer.touched && pointers[i].bytes)
      for (int64_t at = buffer.begin; at < buffer.end; at += 64) {
        volatile uint8_t *byte = pointers[i].bytes + at;
        *byte = (uint8_t)(*byte + 1);
      }
  }
}

static void run(const Contest &contest) {
  const int fewest = 5, most = 25;
  const double budget = 3e5; // microseconds
  Pointer pointers[8] = {};
  for (int i = 0; i < contest.buffer_count; ++i)
    if (contest.buffers[i].begin < contest.buffers[i].end)
      pointers[i] = fill(contest.buffers[i]);
  double best[64];
  const double begin = now();
  for (int round = 0; round < most; ++round) {
    if (round >= fewest && now() - begin > budget)
      break;
    for (int i = 0; i < contest.call_count; ++i) {
      touch(contest, pointers);
      const double start = now();
      contest.calls[i](pointers);
      const double time = now() - start;
      if (round == 0 || time < best[i])
        best[i] = time;
    }
  }
  for (int i = 0; i < contest.call_count; ++i)
    printf("%.3f\n", best[i]);
}
)";

/// The struct's words, as numbers.
std::vector<std::string> wordsOf(const kernels::Params &params) {
  return std::visit(
      [](const auto &p) {
        static_assert(sizeof p % 4 == 0, "of int32 and float");
        std::vector<uint32_t> words(sizeof p / 4);
        std::memcpy(words.data(), &p, sizeof p);
        std::vector<std::string> texts;
        for (uint32_t word : words)
          texts.push_back(std::to_string(word) + "u");
        return texts;
      },
      params);
}

/// Bytes of the filter as `kernel` reads it; extents know the dense one only.
int64_t filterBytes(const Kernel &kernel, const kernels::Problem &problem) {
  const auto &conv = std::get<qrt_conv2d>(problem.params);
  const auto channels = size_t(conv.out_c);
  const size_t column = size_t(conv.kernel_h) * size_t(conv.kernel_w) *
                        size_t(conv.in_c / conv.groups);
  kernels::FilterGroups groups;
  if (groups.size = problem.filterGroup; groups.size)
    groups.multipliers.assign(
        channels * size_t(qrt_filter_groups(&conv, groups.size)), 1);
  const std::vector<int8_t> filter(channels * column);
  const std::vector<float> mul(channels, 1.0f);
  return int64_t(pack(kernel, conv, filter.data(), nullptr, mul.data(), groups)
                     .filter.size());
}

/// One per pointer of the kernels, then scratch.
std::vector<std::string> buffersOf(const Candidates &contest) {
  const bool filtered = contest.problem.op == kernels::Op::Conv2D;
  size_t scratch = 0;
  for (const Kernel *kernel : contest.kernels)
    scratch = std::max(scratch, kernel->scratchBytes(contest.problem));
  std::vector<std::string> rows;
  auto extents = place::extentsOf(*contest.kernels.front(), contest.problem);
  assert(succeeded(extents) && "kernels accept problems that have sizes");
  for (auto [i, extent] : llvm::enumerate(*extents)) {
    const bool isFilter = filtered && i == 1, isBias = filtered && i == 2;
    const bool isMul = filtered && i == 3, isResidual = filtered && i == 4;
    int64_t end = extent.end;
    if (isFilter)
      for (const Kernel *kernel : contest.kernels)
        end = std::max(end, filterBytes(*kernel, contest.problem));
    if (isResidual && !contest.problem.hasResidual)
      rows.push_back("{0, 0, false, false, false}");
    else
      rows.push_back("{" + number(extent.begin) + ", " + number(end) + ", " +
                     (isMul ? "true" : "false") + ", " +
                     (isFilter || isBias || isMul ? "false" : "true") + ", " +
                     (isFilter ? "true" : "false") + "}");
  }
  rows.push_back("{0, " + number(int64_t(scratch) + 64) +
                 ", false, false, false}");
  return rows;
}

/// The function that calls `kernel` on the problem called `params`.
void writeCall(kernels::CppWriter &writer, const std::string &name,
               const std::string &params, const Candidates &contest,
               const Kernel &kernel, size_t pointers) {
  auto body = writer.function("static void", name, {"const Pointer *b"});
  std::string call = kernel.symbol + "(&" + params;
  if (kernel.grouped)
    call += ", " + number(contest.problem.filterGroup);
  for (size_t i = 0; i < pointers - (kernel.takesScratch() ? 0 : 1); ++i)
    call += ", b[" + number(int64_t(i)) + "]";
  writer.line(call + ");");
}

} // namespace

std::string quench::timingProgram(const std::vector<Candidates> &contests) {
  std::vector<const Kernel *> all;
  for (const Kernel &kernel : kernels::kernels())
    for (const Candidates &contest : contests)
      if (llvm::is_contained(contest.kernels, &kernel)) {
        all.push_back(&kernel);
        break;
      }
  kernels::CppWriter writer;
  writer.comment("Times kernels of the catalogue on this machine.");
  writer.blank();
  kernels::emitPrelude(writer, all);
  writer.raw(frame);
  kernels::emitKernels(writer, all);
  std::vector<std::string> rows;
  for (auto [index, contest] : llvm::enumerate(contests)) {
    const std::string suffix = std::to_string(index);
    const std::string type = place::structName(contest.problem.params).str();
    writer.blank();
    writer.array("static const uint32_t words" + suffix + "[]",
                 wordsOf(contest.problem.params));
    writer.line("static const " + type + " params" + suffix + " = params<" +
                type + ">(words" + suffix + ");");
    const std::vector<std::string> buffers = buffersOf(contest);
    writer.array("static const Buffer buffers" + suffix + "[]", buffers);
    std::vector<std::string> calls;
    for (const Kernel *kernel : contest.kernels) {
      calls.push_back("call" + suffix + "_" + number(int64_t(calls.size())));
      writeCall(writer, calls.back(), "params" + suffix, contest, *kernel,
                buffers.size());
    }
    writer.array("static void (*const calls" + suffix + "[])(const Pointer *)",
                 calls);
    rows.push_back("{buffers" + suffix + ", " +
                   number(int64_t(buffers.size())) + ", calls" + suffix + ", " +
                   number(int64_t(calls.size())) + "}");
  }
  writer.blank();
  writer.array("static const Contest contests[]", rows);
  writer.raw("\nint main(int argc, char **argv) {\n"
             "  if (argc != 2)\n"
             "    return 2;\n"
             "  stay_on_this_core();\n"
             "  run(contests[atoi(argv[1])]);\n"
             "  return 0;\n"
             "}\n");
  return writer.take();
}
