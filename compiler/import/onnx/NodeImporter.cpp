// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operands, ops and results of one node.

#include "compiler/import/onnx/NodeImporter.h"

#include "dialects/nn/Elements.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

using namespace mlir;
using namespace quench;
using namespace quench::importer;

NodeImporter::NodeImporter(Node &node, ImportState &state)
    : node(node), state(state),
      location(NameLoc::get(state.builder.getStringAttr(node.name()))) {
  for (size_t i = 0; i < node.numInputs(); ++i) {
    // Names were resolved before, so that every name has a tensor.
    Tensor *tensor = node.input(i).empty()
                         ? nullptr
                         : state.tensors.find(node.input(i))->second.get();
    inputs.push_back(tensor);
    const bool constant = tensor && tensor->kind == Tensor::Kind::Constant;
    constants.push_back(constant ? &tensor->host : nullptr);
  }
}

float NodeImporter::scalarInput(size_t i, StringRef what, float otherwise) {
  if (!input(i))
    return otherwise;
  const HostTensor *tensor = constInput(i, what);
  if (!tensor)
    return otherwise;
  if (tensor->size() != 1) {
    reject(what + " expects one number, but is " + info(tensor->type()).name +
           " " + toString(tensor->shape()));
    return otherwise;
  }
  return tensor->asDouble(0);
}

