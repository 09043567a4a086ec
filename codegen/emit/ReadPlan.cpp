// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads a plan: buffers get identifiers, constants get offsets, equal parameter
// structs become one.

#include "codegen/emit/ReadPlan.h"

#include "codegen/emit/Names.h"
#include "codegen/kernels/Catalogue.h"
#include "dialects/nn/Elements.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <algorithm>

using namespace mlir;
using namespace quench;
using namespace quench::emit;

namespace {

/// Of the weights as a whole; its parts have their own.
constexpr int64_t blobAlignment = 64;

class PlanReader {
public:
  PlanReader(plan::ModelOp plan, StringRef prefix) : plan(plan) {
    model.prefix = identifier(
        std::string_view(prefix.empty() ? plan.getSymName() : prefix));
    model.macro = macroName(model.prefix);
    reserveEmittedNames(names, model.prefix);
  }

  FailureOr<Model> read();

private:
  LogicalResult readHeader();
  LogicalResult readBuffer(Operation *op);
  LogicalResult readCall(plan::CallOp call);
  LogicalResult readSplit(plan::CallOp call, Call &result);
  LogicalResult readBands(plan::CallOp call, Call &result);
  FailureOr<FieldValue> readValue(Operation *op, Attribute attr);
  FailureOr<size_t> internParams(plan::CallOp call);
  LogicalResult fill(Operation *op, Buffer &buffer, plan::BufferType type);

