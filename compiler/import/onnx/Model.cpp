// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parsing, limits, name resolution, order of the nodes.

#include "compiler/import/onnx/Model.h"

#include "onnx-ml.pb.h"
#include "llvm/ADT/StringSet.h"

#include <queue>

using namespace quench;
using namespace quench::importer;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static Error failure(const Twine &why) { return llvm::createStringError(why); }

Model::~Model() = default;

Expected<std::unique_ptr<Model>> Model::parse(StringRef bytes, StringRef folder,
                                              const OnnxLimits &limits) {
  if (bytes.size() > limits.maxFileBytes)
    return failure("the file has " + Twine(bytes.size()) +
                   " bytes, more than the limit of " +
                   Twine(limits.maxFileBytes) + "; use external data");
  std::unique_ptr<Model> model(new Model(limits));
  model->folder = folder.str();
  model->proto = std::make_unique<::onnx::ModelProto>();
  if (!model->proto->ParseFromArray(bytes.data(), bytes.size()))
    return failure("not an ONNX model: the protobuf data is malformed or "
                   "truncated");
  if (Error error = model->check())
    return std::move(error);
  return std::move(model);
}

Error Model::check() {
  if (!proto->has_graph())
    return failure("not an ONNX model: it has no graph");
  if (Error error = checkOpsets())
    return error;
  const ::onnx::GraphProto &graph = proto->graph();
  if (graph.node_size() > limits.maxNodes)
    return failure("the graph has " + Twine(graph.node_size()) +
                   " nodes, more than the limit of " + Twine(limits.maxNodes));
  if (graph.sparse_initializer_size() != 0)
    return failure("sparse initializers are not supported; store them densely");
  if (graph.output_size() == 0)
    return failure("the graph has no outputs");
  if (Error error = collectNames())
    return error;
  return sortNodes();
}

static bool isDefaultDomain(StringRef domain) {
  return domain.empty() || domain == "ai.onnx";
}

Error Model::checkOpsets() {
  // Other domains matter only if a node uses them, which the op table reports.
  for (const ::onnx::OperatorSetIdProto &opset : proto->opset_import())
    if (isDefaultDomain(opset.domain()))
      opsetVersion = std::max<int64_t>(opsetVersion, opset.version());
  if (opsetVersion == 0)
    return failure("the model imports no opset of the ai.onnx domain");
  if (opsetVersion < 9 || opsetVersion > 21)
    return failure("opset 9 to 21 is expected, but the model has opset " +
                   Twine(opsetVersion) +
                   "; convert it with onnx.version_converter");
  return Error::success();
}

/// What the file says about one graph input or output.
static Expected<Border> readBorder(const ::onnx::ValueInfoProto &info,
                                   const OnnxLimits &limits) {
  Border border;
  border.name = info.name();
  if (!info.type().has_tensor_type())
    return failure("'" + Twine(info.name()) + "' is not a tensor");
  const auto &type = info.type().tensor_type();
  border.type = type.elem_type();
  border.hasShape = type.has_shape();
  if (type.shape().dim_size() > limits.maxRank)
    return failure("'" + Twine(info.name()) + "' has rank " +
                   Twine(type.shape().dim_size()) +
                   ", more than the limit of " + Twine(limits.maxRank));
  for (const auto &dim : type.shape().dim()) {
    Border::Dim size;
    // Exporters write unknown sizes as 0 and -1, too.
    if (dim.has_dim_value() && dim.dim_value() > 0)
      size.size = dim.dim_value();
    else if (dim.has_dim_param())
      size.symbol = dim.dim_param();
    border.dims.push_back(std::move(size));
  }
  return border;
}