bool NodeImporter::charge(int64_t bytes) {
  if (bytes <= state.budgetBytes) {
    state.budgetBytes -= bytes;
    return true;
  }
  reject("constants exceed the limit of " + Twine(state.limits.maxFoldedBytes) +
         " bytes");
  return false;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// The place of ONNX axis `axis` in a layout.
static int64_t placeOf(DimsRef perm, int64_t axis) {
  return llvm::find(perm, axis) - perm.begin();
}

Value NodeImporter::inLayout(Tensor &tensor, DimsRef perm) {
  switch (tensor.kind) {
  case Tensor::Kind::Failed:
    reject("its input '" + tensor.name + "' could not be imported");
    return {};
  case Tensor::Kind::Constant:
  case Tensor::Kind::QuantConstant: {
    const int64_t axis = tensor.quant ? placeOf(perm, tensor.quant->axis) : 0;
    return arrangedConstant(tensor, tensor.shape, perm,
                            permuted(tensor.shape, perm), axis);
  }
  case Tensor::Kind::Activation:
    break;
  }
  if (perm == DimsRef(tensor.perm))
    return tensor.value;
  for (auto &[layout, copy] : tensor.copies)
    if (perm == DimsRef(layout))
      return copy;
  Location at = NameLoc::get(builder().getStringAttr(tensor.name));
  Value value =
      sameElementOrder(tensor.shape, tensor.perm, perm)
          ? reshape(tensor.value, permuted(tensor.shape, perm))
          : emit(nn::TransposeOp::getOperationName(), tensor.value,
                 attr("perm", conversion(tensor.perm, perm)), {}, &at);
  if (value)
    tensor.copies.push_back({Perm(perm), value});
  return value;
}

Tensor NodeImporter::withRank(Tensor &tensor, int64_t rank) {
  Tensor result = tensor;
  const int64_t added = rank - tensor.rank();
  if (added <= 0)
    return result;
  result.copies.clear();
  result.shape.insert(result.shape.begin(), added, 1);
  if (result.quant)
    result.quant->axis += added;
  if (!tensor.isActivation()) {
    result.host = tensor.host.reshaped(result.shape);
    return result;
  }
  // The new axes stand in front in memory, too.
  for (int64_t &axis : result.perm)
    axis += added;
  const Perm front = identityPerm(added);
  result.perm.insert(result.perm.begin(), front.begin(), front.end());
  result.value = reshape(tensor.value, permuted(result.shape, result.perm));
  if (!result.value)
    result.kind = Tensor::Kind::Failed;
  return result;
}

Value NodeImporter::floatConstant(DimsRef shape, ArrayRef<float> values,
                                  StringRef name) {
  auto type = RankedTensorType::get(shape, builder().getF32Type());
  Location at = NameLoc::get(builder().getStringAttr(name));
  return emit(nn::ConstantOp::getOperationName(), {},
              builder().getNamedAttr(
                  "value", nn::makeElements<float>(type, values, name)),
              type, &at);
}

Value NodeImporter::constantValue(const HostTensor &host,
                                  const std::optional<Quantization> &quant,
                                  int64_t axis, StringRef name) {
  if (host.size() == 0) {
    reject("constant '" + name + "' has no elements");
    return {};
  }
  if (!quant) {
    if (host.type() == DType::F32)
      return floatConstant(host.shape(), host.values<float>(), name);
    reject("constant '" + name + "' has element type " +
           info(host.type()).name + ", but float32 is expected");
    return {};
  }
  Type qtype = quantizedType(node, *quant, axis, builder().getContext());
  if (!qtype)
    return {};
  Location at = NameLoc::get(builder().getStringAttr(name));
  const bool bias = quant->codes == DType::I32;
  auto codesType = RankedTensorType::get(
      host.shape(), builder().getIntegerType(bias ? 32 : 8));
  ElementsAttr codes;
  if (bias) {
    codes = nn::makeElements<int32_t>(codesType, host.values<int32_t>(), name);
  } else {
    std::vector<int8_t> values = host.values<int8_t>();
    if (quant->codes == DType::U8)
      for (int8_t &value : values) // u8 code - 128, as a flip of the top bit
        value = static_cast<int8_t>(static_cast<uint8_t>(value) ^ 0x80);
    codes = nn::makeElements<int8_t>(codesType, values, name);
  }
  return emit(qf::ConstantOp::getOperationName(), {},
              {builder().getNamedAttr("codes", codes),
               builder().getNamedAttr("qtype", TypeAttr::get(qtype))},
              RankedTensorType::get(host.shape(), builder().getF32Type()), &at);
}

Value NodeImporter::arrangedConstant(Tensor &tensor, DimsRef from, DimsRef perm,
                                     DimsRef to, int64_t axis, float factor) {
  if (tensor.quant && factor != 1) {
    reject("a scaled quantized constant is not supported");
    return {};
  }
  std::string key = tensor.name + "|" + toString(from) + "|" + toString(perm) +
                    "|" + toString(to) + "|" + std::to_string(axis) + "|" +
                    std::to_string(llvm::bit_cast<uint32_t>(factor));
  Value &known = state.constants[key];
  if (known)
    return known;
  // The bytes of the host copy and those of the attribute.
  if (!charge(2 * tensor.host.size() * tensor.host.width()))
    return {};
  HostTensor host = transposed(tensor.host.reshaped(from), perm).reshaped(to);
  if (factor != 1) {
    HostTensor scaled(host.type(), host.shape());
    for (int64_t i = 0; i < host.size(); ++i)
      scaled.setDouble(i, factor * host.asDouble(i));
    host = scaled;
  }
  known = constantValue(host, tensor.quant, axis, tensor.name);
  return known;
}

Value NodeImporter::vectorConstant(Tensor &tensor, int64_t count,
                                   StringRef what, float factor) {
  if (tensor.kind != Tensor::Kind::Constant &&
      tensor.kind != Tensor::Kind::QuantConstant) {
    reject(what + " must be a constant");
    return {};
  }
  const int64_t size = tensor.host.size();
  if (size == count)
    return arrangedConstant(tensor, {count}, {0}, {count}, 0, factor);
  if (size != 1 || tensor.quant || tensor.host.type() != DType::F32) {
    reject(what + " expects " + Twine(count) + " elements, but has shape " +
           toString(tensor.shape));
    return {};
  }
  if (!charge(count * 4))
    return {};
  const float value = factor * static_cast<float>(tensor.host.asDouble(0));
  return floatConstant({count}, std::vector<float>(count, value), tensor.name);
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

Value NodeImporter::emit(StringRef name, ValueRange operands,
                         ArrayRef<NamedAttribute> attrs, Type type,
                         Location *at) {
  if (rejected())
    return {};
  for (Value operand : operands)
    if (!operand)
      return {};
  // What inference and verifiers say becomes the reason of this node.
  ScopedDiagnosticHandler handler(builder().getContext(),
                                  [&](Diagnostic &diag) {
                                    reject(diag.str());
                                    return success();
                                  });
  OperationState opState(at ? *at : location, name);
  opState.addOperands(operands);
  opState.addAttributes(attrs);
  opState.addTypes(type ? type : builder().getNoneType());
  Operation *op = builder().create(opState);
  if (!type) {
    auto inferable = cast<InferTypeOpInterface>(op);
    SmallVector<Type> types;
    if (succeeded(inferable.inferReturnTypes(
            op->getContext(), op->getLoc(), op->getOperands(),
            op->getAttrDictionary(), op->getPropertiesStorage(),
            op->getRegions(), types)))
      op->getResult(0).setType(types.front());
    else
      reject("operands do not fit '" + name + "'");
  }
  if (!rejected() && failed(verify(op, /*verifyRecursively=*/false)))
    reject("'" + name + "' does not verify");
  if (rejected()) {
    op->erase();
    return {};
  }
  return op->getResult(0);
}

Value NodeImporter::reshape(Value value, DimsRef shape) {
  if (!value || rejected())
    return {};
  if (auto producer = value.getDefiningOp<nn::ReshapeOp>())
    value = producer.getInput();
  if (shapeOf(value) == shape)
    return value;
  return emit<nn::ReshapeOp>(
      value, {},
      RankedTensorType::get(
          shape, cast<RankedTensorType>(value.getType()).getElementType()));
}

NamedAttribute NodeImporter::attr(StringRef name, DimsRef values) {
  return builder().getNamedAttr(name, builder().getDenseI64ArrayAttr(values));
}
NamedAttribute NodeImporter::attr(StringRef name, int64_t value) {
  return builder().getNamedAttr(name, builder().getI64IntegerAttr(value));
}
NamedAttribute NodeImporter::attr(StringRef name, float value) {
  return builder().getNamedAttr(name, builder().getF32FloatAttr(value));
}
NamedAttribute NodeImporter::attr(StringRef name, StringRef value) {
  return builder().getNamedAttr(name, builder().getStringAttr(value));
}
NamedAttribute NodeImporter::flag(StringRef name, bool value) {
  return builder().getNamedAttr(name, builder().getBoolAttr(value));
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void NodeImporter::result(size_t i, Tensor tensor) {
  if (rejected() || node.output(i).empty())
    return;
  tensor.name = node.output(i).str();
  state.tensors[node.output(i)] = std::make_unique<Tensor>(std::move(tensor));
}

void NodeImporter::result(size_t i, Value value, DimsRef perm, DType type) {
  if (rejected() || !value)
    return;
  Tensor tensor;
  tensor.kind = Tensor::Kind::Activation;
  tensor.type = type;
  tensor.shape = permuted(shapeOf(value), inversePerm(perm));
  tensor.value = value;
  tensor.perm = Perm(perm);
  result(i, std::move(tensor));
}

void NodeImporter::result(size_t i, HostTensor host) {
  Tensor tensor;
  tensor.kind = Tensor::Kind::Constant;
  tensor.type = host.type();
  tensor.shape = Dims(host.shape());
  tensor.host = std::move(host);
  result(i, std::move(tensor));
}

void NodeImporter::expectUnused(size_t i, StringRef what) {
  if (!node.output(i).empty() && state.used.contains(node.output(i)))
    reject("output " + Twine(i) + " (" + what + ") is not supported");
}
