// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writing protobuf.

#include "compiler/export/onnx/GraphWriter.h"

#include "onnx-ml.pb.h"

#include <climits>

using namespace quench;
using namespace quench::exporter;
using llvm::ArrayRef;
using llvm::StringRef;

/// The IR version that came with an opset (ONNX, docs/Versioning.md).
static int64_t irVersion(int64_t opset) {
  static constexpr std::pair<int64_t, int64_t> rows[] = {
      {13, 7 }, // up to opset 14
      {15, 8 }, // up to opset 18
      {19, 9 },
      {21, 10},
  };
  int64_t version = 7;
  for (auto [first, ir] : rows)
    if (opset >= first)
      version = ir;
  return version;
}

GraphWriter::GraphWriter(int64_t opset)
    : opsetVersion(opset), model(std::make_unique<::onnx::ModelProto>()) {
  model->set_ir_version(irVersion(opset));
  model->add_opset_import()->set_version(opset);
}

GraphWriter::~GraphWriter() = default;

std::string GraphWriter::uniqueName(StringRef base) {
  std::string name = base.str();
  for (int64_t i = 1; !names.insert(name).second; ++i)
    name = (base + "_" + llvm::Twine(i)).str();
  return name;
}

static void setValue(::onnx::AttributeProto &to, int64_t value) {
  to.set_type(::onnx::AttributeProto::INT);
  to.set_i(value);
}
static void setValue(::onnx::AttributeProto &to, float value) {
  to.set_type(::onnx::AttributeProto::FLOAT);
  to.set_f(value);
}
static void setValue(::onnx::AttributeProto &to, StringRef value) {
  to.set_type(::onnx::AttributeProto::STRING);
  to.set_s(value.str());
}
static void setValue(::onnx::AttributeProto &to, DimsRef values) {
  to.set_type(::onnx::AttributeProto::INTS);
  for (int64_t value : values)
    to.add_ints(value);
}

std::string GraphWriter::node(StringRef opType, StringRef base,
                              ArrayRef<std::string> inputs,
                              ArrayRef<Attr> attrs) {
  const std::string name = uniqueName(base);
  made.insert(name);
  ::onnx::NodeProto &node = *model->mutable_graph()->add_node();
  node.set_op_type(opType.str());
  node.set_name(name);
  node.add_output(name);
  for (const std::string &input : inputs)
    node.add_input(input);
  for (const Attr &attr : attrs) {
    ::onnx::AttributeProto &to = *node.add_attribute();
    to.set_name(attr.name);
    std::visit([&](auto value) { setValue(to, value); }, attr.value);
  }
  return name;
}

std::string GraphWriter::constant(StringRef base, Element element,
                                  DimsRef shape, ArrayRef<char> bytes) {
  ::onnx::TensorProto &tensor = *model->mutable_graph()->add_initializer();
  tensor.set_name(uniqueName(base));
  tensor.set_data_type(static_cast<int32_t>(element));
  for (int64_t size : shape)
    tensor.add_dims(size);
  tensor.set_raw_data(bytes.data(), bytes.size());
  return tensor.name();
}

template <typename T>
static ArrayRef<char> bytesOf(ArrayRef<T> values) {
  return {reinterpret_cast<const char *>(values.data()),
          values.size() * sizeof(T)};
}

std::string GraphWriter::ints(StringRef base, DimsRef values) {
  return constant(base, Element::I64, int64_t(values.size()), bytesOf(values));
}

std::string GraphWriter::floats(StringRef base, ArrayRef<float> values) {
  return constant(base, Element::F32, int64_t(values.size()), bytesOf(values));
}

std::string GraphWriter::number(StringRef base, float value) {
  return constant(base, Element::F32, {}, bytesOf(ArrayRef(value)));
}

static void describe(::onnx::ValueInfoProto &to, const Border &border) {
  to.set_name(border.name);
  auto &type = *to.mutable_type()->mutable_tensor_type();
  type.set_elem_type(static_cast<int32_t>(border.element));
  type.mutable_shape();
  for (int64_t size : border.shape)
    type.mutable_shape()->add_dim()->set_dim_value(size);
}

void GraphWriter::addInput(const Border &input) {
  names.insert(input.name);
  describe(*model->mutable_graph()->add_input(), input);
}

void GraphWriter::reserveOutput(const Border &output) {
  names.insert(output.name);
  describe(*model->mutable_graph()->add_output(), output);
}

void GraphWriter::bindOutputs(ArrayRef<std::string> tensors) {
  ::onnx::GraphProto &graph = *model->mutable_graph();
  llvm::StringMap<std::string> renamed;
  const int nodes = graph.node_size();
  for (auto [i, tensor] : llvm::enumerate(tensors)) {
    const std::string &name = graph.output(i).name();
    if (made.contains(tensor) && renamed.try_emplace(tensor, name).second)
      continue;
    ::onnx::NodeProto &copy = *graph.add_node();
    copy.set_op_type("Identity");
    copy.set_name(name);
    copy.add_input(tensor);
    copy.add_output(name);
  }
  auto rename = [&](std::string &name) {
    if (auto it = renamed.find(name); it != renamed.end())
      name = it->second;
  };
  for (auto [i, node] : llvm::enumerate(*graph.mutable_node())) {
    for (std::string &input : *node.mutable_input())
      rename(input);
    if (int(i) < nodes)
      rename(*node.mutable_output(0));
  }
}

std::optional<std::string> GraphWriter::serialize(const ModelInfo &info) {
  model->set_producer_name("quench");
  model->set_producer_version(info.producerVersion);
  model->set_doc_string(info.description);
  model->mutable_graph()->set_name(info.graphName);
  for (const auto &[key, value] : info.metadata) {
    ::onnx::StringStringEntryProto &entry = *model->add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  std::string bytes;
  if (model->ByteSizeLong() > INT_MAX || !model->SerializeToString(&bytes))
    return std::nullopt;
  return bytes;
}
