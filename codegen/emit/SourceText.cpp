// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text that sources of all languages have.

#include "codegen/emit/SourceText.h"

#include <algorithm>
#include <cstdlib>

using namespace quench;
using namespace quench::emit;
using kernels::CppWriter;

void SourceText::section(const std::string &title) {
  w.blank();
  w.raw("//===" + std::string(70, '-') + "===//\n");
  w.comment(title);
  w.raw("//===" + std::string(70, '-') + "===//\n");
}

void SourceText::printWeightsLayout() {
  if (!model.weightBytes)
    return;
  section("Weights, packed as the kernels read them.");
  w.blank();
  w.raw("#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != "
        "__ORDER_LITTLE_ENDIAN__\n#error \"the weights are stored little "
        "endian\"\n#endif\n");
  w.blank();
  {
    CppWriter::Block body =
        w.block("struct alignas(64) " + prefix + "_weights_layout", ";");
    for (const Buffer &buffer : model.buffers) {
      if (buffer.kind != Buffer::Weights)
        continue;
      const ElementRow &element = row(buffer.element);
      // Not every ABI aligns 8 bytes to 8.
      const bool isNatural =
          buffer.alignment == static_cast<int64_t>(element.bytes) &&
          element.bytes < 8;
      const std::string member =
          (isNatural ? std::string()
                     : "alignas(" + std::to_string(buffer.alignment) + ") ") +
          element.cType + " " + buffer.name + "[" +
          std::to_string(buffer.elements()) + "];";
      if (buffer.packing == "dense")
        w.line(member);
      else
        lineWithNote(w, member, commentText(buffer.packing));
    }
  }
  w.line("static_assert(sizeof(" + prefix + "_weights_layout) == " +
         std::to_string(model.weightBytes) + ", \"layout of the blob\");");
  w.blank();
  w.line("extern \"C\" [[gnu::visibility(\"hidden\")]] const " + prefix +
         "_weights_layout " + prefix + "_weights;");
}

void SourceText::printFields(const ParamConstant &constant,
                             const std::string &head) {
  CppWriter::Block body = w.block(head + " =", ";");
  size_t next = 0;
  for (const FieldGroup &group : constant.type->groups) {
    std::string values;
    for (const char *letter = group.types; *letter; ++letter)
      values +=
          (values.empty() ? "" : " ") + literal(constant.fields[next++]) + ",";
    lineWithNote(w, values, group.names);
  }
}

void SourceText::printTensors() {
  section("Tensors: the caller's inputs and outputs, and places in the arena.");
  w.blank();
  w.line("namespace {");
  {
    CppWriter::Block body = w.block("struct Tensors", ";");
    for (const Buffer &buffer : model.buffers) {
      const bool isChannels = !buffer.channelShape.empty();
      std::string note =
          isChannels ? buffer.wholeShapeText() : buffer.shapeText();
      if (buffer.kind == Buffer::Weights)
        continue;
      if (buffer.kind == Buffer::Slot)
        note += ", layers " + std::to_string(buffer.first) + " to " +
                std::to_string(buffer.last) +
                (buffer.windowStep ? ", rows of a band" : "") +
                (isChannels      ? ", channels of another"
                 : buffer.isView ? ", part of another"
                                 : "");
      lineWithNote(w,
                   std::string(buffer.kind == Buffer::Input ? "const " : "") +
                       row(buffer.element).cType + " *" + buffer.name + ";",
                   note);
    }
    if (model.hasScratch())
      lineWithNote(w, "uint8_t *arena;", "with the scratch of kernels");
    if (model.hasThreads())
      lineWithNote(w, "qrt_threads *pool;", "null: the calling thread alone");
  }
  w.line("} // namespace");
  printBind();
}

void SourceText::printBind() {
  const bool usesArena =
      model.hasScratch() ||
      std::any_of(model.buffers.begin(), model.buffers.end(),
                  [](const Buffer &b) { return b.kind == Buffer::Slot; });
  w.blank();
  std::vector<std::string> parameters = {
      std::string("const ") + prefix + "_inputs " +
          (model.inputs.empty() ? "&" : "&inputs"),
      "const " + prefix + "_outputs &outputs",
      std::string("void *") + (usesArena ? "arena" : "")};
  if (model.hasThreads())
    parameters.push_back("qrt_threads *pool");
  CppWriter::Block body =
      w.function("[[gnu::noinline]] static Tensors", "bind", parameters);
  if (usesArena)
    w.line("uint8_t *const base = static_cast<uint8_t *>(arena);");
  w.line("Tensors t;");
  for (const Buffer &buffer : model.buffers) {
    std::string value;
    switch (buffer.kind) {
    case Buffer::Input:
      value = "inputs." + buffer.name;
      break;
    case Buffer::Output:
      value = "outputs." + buffer.name;
      break;
    case Buffer::Slot:
      value = std::string("reinterpret_cast<") + row(buffer.element).cType +
              " *>(base + " + std::to_string(buffer.offset) + ")";
      break;
    case Buffer::Weights:
      continue;
    }
    w.line("t." + buffer.name + " = " + value + ";");
  }
  if (model.hasScratch())
    w.line("t.arena = base;");
  if (model.hasThreads())
    w.line("t.pool = pool;");
  w.line("return t;");
}

