// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The quantizer's names for the schemes of the qf dialect.

#ifndef QUENCH_COMPILER_QUANTIZE_FAKEQUANT_SCHEME_H
#define QUENCH_COMPILER_QUANTIZE_FAKEQUANT_SCHEME_H

#include "dialects/qf/Scheme.h"

namespace quench::quantize {

using qf::Granularity;
using qf::Scheme;
using qf::Symmetry;

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_FAKEQUANT_SCHEME_H
