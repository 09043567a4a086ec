// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One call of a kernel for GPUs, compiled for its layer: what the generated .cu
// file tells the test about each of them.

#ifndef QUENCH_TEST_CODEGEN_CUDA_LAYERS_H
#define QUENCH_TEST_CODEGEN_CUDA_LAYERS_H

#include "qrt/kernels.h"

#include <cuda_runtime_api.h>

struct CudaConv {
  const char *symbol;
  const qrt_conv2d *params;
  bool hasResidual;
  /// Weights are within it, so that sums are below 2^22 where that is assumed.
  int weightMax;
  size_t scratchBytes;
  void (*run)(cudaStream_t stream, const int8_t *x, const int8_t *filter,
              const int32_t *bias, const float *mul, const int8_t *residual,
              int8_t *y, uint8_t *scratch);
};

extern const CudaConv cudaConvs[];
extern const int cudaConvCount;

#endif // QUENCH_TEST_CODEGEN_CUDA_LAYERS_H
