// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sources for GPUs: parameters are types, facts are template arguments, a layer
// is a launch, and the interface is about device memory.
//
// RUN: rm -rf %t && mkdir %t
// RUN: quench compile %s --target=cuda_sm80 --quiet --prefix=net -o %t
// RUN: FileCheck %s --input-file=%t/net.cu --check-prefix=CU
// RUN: FileCheck %s --input-file=%t/net.h --check-prefix=H
// RUN: FileCheck %s --input-file=%t/CMakeLists.txt --check-prefix=CMAKE
// RUN: quench compile %s --target=cuda_sm75 --quiet --prefix=net -o %t/sm75
// RUN: FileCheck %s --input-file=%t/sm75/net.cu --check-prefix=SM75

// What cannot be is refused, with the way out.
// RUN: not quench compile %s --target=cuda_sm80 --emit=exe --quiet -o %t/no 2>&1 | FileCheck %s --check-prefix=EXE
// EXE: error: sources for GPUs are compiled by nvcc: write them (--emit=source, with --main for a program)
// RUN: not quench compile %s --target=cuda_sm80,cuda_sm90 --quiet -o %t/no 2>&1 | FileCheck %s --check-prefix=TWO
// TWO: error: '--target' has 'cuda_sm80' and 'cuda_sm90'
// RUN: not quench compile %s --target=scalar,cuda_sm90 --quiet -o %t/no 2>&1 | FileCheck %s --check-prefix=MIX
// MIX: error: '--target' has 'scalar' and 'cuda_sm90'
// RUN: not quench compile %s --target=cuda_sm80 --threads=2 --quiet -o %t/no 2>&1 | FileCheck %s --check-prefix=THREADS
// THREADS: error: {{.*}}cuda.mlir: threads are workers of a CPU: a GPU needs none
// RUN: not ls %t/no

// CU:      #include "net.h"
// CU:      #include "qrt/cuda/conv_tile.cuh"
// CU-NEXT: #include "qrt/cuda/device.cuh"
// CU:      using namespace qrt::cuda;
// CU:      struct alignas(64) net_weights_layout {
// CU:        alignas(64) int8_t conv_filter[20480]; // oc64k64
// CU:      struct conv_params {
// CU-NEXT:   static constexpr qrt_conv2d p = {
// CU-NEXT:     1, 32, 32, 32,
// All weights are 1: |acc| is at most 288 * 132 < 2^22. 24 channels are stored
// 8 at a time.
// CU:      using [[TILE:tile_.*_16_1_8_0]] = ConvTile<{{[0-9, ]+}}, 16, 1, 8, 0>;
// CU:      static void run_layers(const Tensors &t, const net_weights_layout &w,
// CU-NEXT:                        const qrt_profile *profile, cudaStream_t stream) {
// CU:        // 0: conv, [1, 32, 32, 32] scale 0.5 zero -5 -> [1, 32, 32, 24]
// CU:        // conv2d_s8_{{[0-9x]+}}_cuda: {{[0-9]+}} cycles
// CU:        begin(profile, 0);
// CU-NEXT:   conv_tile<conv_params,
// CU-NEXT:             [[TILE]]>(stream, t.x, w.conv_filter, w.conv_bias, w.conv_mul,
// CU-NEXT:                       nullptr, t.y, nullptr);
// CU-NEXT:   end(profile, 0);
// CU:      qrt_status net_cuda_init(net_cuda *model, void *weights,
// CU:        if (10 * major + minor < 80)
// CU-NEXT:     return QRT_ERR_DEVICE;
// CU:      qrt_status net_cuda_run_with(
// CU:        return cudaPeekAtLastError() == cudaSuccess ? QRT_OK : QRT_ERR_CUDA;
// CU:      qrt_status net_cuda_selftest(void *device, void *host, cudaStream_t stream) {
// SM75:      if (10 * major + minor < 75)

// H:      #include <cuda_runtime_api.h>
// H:      #define NET_WEIGHTS_BYTES {{[1-9][0-9]+}}
// H-NEXT: #define NET_WORKSPACE_BYTES 0
// H-NOT:  ARENA
// H-NOT:  ISAS
// H:      // One pointer per input, dense, last axis fastest, in device memory, 16-byte
// H:      typedef struct net_cuda {
// H-NEXT:   const void *weights; // in device memory
// H:      qrt_status net_cuda_init(net_cuda *model, void *weights, cudaStream_t stream);
// H:      qrt_status net_cuda_run(const net_cuda *model, const net_inputs *inputs,
// H-NOT:  qrt_status net_run
// H:      qrt_status net_cuda_selftest(

// CMAKE: -gencode arch=compute_80,code=sm_80
// CMAKE-SAME: -gencode arch=compute_90,code=[sm_90,compute_90]
// CMAKE: set(CMAKE_CUDA_ARCHITECTURES "80-real;86-real;89-real;90")
// CMAKE: LANGUAGES C CXX CUDA ASM
// CMAKE: add_library(net STATIC net.cu net_weights.S)

!x = tensor<1x32x32x32x!quant.uniform<i8:f32, 0.5:-5>>
!w = tensor<24x3x3x32x!quant.uniform<i8<-127:127>:f32, 0.5>>
!y = tensor<1x32x32x24x!quant.uniform<i8:f32, 0.5:3>>

func.func @main(%x: !x {quench.name = "x"}) -> (!y {quench.name = "y"}) {
  %w = q.constant dense<1> : tensor<24x3x3x32xi8> as !w
  %0 = q.conv2d %x, %w strides [1, 1] pads [1, 1, 1, 1] clamp [-128, 127]
     {multiplier = dense<0.5> : tensor<1xf32>} : (!x, !w) -> !y loc("conv")
  return %0 : !y
}
