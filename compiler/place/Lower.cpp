// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q ops as kernel problems: the walk over the function, and the arithmetic ops.
// Parameters come from dialects/q/Params.h, as the interpreter's do.

#include "compiler/place/Lowering.h"

#include "codegen/kernels/SafePairs.h"
#include "dialects/nn/Elements.h"
#include "dialects/q/Groups.h"
#include "dialects/q/Notes.h"
#include "dialects/q/Params.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cstdlib>

using namespace mlir;

namespace quench::place {

namespace {

/// The name of the value that an op makes: that of its location.
std::string nameOf(Operation *op) {
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    return name.getName().str();
  return op->getName().stripDialect().str();
}

void collectNames(Location loc, SmallVectorImpl<StringRef> &names) {
  if (auto name = dyn_cast<NameLoc>(loc)) {
    collectNames(name.getChildLoc(), names);
    names.push_back(name.getName());
  } else if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      collectNames(part, names);
  }
}

/// The codes of a constant operand; a diagnostic on `op` if it is none.
FailureOr<ElementsAttr> constantCodes(Operation *op, StringRef what,
                                      Value value) {
  if (auto constant = value.getDefiningOp<q::ConstantOp>())
    return constant.getCodes();
  InFlightDiagnostic diag = op->emitError()
                            << what << " must be a constant to be packed";
  diag.attachNote(value.getLoc()) << what << " is computed here";
  return failure();
}

/// A bound of |acc * mul| of a convolution; no code is further than `span` from
/// its zero point.
double largestProduct(const FilterData &data, const qrt_conv2d &conv,
                      double span) {
  const size_t count = data.filter.size() / data.mul.size();
  double largest = 0;
  for (size_t oc = 0; oc < data.mul.size(); ++oc) {
    int64_t sum = 0;
    for (size_t i = oc * count; i < (oc + 1) * count; ++i)
      sum += std::abs(data.filter[i] - conv.filter_zero);
    const double bias = data.bias ? double((*data.bias)[oc]) : 0;
    largest = std::max(largest, (span * double(sum) + std::abs(bias)) *
                                    std::abs(double(data.mul[oc])));
  }
  return largest;
}

/// A bound of |acc| of a convolution of 8-bit codes, whichever they are.
double largestAccumulator(const FilterData &data, const qrt_conv2d &conv) {
  const size_t count = data.filter.size() / data.mul.size();
  const double low = -128 - conv.in_zero, high = 127 - conv.in_zero;
  double largest = 0;
  for (size_t oc = 0; oc < data.mul.size(); ++oc) {
    const double bias = data.bias ? double((*data.bias)[oc]) : 0;
    double least = bias, most = bias;
    for (size_t i = oc * count; i < (oc + 1) * count; ++i) {
      const double weight = data.filter[i] - conv.filter_zero;
      least += std::min(weight * low, weight * high);
      most += std::max(weight * low, weight * high);
    }
    // Padding adds nothing: a part of the sum may be missing.
    largest = std::max({largest, std::abs(least), std::abs(most)});
  }
  return largest;
}

int64_t largestMagnitude(ArrayRef<int8_t> codes) {
  int64_t largest = 0;
  for (int8_t code : codes)
    largest = std::max<int64_t>(largest, std::abs(int{code}));
  return largest;
}

/// Of `channels` rows, the largest sum of magnitudes.
int64_t largestSum(ArrayRef<int8_t> codes, size_t channels) {
  const size_t count = codes.size() / channels;
  int64_t largest = 0;
  for (size_t at = 0; at < codes.size(); at += count) {
    int64_t sum = 0;
    for (int8_t code : codes.slice(at, count))
      sum += std::abs(int{code});
    largest = std::max(largest, sum);
  }
  return largest;
}

int64_t elementsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

} // namespace

std::string sourceNames(Operation *op) {
  SmallVector<StringRef> names;
  collectNames(op->getLoc(), names);
  if (names.empty())
    return op->getName().getStringRef().str();
  return llvm::join(names, " + ");
}

//===----------------------------------------------------------------------===//
// Tensors and calls
//===----------------------------------------------------------------------===//

Tensor Lowering::describe(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  Tensor tensor;
  tensor.shape.assign(type.getShape().begin(), type.getShape().end());
  tensor.element = type.getElementType();
  if (isa<quant::QuantizedType>(tensor.element)) {
    tensor.quantized = type;
    tensor.element = q::storageType(type);
  }
  if (Operation *op = value.getDefiningOp())
    tensor.name = nameOf(op);
  return tensor;
}

