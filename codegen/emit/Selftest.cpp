// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The self-test of a model: pseudo-random inputs made by a generator of two
// lines, the same here and in the emitted code, and the outputs' CRC-32.

#include "codegen/emit/Print.h"

#include "codegen/emit/Names.h"

#include <cstring>

using namespace quench;
using namespace quench::emit;
using kernels::CppWriter;

namespace {

constexpr uint32_t factor = 1664525, increment = 1013904223;

/// One element, from the next word. Exact in float: the sum has 17 bits.
template <typename T>
void append(std::vector<uint8_t> &bytes, T value) {
  const size_t at = bytes.size();
  bytes.resize(at + sizeof(T));
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

template <typename Code>
Code code(uint32_t word, const SelftestInput &input) {
  if (input.span)
    return static_cast<Code>(input.min + (word >> 16) % input.span);
  return static_cast<Code>(word >> (32 - 8 * sizeof(Code)));
}

void appendElement(std::vector<uint8_t> &bytes, Element element, uint32_t word,
                   const SelftestInput &input) {
  switch (element) {
  case Element::F32:
    return append(bytes,
                  static_cast<float>(static_cast<int32_t>(word >> 16) +
                                     static_cast<int32_t>(input.offset)) *
                      input.step);
  case Element::S8:
    return append(bytes, code<int8_t>(word, input));
  case Element::S16:
    return append(bytes, code<int16_t>(word, input));
  case Element::S32:
    return append(bytes, static_cast<int32_t>(word >> 24));
  case Element::S64:
    return append(bytes, static_cast<int64_t>(word >> 24));
  }
}

/// Scale and zero point of the quantization that reads `buffer`, if any.
const ParamConstant *quantizerOf(const Model &model, size_t buffer) {
  for (const Call &call : model.calls)
    if (call.arguments.size() >= 2 &&
        call.arguments[0].kind == Argument::Params &&
        call.arguments[1].kind == Argument::Address &&
        call.arguments[1].index == buffer) {
      const ParamConstant &params = model.params[call.arguments[0].index];
      if (params.type->name == std::string("qrt_border"))
        return &params;
    }
  return nullptr;
}

} // namespace

std::vector<SelftestInput> emit::selftestInputs(const Model &model) {
  std::vector<SelftestInput> inputs;
  for (size_t index : model.inputs) {
    SelftestInput input;
    const Buffer &buffer = model.buffers[index];
    const auto codes = int64_t(1) << (8 * row(buffer.element).bytes % 64);
    if (buffer.quantized && buffer.max - buffer.min + 1 < codes) {
      input.min = buffer.min;
      input.span = buffer.max - buffer.min + 1;
    }
    if (const ParamConstant *border = quantizerOf(model, index)) {
      // The fields of qrt_border: batch, channels, pixels, scale,
      // {zero, min, max}. 65536 steps
      // over the range of all codes of 8 bits, or of as many as there are.
      const std::vector<FieldValue> &out = border->fields[4].list;
      int64_t half = 128;
      while (-out[1].integer > half || out[2].integer >= half)
        half *= 2;
      const int64_t steps = 32768 / half;
      input.offset = (-half - out[0].integer) * steps;
      input.step = border->fields[3].real / static_cast<float>(steps);
    }
    inputs.push_back(input);
  }
  return inputs;
}

std::vector<std::vector<uint8_t>> emit::selftestData(const Model &model) {
  const std::vector<SelftestInput> inputs = selftestInputs(model);
  std::vector<std::vector<uint8_t>> data;
  uint32_t word = 0;
  for (size_t i = 0; i < model.inputs.size(); ++i) {
    const Buffer &buffer = model.buffers[model.inputs[i]];
    std::vector<uint8_t> bytes;
    bytes.reserve(buffer.byteSize());
    for (int64_t e = buffer.elements(); e > 0; --e) {
      word = word * factor + increment;
      appendElement(bytes, buffer.element, word, inputs[i]);
    }
    data.push_back(std::move(bytes));
  }
  return data;
}

void emit::printSelftestSums(CppWriter &w, const Model &model) {
  w.comment("CRC-32 of each output, by the reference interpreter.");
  std::vector<std::string> sums;
  for (uint32_t crc : model.selftestCrc)
    sums.push_back(std::to_string(crc) + "u");
  arrayOf(w, "static const uint32_t expected[]", sums);
}

void emit::printSelftestMemory(CppWriter &w, const Model &model, size_t &offset,
                               size_t alignment) {
  for (const std::vector<size_t> *list : {&model.inputs, &model.outputs})
    for (size_t index : *list) {
      const Buffer &buffer = model.buffers[index];
      const std::string type = row(buffer.element).cType;
      w.line(type + " *const " + buffer.name + " = reinterpret_cast<" + type +
             " *>(base + " + std::to_string(offset) + ");");
      offset += (buffer.byteSize() + alignment - 1) / alignment * alignment;
    }
}

void emit::printSelftestInputs(CppWriter &w, const Model &model) {
  const std::vector<SelftestInput> ranges = selftestInputs(model);
  if (!model.inputs.empty())
    w.line("uint32_t word = 0;");
  for (size_t i = 0; i < model.inputs.size(); ++i) {
    const Buffer &buffer = model.buffers[model.inputs[i]];
    CppWriter::Block loop =
        w.block("for (size_t i = 0; i < " + model.macro + "_INPUT_" +
                macroName(buffer.name) + "_ELEMENTS; ++i)");
    w.line("word = word * " + std::to_string(factor) + "u + " +
           std::to_string(increment) + "u;");
    std::string value;
    if (buffer.element == Element::F32)
      value = "static_cast<float>(static_cast<int32_t>(word >> 16) + " +
              literal({FieldValue::Integer, ranges[i].offset, 0, {}}) + ") * " +
              floatLiteral(ranges[i].step);
    else if (ranges[i].span)
      value = std::string("static_cast<") + row(buffer.element).cType +
              ">(static_cast<int32_t>((word >> 16) % " +
              std::to_string(ranges[i].span) + "u) + " +
              literal({FieldValue::Integer, ranges[i].min, 0, {}}) + ")";
    else
      value = std::string("static_cast<") + row(buffer.element).cType +
              ">(word >> " + (buffer.element == Element::S16 ? "16" : "24") +
              ")";
    w.line(buffer.name + "[i] = " + value + ";");
  }
}

void emit::printSelftestChecks(CppWriter &w, const Model &model) {
  for (size_t i = 0; i < model.outputs.size(); ++i) {
    const Buffer &buffer = model.buffers[model.outputs[i]];
    w.guarded("if (qrt_crc32(0, " + buffer.name + ", " +
                  std::to_string(buffer.byteSize()) + ") != expected[" +
                  std::to_string(i) + "])",
              "return QRT_ERR_SELFTEST;");
  }
}

void emit::printSelftest(CppWriter &w, const Model &model) {
  const std::string &prefix = model.prefix;
  w.blank();
  CppWriter::Block body =
      w.function("qrt_status", prefix + "_selftest", {"void *memory"});
  printSelftestSums(w, model);
  w.line("const qrt_status status = qrt_check_arena(memory, " + model.macro +
         "_SELFTEST_BYTES, " + model.macro + "_SELFTEST_BYTES);");
  w.guarded("if (status != QRT_OK)", "return status;");

  size_t offset = static_cast<size_t>(model.arenaBytes + 63) / 64 * 64;
  w.line("uint8_t *const base = static_cast<uint8_t *>(memory);");
  printSelftestMemory(w, model, offset, 64);
  printSelftestInputs(w, model);

  auto fields = [&](const std::vector<size_t> &list) {
    std::string text;
    for (size_t index : list)
      text += (text.empty() ? "" : ", ") + model.buffers[index].name;
    return text.empty() ? std::string("0") : text;
  };
  w.line("const " + prefix + "_inputs inputs = {" + fields(model.inputs) +
         "};");
  w.line("const " + prefix + "_outputs outputs = {" + fields(model.outputs) +
         "};");
  w.guarded("if (best_level() < 0)", "return QRT_ERR_CPU;");
  {
    CppWriter::Block loop =
        w.block("for (int32_t isa = 0; isa < " + model.macro + "_ISAS; ++isa)");
    w.guarded("if ((levels[isa].features & ~qrt_cpu_features()) != 0)",
              "continue; // this machine has no such instructions");
    w.line(std::string("levels[isa].run(bind(inputs, outputs, memory") +
           (model.hasThreads() ? ", nullptr" : "") + "), nullptr);");
    printSelftestChecks(w, model);
  }
  w.line("return QRT_OK;");
}
