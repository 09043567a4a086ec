// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One overload of `kernelOf` per family of q ops. Each keeps the parameters and
// calls the reference kernel for the widths of its codes; none computes
// anything itself.

#include "compiler/interpret/IntegerKernels.h"

#include "dialects/nn/Elements.h"
#include "dialects/q/Params.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cstring>

using namespace mlir;

namespace quench::interpret {
namespace {

template <typename Code>
const Code *codes(const Tensor *tensor) {
  return tensor ? tensor->data<Code>().data() : nullptr;
}
template <typename Code>
Code *codes(Tensor &tensor) {
  return tensor.data<Code>().data();
}
const int32_t *words(const Tensor *tensor) {
  return tensor ? tensor->data<int32_t>().data() : nullptr;
}
const float *floats(const Tensor *tensor) {
  return tensor->data<float>().data();
}

//===----------------------------------------------------------------------===//
// Widths. `make` is called with the kernel for the codes at hand, and its types
// say how to read the tensors.
//===----------------------------------------------------------------------===//

bool isWide(Value value) { return q::isWide(value.getType()); }

template <class Make, class S8, class S8S16, class S16S8, class S16>
Kernel choose(Value x, Value y, Make make, S8 s8, S8S16 s8s16, S16S8 s16s8,
              S16 s16) {
  if (isWide(x))
    return isWide(y) ? make(s16) : make(s16s8);
  return isWide(y) ? make(s8s16) : make(s8);
}

#define UNARY(OP)                                                              \
  qrt_ref_##OP##_s8, qrt_ref_##OP##_s8_s16, qrt_ref_##OP##_s16_s8,             \
      qrt_ref_##OP##_s16

/// Of kernels with one more operand: chosen by the second, then as above.
#define BINARY(OP, A, B, Y, MAKE)                                              \
  (isWide(B) ? choose(A, Y, MAKE, qrt_ref_##OP##_s8_s16_s8,                    \
                      qrt_ref_##OP##_s8_s16_s16, qrt_ref_##OP##_s16_s16_s8,    \
                      qrt_ref_##OP##_s16)                                      \
             : choose(A, Y, MAKE, qrt_ref_##OP##_s8, qrt_ref_##OP##_s8_s8_s16, \
                      qrt_ref_##OP##_s16_s8_s8, qrt_ref_##OP##_s16_s8_s16))

//===----------------------------------------------------------------------===//
// Convolutions and matrix products. Operands: input, filter, bias, residual.
//===----------------------------------------------------------------------===//

struct Filtered {
  qrt_conv2d params;
  std::vector<float> mul;
  // Operands that are there, so that absent ones shift nothing.
  bool hasBias, hasResidual = false;

  const Tensor *bias(Inputs in) const { return hasBias ? in[2] : nullptr; }
  const Tensor *residual(Inputs in) const {
    return hasResidual ? in[hasBias ? 3 : 2] : nullptr;
  }
};

template <class Op>
Filtered filteredOf(Op op) {
  const qrt_conv2d p = q::params(op);
  return {p, q::multipliers(op.getMultiplier(), p.out_c), bool(op.getBias())};
}

template <class X, class Y>
Kernel filtered(Filtered f,
                void (*kernel)(const qrt_conv2d *, const X *, const int8_t *,
                               const void *, const float *, const Y *, Y *)) {
  return [=](Inputs in, Tensor &out) {
    kernel(&f.params, codes<X>(in[0]), codes<int8_t>(in[1]), words(f.bias(in)),
           f.mul.data(), codes<Y>(f.residual(in)), codes<Y>(out));
  };
}

template <class X, class Y>
Kernel filtered(Filtered f,
                void (*kernel)(const qrt_conv2d *, const X *, const int8_t *,
                               const void *, const float *, Y *)) {
  return [=](Inputs in, Tensor &out) {
    kernel(&f.params, codes<X>(in[0]), codes<int8_t>(in[1]), words(f.bias(in)),
           f.mul.data(), codes<Y>(out));
  };
}

Kernel kernelOf(q::Conv2DOp op) {
  Filtered f = filteredOf(op);
  f.hasResidual = bool(op.getResidual());
  return choose(
      op.getInput(), op.getOutput(),
      [&](auto kernel) { return filtered(f, kernel); }, UNARY(conv2d));
}

Kernel kernelOf(q::LinearOp op) {
  const Filtered f = filteredOf(op);
  return choose(
      op.getInput(), op.getOutput(),
      [&](auto kernel) { return filtered(f, kernel); }, UNARY(conv2d));
}

Kernel kernelOf(q::ConvTranspose2DOp op) {
  const Filtered f = filteredOf(op);
  return choose(
      op.getInput(), op.getOutput(),
      [&](auto kernel) { return filtered(f, kernel); },
      UNARY(conv_transpose2d));
}

//===----------------------------------------------------------------------===//
// Kernels of the shapes (p, a, b, y), (p, x, y) and (p, x, table, y)
//===----------------------------------------------------------------------===//

template <class Params, class A, class B, class Y>
Kernel binary(Params p,
              void (*kernel)(const Params *, const A *, const B *, Y *)) {
  return [=](Inputs in, Tensor &out) {
    kernel(&p, codes<A>(in[0]), codes<B>(in[1]), codes<Y>(out));
  };
}

template <class Params, class X, class Y>
Kernel unary(Params p, void (*kernel)(const Params *, const X *, Y *)) {
  return [=](Inputs in, Tensor &out) {
    kernel(&p, codes<X>(in[0]), codes<Y>(out));
  };
}

template <class Params, class X, class Entry, class Y>
Kernel lookup(Params p,
              void (*kernel)(const Params *, const X *, const Entry *, Y *),
              std::vector<Entry> table) {
  return [=](Inputs in, Tensor &out) {
    kernel(&p, codes<X>(in[0]), table.data(), codes<Y>(out));
  };
}

Kernel kernelOf(q::MatMulOp op) {
  auto make = [&](auto kernel) { return binary(q::params(op), kernel); };
  return BINARY(matmul, op.getLhs(), op.getRhs(), op.getOutput(), make);
}
template <class Op>
Kernel sum(Op op) {
  auto make = [&](auto kernel) { return binary(q::params(op), kernel); };
  return BINARY(add, op.getLhs(), op.getRhs(), op.getOutput(), make);
}
Kernel kernelOf(q::AddOp op) { return sum(op); }
Kernel kernelOf(q::SubOp op) { return sum(op); }
Kernel kernelOf(q::MulOp op) {
  auto make = [&](auto kernel) { return binary(q::params(op), kernel); };
  return BINARY(mul, op.getLhs(), op.getRhs(), op.getOutput(), make);
}

Kernel kernelOf(q::LutOp op) {
  ElementsAttr table = op.getTable();
  const bool wide = isWide(op.getOutput());
  if (isWide(op.getInput())) {
    const qrt_interpolate p = q::interpolateParams(op);
    std::vector<int32_t> entries = nn::elementValues<int32_t>(table);
    return wide ? lookup(p, qrt_ref_interpolate_s16, std::move(entries))
                : lookup(p, qrt_ref_interpolate_s16_s8, std::move(entries));
  }
  const qrt_lut p = q::params(op);
  return wide ? lookup(p, qrt_ref_lut_s8_s16, nn::elementValues<int16_t>(table))
              : lookup(p, qrt_ref_lut_s8, nn::elementValues<int8_t>(table));
}
Kernel kernelOf(q::RequantizeOp op) {
  const bool wide = isWide(op.getOutput());
  if (isWide(op.getInput())) {
    const qrt_rescale p = q::rescaleParams(op);
    return wide ? unary(p, qrt_ref_requantize_s16)
                : unary(p, qrt_ref_requantize_s16_s8);
  }
  const q::ActParams x = q::actParams(op.getInput().getType());
  const q::ActParams y = q::actParams(op.getType());
  const qrt_lut p = q::params(op);
  return wide ? lookup(p, qrt_ref_lut_s8_s16, q::requantizeTable<int16_t>(x, y))
              : lookup(p, qrt_ref_lut_s8, q::requantizeTable(x, y));
}

Kernel kernelOf(q::MaxPool2DOp op) {
  const qrt_pool2d p = q::params(op);
  return isWide(op.getInput()) ? unary(p, qrt_ref_max_pool2d_s16)
                               : unary(p, qrt_ref_max_pool2d_s8);
}
Kernel kernelOf(q::AvgPool2DOp op) {
  return choose(
      op.getInput(), op.getOutput(),
      [&](auto kernel) { return unary(q::params(op), kernel); },
      UNARY(avg_pool2d));
}
template <class Op>
Kernel reduction(Op op) {
  return choose(
      op.getInput(), op.getOutput(),
      [&](auto kernel) { return unary(q::params(op), kernel); },
      UNARY(reduce_sum));
}
Kernel kernelOf(q::ReduceMeanOp op) { return reduction(op); }
Kernel kernelOf(q::ReduceSumOp op) { return reduction(op); }
Kernel kernelOf(q::ReduceMaxOp op) {
  const qrt_reduce p = q::params(op);
  return isWide(op.getInput()) ? unary(p, qrt_ref_reduce_max_s16)
                               : unary(p, qrt_ref_reduce_max_s8);
}

template <class X>
Kernel argMax(q::ArgMaxOp op, void (*kernel)(const qrt_reduce *, int32_t,
                                             const X *, int64_t *)) {
  const qrt_reduce p = q::params(op);
  const int32_t selectLast = op.getSelectLast();
  return [=](Inputs in, Tensor &out) {
    kernel(&p, selectLast, codes<X>(in[0]), out.data<int64_t>().data());
  };
}
Kernel kernelOf(q::ArgMaxOp op) {
  return isWide(op.getInput()) ? argMax(op, qrt_ref_arg_max_s16)
                               : argMax(op, qrt_ref_arg_max_s8);
}

//===----------------------------------------------------------------------===//
// Movement and border
//===----------------------------------------------------------------------===//

Kernel copy(qrt_copy p) {
  return [=](Inputs in, Tensor &out) {
    qrt_ref_copy(&p, in[0]->bytes.data(), out.bytes.data());
  };
}
Kernel kernelOf(q::SliceOp op) { return copy(q::params(op)); }
Kernel kernelOf(q::TransposeOp op) { return copy(q::params(op)); }
Kernel kernelOf(q::ReshapeOp) {
  return [](Inputs in, Tensor &out) { out.bytes = in[0]->bytes; };
}

Kernel kernelOf(q::ConcatOp op) {
  std::vector<qrt_copy> parts;
  for (unsigned i = 0; i < op.getInputs().size(); ++i)
    parts.push_back(q::concatPart(op, i));
  return [=](Inputs in, Tensor &out) {
    for (auto [part, x] : llvm::zip_equal(parts, in))
      qrt_ref_copy(&part, x->bytes.data(), out.bytes.data());
  };
}

template <class Code>
Kernel pad(q::PadSteps steps, void (*fill)(int32_t, int32_t, Code *)) {
  return [=](Inputs in, Tensor &out) {
    if (steps.fill)
      fill(int32_t(out.numElements()), steps.code, codes<Code>(out));
    const uint8_t *from = in[0]->bytes.data();
    for (const qrt_copy &step : steps.copies) {
      qrt_ref_copy(&step, from, out.bytes.data());
      from = out.bytes.data();
    }
  };
}
Kernel kernelOf(q::PadOp op) {
  const q::PadSteps steps = q::padSteps(op);
  return isWide(op.getInput()) ? pad(steps, qrt_ref_fill_s16)
                               : pad(steps, qrt_ref_fill_s8);
}

template <class X>
Kernel resize(qrt_resize2d p, q::ResizeTables t,
              void (*nearest)(const qrt_resize2d *, const int32_t *,
                              const int32_t *, const X *, X *)) {
  return [=](Inputs in, Tensor &out) {
    nearest(&p, t.row.data(), t.col.data(), codes<X>(in[0]), codes<X>(out));
  };
}
template <class X, class Y>
Kernel resize(qrt_resize2d p, q::ResizeTables t,
              void (*bilinear)(const qrt_resize2d *, const int32_t *,
                               const int32_t *, const int32_t *,
                               const int32_t *, const X *, Y *)) {
  return [=](Inputs in, Tensor &out) {
    bilinear(&p, t.row.data(), t.rowWeight.data(), t.col.data(),
             t.colWeight.data(), codes<X>(in[0]), codes<Y>(out));
  };
}
Kernel kernelOf(q::ResizeOp op) {
  const qrt_resize2d p = q::params(op);
  const q::ResizeTables t = q::resizeTables(
      op.getMode(), op.getCoordinates(), op.getRounding(), op.getScales(),
      shapeOf(op.getInput()), shapeOf(op.getOutput()));
  if (op.getMode() == "nearest")
    return isWide(op.getInput()) ? resize(p, t, qrt_ref_resize_nearest_s16)
                                 : resize(p, t, qrt_ref_resize_nearest_s8);
  return choose(
      op.getInput(), op.getOutput(),
      [&](auto kernel) { return resize(p, t, kernel); },
      UNARY(resize_bilinear));
}

template <class Y>
Kernel quantize(qrt_border p,
                void (*kernel)(const qrt_border *, const float *, Y *)) {
  return
      [=](Inputs in, Tensor &out) { kernel(&p, floats(in[0]), codes<Y>(out)); };
}
Kernel kernelOf(q::QuantizeOp op) {
  const qrt_border p = q::params(op);
  return isWide(op.getOutput()) ? quantize(p, qrt_ref_quantize_f32_s16)
                                : quantize(p, qrt_ref_quantize_f32_s8);
}

template <class X>
Kernel dequantize(qrt_border p,
                  void (*kernel)(const qrt_border *, const X *, float *)) {
  return [=](Inputs in, Tensor &out) {
    kernel(&p, codes<X>(in[0]), out.data<float>().data());
  };
}
Kernel kernelOf(q::DequantizeOp op) {
  const qrt_border p = q::params(op);
  return isWide(op.getInput()) ? dequantize(p, qrt_ref_dequantize_s16_f32)
                               : dequantize(p, qrt_ref_dequantize_s8_f32);
}

#undef UNARY
#undef BINARY

} // namespace

FailureOr<Kernel> makeIntegerKernel(Operation *op) {
  return llvm::TypeSwitch<Operation *, FailureOr<Kernel>>(op)
      .Case<q::Conv2DOp, q::LinearOp, q::ConvTranspose2DOp, q::MatMulOp,
            q::AddOp, q::SubOp, q::MulOp, q::LutOp, q::RequantizeOp,
            q::MaxPool2DOp, q::AvgPool2DOp, q::ReduceMeanOp, q::ReduceSumOp,
            q::ReduceMaxOp, q::ArgMaxOp, q::SliceOp, q::TransposeOp,
            q::ReshapeOp, q::ConcatOp, q::PadOp, q::ResizeOp, q::QuantizeOp,
            q::DequantizeOp>(
          [](auto typed) -> FailureOr<Kernel> { return kernelOf(typed); })
      .Default([](Operation *other) -> FailureOr<Kernel> {
        return other->emitOpError("has no integer kernel in the interpreter");
      });
}

Tensor integerConstant(Operation *op) {
  auto constant = cast<q::ConstantOp>(op);
  ElementsAttr attr = constant.getCodes();
  const Type element = attr.getElementType();
  const ElementKind kind = element.isInteger(32)   ? ElementKind::S32
                           : element.isInteger(16) ? ElementKind::S16
                                                   : ElementKind::S8;
  Tensor tensor(kind, shapeOf(constant.getOutput()));
  nn::withBytes(attr, [&](llvm::ArrayRef<char> bytes) {
    std::memcpy(tensor.bytes.data(), bytes.data(), bytes.size());
  });
  return tensor;
}

} // namespace quench::interpret