TensorId Lowering::addTensor(Tensor tensor) {
  program.tensors.push_back(std::move(tensor));
  return program.tensors.size() - 1;
}

TensorId Lowering::define(Value value) {
  const TensorId id = addTensor(describe(value));
  ids[value] = id;
  return id;
}

template <typename T>
TensorId Lowering::addConstant(Operation *op, StringRef what,
                               ArrayRef<int64_t> shape, ArrayRef<T> values) {
  Builder builder(op->getContext());
  Tensor tensor;
  tensor.kind = Tensor::Kind::Constant;
  tensor.name = nameOf(op) + "_" + what.str();
  tensor.shape.assign(shape.begin(), shape.end());
  if constexpr (std::is_same_v<T, float>)
    tensor.element = builder.getF32Type();
  else
    tensor.element = builder.getIntegerType(8 * sizeof(T));
  tensor.value = nn::makeElements<T>(
      RankedTensorType::get(shape, tensor.element), values, tensor.name);
  return addTensor(std::move(tensor));
}

template TensorId Lowering::addConstant<int8_t>(Operation *, StringRef,
                                                ArrayRef<int64_t>,
                                                ArrayRef<int8_t>);
template TensorId Lowering::addConstant<int16_t>(Operation *, StringRef,
                                                 ArrayRef<int64_t>,
                                                 ArrayRef<int16_t>);
template TensorId Lowering::addConstant<int32_t>(Operation *, StringRef,
                                                 ArrayRef<int64_t>,
                                                 ArrayRef<int32_t>);
template TensorId Lowering::addConstant<float>(Operation *, StringRef,
                                               ArrayRef<int64_t>,
                                               ArrayRef<float>);

void Lowering::addView(Value value, Value of, int64_t offset) {
  Tensor tensor = describe(value);
  tensor.parent = tensorOf(of);
  tensor.offset = offset;
  ids[value] = addTensor(std::move(tensor));
}

Call &Lowering::addCall(Operation *op, kernels::Op kind,
                        kernels::Params params) {
  Call call{kernels::Problem{},
            {},
            {},
            {},
            {},
            {},
            {},
            {},
            0,
            sourceNames(op),
            op->getLoc(),
            q::notesOf(op)};
  call.problem.op = kind;
  call.problem.params = std::move(params);
  program.calls.push_back(std::move(call));
  return program.calls.back();
}

void Lowering::setCodes(Call &call, TensorId a, TensorId b, TensorId y) const {
  auto bits = [&](TensorId id) {
    Type element = program.tensors[id].element;
    return element.isInteger(8) ? 8 : element.isInteger(16) ? 16 : 0;
  };
  call.problem.codes =
      kernels::codesOf(call.problem.op, bits(a), bits(b), bits(y));
}

std::vector<Call>::iterator Lowering::callThatWrites(TensorId tensor) {
  auto writes = [&](const Call &call) {
    return llvm::any_of(call.operands, [&](const Operand &operand) {
      return operand.written && operand.tensor == tensor;
    });
  };
  auto found =
      std::find_if(program.calls.rbegin(), program.calls.rend(), writes);
  return found == program.calls.rend() ? program.calls.end()
                                       : std::prev(found.base());
}

Call &Lowering::addUnary(Operation *op, kernels::Op kind,
                         kernels::Params params) {
  const TensorId input = tensorOf(op->getOperand(0));
  const TensorId output = define(op->getResult(0));
  Call &call = addCall(op, kind, std::move(params));
  call.operands = {Operand::read(input), Operand::write(output)};
  setCodes(call, input, input, output);
  return call;
}

//===----------------------------------------------------------------------===//
// Filters
//===----------------------------------------------------------------------===//

void Lowering::lowerFiltered(Operation *op, kernels::Op kind, qrt_conv2d params,
                             Value input, Value residual,
                             ElementsAttr multiplier, int64_t macs) {
  Call &call = addCall(op, kind, params);
  call.filter.emplace();
  call.filter->mul = q::multipliers(multiplier, params.out_c);
  call.macs = macs;
  call.operands = {
      Operand::read(tensorOf(input)),
      {Operand::Kind::Filter, 0, false},
      {Operand::Kind::Bias,   0, false},
      {Operand::Kind::Mul,    0, false}
  };
  // The transposed convolution has no residual parameter.
  if (kind == kernels::Op::Conv2D)
    call.operands.push_back(residual ? Operand::read(tensorOf(residual))
                                     : Operand::absent());
  if (residual) {
    call.problem.hasResidual = true;
    call.mayOverwrite.push_back(tensorOf(residual));
  }
  const TensorId output = define(op->getResult(0));
  call.operands.push_back(Operand::write(output));
  setCodes(call, tensorOf(input), tensorOf(input), output);
}

