// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stands in for the kernels g++ compiles where there is no g++.

#include "test/codegen/kernels/KernelTest.h"

const KernelEntry gccKernels[] = {{nullptr, nullptr}};