  plan::ModelOp plan;
  Model model;
  NameSet names, paramNames;
  llvm::DenseMap<mlir::Value, size_t> indexOf;
};

std::optional<Element> elementOf(Type type) {
  if (type.isF32())
    return Element::F32;
  if (type.isInteger(8))
    return Element::S8;
  if (type.isInteger(16))
    return Element::S16;
  if (type.isInteger(32))
    return Element::S32;
  if (type.isInteger(64))
    return Element::S64;
  return std::nullopt;
}

/// 0 where there is none, or one outside int32.
int64_t numberOf(DictionaryAttr attrs, StringRef name) {
  auto value = attrs.getAs<IntegerAttr>(name);
  return value && llvm::isInt<32>(value.getInt()) ? value.getInt() : 0;
}

LogicalResult PlanReader::readHeader() {
  model.source = plan.getSource().value_or("").str();
  model.sha256 = plan.getSha256().value_or("").str();
  model.options = plan.getOptions().value_or("").str();
  model.arenaBytes = plan.getArenaBytes();
  model.threads = static_cast<int64_t>(plan.getThreads().value_or(1));
  if (model.hasThreads())
    for (const char *name : {"pool", "qrt_threads"})
      names.reserve(name);
  for (Attribute attr : plan.getTargets()) {
    const StringRef name = cast<StringAttr>(attr).getValue();
    const targets::Target *target = targets::findTarget(std::string_view(name));
    if (!target)
      return plan.emitOpError("names an unknown target '") << name << "'";
    model.targets.push_back(target);
  }
  if (model.targets.empty())
    return plan.emitOpError("expects at least one target");
  if (auto crcs = plan->getAttrOfType<ArrayAttr>(selftestAttr))
    for (Attribute attr : crcs)
      if (auto crc = dyn_cast<IntegerAttr>(attr))
        model.selftestCrc.push_back(
            static_cast<uint32_t>(crc.getValue().getZExtValue()));
  return success();
}

LogicalResult PlanReader::fill(Operation *op, Buffer &buffer,
                               plan::BufferType type) {
  const std::optional<Element> element = elementOf(type.getElementType());
  if (!element)
    return op->emitOpError("has an element type that no kernel takes: ")
           << type.getElementType();
  buffer.element = *element;
  buffer.shape.assign(type.getShape().begin(), type.getShape().end());
  buffer.name = names.unique(buffer.sourceName);
  return success();
}

/// Scale and zero point, where the plan gives them.
template <typename OpT>
void readQuantization(OpT op, Buffer &buffer) {
  if (!op.getScaleAttr())
    return;
  buffer.quantized = true;
  buffer.scale = op.getScaleAttr().getValue().convertToFloat();
  buffer.zero = op.getZeroPoint().value_or(0);
  const bool wide = op.getBuffer().getType().getElementType().isInteger(16);
  buffer.min = wide ? INT16_MIN : INT8_MIN;
  buffer.max = wide ? INT16_MAX : INT8_MAX;
  if (auto range = op.getRange(); range && range->size() == 2) {
    buffer.min = (*range)[0];
    buffer.max = (*range)[1];
  }
}

LogicalResult PlanReader::readBuffer(Operation *op) {
  Buffer buffer;
  int64_t index = -1;
  if (auto input = dyn_cast<plan::InputOp>(op)) {
    buffer.kind = Buffer::Input;
    buffer.sourceName = input.getName().str();
    readQuantization(input, buffer);
    index = input.getIndex();
  } else if (auto output = dyn_cast<plan::OutputOp>(op)) {
    buffer.kind = Buffer::Output;
    buffer.sourceName = output.getName().str();
    readQuantization(output, buffer);
    index = output.getIndex();
  } else if (auto slot = dyn_cast<plan::SlotOp>(op)) {
    buffer.kind = Buffer::Slot;
    buffer.sourceName = slot.getName().str();
    buffer.offset = slot.getOffset();
    buffer.first = slot.getFirst();
    buffer.last = slot.getLast();
    buffer.isView = slot.getView();
    if (DictionaryAttr window = slot.getWindowAttr()) {
      buffer.windowStep = numberOf(window, "step");
      buffer.windowBefore = numberOf(window, "before");
      buffer.windowRows = numberOf(window, "rows");
      if (slot.getBuffer().getType().getShape().size() != 4 ||
          buffer.windowStep < 1 || buffer.windowRows < 1)
        return op->emitOpError("has no window: ") << window;
    }
    if (auto own = slot->getAttrOfType<DenseI64ArrayAttr>("quench.shape"))
      buffer.channelShape = own.asArrayRef().vec();
    if (auto scale = slot->getAttrOfType<FloatAttr>("quench.scale")) {
      buffer.quantized = true;
      buffer.scale = scale.getValue().convertToFloat();
    }
    if (auto zero = slot->getAttrOfType<IntegerAttr>("quench.zero_point"))
      buffer.zero = zero.getInt();
  } else {
    auto weights = cast<plan::WeightsOp>(op);
    buffer.kind = Buffer::Weights;
    buffer.sourceName = weights.getName().str();
    buffer.packing = weights.getPacking().str();
  }
  auto type = cast<plan::BufferType>(op->getResult(0).getType());
  if (failed(fill(op, buffer, type)))
    return failure();

  if (auto weights = dyn_cast<plan::WeightsOp>(op)) {
    nn::withBytes(weights.getValue(), [&](ArrayRef<char> bytes) {
      buffer.bytes.assign(bytes.begin(), bytes.end());
    });
    if (buffer.bytes.size() != buffer.byteSize())
      return op->emitOpError("expects ")
             << buffer.byteSize() << " bytes of value, found "
             << buffer.bytes.size();
    buffer.alignment = static_cast<int64_t>(
        weights.getAlignment().value_or(row(buffer.element).bytes));
    model.weightBytes = llvm::alignTo(model.weightBytes,
                                      static_cast<uint64_t>(buffer.alignment));
    buffer.offset = static_cast<int64_t>(model.weightBytes);
    model.weightBytes += buffer.bytes.size();
  }

  const size_t number = model.buffers.size();
  if (index >= 0) {
    std::vector<size_t> &list =
        buffer.kind == Buffer::Input ? model.inputs : model.outputs;
    if (list.size() <= static_cast<size_t>(index))
      list.resize(static_cast<size_t>(index) + 1, SIZE_MAX);
    if (list[static_cast<size_t>(index)] != SIZE_MAX)
      return op->emitOpError("has the index of another one: ") << index;
    list[static_cast<size_t>(index)] = number;
  }
  indexOf[op->getResult(0)] = number;
  model.buffers.push_back(std::move(buffer));
  return success();
}

FailureOr<FieldValue> PlanReader::readValue(Operation *op, Attribute attr) {
  FieldValue value;
  if (auto integer = dyn_cast<IntegerAttr>(attr)) {
    value.integer = integer.getInt();
    if (value.integer < INT32_MIN || value.integer > INT32_MAX)
      return op->emitOpError("has a parameter outside int32: ")
             << value.integer;
    return value;
  }
  if (auto real = dyn_cast<FloatAttr>(attr)) {
    value.kind = FieldValue::Real;
    value.real = static_cast<float>(real.getValueAsDouble());
    return value;
  }
  value.kind = FieldValue::List;
  auto append = [&](Attribute element) -> LogicalResult {
    FailureOr<FieldValue> inner = readValue(op, element);
    if (failed(inner))
      return failure();
    value.list.push_back(*inner);
    return success();
  };
  if (auto list = dyn_cast<ArrayAttr>(attr)) {
    for (Attribute element : list)
      if (failed(append(element)))
        return failure();
    return value;
  }
  return op->emitOpError("has a parameter that is neither number nor list: ")
         << attr;
}

bool equal(const FieldValue &a, const FieldValue &b) {
  return a.kind == b.kind && a.integer == b.integer &&
         llvm::bit_cast<uint32_t>(a.real) == llvm::bit_cast<uint32_t>(b.real) &&
         a.list.size() == b.list.size() &&
         std::equal(a.list.begin(), a.list.end(), b.list.begin(), equal);
}

FailureOr<size_t> PlanReader::internParams(plan::CallOp call) {
  ParamConstant constant;
  constant.type = findParamStruct(std::string_view(call.getParams()));
  if (!constant.type)
    return call.emitOpError("names an unknown parameter struct '")
           << call.getParams() << "'";
  for (Attribute attr : call.getFields()) {
    FailureOr<FieldValue> value = readValue(call, attr);
    if (failed(value))
      return failure();
    constant.fields.push_back(*value);
  }
  if (std::string why = checkFields(*constant.type, constant.fields);
      !why.empty())
    return call.emitOpError("has wrong fields for '")
           << call.getParams() << "': " << why;

  // The kernels of all targets compute the same problem: one constant.
  for (size_t i = model.params.size(); i-- > 0;)
    if (model.params[i].type == constant.type &&
        std::equal(constant.fields.begin(), constant.fields.end(),
                   model.params[i].fields.begin(), equal))
      return i;
  constant.name = paramNames.unique(call.getSource().str() + "_params");
  model.params.push_back(std::move(constant));
  return model.params.size() - 1;
}

LogicalResult PlanReader::readSplit(plan::CallOp op, Call &result) {
  DictionaryAttr given = op.getSplitAttr();
  if (!given || !model.hasThreads())
    return success();
  auto axis = given.getAs<StringAttr>("axis");
  const kernels::SplitRow *row = kernels::findSplit(
      kernels::findKernel(result.kernel)->op,
      axis ? std::string_view(axis.getValue()) : std::string_view());
  kernels::Split split;
  split.count = static_cast<int32_t>(numberOf(given, "count"));
  split.step = static_cast<int32_t>(numberOf(given, "step"));
  split.column = static_cast<int32_t>(numberOf(given, "column"));
  if (!row || split.count < 1 || split.step < 1 ||
      row->moves.size() != op.getPresent().size())
    return op.emitOpError("has a split that is none of its kernel's: ")
           << given;
  split.axis = row->axis;
  result.split = split;
  return success();
}

LogicalResult PlanReader::readBands(plan::CallOp op, Call &result) {
  DictionaryAttr given = op.getBandsAttr();
  if (!given)
    return success();
  auto axis = given.getAs<StringAttr>("axis");
  const kernels::SplitRow *row = kernels::findSplit(
      kernels::findKernel(result.kernel)->op,
      axis ? std::string_view(axis.getValue()) : std::string_view());
  kernels::Bands bands;
  bands.number = static_cast<int32_t>(numberOf(given, "number"));
  bands.count = static_cast<int32_t>(numberOf(given, "count"));
  bands.step = static_cast<int32_t>(numberOf(given, "step"));
  bands.ahead = static_cast<int32_t>(numberOf(given, "ahead"));
  // A worker cuts what a band has.
  if (!row || bands.number < 1 || bands.count < 1 || bands.step < 1 ||
      row->moves.size() != op.getPresent().size() ||
      (result.split && result.split->axis != row->axis))
    return op.emitOpError("has bands that are none of its kernel's: ") << given;
  bands.axis = row->axis;
  result.bands = bands;
  result.group = numberOf(given, "first");
  return success();
}

LogicalResult PlanReader::readCall(plan::CallOp op) {
  Call call;
  call.kernel = op.getKernel().str();
  call.step = op.getStep();
  call.variant = op.getVariant();
  call.source = op.getSource().str();
  call.why = op.getWhy().str();
  call.cost = op.getCost().convertToDouble();
  call.macs = op.getMacs();
  if (!kernels::findKernel(call.kernel))
    return op.emitOpError("names a kernel that is not in the catalogue: '")
           << call.kernel << "'";
  if (call.variant < -1 ||
      call.variant >= static_cast<int64_t>(model.targets.size()))
    return op.emitOpError("expects a variant from -1 to ")
           << model.targets.size() - 1 << ", found " << call.variant;
  if (call.step < 0)
    return op.emitOpError("expects a step from 0, found ") << call.step;
  if (failed(readSplit(op, call)) || failed(readBands(op, call)))
    return failure();

  if (!op.getParams().empty()) {
    FailureOr<size_t> params = internParams(op);
    if (failed(params))
      return failure();
    call.arguments.push_back({Argument::Params, *params, {}});
  }
  if (ArrayAttr leading = op.getLeadingAttr())
    for (Attribute attr : leading) {
      FailureOr<FieldValue> value = readValue(op, attr);
      if (failed(value))
        return failure();
      call.arguments.push_back({Argument::Number, 0, *value});
    }
  const OperandRange operands = op.getOperands();
  auto next = operands.begin();
  const ArrayRef<bool> pointers = op.getPresent();
  for (bool present : pointers) {
    if (!present) {
      call.arguments.push_back({Argument::Null, 0, {}});
      continue;
    }
    if (next == operands.end())
      return op.emitOpError("expects an operand for every present pointer");
    auto found = indexOf.find(*next++);
    if (found == indexOf.end())
      return op.emitOpError("has an operand that is no buffer of this model");
    call.arguments.push_back({Argument::Address, found->second, {}});
  }
  if (next != operands.end())
    return op.emitOpError("has more operands than present pointers");
  if (op.getScratchBytes()) {
    call.scratchBytes = static_cast<int64_t>(*op.getScratchBytes());
    call.arguments.push_back(
        {Argument::Scratch, static_cast<size_t>(*op.getScratchOffset()), {}});
  } else if (kernels::findKernel(call.kernel)->takesScratch()) {
    call.arguments.push_back({Argument::Null, 0, {}});
  }

  const size_t step = static_cast<size_t>(call.step);
  if (model.layerNames.size() <= step)
    model.layerNames.resize(step + 1);
  if (model.layerNames[step].empty())
    model.layerNames[step] = call.source;
  model.calls.push_back(std::move(call));
  return success();
}

FailureOr<Model> PlanReader::read() {
  if (failed(readHeader()))
    return failure();
  for (Operation &op : plan.getBody().front()) {
    LogicalResult result = success();
    if (auto call = dyn_cast<plan::CallOp>(op))
      result = readCall(call);
    else if (isa<plan::InputOp, plan::OutputOp, plan::SlotOp, plan::WeightsOp>(
                 op))
      result = readBuffer(&op);
    else
      result = op.emitOpError("has no place in a plan.model");
    if (failed(result))
      return failure();
  }
  model.weightBytes = llvm::alignTo(model.weightBytes, blobAlignment);
  for (const std::vector<size_t> *list : {&model.inputs, &model.outputs})
    if (llvm::is_contained(*list, SIZE_MAX))
      return plan.emitOpError("expects inputs and outputs numbered from 0 "
                              "without gaps");
  if (model.outputs.empty())
    return plan.emitOpError("expects at least one output");
  if (!model.selftestCrc.empty() &&
      model.selftestCrc.size() != model.outputs.size())
    return plan.emitOpError("expects one self-test sum for each of ")
           << model.outputs.size() << " outputs, found "
           << model.selftestCrc.size();
  // By step; within one, the order of the text is the order of execution.
  std::vector<Call> text = std::move(model.calls);
  std::vector<std::pair<int64_t, size_t>> order;
  for (auto [index, call] : llvm::enumerate(text))
    order.emplace_back(call.step, index);
  llvm::sort(order);
  model.calls.clear();
  for (auto [step, index] : order)
    model.calls.push_back(std::move(text[index]));
  return std::move(model);
}

} // namespace

FailureOr<Model> emit::readPlan(plan::ModelOp plan, StringRef prefix) {
  return PlanReader(plan, prefix).read();
}