/// Filter and bias of a call that lowerFiltered has added.
static LogicalResult addFilter(Call &call, Operation *op, Value filter,
                               Value bias) {
  auto codes = constantCodes(op, "filter", filter);
  if (failed(codes))
    return failure();
  call.filter->filter = nn::elementValues<int8_t>(*codes);
  call.problem.filterMax = largestMagnitude(call.filter->filter);
  call.problem.filterSum =
      largestSum(call.filter->filter, call.filter->mul.size());
  if (auto *conv = std::get_if<qrt_conv2d>(&call.problem.params))
    call.problem.splitPairs =
        kernels::mostSplitPairs(*conv, call.filter->filter.data());
  // No kernel of 16-bit codes unpacks.
  if (call.problem.codes == kernels::Codes())
    call.problem.filterBits = q::filterBits(filter.getType());
  if (auto groups = q::groupsOf(filter.getDefiningOp())) {
    call.problem.filterBits = groups->bits == 2 ? 2 : 4;
    call.problem.filterGroup = static_cast<int>(groups->size);
    call.filter->groups = {call.problem.filterGroup,
                           nn::elementValues<int8_t>(groups->multipliers)};
  }
  if (bias) {
    auto biasCodes = constantCodes(op, "bias", bias);
    if (failed(biasCodes))
      return failure();
    call.filter->bias = nn::elementValues<int32_t>(*biasCodes);
    call.problem.hasBias = true;
  }
  if (call.problem.op == kernels::Op::Conv2D && call.problem.codes.a == 8)
    call.problem.accumulatorMax = largestAccumulator(
        *call.filter, std::get<qrt_conv2d>(call.problem.params));
  if (call.problem.op == kernels::Op::Conv2D)
    call.problem.largestProduct =
        largestProduct(*call.filter, std::get<qrt_conv2d>(call.problem.params),
                       call.problem.codes.a == 16 ? 65535 : 255);
  return success();
}

LogicalResult Lowering::lowerConv(q::Conv2DOp op) {
  const qrt_conv2d p = q::params(op);
  const int64_t macs = elementsOf(op.getOutput()) * p.kernel_h * p.kernel_w *
                       (p.in_c / p.groups);
  lowerFiltered(op, kernels::Op::Conv2D, p, op.getInput(), op.getResidual(),
                op.getMultiplier(), macs);
  return addFilter(program.calls.back(), op, op.getFilter(), op.getBias());
}

LogicalResult Lowering::lowerConvTranspose(q::ConvTranspose2DOp op) {
  const qrt_conv2d p = q::params(op);
  const int64_t macs = elementsOf(op.getInput()) * p.kernel_h * p.kernel_w *
                       (p.out_c / p.groups);
  lowerFiltered(op, kernels::Op::ConvTranspose2D, p, op.getInput(), Value(),
                op.getMultiplier(), macs);
  return addFilter(program.calls.back(), op, op.getFilter(), op.getBias());
}

LogicalResult Lowering::lowerLinear(q::LinearOp op) {
  const qrt_conv2d p = q::params(op);
  lowerFiltered(op, kernels::Op::Conv2D, p, op.getInput(), Value(),
                op.getMultiplier(), elementsOf(op.getOutput()) * p.in_c);
  return addFilter(program.calls.back(), op, op.getFilter(), op.getBias());
}

//===----------------------------------------------------------------------===//
// Other arithmetic
//===----------------------------------------------------------------------===//

void Lowering::lowerMatMul(q::MatMulOp op) {
  const qrt_matmul p = q::params(op);
  lowerBinary(op, kernels::Op::MatMul, p);
  program.calls.back().macs = int64_t{p.batch} * p.m * p.n * p.k;
}

void Lowering::lowerBinary(Operation *op, kernels::Op kind,
                           kernels::Params params) {
  const TensorId left = tensorOf(op->getOperand(0));
  const TensorId right = tensorOf(op->getOperand(1));
  const TensorId output = define(op->getResult(0));
  Call &call = addCall(op, kind, std::move(params));
  call.operands = {Operand::read(left), Operand::read(right),
                   Operand::write(output)};
  setCodes(call, left, right, output);
  // Of the operands that are not broadcast (qrt_ref_add_s8, qrt_ref_mul_s8).
  if (kind == kernels::Op::Add || kind == kernels::Op::Mul)
    for (Value operand : op->getOperands())
      if (elementsOf(operand) == elementsOf(op->getResult(0)))
        call.mayOverwrite.push_back(tensorOf(operand));
}

