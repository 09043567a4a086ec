// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Partial loads and stores for instruction sets without byte masks: through a
// small buffer, so that not one byte outside the tensor is touched.

#ifndef QUENCH_CODEGEN_KERNELS_ISA_PARTIALBYTES_H
#define QUENCH_CODEGEN_KERNELS_ISA_PARTIALBYTES_H

#include "codegen/kernels/isa/Isa.h"

namespace quench::kernels {

/// `load_partial<bytes>_<level>(x, count)`: the first `count` bytes at x, the
/// others zero.
void loadPartialHelper(CppWriter &writer, const Isa &isa, int bytes);

/// Sixteen bytes, or the first `count` of them.
std::string loadPartial16(const Isa &isa, std::string_view pointer,
                          std::string_view count);

/// `store_partial<bytes>_<level>(y, codes, count)`.
void storePartialHelper(CppWriter &writer, const Isa &isa, int bytes);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_ISA_PARTIALBYTES_H
