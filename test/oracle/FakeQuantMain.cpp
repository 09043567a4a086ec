// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quench-fake-quant <row> <bits> <asymmetric|symmetric|narrow>
//                   <power of two: 0|1> <scale parameter> <zero parameter>
//
// One fake-quantizer, forward and backward, for tests in other languages. Reads
// float32 from stdin, first x and then as many dy; writes float64 to stdout: y,
// dx, the gradients of both parameters, scale and zero point of the grid.

#include "compiler/quantize/fakequant/FakeQuant.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

using namespace quench::quantize;

static Symmetry symmetryOf(const char *name) {
  return !std::strcmp(name, "narrow")      ? Symmetry::Narrow
         : !std::strcmp(name, "symmetric") ? Symmetry::Symmetric
                                           : Symmetry::Asymmetric;
}

int main(int argc, char **argv) {
  const FakeQuantRow *row = argc == 7 ? findFakeQuantizer(argv[1]) : nullptr;
  if (!row) {
    std::fprintf(stderr,
                 "usage: quench-fake-quant <%s> <bits> "
                 "<asymmetric|symmetric|narrow> <power of two: 0|1> "
                 "<scale parameter> <zero parameter>\n",
                 fakeQuantizerNames().c_str());
    return 2;
  }
  FakeQuantOptions options;
  options.scheme = {std::atoi(argv[2]), symmetryOf(argv[3])};
  options.powerOfTwo = std::atoi(argv[4]) != 0;
  const FakeQuantParams params{std::atof(argv[5]), std::atof(argv[6])};

  std::vector<float> input;
  for (float value; std::fread(&value, sizeof(value), 1, stdin) == 1;)
    input.push_back(value);
  const size_t count = input.size() / 2;
  const auto x = llvm::ArrayRef(input).take_front(count);
  const auto dy = llvm::ArrayRef(input).slice(count, count);

  const Grid grid = row->grid(params, options);
  std::vector<float> y(count), dx(count);
  fakeQuantize(x, grid, y);
  const FakeQuantParams gradients =
      row->gradients(fakeQuantizeBackward(x, dy, grid, dx), grid,
                     static_cast<int64_t>(count), options);

  std::vector<double> output(y.begin(), y.end());
  output.insert(output.end(), dx.begin(), dx.end());
  output.insert(output.end(), {gradients.scale, gradients.zero,
                               double(grid.scale), double(grid.zero)});
  return std::fwrite(output.data(), sizeof(double), output.size(), stdout) ==
                 output.size()
             ? 0
             : 1;
}
