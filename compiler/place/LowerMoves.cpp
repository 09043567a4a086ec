// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ops that move codes: addresses where the elements lie together already, copy
// calls where not.

#include "compiler/place/Lowering.h"

#include "dialects/q/Params.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <optional>

using namespace mlir;

namespace quench::place {

namespace {

ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Whether a copy reads its elements in the order of memory without a gap, axes
/// of size 1 aside; the same for what it writes.
bool isDense(const qrt_copy &copy, const int32_t *strides) {
  int64_t expected = 1;
  for (int32_t axis = copy.space.rank; axis-- > 0;) {
    if (copy.space.size[axis] == 1)
      continue;
    if (strides[axis] != expected)
      return false;
    expected *= copy.space.size[axis];
  }
  return true;
}

/// x [outer][rows][columns] -> y [outer][columns][rows].
struct Rotation {
  int64_t outer = 1, rows = 1, columns = 1;
};

/// The transposition as a rotation of some trailing axes, those of size 1
/// aside, or nothing. The same axes in the same order: one row.
std::optional<Rotation> rotationOf(ArrayRef<int64_t> shape,
                                   ArrayRef<int64_t> perm) {
  SmallVector<int64_t> from, to;
  for (auto [axis, source] : llvm::enumerate(perm)) {
    if (shape[axis] != 1)
      from.push_back(int64_t(axis));
    if (shape[source] != 1)
      to.push_back(source);
  }
  Rotation rotation;
  size_t first = 0;
  for (; first < from.size() && from[first] == to[first]; ++first)
    rotation.outer *= shape[from[first]];
  MutableArrayRef<int64_t> rest = MutableArrayRef(from).drop_front(first);
  ArrayRef<int64_t> wanted = ArrayRef(to).drop_front(first);
  if (rest.empty())
    return rotation;
  auto *middle = llvm::find(rest, wanted.front());
  for (auto *axis = rest.begin(); axis != middle; ++axis)
    rotation.rows *= shape[*axis];
  for (auto *axis = middle; axis != rest.end(); ++axis)
    rotation.columns *= shape[*axis];
  std::rotate(rest.begin(), middle, rest.end());
  if (ArrayRef<int64_t>(rest) != wanted)
    return std::nullopt;
  return rotation;
}

} // namespace

void Lowering::lowerConcat(Operation *op,
                           llvm::function_ref<qrt_copy(unsigned)> partOf) {
  const TensorId output = define(op->getResult(0));
  for (auto [index, input] : llvm::enumerate(op->getOperands())) {
    const qrt_copy part = partOf(static_cast<unsigned>(index));
    Call &call = addCall(op, kernels::Op::Copy, part);
    call.operands = {Operand::read(tensorOf(input)), Operand::write(output)};
    // Along the outermost axis longer than 1 a part is one stretch of bytes.
    if (isDense(part, part.x_stride) && isDense(part, part.y_stride))
      call.destination = int64_t{part.y_offset} * part.element_bytes;
  }
}

void Lowering::lowerSlice(Operation *op, qrt_copy copy) {
  Value input = op->getOperand(0);
  const auto [root, offset] = program.rootOf(tensorOf(input));
  const int64_t begin = int64_t{copy.x_offset} * copy.element_bytes;
  const Tensor::Kind kind = program.tensors[root].kind;
  // A plan addresses the start of inputs and constants only.
  const bool addressable = kind == Tensor::Kind::Slot || offset + begin == 0;
  if (addressable && isDense(copy, copy.x_stride))
    addView(op->getResult(0), input, begin);
  else
    addUnary(op, kernels::Op::Copy, copy);
}

void Lowering::lowerPad(q::PadOp op) {
  const q::PadSteps steps = q::padSteps(op);
  const TensorId input = tensorOf(op.getInput());
  const TensorId output = define(op.getOutput());
  if (steps.fill) {
    const auto count = static_cast<int32_t>(
        cast<RankedTensorType>(op.getType()).getNumElements());
    Call &fill =
        addCall(op, kernels::Op::Fill, kernels::FillParams{count, steps.code});
    fill.leading = {count, steps.code};
    fill.operands = {Operand::write(output)};
    setCodes(fill, output, output, output);
  }
  // The first copy brings the body; edges and reflections read what is there.
  for (auto [index, copy] : llvm::enumerate(steps.copies)) {
    Call &call = addCall(op, kernels::Op::Copy, copy);
    call.operands = {Operand::read(index == 0 ? input : output),
                     Operand::write(output)};
  }
}

void Lowering::lowerTranspose(Operation *op, ArrayRef<int64_t> perm,
                              qrt_copy params) {
  Value input = op->getOperand(0);
  const auto rotation = rotationOf(shapeOf(input), perm);
  if (rotation && rotation->rows == 1)
    return addView(op->getResult(0), input, 0);
  auto quantize = input.getDefiningOp<q::QuantizeOp>();
  if (!rotation || !quantize || !input.hasOneUse()) {
    addUnary(op, kernels::Op::Copy, params);
    return;
  }
  // The quantization writes its codes where they are wanted.
  Call &call = *callThatWrites(tensorOf(input));
  auto &border = std::get<qrt_border>(call.problem.params);
  border.batch = static_cast<int32_t>(rotation->outer);
  border.channels = static_cast<int32_t>(rotation->rows);
  border.pixels = static_cast<int32_t>(rotation->columns);
  call.operands.back() = Operand::write(define(op->getResult(0)));
  call.source += " + " + sourceNames(op);
}

void Lowering::lowerDequantize(q::DequantizeOp op) {
  qrt_border border = q::params(op);
  auto transpose = op.getInput().getDefiningOp<q::TransposeOp>();
  std::optional<Rotation> rotation;
  if (transpose && op.getInput().hasOneUse())
    rotation = rotationOf(shapeOf(transpose.getInput()), transpose.getPerm());
  auto copy = callThatWrites(tensorOf(op.getInput()));
  if (!rotation || copy == program.calls.end() ||
      copy->problem.op != kernels::Op::Copy) {
    addUnary(op, kernels::Op::Dequantize, border);
    return;
  }
  // Instead of the copy's codes it reads those the copy would read.
  const std::string source = copy->source;
  program.calls.erase(copy);
  ids[op.getInput()] = tensorOf(transpose.getInput());
  border.batch = static_cast<int32_t>(rotation->outer);
  border.pixels = static_cast<int32_t>(rotation->rows);
  border.channels = static_cast<int32_t>(rotation->columns);
  Call &call = addUnary(op, kernels::Op::Dequantize, border);
  call.source = source + " + " + call.source;
}

void Lowering::lowerResize(q::ResizeOp op) {
  const q::ResizeTables tables = q::resizeTables(
      op.getMode(), op.getCoordinates(), op.getRounding(), op.getScales(),
      shapeOf(op.getInput()), shapeOf(op.getOutput()));
  const bool nearest = op.getMode() == "nearest";
  std::vector<Operand> indices;
  auto add = [&](StringRef what, const std::vector<int32_t> &values) {
    indices.push_back(Operand::read(
        addConstant<int32_t>(op, what, {int64_t(values.size())}, values)));
  };
  add("rows", tables.row);
  if (!nearest)
    add("row_weights", tables.rowWeight);
  add("columns", tables.col);
  if (!nearest)
    add("column_weights", tables.colWeight);
  Call &call = addUnary(
      op, nearest ? kernels::Op::ResizeNearest : kernels::Op::ResizeBilinear,
      q::params(op));
  call.operands.insert(call.operands.begin(), indices.begin(), indices.end());
}

} // namespace quench::place
