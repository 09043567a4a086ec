// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attribute access with type checks.

#include "compiler/import/onnx/Node.h"

#include "onnx-ml.pb.h"
#include "llvm/ADT/STLExtras.h"

using namespace quench::importer;
using llvm::StringRef;
using llvm::Twine;

StringRef Node::opType() const { return proto.op_type(); }
StringRef Node::domain() const { return proto.domain(); }
size_t Node::numInputs() const { return proto.input_size(); }
size_t Node::numOutputs() const { return proto.output_size(); }

StringRef Node::input(size_t i) const {
  return i < numInputs() ? StringRef(proto.input(i)) : StringRef();
}

StringRef Node::output(size_t i) const {
  return i < numOutputs() ? StringRef(proto.output(i)) : StringRef();
}

void Node::reject(const Twine &reason) {
  if (why.empty())
    why = reason.str();
}

/// Name of an attribute type, for messages.
static const char *typeName(int type) {
  static constexpr const char *names[] = {
      "nothing", "a float",         "an integer",     "a string", "a tensor",
      "a graph", "floats",          "integers",       "strings",  "tensors",
      "graphs",  "a sparse tensor", "sparse tensors", "a type",   "types"};
  return type >= 0 && type < int(std::size(names)) ? names[type] : "something";
}

bool Node::hasAttr(StringRef name) const {
  return llvm::any_of(proto.attribute(), [&](const auto &attr) {
    return StringRef(attr.name()) == name;
  });
}

const ::onnx::AttributeProto *Node::find(StringRef name, int type,
                                         const char *expected) {
  ignoreAttr(name);
  for (const ::onnx::AttributeProto &attr : proto.attribute()) {
    if (StringRef(attr.name()) != name)
      continue;
    if (!attr.ref_attr_name().empty()) {
      reject("attribute '" + name + "' refers to an attribute of a function");
      return nullptr;
    }
    // Files of IR version 1 have no types.
    if (attr.type() != type &&
        attr.type() != ::onnx::AttributeProto::UNDEFINED) {
      reject("attribute '" + name + "' expects " + expected + ", but is " +
             typeName(attr.type()));
      return nullptr;
    }
    return &attr;
  }
  return nullptr;
}

int64_t Node::intAttr(StringRef name, int64_t otherwise) {
  auto *attr = find(name, ::onnx::AttributeProto::INT, "an integer");
  return attr ? attr->i() : otherwise;
}

float Node::floatAttr(StringRef name, float otherwise) {
  auto *attr = find(name, ::onnx::AttributeProto::FLOAT, "a float");
  return attr ? attr->f() : otherwise;
}

bool Node::boolAttr(StringRef name, bool otherwise) {
  const int64_t value = intAttr(name, otherwise);
  if (value != 0 && value != 1)
    reject("attribute '" + name + "' expects 0 or 1, but is " + Twine(value));
  return value != 0;
}

std::string Node::stringAttr(StringRef name, StringRef otherwise) {
  auto *attr = find(name, ::onnx::AttributeProto::STRING, "a string");
  return attr ? attr->s() : otherwise.str();
}

Dims Node::intsAttr(StringRef name) {
  auto *attr = find(name, ::onnx::AttributeProto::INTS, "integers");
  return attr ? Dims(attr->ints().begin(), attr->ints().end()) : Dims();
}

llvm::SmallVector<float> Node::floatsAttr(StringRef name) {
  auto *attr = find(name, ::onnx::AttributeProto::FLOATS, "floats");
  if (!attr)
    return {};
  return {attr->floats().begin(), attr->floats().end()};
}

const ::onnx::TensorProto *Node::tensorAttr(StringRef name) {
  auto *attr = find(name, ::onnx::AttributeProto::TENSOR, "a tensor");
  return attr ? &attr->t() : nullptr;
}

Dims Node::windowAttr(StringRef name, size_t count, int64_t otherwise,
                      int64_t low, int64_t high) {
  Dims values = intsAttr(name);
  if (!hasAttr(name) || rejected())
    return Dims(count, otherwise);
  if (values.size() != count)
    reject("attribute '" + name + "' expects " + Twine(count) +
           " entries, but has " + Twine(values.size()));
  for (int64_t value : values)
    if (value < low || value > high)
      reject("attribute '" + name + "' expects entries in [" + Twine(low) +
             ", " + Twine(high) + "], but has " + Twine(value));
  return rejected() ? Dims(count, otherwise) : values;
}

void Node::rejectUnreadAttrs() {
  for (const ::onnx::AttributeProto &attr : proto.attribute())
    if (!seen.count(attr.name()))
      reject("attribute '" + Twine(attr.name()) + "' is not supported");
}

int64_t Node::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) {
    reject("axis " + Twine(axis) + " is out of range for rank " + Twine(rank));
    return 0;
  }
  return axis < 0 ? axis + rank : axis;
}

Dims Node::normalizeAxes(DimsRef axes, int64_t rank) {
  Dims result;
  for (int64_t axis : axes)
    result.push_back(normalizeAxis(axis, rank));
  llvm::sort(result);
  if (std::adjacent_find(result.begin(), result.end()) != result.end())
    reject("an axis is given twice");
  return rejected() ? Dims() : result;
}
