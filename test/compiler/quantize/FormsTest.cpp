// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of forms knows every nn op there is.

#include "compiler/quantize/Forms.h"

#include "dialects/nn/NN.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

TEST(Forms, HasARowForEveryOp) {
  MLIRContext context;
  auto *dialect = context.getOrLoadDialect<nn::NNDialect>();
  size_t found = 0;
  for (RegisteredOperationName name :
       context.getRegisteredOperationsByDialect(dialect->getNamespace())) {
    // Its form depends on an attribute.
    if (name.getStringRef() == nn::ResizeOp::getOperationName())
      continue;
    EXPECT_TRUE(llvm::any_of(opForms(), [&](const OpForm &row) {
      return row.op == name.getStringRef();
    })) << name.getStringRef().str();
    ++found;
  }
  EXPECT_EQ(found, opForms().size());
}

TEST(Forms, SaysWhy) {
  for (const OpForm &row : opForms())
    EXPECT_EQ(row.reason.empty(),
              row.form != Form::Island && row.form != Form::None)
        << row.op.str();
}

} // namespace
