// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of forms.

#include "compiler/quantize/Forms.h"

#include "dialects/nn/NN.h"
#include "dialects/q/FloatParams.h"

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

// Scales that are powers of two: 1 is then one code beyond the range, which
// costs 1/256 where the function saturates and makes every step exact.
static constexpr Range unit{0.0f, 255.0f / 256.0f};
static constexpr Range symmetricUnit{-1.0f, 127.0f / 128.0f};
// hard_sigmoid is exactly 1 over half of its inputs, so 1 is a code.
static constexpr Range closedUnit{0.0f, 1.0f};

static const OpForm rows[] = {
    {"nn.constant",         Form::Constant,    {},            ""},
    {"nn.conv2d",           Form::OutputStage, {},            ""},
    {"nn.conv_transpose2d", Form::OutputStage, {},            ""},
    {"nn.linear",           Form::OutputStage, {},            ""},
    {"nn.matmul",           Form::OutputStage, {},            ""},
    {"nn.add",              Form::OutputStage, {},            ""},
    {"nn.sub",              Form::OutputStage, {},            ""},
    {"nn.mul",              Form::OutputStage, {},            ""},
    {"nn.avg_pool2d",       Form::OutputStage, {},            ""},
    {"nn.reduce_mean",      Form::OutputStage, {},            ""},
    {"nn.reduce_sum",       Form::OutputStage, {},            ""},
    {"nn.relu",             Form::Table,       {},            ""},
    {"nn.clip",             Form::Table,       {},            ""},
    {"nn.leaky_relu",       Form::Table,       {},            ""},
    {"nn.prelu",            Form::Table,       {},            ""},
    {"nn.sigmoid",          Form::Table,       unit,          ""},
    {"nn.tanh",             Form::Table,       symmetricUnit, ""},
    {"nn.hard_sigmoid",     Form::Table,       closedUnit,    ""},
    {"nn.hard_swish",       Form::Table,       {},            ""},
    {"nn.silu",             Form::Table,       {},            ""},
    {"nn.gelu",             Form::Table,       {},            ""},
    {"nn.erf",              Form::Table,       symmetricUnit, ""},
    {"nn.exp",              Form::Table,       {},            ""},
    {"nn.sqrt",             Form::Table,       {},            ""},
    {"nn.abs",              Form::Table,       {},            ""},
    {"nn.max_pool2d",       Form::SameGrid,    {},            ""},
    {"nn.reduce_max",       Form::SameGrid,    {},            ""},
    {"nn.concat",           Form::SameGrid,    {},            ""},
    {"nn.slice",            Form::SameGrid,    {},            ""},
    {"nn.pad",              Form::SameGrid,    {},            ""},
    {"nn.reshape",          Form::SameGrid,    {},            ""},
    {"nn.transpose",        Form::SameGrid,    {},            ""},
    {"nn.arg_max",          Form::Index,       {},            ""},
    {"nn.softmax",          Form::Island,      unit,
     "the exponentials of one row span more than 8 bits"        },
    {"nn.layer_norm",
     Form::Island,
     {},
     "mean and variance of one row need more than 8 bits"       },
    {"nn.batch_norm",
     Form::None,
     {},
     "it is meant to be folded: run nn-fold-batch-norm"         },
};

static const OpForm resizeNearest{"nn.resize", Form::SameGrid, {}, ""};
static const OpForm resizeLinear{"nn.resize", Form::OutputStage, {}, ""};
static const OpForm keptFloat{
    "", Form::Island, {}, "the quantization's QConfig keeps it float"};
static const OpForm unknown{"", Form::None, {}, "it has no integer form"};

llvm::ArrayRef<OpForm> quench::quantize::opForms() { return rows; }

bool quench::quantize::isFilterOp(Operation *op) {
  return isa<nn::Conv2DOp, nn::ConvTranspose2DOp, nn::LinearOp>(op);
}

const OpForm &quench::quantize::formOf(Operation *op) {
  if (op->hasAttr(q::keepFloatAttr))
    return keptFloat;
  if (auto resize = dyn_cast<nn::ResizeOp>(op))
    return resize.getMode() == "nearest" ? resizeNearest : resizeLinear;
  const llvm::StringRef name = op->getName().getStringRef();
  for (const OpForm &row : rows)
    if (row.op == name)
      return row;
  return unknown;
}
