// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every convolution of the catalogue that runs on GPUs against the reference,
// on a device or on ptxsim.

#include "codegen/kernels/Catalogue.h"
#include "test/codegen/cuda/Layers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace quench::kernels;

namespace {

/// A copy in device memory.
template <typename T>
class OnDevice {
public:
  explicit OnDevice(const std::vector<T> &values) : count(values.size()) {
    EXPECT_EQ(cudaMalloc(&memory, std::max<size_t>(count * sizeof(T), 1)),
              cudaSuccess);
    if (count)
      cudaMemcpy(memory, values.data(), count * sizeof(T),
                 cudaMemcpyHostToDevice);
  }
  OnDevice(const OnDevice &) = delete;
  ~OnDevice() { cudaFree(memory); }

  T *get() const { return static_cast<T *>(memory); }
  std::vector<T> values() const {
    std::vector<T> result(count);
    cudaMemcpy(result.data(), memory, count * sizeof(T),
               cudaMemcpyDeviceToHost);
    return result;
  }

private:
  size_t count;
  void *memory = nullptr;
};

class CudaConvTest : public testing::TestWithParam<int> {
protected:
  std::mt19937 random{static_cast<unsigned>(GetParam())};

  std::vector<int8_t> codes(size_t count, int low = -128, int high = 127) {
    std::uniform_int_distribution<int> code(low, high);
    std::vector<int8_t> result(count);
    for (int8_t &each : result)
      each = static_cast<int8_t>(code(random));
    return result;
  }
};

TEST_P(CudaConvTest, GivesTheBytesOfTheReference) {
  const CudaConv &test = cudaConvs[GetParam()];
  const qrt_conv2d &p = *test.params;
  SCOPED_TRACE(test.symbol);
  const size_t depth =
      size_t(p.kernel_h) * size_t(p.kernel_w) * size_t(p.in_c / p.groups);
  const auto x = codes(size_t(p.batch) * size_t(p.in_h) * size_t(p.in_w) *
                       size_t(p.in_c + p.x_gap));
  const auto filter =
      codes(size_t(p.out_c) * depth, -test.weightMax, test.weightMax);
  std::vector<int32_t> bias(size_t(p.out_c));
  std::vector<float> mul(size_t(p.out_c));
  for (size_t i = 0; i < bias.size(); ++i) {
    bias[i] = std::uniform_int_distribution<int>(-20000, 20000)(random);
    mul[i] = std::uniform_real_distribution<float>(0.3f, 1.0f)(random) /
             (float(test.weightMax) * std::sqrt(float(depth)));
  }
  const size_t outputs = size_t(p.batch) * size_t(p.out_h) * size_t(p.out_w) *
                         size_t(p.out_c + p.y_gap);
  const auto residual = codes(test.hasResidual ? outputs : 0);
  const std::vector<int8_t> before = codes(outputs);

  std::vector<int8_t> expected = before;
  qrt_ref_conv2d_s8(&p, x.data(), filter.data(), bias.data(), mul.data(),
                    test.hasResidual ? residual.data() : nullptr,
                    expected.data());

  const PackedFilter packed =
      pack(*findKernel(test.symbol), p, filter.data(), bias.data(), mul.data());
  const OnDevice<int8_t> dx(x), dresidual(residual), dy(before);
  const OnDevice<uint8_t> dfilter(packed.filter);
  const OnDevice<uint8_t> scratch(std::vector<uint8_t>(test.scratchBytes));
  const OnDevice<int32_t> dbias(packed.bias);
  const OnDevice<float> dmul(packed.mul);
  test.run(nullptr, dx.get(), reinterpret_cast<int8_t *>(dfilter.get()),
           dbias.get(), dmul.get(),
           test.hasResidual ? dresidual.get() : nullptr, dy.get(),
           scratch.get());
  ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  const std::vector<int8_t> found = dy.values();
  size_t wrong = 0, first = 0;
  for (size_t i = 0; i < outputs; ++i)
    if (found[i] != expected[i] && ++wrong == 1)
      first = i;
  EXPECT_EQ(wrong, 0u) << "of " << outputs << ", first at " << first << ": "
                       << int(found[first]) << ", expected "
                       << int(expected[first]);
  // A clamp everywhere would hide wrong sums.
  size_t inner = 0;
  for (int8_t code : expected)
    inner += code > -110 && code < 110;
  EXPECT_GT(inner, outputs / 4);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, CudaConvTest,
                         testing::Range(0, cudaConvCount),
                         [](const auto &info) {
                           return std::string(cudaConvs[info.param].symbol) +
                                  "_" + std::to_string(info.param);
                         });

} // namespace
