// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk over the nodes of a model.

#include "compiler/import/onnx/GraphImporter.h"

#include "onnx-ml.pb.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace quench;
using namespace quench::importer;

/// One nn.transpose or arrangement may copy a constant once or twice.
static constexpr int64_t copiesPerByte = 8;

static OwningOpRef<ModuleOp> makeModule(MLIRContext *context) {
  return ModuleOp::create(UnknownLoc::get(context));
}

GraphImporter::GraphImporter(Model &model, const OnnxImportOptions &options,
                             Location location, uint64_t fileBytes)
    : model(model), options(options), location(location),
      context(location.getContext()), module(makeModule(context)),
      state{OpBuilder(context),
            model,
            options.limits,
            options.limits.maxFoldedBytes + copiesPerByte * int64_t(fileBytes),
            {},
            {},
            {},
            0} {}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// "1x3x?x?", with the names of symbolic sizes.
static std::string shapeText(const Border &border) {
  return llvm::join(llvm::map_range(border.dims,
                                    [](const Border::Dim &dim) {
                                      return dim.size > 0
                                                 ? std::to_string(dim.size)
                                             : dim.symbol.empty() ? "?"
                                                                  : dim.symbol;
                                    }),
                    "x");
}

std::optional<Dims> GraphImporter::inputShape(const Border &input) {
  auto problem = [&](const Twine &why) {
    borderProblems.push_back(("input '" + input.name + "' " + why).str());
    return std::nullopt;
  };
  Dims shape;
  if (auto given = options.shapes.find(input.name);
      given != options.shapes.end()) {
    shape = Dims(given->second.begin(), given->second.end());
    if (input.hasShape && shape.size() != input.dims.size())
      return problem("has rank " + Twine(input.dims.size()) +
                     ", but the shape given for it is " + toString(shape));
  } else if (!input.hasShape) {
    return problem("has no shape: give one with --shape " + input.name +
                   "=...");
  } else {
    for (auto [axis, dim] : llvm::enumerate(input.dims)) {
      shape.push_back(dim.size);
      if (dim.size > 0)
        continue;
      if (axis != 0 || input.dims.size() < 2)
        return problem("has shape " + shapeText(input) +
                       ": give its sizes with --shape " + input.name + "=...");
      shape.back() = 1;
      remarks.push_back("input '" + input.name + "' of shape " +
                        shapeText(input) +
                        " is imported with batch 1; --shape " + input.name +
                        "=... sets another");
    }
  }
  const std::optional<int64_t> count = elementCount(shape);
  if (!count || *count < 1 || *count > options.limits.maxTensorElements ||
      int64_t(shape.size()) > options.limits.maxRank)
    return problem("has shape " + toString(shape) +
                   ", which is empty, negative or beyond the limit of " +
                   Twine(options.limits.maxTensorElements) + " elements");
  return shape;
}