void Lowering::lowerTable(Operation *op, kernels::Op kind,
                          kernels::Params params, TensorId table) {
  Call &call = addUnary(op, kind, std::move(params));
  call.operands.insert(call.operands.begin() + 1, Operand::read(table));
  call.mayOverwrite.push_back(tensorOf(op->getOperand(0)));
}

void Lowering::lowerLut(q::LutOp op) {
  ElementsAttr table = op.getTable();
  ArrayRef<int64_t> shape = table.getShapedType().getShape();
  if (q::isWide(op.getInput().getType()))
    return lowerTable(op, kernels::Op::Interpolate, q::interpolateParams(op),
                      addConstant<int32_t>(op, "table", shape,
                                           nn::elementValues<int32_t>(table)));
  const TensorId codes =
      q::isWide(op.getType())
          ? addConstant<int16_t>(op, "table", shape,
                                 nn::elementValues<int16_t>(table))
          : addConstant<int8_t>(op, "table", shape,
                                nn::elementValues<int8_t>(table));
  lowerTable(op, kernels::Op::Lut, q::params(op), codes);
}

void Lowering::lowerRequantize(q::RequantizeOp op) {
  const q::ActParams x = q::actParams(op.getInput().getType());
  const q::ActParams y = q::actParams(op.getType());
  if (q::isWide(op.getInput().getType())) {
    Call &call = addUnary(op, kernels::Op::Requantize, q::rescaleParams(op));
    call.mayOverwrite.push_back(tensorOf(op.getInput()));
    return;
  }
  const TensorId table =
      q::isWide(op.getType())
          ? addConstant<int16_t>(op, "table", {256},
                                 q::requantizeTable<int16_t>(x, y))
          : addConstant<int8_t>(op, "table", {256}, q::requantizeTable(x, y));
  lowerTable(op, kernels::Op::Lut, q::params(op), table);
}

/// A mean over height and width is an average pool of one window, for which
/// there are faster kernels. Both divide by f32(sy * count): the same bytes.
void Lowering::lowerReduceMean(q::ReduceMeanOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  const qrt_reduce reduce = q::params(op);
  if (type.getRank() != 4 || op.getAxes() != ArrayRef<int64_t>{1, 2}) {
    addUnary(op, kernels::Op::ReduceSum, reduce);
    return;
  }
  qrt_pool2d pool = {};
  pool.batch = static_cast<int32_t>(type.getDimSize(0));
  pool.in_h = pool.kernel_h = static_cast<int32_t>(type.getDimSize(1));
  pool.in_w = pool.kernel_w = static_cast<int32_t>(type.getDimSize(2));
  pool.channels = static_cast<int32_t>(type.getDimSize(3));
  pool.out_h = pool.out_w = 1;
  pool.stride_h = pool.stride_w = 1;
  pool.dilation_h = pool.dilation_w = 1;
  pool.in_zero = reduce.in_zero;
  pool.in_scale = q::actParams(op.getInput().getType()).scale;
  pool.out_scale = q::actParams(op.getType()).scale;
  pool.padded_h = pool.in_h;
  pool.padded_w = pool.in_w;
  pool.out = reduce.out;
  addUnary(op, kernels::Op::AvgPool2D, pool);
}

