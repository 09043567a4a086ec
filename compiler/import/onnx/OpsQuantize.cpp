// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QuantizeLinear and DequantizeLinear. A pair on an activation becomes one
// qf.fake_quant, where Quantize stands; Dequantize of a constant becomes a
// qf.constant with the very codes of the file.

#include "compiler/import/onnx/Elementwise.h"
#include "compiler/import/onnx/OpTable.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::importer;

Type quench::importer::quantizedType(Node &node, const Quantization &quant,
                                     int64_t axis, MLIRContext *context) {
  const bool bias = quant.codes == DType::I32;
  const unsigned width = bias ? 32 : 8;
  const int64_t low = bias ? INT32_MIN : -128, high = bias ? INT32_MAX : 127;
  const int64_t shift = quant.codes == DType::U8 ? 128 : 0;
  Type storage = IntegerType::get(context, width);
  Type real = Float32Type::get(context);
  if (!quant.perChannel())
    return mlir::quant::UniformQuantizedType::get(
        mlir::quant::QuantizationFlags::Signed, storage, real, quant.scales[0],
        quant.zeros[0] - shift, low, high);
  SmallVector<double> scales(quant.scales.begin(), quant.scales.end());
  SmallVector<int64_t> zeros;
  for (int32_t zero : quant.zeros)
    zeros.push_back(zero - shift);
  return mlir::quant::UniformQuantizedPerAxisType::get(
      mlir::quant::QuantizationFlags::Signed, storage, real, scales, zeros,
      axis, low, high);
}

/// Reads scale and zero point of codes of `type` in a tensor of `shape`.
static std::optional<Quantization>
readQuantization(NodeImporter &n, std::optional<DType> type, DimsRef shape) {
  const HostTensor *scale = n.constInput(1, "the scale");
  const HostTensor *zero =
      n.input(2) ? n.constInput(2, "the zero point") : nullptr;
  const int64_t axis = n.node.intAttr("axis", 1);
  if (n.node.intAttr("block_size", 0) != 0)
    n.reject("block-wise quantization is not supported");
  // The type of a zero point, if there is one, says what the codes are.
  const int64_t output = n.node.intAttr("output_dtype", 0);
  if (!type)
    type = zero          ? zero->type()
           : output == 0 ? DType::U8
                         : dtypeFromOnnx(int32_t(output));
  if (n.rejected())
    return std::nullopt;
  if (!type ||
      (*type != DType::I8 && *type != DType::U8 && *type != DType::I32)) {
    n.reject(Twine("codes of type ") + (type ? info(*type).name : "that kind") +
             " are not supported; int8 or uint8 is expected");
    return std::nullopt;
  }
  if (scale->type() != DType::F32 || scale->rank() > 1 ||
      (zero && (zero->type() != *type || zero->size() != scale->size()))) {
    n.reject("scale and zero point expect one float32 and one code, or as "
             "many as there are channels");
    return std::nullopt;
  }
  Quantization quant;
  quant.codes = *type;
  if (scale->size() != 1) {
    quant.axis = n.node.normalizeAxis(axis, shape.size());
    if (!n.rejected() && scale->size() != shape[quant.axis])
      n.reject("expects " + Twine(shape[quant.axis]) + " scales for axis " +
               Twine(quant.axis) + ", but has " + Twine(scale->size()));
    if (n.rejected())
      return std::nullopt;
  }
  quant.scales = scale->values<float>();
  for (int64_t i = 0; i < scale->size(); ++i) {
    quant.zeros.push_back(zero ? zero->asInt(i) : 0);
    if (!(quant.scales[i] > 0) || !std::isnormal(quant.scales[i]))
      n.reject("scale expects positive normal numbers, but has " +
               toString(quant.scales[i]));
    if (*type == DType::I32 && quant.zeros[i] != 0)
      n.reject("int32 codes expect zero point 0, but have " +
               Twine(quant.zeros[i]));
  }
  if (n.rejected())
    return std::nullopt;
  return quant;
}

void quench::importer::importQuantizeLinear(NodeImporter &n) {
  Tensor &input = *n.input(0);
  n.node.ignoreAttr("saturate"); // of float8 only
  std::optional<Quantization> quant =
      readQuantization(n, std::nullopt, input.shape);
  if (!quant)
    return;
  if (quant->perChannel() || quant->codes == DType::I32)
    return n.reject("activations are quantized to 8 bits per tensor only");
  const Perm perm = layoutOf(input);
  Value x = n.inLayout(input, perm);
  if (!x)
    return;
  // Named after the tensor, so that reports of both levels meet.
  Location at = NameLoc::get(n.builder().getStringAttr(input.name));
  Type type = quantizedType(n.node, *quant, 0, n.builder().getContext());
  Value y = n.emit(qf::FakeQuantOp::getOperationName(), x,
                   n.builder().getNamedAttr("qtype", TypeAttr::get(type)),
                   x.getType(), &at);
  if (!y)
    return;
  Tensor codes;
  codes.kind = Tensor::Kind::Activation;
  codes.type = quant->codes;
  codes.shape = input.shape;
  codes.value = y;
  codes.perm = perm;
  codes.quant = std::move(quant);
  n.result(0, std::move(codes));
}

void quench::importer::importDequantizeLinear(NodeImporter &n) {
  Tensor &input = *n.input(0);
  if (input.kind == Tensor::Kind::QuantConstant ||
      (input.isActivation() && !input.quant))
    return n.reject("expects codes, but its input is float");
  std::optional<Quantization> quant =
      readQuantization(n, input.type, input.shape);
  if (!quant)
    return;
  Tensor real = input;
  real.type = DType::F32;
  if (input.isActivation()) {
    if (!(*quant == *input.quant))
      return n.reject("scale or zero point differs from that of the "
                      "QuantizeLinear before it");
    real.quant.reset();
  } else {
    real.kind = Tensor::Kind::QuantConstant;
    real.quant = std::move(quant);
  }
  n.result(0, std::move(real));
}