Error Model::collectNames() {
  const ::onnx::GraphProto &graph = proto->graph();
  auto checkName = [&](const std::string &name, StringRef what) -> Error {
    if (name.empty())
      return failure(what + " without a name");
    if (name.size() > limits.maxNameLength)
      return failure(what + " '" + StringRef(name).take_front(32) +
                     "...' has a name of " + Twine(name.size()) +
                     " characters, more than the limit of " +
                     Twine(limits.maxNameLength));
    return Error::success();
  };

  for (const ::onnx::TensorProto &tensor : graph.initializer()) {
    if (Error error = checkName(tensor.name(), "initializer"))
      return error;
    if (!initializers.insert({tensor.name(), &tensor}).second)
      return failure("initializer '" + Twine(tensor.name()) +
                     "' is defined twice");
  }

  llvm::StringSet<> inputNames;
  for (const ::onnx::ValueInfoProto &info : graph.input()) {
    if (Error error = checkName(info.name(), "input"))
      return error;
    if (!inputNames.insert(info.name()).second)
      return failure("input '" + Twine(info.name()) + "' is defined twice");
    if (initializers.count(info.name()))
      continue; // a weight with a default value, as IR version 3 had it
    Expected<Border> border = readBorder(info, limits);
    if (!border)
      return border.takeError();
    graphInputs.push_back(std::move(*border));
  }
  for (const ::onnx::ValueInfoProto &info : graph.output()) {
    if (Error error = checkName(info.name(), "output"))
      return error;
    Expected<Border> border = readBorder(info, limits);
    if (!border)
      return border.takeError();
    graphOutputs.push_back(std::move(*border));
  }

  for (const auto &[index, node] : llvm::enumerate(graph.node())) {
    if (node.name().size() > limits.maxNameLength ||
        node.op_type().size() > limits.maxNameLength)
      return failure("node " + Twine(index) +
                     " has a name longer than the "
                     "limit of " +
                     Twine(limits.maxNameLength));
    for (const std::string &output : node.output()) {
      if (output.empty())
        continue;
      if (Error error = checkName(output, "tensor"))
        return error;
      if (initializers.count(output) || inputNames.contains(output) ||
          !producers.insert({output, int64_t(index)}).second)
        return failure("tensor '" + Twine(output) + "', an output of node '" +
                       Twine(node.name()) + "' (" + Twine(node.op_type()) +
                       "), is defined twice");
    }
  }
  return Error::success();
}

/// Depth is bounded by protobuf, which refuses messages nested deeper than 100.
static void
visitGraph(const ::onnx::GraphProto &graph,
           llvm::function_ref<void(const ::onnx::NodeProto &)> visit) {
  for (const ::onnx::NodeProto &node : graph.node()) {
    visit(node);
    for (const ::onnx::AttributeProto &attribute : node.attribute()) {
      if (attribute.has_g())
        visitGraph(attribute.g(), visit);
      for (const ::onnx::GraphProto &nested : attribute.graphs())
        visitGraph(nested, visit);
    }
  }
}

void Model::visitAllNodes(
    llvm::function_ref<void(const ::onnx::NodeProto &)> visit) const {
  visitGraph(proto->graph(), visit);
}

Error Model::sortNodes() {
  const ::onnx::GraphProto &graph = proto->graph();
  const int64_t none = -1;
  llvm::StringSet<> inputNames;
  for (const Border &input : graphInputs)
    inputNames.insert(input.name);

  // The node that makes a tensor; none for graph inputs and initializers.
  auto producerOf = [&](const std::string &tensor,
                        const Twine &user) -> Expected<int64_t> {
    if (auto found = producers.find(tensor); found != producers.end())
      return found->second;
    if (initializers.count(tensor) || inputNames.contains(tensor))
      return none;
    return failure(user + " uses tensor '" + StringRef(tensor).take_front(256) +
                   "', which nothing defines");
  };

  // Live nodes, and for each the distinct nodes that use it.
  std::vector<std::vector<int64_t>> users(graph.node_size());
  std::vector<int64_t> missing(graph.node_size(), none); // operands to wait for
  std::vector<int64_t> worklist;
  auto reach = [&](int64_t node) {
    if (node != none && missing[node] == none) {
      missing[node] = 0;
      worklist.push_back(node);
    }
  };
  for (const ::onnx::ValueInfoProto &output : graph.output()) {
    Expected<int64_t> producer =
        producerOf(output.name(), "the graph's output");
    if (!producer)
      return producer.takeError();
    reach(*producer);
  }
  while (!worklist.empty()) {
    const int64_t index = worklist.back();
    worklist.pop_back();
    const ::onnx::NodeProto &node = graph.node(index);
    for (const std::string &input : node.input()) {
      if (input.empty())
        continue;
      Expected<int64_t> producer =
          producerOf(input, "node '" + Twine(node.name()) + "' (" +
                                Twine(node.op_type()) + ")");
      if (!producer)
        return producer.takeError();
      reach(*producer);
      if (*producer != none) {
        users[*producer].push_back(index);
        ++missing[index];
      }
    }
  }

  // Kahn's algorithm; among the nodes that are ready the file's order holds.
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> ready;
  int64_t live = 0;
  for (int64_t index = 0; index < graph.node_size(); ++index) {
    live += missing[index] != none;
    if (missing[index] == 0)
      ready.push(index);
  }
  while (!ready.empty()) {
    const int64_t index = ready.top();
    ready.pop();
    liveNodes.push_back(&graph.node(index));
    for (int64_t user : users[index])
      if (--missing[user] == 0)
        ready.push(user);
  }
  if (int64_t(liveNodes.size()) == live)
    return Error::success();
  for (int64_t index = 0; index < graph.node_size(); ++index)
    if (missing[index] > 0)
      return failure("the graph has a cycle through node '" +
                     Twine(graph.node(index).name()) + "' (" +
                     Twine(graph.node(index).op_type()) + ")");
  llvm_unreachable("a node is missing without waiting for another");
}
