// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One overload of `kernelOf` per family of q ops. Each keeps the parameters and
// calls the reference kernel; none computes anything itself.

#include "compiler/interpret/IntegerKernels.h"

#include "dialects/nn/Elements.h"
#include "dialects/q/Params.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cstring>

using namespace mlir;

namespace quench::interpret {
namespace {

const int8_t *codes(const Tensor *tensor) {
  return tensor ? tensor->data<int8_t>().data() : nullptr;
}
const int32_t *words(const Tensor *tensor) {
  return tensor ? tensor->data<int32_t>().data() : nullptr;
}
const float *floats(const Tensor *tensor) {
  return tensor->data<float>().data();
}
int8_t *codes(Tensor &tensor) { return tensor.data<int8_t>().data(); }

//===----------------------------------------------------------------------===//
// Convolutions and matrix products. Operands: input, filter, bias, residual.
//===----------------------------------------------------------------------===//

Kernel kernelOf(q::Conv2DOp op) {
  const qrt_conv2d p = q::params(op);
  const std::vector<float> mul = q::multipliers(op.getMultiplier(), p.out_c);
  // Operands that are there, so that absent ones shift nothing.
  const bool hasBias = bool(op.getBias()), hasResidual = bool(op.getResidual());
  return [=](Inputs in, Tensor &out) {
    const Tensor *bias = hasBias ? in[2] : nullptr;
    const Tensor *residual = hasResidual ? in[hasBias ? 3 : 2] : nullptr;
    qrt_ref_conv2d_s8(&p, codes(in[0]), codes(in[1]), words(bias), mul.data(),
                      codes(residual), codes(out));
  };
}

Kernel kernelOf(q::LinearOp op) {
  const qrt_conv2d p = q::params(op);
  const std::vector<float> mul = q::multipliers(op.getMultiplier(), p.out_c);
  return [=](Inputs in, Tensor &out) {
    qrt_ref_conv2d_s8(&p, codes(in[0]), codes(in[1]),
                      words(in.size() > 2 ? in[2] : nullptr), mul.data(),
                      nullptr, codes(out));
  };
}

Kernel kernelOf(q::ConvTranspose2DOp op) {
  const qrt_conv2d p = q::params(op);
  const std::vector<float> mul = q::multipliers(op.getMultiplier(), p.out_c);
  return [=](Inputs in, Tensor &out) {
    qrt_ref_conv_transpose2d_s8(&p, codes(in[0]), codes(in[1]),
                                words(in.size() > 2 ? in[2] : nullptr),
                                mul.data(), codes(out));
  };
}

//===----------------------------------------------------------------------===//
// Kernels of the shapes (p, a, b, y) and (p, x, y)
//===----------------------------------------------------------------------===//

template <class Params>
Kernel binary(Params p, void (*kernel)(const Params *, const int8_t *,
                                       const int8_t *, int8_t *)) {
  return [=](Inputs in, Tensor &out) {
    kernel(&p, codes(in[0]), codes(in[1]), codes(out));
  };
}

template <class Params>
Kernel unary(Params p,
             void (*kernel)(const Params *, const int8_t *, int8_t *)) {
  return [=](Inputs in, Tensor &out) { kernel(&p, codes(in[0]), codes(out)); };
}

Kernel lookup(qrt_lut p, std::vector<int8_t> table) {
  return [=](Inputs in, Tensor &out) {
    qrt_ref_lut_s8(&p, codes(in[0]), table.data(), codes(out));
  };
}

Kernel kernelOf(q::MatMulOp op) {
  return binary(q::params(op), qrt_ref_matmul_s8);
}
Kernel kernelOf(q::AddOp op) { return binary(q::params(op), qrt_ref_add_s8); }
Kernel kernelOf(q::SubOp op) { return binary(q::params(op), qrt_ref_add_s8); }
Kernel kernelOf(q::MulOp op) { return binary(q::params(op), qrt_ref_mul_s8); }
Kernel kernelOf(q::LutOp op) {
  return lookup(q::params(op), nn::elementValues<int8_t>(op.getTable()));
}
Kernel kernelOf(q::RequantizeOp op) {
  return lookup(q::params(op),
                q::requantizeTable(q::actParams(op.getInput().getType()),
                                   q::actParams(op.getType())));
}
Kernel kernelOf(q::MaxPool2DOp op) {
  return unary(q::params(op), qrt_ref_max_pool2d_s8);
}
Kernel kernelOf(q::AvgPool2DOp op) {
  return unary(q::params(op), qrt_ref_avg_pool2d_s8);
}
Kernel kernelOf(q::ReduceMeanOp op) {
  return unary(q::params(op), qrt_ref_reduce_sum_s8);
}
Kernel kernelOf(q::ReduceSumOp op) {
  return unary(q::params(op), qrt_ref_reduce_sum_s8);
}
Kernel kernelOf(q::ReduceMaxOp op) {
  return unary(q::params(op), qrt_ref_reduce_max_s8);
}
Kernel kernelOf(q::ArgMaxOp op) {
  const qrt_reduce p = q::params(op);
  const int32_t selectLast = op.getSelectLast();
  return [=](Inputs in, Tensor &out) {
    qrt_ref_arg_max_s8(&p, selectLast, codes(in[0]),
                       out.data<int64_t>().data());
  };
}

//===----------------------------------------------------------------------===//
// Movement and border
//===----------------------------------------------------------------------===//

Kernel copy(qrt_copy p) {
  return [=](Inputs in, Tensor &out) {
    qrt_ref_copy(&p, codes(in[0]), codes(out));
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
      qrt_ref_copy(&part, codes(x), codes(out));
  };
}

Kernel kernelOf(q::PadOp op) {
  const q::PadSteps steps = q::padSteps(op);
  return [=](Inputs in, Tensor &out) {
    if (steps.fill)
      qrt_ref_fill_s8(int32_t(out.numElements()), steps.code, codes(out));
    const int8_t *from = codes(in[0]);
    for (const qrt_copy &step : steps.copies) {
      qrt_ref_copy(&step, from, codes(out));
      from = codes(out);
    }
  };
}

Kernel kernelOf(q::ResizeOp op) {
  const qrt_resize2d p = q::params(op);
  const q::ResizeTables t = q::resizeTables(
      op.getMode(), op.getCoordinates(), op.getRounding(), op.getScales(),
      shapeOf(op.getInput()), shapeOf(op.getOutput()));
  const bool nearest = op.getMode() == "nearest";
  return [=](Inputs in, Tensor &out) {
    if (nearest)
      qrt_ref_resize_nearest_s8(&p, t.row.data(), t.col.data(), codes(in[0]),
                                codes(out));
    else
      qrt_ref_resize_bilinear_s8(&p, t.row.data(), t.rowWeight.data(),
                                 t.col.data(), t.colWeight.data(), codes(in[0]),
                                 codes(out));
  };
}

Kernel kernelOf(q::QuantizeOp op) {
  const qrt_border p = q::params(op);
  return [=](Inputs in, Tensor &out) {
    qrt_ref_quantize_f32_s8(&p, floats(in[0]), codes(out));
  };
}

Kernel kernelOf(q::DequantizeOp op) {
  const qrt_border p = q::params(op);
  return [=](Inputs in, Tensor &out) {
    qrt_ref_dequantize_s8_f32(&p, codes(in[0]), out.data<float>().data());
  };
}

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
  const bool wide = attr.getElementType().isInteger(32);
  Tensor tensor(wide ? ElementKind::S32 : ElementKind::S8,
                shapeOf(constant.getOutput()));
  nn::withBytes(attr, [&](llvm::ArrayRef<char> bytes) {
    std::memcpy(tensor.bytes.data(), bytes.data(), bytes.size());
  });
  return tensor;
}

} // namespace quench::interpret
