// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C++ program that times kernels on problems, as text.

#ifndef QUENCH_COMPILER_DRIVER_TIMINGPROGRAM_H
#define QUENCH_COMPILER_DRIVER_TIMINGPROGRAM_H

#include "codegen/kernels/Catalogue.h"

#include <string>
#include <vector>

namespace quench {

/// `program INDEX` calls the kernels of contest INDEX in turns on random data
/// and prints a line for each of them, in order: the shortest call in
/// microseconds. It stays on the core it starts on. Before each call it does
/// what the network does around a layer: reads 4 MiB, so that weights and
/// tables come from L3, as those of a network that does not fit L2; then writes
/// the result's place, the residual and last the input, which the previous
/// layer has just left behind.
std::string timingProgram(const std::vector<kernels::Candidates> &contests);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_TIMINGPROGRAM_H