std::string SourceText::argumentText(const Argument &argument) const {
  switch (argument.kind) {
  case Argument::Params:
    return "&" + model.params[argument.index].name;
  case Argument::Number:
    return literal(argument.number);
  case Argument::Address: {
    const Buffer &buffer = model.buffers[argument.index];
    return (buffer.kind == Buffer::Weights ? "w." : "t.") + buffer.name;
  }
  case Argument::Scratch:
    return "t.arena + " + std::to_string(argument.index);
  case Argument::Null:
    break;
  }
  return "nullptr";
}

/// " scale 0.5 zero -3", or nothing.
static std::string quantizationText(const Buffer &buffer) {
  if (!buffer.quantized)
    return {};
  std::string scale = floatLiteral(buffer.scale);
  scale.pop_back(); // the f
  return " scale " + scale + " zero " + std::to_string(buffer.zero);
}

std::string SourceText::shapesOf(const Call &call) const {
  // The result is the last tensor; constants are described by their names.
  std::vector<const Buffer *> tensors;
  for (const Argument &argument : call.arguments)
    if (argument.kind == Argument::Address &&
        model.buffers[argument.index].kind != Buffer::Weights)
      tensors.push_back(&model.buffers[argument.index]);
  std::string text;
  for (size_t i = 0; i < tensors.size(); ++i)
    text += (i == 0                    ? ""
             : i + 1 == tensors.size() ? " -> "
                                       : ", ") +
            tensors[i]->wholeShapeText() + quantizationText(*tensors[i]);
  return text;
}

/// The kernel that was chosen and the cheapest of the others, from the lines of
/// `why`: "<kernel>: <cost> cycles", the choice first, or why one declined.
/// All of them are in --explain.
static std::string choiceText(const std::string &why) {
  static const std::string unit = " cycles";
  const size_t end = why.find('\n');
  const std::string choice = why.substr(0, end);
  if (choice.empty())
    return {};
  std::string next;
  double nextCost = 0;
  for (size_t at = end; at != std::string::npos;) {
    const size_t begin = at + 1;
    at = why.find('\n', begin);
    const std::string line = why.substr(begin, at - begin);
    const size_t colon = line.find(": ");
    const size_t units = line.find(unit);
    if (colon == std::string::npos || units == std::string::npos)
      continue;
    const double cost = std::strtod(line.c_str() + colon + 2, nullptr);
    if (next.empty() || cost < nextCost) {
      next = line.substr(0, units + unit.size());
      nextCost = cost;
    }
  }
  return next.empty() ? choice : choice + "; next best " + next;
}

void SourceText::printLayerComment(const std::vector<const Call *> &calls) {
  const Call &main = *calls.back();
  std::string text = std::to_string(main.step) + ": " +
                     commentText(main.source) + ", " + shapesOf(main);
  int64_t macs = 0;
  for (const Call *call : calls)
    macs += call->macs;
  if (macs)
    text += ", " + grouped(macs) + " MACs";
  w.blank();
  w.comment(text);
  if (const std::string choice = choiceText(main.why); !choice.empty())
    w.comment(commentText(choice));
}

void SourceText::printProfile() {
  std::vector<std::string> names;
  for (const std::string &name : model.layerNames)
    names.push_back(stringLiteral(name));
  w.blank();
  arrayOf(w, "static const char *const layer_names[]", names);
  // Inline, they would be half of the code of a call.
  for (const char *event : {"begin", "end"}) {
    w.blank();
    CppWriter::Block body =
        w.function("[[gnu::noinline]] static void", event,
                   {"const qrt_profile *profile", "int32_t layer"});
    w.line("qrt_profile_layer(profile, QRT_LAYER_" +
           std::string(event[0] == 'b' ? "BEGIN" : "END") +
           ", layer, layer_names[layer]);");
  }
}

void SourceText::printInfoTable(const std::vector<size_t> &list,
                                const char *direction) {
  if (list.empty())
    return;
  w.blank();
  for (size_t index : list) {
    const Buffer &buffer = model.buffers[index];
    if (buffer.shape.empty())
      continue;
    std::vector<std::string> sizes;
    for (int64_t size : buffer.shape)
      sizes.push_back(std::to_string(size));
    arrayOf(w, "static const int32_t " + buffer.name + "_shape[]", sizes);
  }
  w.blank();
  CppWriter::Block body = w.block(
      "const qrt_tensor_info " + prefix + "_" + direction + "_info[] =", ";");
  for (size_t index : list) {
    const Buffer &buffer = model.buffers[index];
    w.line("{" + stringLiteral(buffer.sourceName) + ", " +
           row(buffer.element).qrtName + ", " +
           std::to_string(buffer.shape.size()) + ", " +
           (buffer.shape.empty() ? "nullptr" : buffer.name + "_shape") + ", " +
           floatLiteral(buffer.scale) + ", " + std::to_string(buffer.zero) +
           "},");
  }
}