void Lowering::lowerArgMax(q::ArgMaxOp op) {
  Call &call = addUnary(op, kernels::Op::ArgMax, q::params(op));
  call.leading.push_back(op.getSelectLast());
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

LogicalResult Lowering::lowerOp(Operation *op) {
  using kernels::Op;
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](q::Conv2DOp op) { return lowerConv(op); })
      .Case([&](q::ConvTranspose2DOp op) { return lowerConvTranspose(op); })
      .Case([&](q::LinearOp op) { return lowerLinear(op); })
      .Case([&](q::FloatIslandOp op) { return lowerIsland(op); })
      .Case([&](func::ReturnOp op) { return lowerReturn(op); })
      .Case([&](q::ConstantOp op) {
        // Filters and biases are packed with their call; others are read as
        // they are.
        Tensor tensor = describe(op.getOutput());
        tensor.kind = Tensor::Kind::Constant;
        tensor.value = op.getCodes();
        ids[op.getOutput()] = addTensor(std::move(tensor));
        return success();
      })
      .Case([&](q::MatMulOp op) { return lowerMatMul(op), success(); })
      .Case<q::AddOp, q::SubOp>([&](auto op) {
        return lowerBinary(op, Op::Add, q::params(op)), success();
      })
      .Case([&](q::MulOp op) {
        return lowerBinary(op, Op::Mul, q::params(op)), success();
      })
      .Case([&](q::LutOp op) { return lowerLut(op), success(); })
      .Case([&](q::RequantizeOp op) { return lowerRequantize(op), success(); })
      .Case([&](q::MaxPool2DOp op) {
        return addUnary(op, Op::MaxPool2D, q::params(op)), success();
      })
      .Case([&](q::AvgPool2DOp op) {
        return addUnary(op, Op::AvgPool2D, q::params(op)), success();
      })
      .Case([&](q::ReduceMeanOp op) { return lowerReduceMean(op), success(); })
      .Case([&](q::ReduceSumOp op) {
        return addUnary(op, Op::ReduceSum, q::params(op)), success();
      })
      .Case([&](q::ReduceMaxOp op) {
        return addUnary(op, Op::ReduceMax, q::params(op)), success();
      })
      .Case([&](q::ArgMaxOp op) { return lowerArgMax(op), success(); })
      .Case([&](q::QuantizeOp op) {
        return addUnary(op, Op::QuantizeF32, q::params(op)), success();
      })
      .Case([&](q::DequantizeOp op) { return lowerDequantize(op), success(); })
      .Case([&](q::ConcatOp op) {
        return lowerConcat(op,
                           [&](unsigned i) { return q::concatPart(op, i); }),
               success();
      })
      .Case([&](q::SliceOp op) {
        return lowerSlice(op, q::params(op)), success();
      })
      .Case([&](q::PadOp op) { return lowerPad(op), success(); })
      .Case([&](q::ReshapeOp op) {
        return addView(op.getOutput(), op.getInput(), 0), success();
      })
      .Case([&](q::TransposeOp op) {
        return lowerTranspose(op, op.getPerm(), q::params(op)), success();
      })
      .Case([&](q::ResizeOp op) { return lowerResize(op), success(); })
      .Default([](Operation *op) {
        return op->emitError("'")
               << op->getName() << "' has no kernel: only q ops can be placed";
      });
}

LogicalResult Lowering::lowerReturn(func::ReturnOp op) {
  auto func = op->getParentOfType<func::FuncOp>();
  for (OpOperand &operand : op->getOpOperands()) {
    const unsigned index = operand.getOperandNumber();
    const TensorId source = tensorOf(operand.get());
    Tensor output = describe(operand.get());
    output.kind = Tensor::Kind::Output;
    auto name = func.getResultAttrOfType<StringAttr>(index, "quench.name");
    output.name = name ? name.str() : "output_" + std::to_string(index);
    const int64_t bytes = output.bytes();
    const auto elementBytes =
        static_cast<int32_t>(output.element.getIntOrFloatBitWidth() / 8);
    const TensorId id = addTensor(std::move(output));
    program.outputs.push_back(id);

    qrt_copy copy = {};
    copy.space.rank = 1;
    copy.space.size[0] = static_cast<int32_t>(bytes / elementBytes);
    copy.x_stride[0] = copy.y_stride[0] = 1;
    copy.element_bytes = elementBytes;
    Operation *producer = operand.get().getDefiningOp();
    Call &call = addCall(producer ? producer : op.getOperation(),
                         kernels::Op::Copy, copy);
    call.operands = {Operand::read(source), Operand::write(id)};
    call.destination = 0;
    call.notes = {};
  }
  return success();
}

LogicalResult Lowering::lower(func::FuncOp func) {
  if (!llvm::hasSingleElement(func.getBody()))
    return func.emitError("expected one block, found ")
           << func.getBody().getBlocks().size();
  for (BlockArgument argument : func.getArguments()) {
    const unsigned index = argument.getArgNumber();
    if (!isa<RankedTensorType>(argument.getType()))
      return func.emitError("input ")
             << index << " is no ranked tensor, found " << argument.getType();
    Tensor input = describe(argument);
    input.kind = Tensor::Kind::Input;
    auto name = func.getArgAttrOfType<StringAttr>(index, "quench.name");
    input.name = name ? name.str() : "input_" + std::to_string(index);
    const TensorId id = addTensor(std::move(input));
    ids[argument] = id;
    program.inputs.push_back(id);
  }
  for (Operation &op : func.getBody().front())
    if (failed(lowerOp(&op)))
      return failure();
  return success();
}

FailureOr<Program> lower(func::FuncOp func) {
  Program program;
  Lowering lowering(program);
  if (failed(lowering.lower(func)))
    return failure();
  elideCopies(program);
  return program;
}

} // namespace quench::place
