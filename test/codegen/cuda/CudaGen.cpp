// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quench-cuda-gen <file.cu> [--only=<symbol>|--static]
//
// Writes layers for the convolutions of the catalogue that run on GPUs: every
// row with several problems, each at an edge of tiles, chunks, zero points or
// windows.

#include "codegen/kernels/Catalogue.h"

#include <fstream>
#include <iostream>

using namespace quench;
using kernels::Kernel;
using kernels::Problem;

namespace {

struct Shape {
  int batch, h, w, c, oc, kh, kw, stride, dilation, top, left;
  int groups = 1;
  int inZero = 0;
  int xGap = 0, yGap = 0;
  bool residual = false;
  bool exact = false;
};

/// Pixels and channels that are no multiples of tiles, K that is no multiple of
/// 64, chunks of 16, 8, 4 and 1 bytes.
constexpr Shape shapes[] = {
    {1, 12, 11, 64,  72,  3, 3, 1, 1, 1, 1, 1,  5,    0,  0,  true,  false},
    {2, 9,  7,  24,  40,  3, 3, 2, 1, 0, 1, 1,  -7,   0,  0,  false, true },
    {1, 17, 13, 3,   24,  3, 3, 2, 1, 1, 1, 1,  -128, 0,  0,  false, true },
    {1, 1,  1,  200, 130, 1, 1, 1, 1, 0, 0, 1,  3,    0,  0,  false, false},
    {3, 5,  6,  20,  33,  1, 1, 1, 1, 0, 0, 1,  0,    0,  7,  true,  true },
    {1, 14, 14, 16,  16,  1, 1, 1, 1, 0, 0, 1,  9,    16, 8,  false, true },
    {1, 11, 10, 32,  24,  5, 3, 1, 2, 4, 2, 1,  127,  0,  0,  true,  false},
    {2, 8,  8,  1,   10,  7, 7, 2, 1, 3, 3, 1,  1,    0,  0,  false, true },
    {1, 20, 20, 48,  96,  1, 1, 2, 1, 0, 0, 1,  -3,   0,  0,  false, false},
    {1, 6,  6,  256, 64,  3, 3, 1, 1, 1, 1, 1,  0,    0,  0,  true,  false},
    // Depthwise and grouped.
    {1, 9,  10, 24,  24,  3, 3, 1, 1, 1, 1, 24, 11,   0,  0,  false, false},
    {2, 8,  7,  12,  12,  5, 5, 2, 1, 2, 2, 12, -5,   0,  0,  true,  false},
    {1, 7,  9,  32,  32,  3, 3, 1, 2, 2, 2, 32, 0,    4,  12, false, false},
    {1, 7,  7,  24,  36,  3, 3, 1, 1, 1, 1, 6,  2,    0,  0,  true,  false},
};

int outputOf(int size, int kernel, int stride, int dilation, int pad) {
  return (size + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
}

Problem problemOf(const Shape &s) {
  qrt_conv2d p = {};
  p.batch = s.batch;
  p.in_h = s.h;
  p.in_w = s.w;
  p.in_c = s.c;
  p.out_h = outputOf(s.h, s.kh, s.stride, s.dilation, s.top);
  p.out_w = outputOf(s.w, s.kw, s.stride, s.dilation, s.left);
  p.out_c = s.oc;
  p.kernel_h = s.kh;
  p.kernel_w = s.kw;
  p.stride_h = p.stride_w = s.stride;
  p.dilation_h = p.dilation_w = s.dilation;
  p.pad_top = s.top;
  p.pad_left = s.left;
  p.groups = s.groups;
  p.in_zero = s.inZero;
  p.x_gap = s.xGap;
  p.y_gap = s.yGap;
  p.out = {-9, -120, 125};
  p.add = {
      -9, 4, 70000, -50000, 0x1p-17f, {6, -128, 127}
  };
  Problem problem = {kernels::Op::Conv2D, p};
  problem.hasResidual = s.residual;
  problem.alignment = 64;
  problem.accumulatorMax = s.exact ? (1 << 22) - 1 : -1;
  return problem;
}

/// The largest weight that keeps sums of `s` below 2^22, bias included.
int weightMax(const Shape &s) {
  if (!s.exact)
    return 127;
  const int products = s.kh * s.kw * s.c / s.groups;
  return std::min(127, ((1 << 22) - 1 - 20000) / (256 * products));
}

std::string paramsText(const qrt_conv2d &p) {
  std::string text = "{";
  for (int number :
       {p.batch,    p.in_h,       p.in_w,        p.in_c,      p.out_h,
        p.out_w,    p.out_c,      p.kernel_h,    p.kernel_w,  p.stride_h,
        p.stride_w, p.dilation_h, p.dilation_w,  p.pad_top,   p.pad_left,
        p.groups,   p.in_zero,    p.filter_zero, p.bias_bits, p.x_gap,
        p.y_gap})
    text += std::to_string(number) + ", ";
  return text + "{-9, -120, 125}, {-9, 4, 70000, -50000, 0x1p-17f, "
                "{6, -128, 127}}}";
}

std::string callOf(const Kernel &kernel, const Problem &problem,
                   const std::string &layer) {
  std::string text = kernel.call;
  text.replace(text.find('@'), 1, layer);
  for (int32_t fact : kernel.facts(problem))
    text.replace(text.find('#'), 1, std::to_string(fact));
  return text;
}

} // namespace

/// Layers whose sums are below 2^22, with padding of zero and of another code,
/// named after their kernels: what sass.py looks at.
int writeStatic(std::ofstream &file) {
  Shape shape = {32, 56, 56, 64, 128, 3, 3, 1, 1, 1, 1};
  shape.exact = true;
  std::string layers, calls;
  for (const Kernel &kernel : kernels::kernels()) {
    const Problem problem = problemOf(shape);
    if (!kernel.isCuda() || kernel.tile.mr == 1 || !kernel.accepts(problem) ||
        kernel.symbol.find("_k") != std::string::npos)
      continue;
    for (int zero : {0, 3}) {
      auto p = std::get<qrt_conv2d>(problem.params);
      p.in_zero = zero;
      const std::string name = kernel.symbol + (zero ? "_zero" : "");
      layers += "struct " + name +
                " {\n  static constexpr qrt_conv2d p = " + paramsText(p) +
                ";\n};\n";
      calls += "  " + callOf(kernel, problem, name) +
               "(nullptr, p, p, p, nullptr, nullptr, p, nullptr);\n";
    }
  }
  file
      << "#include \"qrt/cuda/conv_tile.cuh\"\n\nusing namespace qrt::cuda;\n\n"
      << layers << "\nvoid all(int8_t *p) {\n"
      << calls << "}\n";
  return file.flush() ? 0 : 1;
}

int main(int argc, char **argv) {
  const std::string_view option = "--only=";
  const std::string_view last = argc == 3 ? argv[2] : "";
  if (argc < 2 || argc > 3 ||
      (argc == 3 && last != "--static" &&
       last.substr(0, option.size()) != option)) {
    std::cerr
        << "usage: quench-cuda-gen <file.cu> [--only=<symbol>|--static]\n";
    return 2;
  }
  const std::string_view only =
      last.substr(std::min(last.size(), option.size()));
  if (last == "--static") {
    std::ofstream file(argv[1]);
    return writeStatic(file);
  }
  std::string layers, entries;
  int count = 0;
  size_t turn = 0;
  for (const Kernel &kernel : kernels::kernels()) {
    if (!kernel.isCuda() || kernel.op != kernels::Op::Conv2D ||
        kernel.codes != kernels::Codes() ||
        (!only.empty() && kernel.symbol != only))
      continue;
    // Tiles take four shapes each in turn, the others all of theirs.
    const bool isTile = kernel.tile.mr > 1;
    int taken = 0;
    for (size_t i = 0; i < std::size(shapes) && taken < (isTile ? 4 : 8); ++i) {
      const Shape &shape = shapes[(i + turn) % std::size(shapes)];
      const Problem problem = problemOf(shape);
      if (!kernel.accepts(problem))
        continue;
      ++taken;
      const std::string name = "layer_" + std::to_string(count++);
      const auto &p = std::get<qrt_conv2d>(problem.params);
      layers += "struct " + name +
                " {\n  static constexpr qrt_conv2d p = " + paramsText(p) +
                ";\n};\n";
      entries += "    {\"" + kernel.symbol + "\", &" + name + "::p, " +
                 (shape.residual ? "true" : "false") + ", " +
                 std::to_string(weightMax(shape)) + ", " +
                 std::to_string(kernel.scratchBytes(problem)) +
                 ",\n     [](cudaStream_t stream, const int8_t *x, const "
                 "int8_t *filter, const int32_t *bias, const float *mul, const "
                 "int8_t *residual, int8_t *y, uint8_t *scratch) {\n       " +
                 callOf(kernel, problem, name) +
                 "(stream, x, filter, bias, mul, residual, y, scratch);\n"
                 "     }},\n";
    }
    turn += 3;
  }
  std::ofstream file(argv[1]);
  file << "#include \"test/codegen/cuda/Layers.h\"\n"
          "#include \"qrt/cuda/conv_direct.cuh\"\n"
          "#include \"qrt/cuda/conv_tile.cuh\"\n\n"
          "using namespace qrt::cuda;\n\nnamespace {\n"
       << layers << "} // namespace\n\nconst CudaConv cudaConvs[] = {\n"
       << entries << "};\nconst int cudaConvCount = " << count << ";\n";
  if (!file.flush()) {
    std::cerr << "quench-cuda-gen: cannot write " << argv[1] << '\n';
    return 1;
  }
  return 0;
}
