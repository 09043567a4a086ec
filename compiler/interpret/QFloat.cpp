// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Grids, rounding to them, and the table of QFloat ops.

#include "compiler/interpret/QFloat.h"

#include "compiler/interpret/Evaluation.h"
#include "compiler/interpret/FloatKernels.h"
#include "compiler/interpret/Unary.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Types.h"
#include "dialects/qf/QF.h"

#include "llvm/ADT/StringMap.h"

#include <cmath>

using namespace mlir;

namespace quench::interpret {
namespace {

using QFloatFactory = FailureOr<Kernel> (*)(const QFloatOp &);

QFloatFactory factoryOf(Operation *op) {
  static const llvm::StringMap<QFloatFactory> table = {
      {nn::Conv2DOp::getOperationName(),          makeQFloatConvolution},
      {nn::ConvTranspose2DOp::getOperationName(), makeQFloatConvolution},
      {nn::LinearOp::getOperationName(),          makeQFloatConvolution},
      {nn::MatMulOp::getOperationName(),          makeQFloatMatMul     },
      {nn::AddOp::getOperationName(),             makeQFloatSum        },
      {nn::SubOp::getOperationName(),             makeQFloatSum        },
      {nn::MulOp::getOperationName(),             makeQFloatMul        },
      {nn::PReluOp::getOperationName(),           makeQFloatPRelu      },
      {nn::AvgPool2DOp::getOperationName(),       makeQFloatAvgPool    },
      {nn::ReduceMeanOp::getOperationName(),      makeQFloatReduce     },
      {nn::ReduceSumOp::getOperationName(),       makeQFloatReduce     },
      {nn::ResizeOp::getOperationName(),          makeQFloatResize     },
  };
  if (QFloatFactory factory = table.lookup(op->getName().getStringRef()))
    return factory;
  return unaryFunction(op) ? makeQFloatUnary : nullptr;
}

bool isActivation(GridType grid) {
  return grid && isa<quant::UniformQuantizedType>(grid) &&
         grid.getStorageTypeIntegralWidth() <= 16;
}

/// nn.arg_max gives indices: its operand may be on any grid.
bool movesCodes(Operation *op) {
  if (auto resize = dyn_cast<nn::ResizeOp>(op))
    return resize.getMode() == "nearest";
  return isa<nn::ConcatOp, nn::SliceOp, nn::PadOp, nn::ReshapeOp,
             nn::TransposeOp, nn::MaxPool2DOp, nn::ReduceMaxOp>(op);
}

template <class Map>
Kernel elementwise(Map map) {
  return [=](Inputs inputs, Tensor &out) {
    llvm::transform(inputs[0]->data<float>(), out.data<float>().begin(), map);
  };
}

} // namespace

ElementKind codesKind(GridType grid) {
  switch (grid.getStorageTypeIntegralWidth()) {
  case 8:
    return ElementKind::S8;
  case 16:
    return ElementKind::S16;
  default:
    return ElementKind::S32;
  }
}

bool hasQFloatForm(Operation *op, Grids operands) {
  if (!factoryOf(op) || operands.empty())
    return false;
  if (auto resize = dyn_cast<nn::ResizeOp>(op))
    return resize.getMode() == "linear" && isActivation(operands[0]);
  if (isa<nn::PReluOp>(op))
    return isActivation(operands[0]) && isConstant(op->getOperand(1));
  if (isa<nn::Conv2DOp, nn::ConvTranspose2DOp, nn::LinearOp>(op))
    return isActivation(operands[0]) &&
           llvm::all_of(llvm::drop_begin(op->getOperands()), [](Value v) {
             return isConstant(v) && constantGrid(v);
           });
  return llvm::all_of(operands, isActivation);
}

FailureOr<Kernel> makeQFloatKernel(const QFloatOp &op) {
  return factoryOf(op.op)(op);
}

GridType movedGrid(Operation *op, Grids operands) {
  if (!movesCodes(op) || !isActivation(operands.front()))
    return nullptr;
  return llvm::all_equal(operands) ? operands.front() : nullptr;
}

FailureOr<Kernel> makeMovedKernel(Operation *op, GridType grid) {
  if (auto pad = dyn_cast<nn::PadOp>(op)) {
    const q::ActParams p = q::actParams(grid);
    const int32_t code = qrt_quantize(pad.getValue().convertToFloat(), p.scale,
                                      p.zero, p.min, p.max);
    Gather gather = gatherOf(op, float(code - p.zero));
    return Kernel([gather](Inputs inputs, Tensor &out) {
      gather.run(inputs[0]->data<float>().data(), out.data<float>().data());
    });
  }
  SmallVector<const Tensor *> none(op->getNumOperands(), nullptr);
  FailureOr<Kernel> kernel = makeFloatKernel(op, none);
  if (failed(kernel) || !isa<nn::MaxPool2DOp>(op))
    return kernel;
  // A dilated window can miss the picture: no element is the smallest code, not
  // -infinity.
  const float lowest = grid.getStorageTypeIntegralWidth() == 8
                           ? float(INT8_MIN - q::zeroOf(grid))
                           : float(grid.getStorageTypeMin());
  return Kernel([lowest, pool = *kernel](Inputs inputs, Tensor &out) {
    pool(inputs, out);
    for (float &y : out.data<float>())
      y = std::max(y, lowest);
  });
}

Kernel makeQuantizeKernel(GridType to) {
  const q::ActParams p = q::actParams(to);
  return elementwise([p](float x) {
    return float(qrt_quantize(x, p.scale, p.zero, p.min, p.max) - p.zero);
  });
}

Kernel makeRequantizeKernel(GridType from, GridType to) {
  if (from == to)
    return [](Inputs inputs, Tensor &out) { out.bytes = inputs[0]->bytes; };
  const OutputStage stage(to);
  const float mul = q::scaleOf(from, 0) / stage.scale;
  return elementwise([=](float x) { return stage(x, mul); });
}

Kernel makeDequantizeKernel(GridType from) {
  const float scale = q::scaleOf(from, 0);
  return elementwise([scale](float x) { return x * scale; });
}

namespace {

/// Scale and zero point of element `i` (row-major) of a constant on a grid.
class ElementGrid {
public:
  ElementGrid(GridType grid, llvm::ArrayRef<int64_t> shape) : grid(grid) {
    perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(grid);
    if (!perAxis)
      return;
    const int64_t axis = perAxis.getQuantizedDimension();
    channels = shape[axis];
    for (int64_t size : shape.drop_front(axis + 1))
      inner *= size;
  }
  float scale(int64_t i) const {
    return q::scaleOf(grid, perAxis ? channel(i) : 0);
  }
  int32_t zero(int64_t i) const {
    return perAxis ? int32_t(perAxis.getZeroPoints()[channel(i)])
                   : q::zeroOf(grid);
  }

private:
  int64_t channel(int64_t i) const { return i / inner % channels; }

