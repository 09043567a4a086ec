// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rows of the catalogue that run on GPUs. Their code is in qrt/cuda, as
// templates that a layer's parameters fill in; a row says which template, and
// how its constants are packed.

#ifndef QUENCH_CODEGEN_KERNELS_CUDA_CUDA_H
#define QUENCH_CODEGEN_KERNELS_CUDA_CUDA_H

#include "codegen/kernels/Catalogue.h"
#include "codegen/kernels/cuda/Model.h"

namespace quench::kernels {

/// The level that all of them run on.
inline constexpr std::string_view cudaLevel = "cuda_sm75";

/// Convolutions on tensor cores and depthwise ones.
void addCudaConvs(std::vector<Kernel> &rows);

/// A template for any problem of an op: `codes` wide, or words of four codes.
void addCudaFlat(std::vector<Kernel> &rows, Op op, const Codes &codes,
                 const std::string &widths);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_CUDA_CUDA_H