void GraphImporter::importInputs() {
  for (const auto &[name, shape] : options.shapes)
    if (llvm::none_of(model.inputs(), [&, &name = name](const Border &input) {
          return input.name == name;
        }))
      borderProblems.push_back(
          "a shape is given for '" + name + "', but the inputs are " +
          llvm::join(llvm::map_range(model.inputs(),
                                     [](const Border &input) {
                                       return "'" + input.name + "'";
                                     }),
                     ", "));

  Block *block = function.addEntryBlock();
  for (const Border &input : model.inputs()) {
    auto tensor = std::make_unique<Tensor>();
    tensor->name = input.name;
    std::optional<Dims> shape = inputShape(input);
    if (shape && input.type != info(DType::F32).onnx) {
      borderProblems.push_back("input '" + input.name + "' has element type " +
                               onnxTypeName(input.type).str() +
                               ", but float32 is expected");
    } else if (shape) {
      auto type = RankedTensorType::get(*shape, Float32Type::get(context));
      tensor->kind = Tensor::Kind::Activation;
      tensor->shape = *shape;
      tensor->perm = identityPerm(shape->size());
      tensor->value = block->addArgument(
          type, NameLoc::get(StringAttr::get(context, input.name)));
    }
    state.tensors[input.name] = std::move(tensor);
  }
  state.builder.setInsertionPointToStart(block);
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// The node's name if it has one of its own, else that of its first output.
std::string GraphImporter::uniqueName(const ::onnx::NodeProto &proto) {
  if (!proto.name().empty() && nodeNames.insert(proto.name()).second)
    return proto.name();
  for (const std::string &output : proto.output())
    if (!output.empty())
      return output;
  return proto.op_type();
}

void GraphImporter::fail(StringRef name) {
  if (name.empty())
    return;
  auto tensor = std::make_unique<Tensor>();
  tensor->name = name.str();
  state.tensors[name] = std::move(tensor);
}

/// Decodes the initializers that a node is the first to use.
bool GraphImporter::resolveInitializers(Node &node) {
  for (size_t i = 0; i < node.numInputs(); ++i) {
    const StringRef name = node.input(i);
    const ::onnx::TensorProto *proto = model.initializer(name);
    if (!proto || state.tensors.count(name))
      continue;
    llvm::Expected<HostTensor> host = model.decode(*proto);
    if (!host) {
      node.reject(llvm::toString(host.takeError()));
      fail(name);
      continue;
    }
    if (proto->data_location() == ::onnx::TensorProto::EXTERNAL)
      state.budgetBytes += copiesPerByte * int64_t(host->bytes().size());
    auto tensor = std::make_unique<Tensor>();
    tensor->kind = Tensor::Kind::Constant;
    tensor->name = name.str();
    tensor->type = host->type();
    tensor->shape = Dims(host->shape());
    tensor->host = std::move(*host);
    state.tensors[name] = std::move(tensor);
  }
  return !node.rejected();
}

/// True if the node was evaluated, or rejected while trying.
bool GraphImporter::foldNode(Node &node, NodeImporter &n) {
  const FoldOp op = findFold(node.opType());
  if (!op.fold)
    return false;
  for (size_t i = 0; i < n.numInputs(); ++i)
    if (n.input(i) && !n.consts()[i])
      return false;
  if (n.numInputs() < op.inputs)
    node.reject("expects " + Twine(op.inputs) + " inputs, but has " +
                Twine(n.numInputs()));
  for (size_t i = 0; i < op.inputs && i < n.numInputs(); ++i)
    if (!n.input(i))
      node.reject("input " + Twine(i) + " is missing");
  if (node.rejected())
    return true;
  Fold fold{node, model, n.consts(), options.limits, state.budgetBytes, {}};
  op.fold(fold);
  if (node.rejected())
    return true;
  if (fold.out.size() < node.numOutputs()) {
    node.reject("has more outputs than expected");
    return true;
  }
  for (auto [i, host] : llvm::enumerate(fold.out))
    n.result(i, std::move(host));
  return true;
}

/// Ops that move codes leave their meaning alone: outputs get the parameters of
/// the inputs, which must agree.
void GraphImporter::propagateCodes(NodeImporter &n, const OpRow &row) {
  const Tensor *codes = nullptr;
  bool mixed = false;
  for (size_t i = 0; i < n.numInputs(); ++i) {
    const Tensor *tensor = n.input(i);
    if (!tensor || !tensor->isActivation())
      continue;
    mixed |= codes && codes->quant != tensor->quant;
    codes = tensor;
  }
  if (!codes || (!mixed && !codes->quant) || row.import == importShape ||
      row.import == importSize || row.import == importDequantizeLinear)
    return;
  if (mixed)
    return n.reject("inputs have different scales or zero points");
  for (size_t i = 0; i < n.node.numOutputs(); ++i) {
    auto output = state.tensors.find(n.node.output(i));
    if (output == state.tensors.end() || !output->second->isActivation())
      continue;
    output->second->quant = codes->quant;
    output->second->type = codes->type;
  }
}

static bool isKnown(StringRef opType) {
  return findOp(opType) || findFold(opType).fold;
}

static std::string unknownReason(StringRef opType) {
  const StringRef hint = workaroundFor(opType);
  return ("not supported" + Twine(hint.empty() ? "" : "; ") + hint).str();
}

void GraphImporter::importSupported(Node &node) {
  const OpRow *row = findOp(node.opType());
  const bool quantizeDomain =
      node.domain() == "com.microsoft" && node.opType().ends_with("Linear");
  const bool known = isKnown(node.opType());
  if (!node.domain().empty() && node.domain() != "ai.onnx" && !quantizeDomain)
    return node.reject("operators of domain '" + node.domain().take_front(64) +
                       "' are not supported");
  if (!known)
    return node.reject(unknownReason(node.opType()));
  if (!resolveInitializers(node))
    return;

  NodeImporter n(node, state);
  for (size_t i = 0; i < n.numInputs(); ++i)
    if (n.input(i) && n.input(i)->kind == Tensor::Kind::Failed) {
      ++skipped;
      for (size_t j = 0; j < node.numOutputs(); ++j)
        fail(node.output(j));
      return;
    }
  if (node.output(0).empty())
    return node.reject("expects output 0");
  if (foldNode(node, n)) {
    node.rejectUnreadAttrs();
    return;
  }
  if (!row) {
    const StringRef hint = workaroundFor(node.opType());
    return node.reject(Twine("supported only on constants") +
                       (hint.empty() ? "" : "; ") + hint);
  }
  if (node.opset() < row->since && !quantizeDomain)
    return node.reject("is not an operator of opset " + Twine(node.opset()));
  if (n.numInputs() < row->minInputs || n.numInputs() > row->maxInputs)
    return node.reject("has " + Twine(n.numInputs()) + " inputs, but " +
                       Twine(row->minInputs) + " or more are expected");
  for (size_t i = 0; i < row->minInputs; ++i)
    if (!n.input(i))
      return node.reject("input " + Twine(i) + " is missing");
  for (size_t i = 0; i < n.numInputs() && !row->onCodes; ++i)
    if (n.input(i) && n.input(i)->isActivation() && n.input(i)->quant)
      return node.reject("works on codes between QuantizeLinear and "
                         "DequantizeLinear, where only ops that move elements "
                         "are supported");
  row->import(n);
  if (!state.tensors.count(node.output(0)))
    node.reject("its result could not be built");
  if (!node.rejected())
    propagateCodes(n, *row);
  if (!node.rejected())
    node.rejectUnreadAttrs();
}

void GraphImporter::addProblem(StringRef opType, StringRef reason,
                               StringRef nodeName) {
  std::string key = (opType.take_front(64) + ": " + reason).str();
  const size_t index =
      problemIndex.insert({key, nodeProblems.size()}).first->second;
  if (index == nodeProblems.size())
    nodeProblems.push_back({key, {}});
  if (rejectedNodes.insert(nodeName).second || nodeName.empty())
    nodeProblems[index].second.push_back(nodeName.str());
}

/// Whoever takes the advice to export one branch meets the branch's ops next,
/// so they are listed now, with the nodes that only branches use.
void GraphImporter::addNestedProblems() {
  if (!hasSubgraphs)
    return;
  model.visitAllNodes([&](const ::onnx::NodeProto &node) {
    if (!isKnown(node.op_type()))
      addProblem(node.op_type(), unknownReason(node.op_type()), node.name());
  });
}

void GraphImporter::importNode(const ::onnx::NodeProto &proto) {
  Node node(proto, uniqueName(proto), model.opset());
  importSupported(node);
  if (node.rejected()) {
    addProblem(node.opType(), node.reason(), node.name());
    for (const ::onnx::AttributeProto &attribute : proto.attribute())
      hasSubgraphs |= attribute.has_g() || attribute.graphs_size() != 0;
  }
  for (size_t i = 0; i < node.numOutputs(); ++i)
    if (node.rejected() || !state.tensors.count(node.output(i)))
      fail(node.output(i));
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

void GraphImporter::importOutputs() {
  // Conversions of outputs belong to no node of the file.
  ::onnx::NodeProto proto;
  SmallVector<Value> values;
  for (const Border &output : model.outputs()) {
    proto.clear_input();
    proto.add_input(output.name);
    Node node(proto, output.name, model.opset());
    if (resolveInitializers(node)) {
      NodeImporter n(node, state);
      Tensor &tensor = *n.input(0);
      if (tensor.kind == Tensor::Kind::Failed)
        continue;
      if (tensor.isActivation() && tensor.quant)
        node.reject("is quantized; end the model with DequantizeLinear");
      else
        values.push_back(n.inLayout(tensor, identityPerm(tensor.rank())));
    }
    if (node.rejected())
      borderProblems.push_back(
          ("output '" + output.name + "': " + node.reason()).str());
  }
  if (!borderProblems.empty() || !nodeProblems.empty())
    return;
  func::ReturnOp::create(state.builder, function.getLoc(), values);
  function.setFunctionType(
      FunctionType::get(context, function.getBody().getArgumentTypes(),
                        ValueRange(values).getTypes()));
  for (auto [i, input] : llvm::enumerate(model.inputs()))
    function.setArgAttr(i, "quench.name",
                        state.builder.getStringAttr(input.name));
  for (auto [i, output] : llvm::enumerate(model.outputs()))
    function.setResultAttr(i, "quench.name",
                           state.builder.getStringAttr(output.name));
}

/// "'a', 'b' and 7 more", the latter only in very long lists.
static std::string nameList(ArrayRef<std::string> names) {
  constexpr size_t shown = 32;
  std::string text;
  for (auto [i, name] : llvm::enumerate(names.take_front(shown)))
    text += (i ? ", '" : "'") + StringRef(name).take_front(256).str() + "'";
  if (names.size() > shown)
    text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

void GraphImporter::report(StringRef modelName) {
  addNestedProblems();
  size_t nodes = 0, all = model.nodes().size();
  for (auto &[problem, names] : nodeProblems)
    nodes += names.size();
  if (hasSubgraphs) {
    all = 0;
    model.visitAllNodes([&](const ::onnx::NodeProto &) { ++all; });
  }
  InFlightDiagnostic diag = emitError(location)
                            << "cannot import model '" << modelName << "'";
  if (nodes)
    diag << ": " << nodes << " of " << all << " nodes are not supported";
  for (const std::string &problem : borderProblems)
    diag.attachNote() << problem;
  // A hostile file can have as many kinds of problems as nodes.
  constexpr size_t shown = 100;
  for (auto &[problem, names] : ArrayRef(nodeProblems).take_front(shown))
    diag.attachNote() << problem << " (" << nameList(names) << ")";
  if (nodeProblems.size() > shown)
    diag.attachNote() << nodeProblems.size() - shown
                      << " more kinds of problems are not shown";
  if (skipped)
    diag.attachNote() << skipped
                      << " more nodes depend on these and were not checked "
                         "beyond their operator";
}

void GraphImporter::remark() {
  if (state.inexactDivisions)
    remarks.push_back(std::to_string(state.inexactDivisions) +
                      " divisions by constants are imported as products with "
                      "the rounded reciprocal");
  for (const std::string &text : remarks)
    emitRemark(location) << text;
}

OwningOpRef<ModuleOp> GraphImporter::run(StringRef modelName,
                                         StringRef sha256) {
  OpBuilder builder(context);
  (*module)->setAttr("quench.model", builder.getStringAttr(modelName));
  (*module)->setAttr("quench.source_sha256", builder.getStringAttr(sha256));
  builder.setInsertionPointToEnd(module->getBody());
  function = func::FuncOp::create(builder, UnknownLoc::get(context), "main",
                                  builder.getFunctionType({}, {}));
  for (const ::onnx::NodeProto *node : model.nodes())
    for (const std::string &input : node->input())
      state.used.insert(input);
  for (const Border &output : model.outputs())
    state.used.insert(output.name);

  importInputs();
  for (const ::onnx::NodeProto *node : model.nodes())
    importNode(*node);
  importOutputs();
  if (!borderProblems.empty() || !nodeProblems.empty()) {
    report(modelName);
    // Values of a partial graph may be used nowhere, but never the reverse.
    return nullptr;
  }
  // What a handler read instead of using, users before their operands.
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  remark();
  return std::move(module);
}