  GridType grid;
  quant::UniformQuantizedPerAxisType perAxis;
  int64_t channels = 1, inner = 1;
};

} // namespace

std::optional<std::vector<int32_t>> constantCodes(Value value) {
  if (auto constant = value.getDefiningOp<qf::ConstantOp>()) {
    ElementsAttr codes = constant.getCodes();
    if (codes.getElementType().isInteger(32))
      return nn::elementValues<int32_t>(codes);
    auto widen = [](auto narrow) {
      return std::vector<int32_t>(narrow.begin(), narrow.end());
    };
    if (codes.getElementType().isInteger(16))
      return widen(nn::elementValues<int16_t>(codes));
    return widen(nn::elementValues<int8_t>(codes));
  }
  auto quantized = value.getDefiningOp<qf::FakeQuantOp>();
  auto constant = quantized
                      ? quantized.getInput().getDefiningOp<nn::ConstantOp>()
                      : nullptr;
  if (!constant)
    return std::nullopt;
  auto grid = cast<GridType>(quantized.getQtype());
  const std::vector<float> values =
      nn::elementValues<float>(constant.getValue());
  const ElementGrid element(grid, shapeOf(value));
  const double low = grid.getStorageTypeMin(), high = grid.getStorageTypeMax();
  std::vector<int32_t> codes;
  for (auto [i, v] : llvm::enumerate(values)) {
    const double code =
        std::nearbyint(double(v) / element.scale(i)) + element.zero(i);
    codes.push_back(std::isnan(code)
                        ? element.zero(i)
                        : int32_t(std::min(std::max(code, low), high)));
  }
  return codes;
}

Tensor carriedConstant(Value value, llvm::ArrayRef<int32_t> codes) {
  Operation *op = value.getDefiningOp();
  auto grid = cast<GridType>(isa<qf::ConstantOp>(op)
                                 ? cast<qf::ConstantOp>(op).getQtype()
                                 : cast<qf::FakeQuantOp>(op).getQtype());
  Tensor tensor(ElementKind::F32, shapeOf(value));
  const ElementGrid element(grid, tensor.shape);
  for (auto [i, x] : llvm::enumerate(tensor.data<float>()))
    x = float(codes[i] - element.zero(i));
  return tensor;
}

Tensor dequantizedConstant(const Tensor &carried, GridType grid) {
  const ElementGrid element(grid, carried.shape);
  Tensor tensor = carried;
  for (auto [i, x] : llvm::enumerate(tensor.data<float>()))
    x *= element.scale(i);
  return tensor;
}

Tensor codesOf(const Tensor &carried, GridType grid) {
  const int32_t zero = q::zeroOf(grid);
  Tensor codes(codesKind(grid), carried.shape);
  auto fill = [&](auto to) {
    using Code = typename decltype(to)::value_type;
    llvm::transform(carried.data<float>(), to.begin(),
                    [&](float x) { return Code(int32_t(x) + zero); });
  };
  if (codes.kind == ElementKind::S8)
    fill(codes.data<int8_t>());
  else
    fill(codes.data<int16_t>());
  return codes;
}

OutputStage::OutputStage(GridType result,
                         std::optional<llvm::ArrayRef<float>> clamp) {
  const q::ActParams p = q::actParams(result);
  scale = p.scale;
  low = p.min - p.zero;
  high = p.max - p.zero;
  if (clamp) {
    low = qrt_quantize((*clamp)[0], p.scale, p.zero, p.min, p.max) - p.zero;
    high = qrt_quantize((*clamp)[1], p.scale, p.zero, p.min, p.max) - p.zero;
  }
}

double largestCarried(GridType grid) {
  const double zero = q::zeroOf(grid);
  return std::max(std::fabs(grid.getStorageTypeMin() - zero),
                  std::fabs(grid.getStorageTypeMax() - zero));
}

} // namespace quench::interpret
