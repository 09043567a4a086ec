// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Carries the precompiled header mlir.h: CMake builds one per target, and this
// is the target the others reuse it from.
