// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fake-quantizers there are: one row each.

#include "compiler/quantize/fakequant/FakeQuantizers.h"

using namespace quench::quantize;

// clang-format off
static const FakeQuantRow rows[] = {
    // name, summary
    //  trains scale, zero; functions
    {"plain", "scale and zero point of a range, fixed",
     false, false, initFromRange, gridOfScale, gradientsOfPlain},
    {"tqt", "trained log2 of the scale, rounded up to a power of two",
     true, false, initTqt, gridOfTqt, gradientsOfTqt},
    {"lsq", "trained scale",
     true, false, initLsq, gridOfScale, gradientsOfLsq},
    {"lsq_plus", "trained scale and zero point",
     true, true, initFromRange, gridOfScale, gradientsOfLsqPlus},
};
// clang-format on

llvm::ArrayRef<FakeQuantRow> quench::quantize::fakeQuantizers() { return rows; }

const FakeQuantRow *quench::quantize::findFakeQuantizer(llvm::StringRef name) {
  for (const FakeQuantRow &row : rows)
    if (row.name == name)
      return &row;
  return nullptr;
}

std::string quench::quantize::fakeQuantizerNames() {
  std::string names;
  for (const FakeQuantRow &row : rows) {
    if (!names.empty())
      names += ", ";
    names += row.name.str();
  }
  return names;
}
