// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stands in for the twins of x86 kernels on other architectures.

#include "test/codegen/kernels/KernelTest.h"

const KernelEntry evexTwins[] = {{nullptr, nullptr}};
