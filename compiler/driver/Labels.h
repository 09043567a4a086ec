// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The classes that samples belong to.

#ifndef QUENCH_COMPILER_DRIVER_LABELS_H
#define QUENCH_COMPILER_DRIVER_LABELS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace quench {

/// One class a sample, counted from 0, in the order of the samples: the lines
/// of a .txt file, or the numbers of an array file (Data.h). Errors name the
/// file and the line or the sample.
llvm::Expected<std::vector<int64_t>> readLabels(llvm::StringRef path);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_LABELS_H
