// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Channels through movement: one row an op says where their axis goes.

#include "compiler/quantize/ChannelView.h"

#include "dialects/nn/NN.h"
#include "dialects/qf/QF.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

ChannelView quantize::lastAxis(Value value) {
  ArrayRef<int64_t> shape = shapeOf(value);
  return {shape.empty() ? 1 : shape.back(), 1};
}

std::optional<int64_t> quantize::axisOf(Value value, const ChannelView &view) {
  ArrayRef<int64_t> shape = shapeOf(value);
  // From the end: of axes of size 1 the last is meant.
  for (int64_t axis = int64_t(shape.size()) - 1; axis >= 0; --axis)
    if (shape[axis] == view.count &&
        product(shape.drop_front(axis + 1)) == view.inner)
      return axis;
  return std::nullopt;
}

namespace {

/// Where the channels' axis of the operand is in the result; nothing if `op`
/// touches it.
using AxisBehind = std::optional<int64_t> (*)(Operation *op, int64_t axis);

std::optional<int64_t> same(Operation *, int64_t axis) { return axis; }

/// Windows slide over axes 1 and 2.
std::optional<int64_t> notSpace(Operation *, int64_t axis) {
  if (axis == 1 || axis == 2)
    return std::nullopt;
  return axis;
}

std::optional<int64_t> padded(Operation *op, int64_t axis) {
  auto pad = cast<nn::PadOp>(op);
  if (pad.getLow()[axis] || pad.getHigh()[axis])
    return std::nullopt;
  return axis;
}

std::optional<int64_t> sliced(Operation *op, int64_t axis) {
  auto slice = cast<nn::SliceOp>(op);
  if (shapeOf(slice.getInput())[axis] != slice.getSizes()[axis] ||
      slice.getSteps()[axis] != 1)
    return std::nullopt;
  return axis;
}

std::optional<int64_t> permuted(Operation *op, int64_t axis) {
  ArrayRef<int64_t> perm = cast<nn::TransposeOp>(op).getPerm();
  return llvm::find(perm, axis) - perm.begin();
}

std::optional<int64_t> reduced(Operation *op, int64_t axis) {
  auto axes = op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef();
  if (llvm::is_contained(axes, axis))
    return std::nullopt;
  auto keepdims = op->getAttrOfType<BoolAttr>("keepdims");
  if (!keepdims || keepdims.getValue())
    return axis;
  return axis -
         llvm::count_if(axes, [&](int64_t other) { return other < axis; });
}

struct Row {
  StringLiteral op;
  AxisBehind behind;
};

constexpr Row rows[] = {
    {"nn.relu",         same    },
    {"nn.clip",         same    },
    {"nn.leaky_relu",   same    },
    {"nn.prelu",        same    },
    {"nn.sigmoid",      same    },
    {"nn.tanh",         same    },
    {"nn.hard_sigmoid", same    },
    {"nn.hard_swish",   same    },
    {"nn.silu",         same    },
    {"nn.gelu",         same    },
    {"nn.erf",          same    },
    {"nn.exp",          same    },
    {"nn.sqrt",         same    },
    {"nn.abs",          same    },
    {"qf.observe",      same    },
    {"qf.fake_quant",   same    },
    {"nn.max_pool2d",   notSpace},
    {"nn.avg_pool2d",   notSpace},
    {"nn.resize",       notSpace},
    {"nn.pad",          padded  },
    {"nn.slice",        sliced  },
    {"nn.transpose",    permuted},
    {"nn.reduce_mean",  reduced },
    {"nn.reduce_max",   reduced },
    {"nn.reduce_sum",   reduced },
};

} // namespace

std::optional<ChannelView> quantize::viewBehind(Operation *op,
                                                const ChannelView &view) {
  if (isa<nn::ReshapeOp>(op))
    return view;
  const Row *row = llvm::find_if(rows, [&](const Row &candidate) {
    return candidate.op == op->getName().getStringRef();
  });
  if (row == std::end(rows))
    return std::nullopt;
  if (row->behind == same || view.count == 1)
    return view.count == 1 ? ChannelView() : view;
  std::optional<int64_t> axis = axisOf(op->getOperand(0), view);
  if (axis)
    axis = row->behind(op, *axis);
  if (!axis)
    return std::nullopt;
  return ChannelView{view.count,
                     product(shapeOf(op->getResult(0)).drop_front(*axis + 1))};
}
