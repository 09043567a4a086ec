// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions that the rows of FakeQuantRegistry.cpp consist of.

#ifndef QUENCH_COMPILER_QUANTIZE_FAKEQUANT_FAKEQUANTIZERS_H
#define QUENCH_COMPILER_QUANTIZE_FAKEQUANT_FAKEQUANTIZERS_H

#include "compiler/quantize/fakequant/FakeQuant.h"

namespace quench::quantize {

// Plain.cpp; lsq_plus starts the same way, and lsq has the same grid.
FakeQuantParams initFromRange(const FakeQuantStatistics &,
                              const FakeQuantOptions &);
Grid gridOfScale(const FakeQuantParams &, const FakeQuantOptions &);
FakeQuantParams gradientsOfPlain(const GridGradients &, const Grid &, int64_t,
                                 const FakeQuantOptions &);

// Tqt.cpp
FakeQuantParams initTqt(const FakeQuantStatistics &, const FakeQuantOptions &);
Grid gridOfTqt(const FakeQuantParams &, const FakeQuantOptions &);
FakeQuantParams gradientsOfTqt(const GridGradients &, const Grid &, int64_t,
                               const FakeQuantOptions &);

// Lsq.cpp
FakeQuantParams initLsq(const FakeQuantStatistics &, const FakeQuantOptions &);
FakeQuantParams gradientsOfLsq(const GridGradients &, const Grid &, int64_t,
                               const FakeQuantOptions &);
FakeQuantParams gradientsOfLsqPlus(const GridGradients &, const Grid &, int64_t,
                                   const FakeQuantOptions &);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_FAKEQUANT_FAKEQUANTIZERS_H
