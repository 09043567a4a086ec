// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The plots of the report's page, each one SVG element.

#ifndef QUENCH_COMPILER_DRIVER_REPORT_PLOTS_H
#define QUENCH_COMPILER_DRIVER_REPORT_PLOTS_H

#include "compiler/driver/report/Report.h"

namespace quench {

/// SQNR of each layer on its own and accumulated, in execution order.
std::string errorPlot(const ReportData &data, llvm::ArrayRef<size_t> worst);

/// What would be regained at the outputs without each of `layers`.
std::string regainPlot(const ReportData &data, llvm::ArrayRef<size_t> layers);

/// How often codes occur; heights are square roots of counts, so that rare
/// codes stay visible beside the many zeros of a relu.
std::string histogramPlot(const quantize::LayerMeasure &layer);

/// The range of the float values over that of the grid.
std::string rangePlot(const quantize::LayerMeasure &layer);

/// Range of the float values against samples seen, and the grid's ends.
std::string convergencePlot(const quantize::LayerMeasure &layer);

/// Every tensor of the arena: steps to the right, bytes upwards.
std::string arenaPlot(const MemoryFacts &memory);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_REPORT_PLOTS_H
