// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Single kernels of the catalogue on layers of image networks: every layer with
// every emitted kernel of 8-bit codes that accepts it and that the machine
// runs. Operands stay in the caches between calls. Options are those of Google
// Benchmark: --benchmark_filter='1x1/14.*avx512'.

#include "test/codegen/kernels/KernelTest.h"

#include <benchmark/benchmark.h>

#include <cmath>

using namespace quench;
using namespace quench::kernels;

/// Written by quench-kernel-gen.
extern const KernelEntry benchKernels[];
extern const KernelEntry benchTwins[];

namespace {

/// Square images and windows; out_h from in_h, kernel and stride. Codes as
/// after a ReLU.
qrt_conv2d conv(int size, int inC, int outC, int kernel, int stride,
                int groups = 1) {
  qrt_conv2d p = {};
  p.batch = 1;
  p.in_h = p.in_w = size;
  p.in_c = inC;
  p.out_c = outC;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = stride;
  p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = kernel / 2;
  p.out_h = p.out_w = (size - 1) / stride + 1;
  p.groups = groups;
  p.in_zero = -128;
  p.out = {-128, -128, 127};
  p.add = {
      -128, -128, 1 << 20, 700001, 1.0f / (1 << 20), {-128, -128, 127}
  };
  return p;
}

qrt_conv2d depthwise(int size, int channels, int kernel, int stride) {
  return conv(size, channels, channels, kernel, stride, channels);
}

/// One pixel: a fully connected layer.
qrt_conv2d connected(int inC, int outC) { return conv(1, inC, outC, 1, 1); }

struct ConvLayer {
  const char *name; // what, input size, channels
  qrt_conv2d conv;
  bool hasResidual = false;
};

/// From mobilenet_v2, efficientnet_lite0 and resnet-18 and -50.
std::vector<ConvLayer> convLayers() {
  return {
      {"first3x3s2/224/3-32", conv(224, 3, 32, 3, 2)},
      {"first7x7s2/224/3-64", conv(224, 3, 64, 7, 2)},
      {"1x1/112/32-16", conv(112, 32, 16, 1, 1)},
      {"1x1/112/16-96", conv(112, 16, 96, 1, 1)},
      {"1x1/56/24-144", conv(56, 24, 144, 1, 1)},
      {"1x1/56/144-24", conv(56, 144, 24, 1, 1)},
      {"1x1/56/144-24/residual", conv(56, 144, 24, 1, 1), true},
      {"1x1/56/64-64", conv(56, 64, 64, 1, 1)},
      {"1x1/56/64-256", conv(56, 64, 256, 1, 1)},
      {"1x1/56/64-256/residual", conv(56, 64, 256, 1, 1), true},
      {"1x1/56/256-64", conv(56, 256, 64, 1, 1)},
      {"1x1s2/56/256-512", conv(56, 256, 512, 1, 2)},
      {"1x1/28/32-192", conv(28, 32, 192, 1, 1)},
      {"1x1/28/192-32", conv(28, 192, 32, 1, 1)},
      {"1x1/28/40-240", conv(28, 40, 240, 1, 1)},
      {"1x1/28/128-512", conv(28, 128, 512, 1, 1)},
      {"1x1/28/512-128", conv(28, 512, 128, 1, 1)},
      {"1x1/14/64-384", conv(14, 64, 384, 1, 1)},
      {"1x1/14/384-64", conv(14, 384, 64, 1, 1)},
      {"1x1/14/96-576", conv(14, 96, 576, 1, 1)},
      {"1x1/14/576-96/residual", conv(14, 576, 96, 1, 1), true},
      {"1x1/14/112-672", conv(14, 112, 672, 1, 1)},
      {"1x1/14/672-112", conv(14, 672, 112, 1, 1)},
      {"1x1/14/256-1024", conv(14, 256, 1024, 1, 1)},
      {"1x1/14/1024-256", conv(14, 1024, 256, 1, 1)},
      {"1x1/7/160-960", conv(7, 160, 960, 1, 1)},
      {"1x1/7/960-160", conv(7, 960, 160, 1, 1)},
      {"1x1/7/192-1152", conv(7, 192, 1152, 1, 1)},
      {"1x1/7/320-1280", conv(7, 320, 1280, 1, 1)},
      {"1x1/7/512-2048", conv(7, 512, 2048, 1, 1)},
      {"1x1/7/2048-512", conv(7, 2048, 512, 1, 1)},
      {"3x3/56/64-64", conv(56, 64, 64, 3, 1)},
      {"3x3s2/56/64-128", conv(56, 64, 128, 3, 2)},
      {"3x3/28/128-128", conv(28, 128, 128, 3, 1)},
      {"3x3/14/256-256", conv(14, 256, 256, 3, 1)},
      {"3x3/7/512-512", conv(7, 512, 512, 3, 1)},
      {"dw3x3/112/32", depthwise(112, 32, 3, 1)},
      {"dw3x3s2/112/96", depthwise(112, 96, 3, 2)},
      {"dw3x3/56/144", depthwise(56, 144, 3, 1)},
      {"dw3x3s2/56/144", depthwise(56, 144, 3, 2)},
      {"dw3x3/28/192", depthwise(28, 192, 3, 1)},
      {"dw3x3s2/28/240", depthwise(28, 240, 3, 2)},
      {"dw3x3/14/384", depthwise(14, 384, 3, 1)},
      {"dw3x3/14/576", depthwise(14, 576, 3, 1)},
      {"dw3x3s2/14/576", depthwise(14, 576, 3, 2)},
      {"dw3x3/7/960", depthwise(7, 960, 3, 1)},
      {"dw5x5s2/56/144", depthwise(56, 144, 5, 2)},
      {"dw5x5/28/240", depthwise(28, 240, 5, 1)},
      {"dw5x5/14/672", depthwise(14, 672, 5, 1)},
      {"dw5x5s2/14/672", depthwise(14, 672, 5, 2)},
      {"dw5x5/7/1152", depthwise(7, 1152, 5, 1)},
      {"fc/512-1000", connected(512, 1000)},
      {"fc/1280-1000", connected(1280, 1000)},
      {"fc/2048-1000", connected(2048, 1000)},
  };
}

size_t product(std::initializer_list<int32_t> sizes) {
  size_t result = 1;
  for (int32_t size : sizes)
    result *= size_t(size);
  return result;
}

Exact<int8_t> codes(size_t count, std::mt19937 &random) {
  Exact<int8_t> result(count, 64);
  fillCodes(result, random);
  return result;
}

void setRate(benchmark::State &state, const char *unit, double each) {
  state.counters[unit] = benchmark::Counter(
      each * double(state.iterations()) / 1e9, benchmark::Counter::kIsRate);
}

void runConv(benchmark::State &state, const Compiled &compiled,
             const ConvLayer &layer) {
  using Function =
      void (*)(const qrt_conv2d *, const int8_t *, const int8_t *, const void *,
               const float *, const int8_t *, int8_t *, uint8_t *);
  const qrt_conv2d &p = layer.conv;
  std::mt19937 random(1);
  const size_t depth = product({p.kernel_h, p.kernel_w, p.in_c / p.groups});
  const size_t outputs = product({p.out_h, p.out_w, p.out_c});
  auto x = codes(product({p.in_h, p.in_w, p.in_c}), random);
  auto filter = codes(size_t(p.out_c) * depth, random);
  auto residual = codes(outputs, random);
  Exact<int8_t> y(outputs, 64);
  const std::vector<float> mul(size_t(p.out_c),
                               float(0.01 / std::sqrt(double(depth))));
  const PackedFilter packed =
      pack(*compiled.kernel, p, filter.data(), nullptr, mul.data());
  const Exact<int8_t> weights(packed.filter);
  const Exact<int32_t> bias(packed.bias);
  const Exact<float> scales(packed.mul);
  Problem problem;
  problem.op = Op::Conv2D;
  problem.params = p;
  Exact<uint8_t> scratch(compiled.kernel->scratchBytes(problem), 64);
  const auto function = reinterpret_cast<Function>(compiled.function);
  for (auto _ : state)
    function(&p, x.data(), weights.data(), bias.data(), scales.data(),
             layer.hasResidual ? residual.data() : nullptr, y.data(),
             scratch.data());
  setRate(state, "GMAC/s", double(outputs * depth));
}

/// Kernels of these parameters and one input; `bytes` read and written.
template <typename Params>
void runUnary(benchmark::State &state, const Compiled &compiled,
              const Params &p, size_t inputs, size_t outputs) {
  std::mt19937 random(1);
  auto x = codes(inputs, random);
  Exact<int8_t> y(outputs, 64);
  const auto function =
      reinterpret_cast<void (*)(const Params *, const int8_t *, int8_t *)>(
          compiled.function);
  for (auto _ : state)
    function(&p, x.data(), y.data());
  setRate(state, "GB/s", double(inputs + outputs));
}

void runAdd(benchmark::State &state, const Compiled &compiled,
            const qrt_add_nd &p) {
  std::mt19937 random(1);
  const auto count = size_t(p.space.size[0]);
  auto a = codes(count, random), b = codes(count, random);
  Exact<int8_t> y(count, 64);
  const auto function =
      reinterpret_cast<decltype(&qrt_ref_add_s8)>(compiled.function);
  for (auto _ : state)
    function(&p, a.data(), b.data(), y.data());
  setRate(state, "GB/s", 3.0 * double(count));
}

qrt_add_nd add(int count) {
  qrt_add_nd p = {};
  p.space.rank = 1;
  p.space.size[0] = count;
  p.a_stride[0] = p.b_stride[0] = 1;
  p.add = conv(1, 1, 1, 1, 1).add;
  return p;
}

qrt_pool2d pool(int size, int channels, int kernel, int stride, int pad) {
  qrt_pool2d p = {};
  p.batch = 1;
  p.in_h = p.in_w = size;
  p.channels = channels;
  p.kernel_h = p.kernel_w = kernel;
  p.stride_h = p.stride_w = stride;
  p.dilation_h = p.dilation_w = 1;
  p.pad_top = p.pad_left = pad;
  p.out_h = p.out_w = (size + 2 * pad - kernel) / stride + 1;
  p.padded_h = p.padded_w = size + 2 * pad;
  p.in_zero = -128;
  p.in_scale = p.out_scale = 0.04f;
  p.out = {-128, -128, 127};
  return p;
}

/// Registers `run(state, compiled, p)` for every kernel that takes `params`.
template <typename Run>
void addBenchmarks(const std::vector<Compiled> &all, const std::string &name,
                   Op op, const Params &params, bool hasResidual, Run run) {
  Problem problem;
  problem.op = op;
  problem.params = params;
  problem.hasResidual = hasResidual;
  for (const Compiled &compiled : all)
    if (compiled.kernel->op == op && compiled.kernel->accepts(problem))
      benchmark::RegisterBenchmark(
          (name + "/" + compiled.name).c_str(),
          [run, &compiled](benchmark::State &state) { run(state, compiled); });
}

/// What the machine runs of both tables.
std::vector<Compiled> runnableKernels() {
  const uint32_t features = qrt_cpu_features();
  std::vector<Compiled> result;
  for (const KernelEntry *entry = benchKernels; entry->symbol; ++entry) {
    const Kernel *kernel = findKernel(entry->symbol);
    if (kernel && !(targets::findTarget(kernel->isa)->features & ~features))
      result.push_back({kernel, entry->function, entry->symbol});
  }
  if (features & targets::FeatureAvx512Vnni)
    for (const KernelEntry *entry = benchTwins; entry->symbol; ++entry)
      if (const Kernel *kernel = findKernel(entry->symbol))
        result.push_back(
            {kernel, entry->function, std::string(entry->symbol) + "_evex"});
  return result;
}

} // namespace

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 2;
  const std::vector<Compiled> all = runnableKernels();
  for (const ConvLayer &layer : convLayers())
    addBenchmarks(all, layer.name, Op::Conv2D, layer.conv, layer.hasResidual,
                  [layer](benchmark::State &state, const Compiled &compiled) {
                    runConv(state, compiled, layer);
                  });
  for (int size : {14 * 14 * 96, 56 * 56 * 24, 56 * 56 * 256}) {
    const qrt_add_nd p = add(size);
    addBenchmarks(all, "add/" + std::to_string(size), Op::Add, p, false,
                  [p](benchmark::State &state, const Compiled &compiled) {
                    runAdd(state, compiled, p);
                  });
  }
  const struct {
    const char *name;
    Op op;
    qrt_pool2d pool;
  } pools[] = {
      {"max3x3s2/112/64", Op::MaxPool2D, pool(112, 64,   3, 2, 1)},
      {"global/7/1280",   Op::AvgPool2D, pool(7,   1280, 7, 1, 0)},
      {"global/7/2048",   Op::AvgPool2D, pool(7,   2048, 7, 1, 0)},
  };
  for (const auto &[name, op, p] : pools)
    addBenchmarks(all, name, op, p, false,
                  [p = p](benchmark::State &state, const Compiled &compiled) {
                    runUnary(state, compiled, p,
                             product({p.in_h, p.in_w, p.channels}),
                             product({p.out_h, p.out_w, p.channels}));
                  });
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
