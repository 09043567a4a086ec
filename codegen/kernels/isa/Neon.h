// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef QUENCH_CODEGEN_KERNELS_ISA_NEON_H
#define QUENCH_CODEGEN_KERNELS_ISA_NEON_H

#include "codegen/kernels/isa/Isa.h"

namespace quench::kernels {

/// The vocabulary of an AArch64 level, or nullptr.
const Isa *neonIsa(std::string_view level);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_ISA_NEON_H
