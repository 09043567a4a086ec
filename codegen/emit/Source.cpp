// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints `<prefix>.cpp`: kernels, constants, the tensors' addresses, the call
// list of each instruction set level, and the functions of the header.

#include "codegen/emit/Print.h"

#include "codegen/kernels/Catalogue.h"

#include "qrt/cpu.h"

#include <algorithm>
#include <cstdlib>

using namespace quench;
using namespace quench::emit;
using kernels::CppWriter;

namespace {

struct FeatureName {
  uint32_t bit;
  const char *name;
};

constexpr FeatureName featureNames[] = {
    {QRT_CPU_AVX2,       "QRT_CPU_AVX2"      },
    {QRT_CPU_AVXVNNI,    "QRT_CPU_AVXVNNI"   },
    {QRT_CPU_AVX512VNNI, "QRT_CPU_AVX512VNNI"},
    {QRT_CPU_DOTPROD,    "QRT_CPU_DOTPROD"   },
    {QRT_CPU_I8MM,       "QRT_CPU_I8MM"      },
};

static_assert(QRT_CPU_AVX2 == int(targets::FeatureAvx2) &&
                  QRT_CPU_AVXVNNI == int(targets::FeatureAvxVnni) &&
                  QRT_CPU_AVX512VNNI == int(targets::FeatureAvx512Vnni) &&
                  QRT_CPU_DOTPROD == int(targets::FeatureDotprod) &&
                  QRT_CPU_I8MM == int(targets::FeatureI8mm),
              "targets and runtime number the features alike");

constexpr bool everyFeatureHasAName() {
  uint32_t named = 0;
  for (const FeatureName &feature : featureNames)
    named |= feature.bit;
  for (const targets::Target &target : targets::targetTable)
    if (target.features & ~named)
      return false;
  return true;
}

static_assert(everyFeatureHasAName(),
              "a level without its features would run anywhere");

std::string featureText(uint32_t features) {
  std::string text;
  for (const FeatureName &feature : featureNames)
    if (features & feature.bit)
      text += (text.empty() ? "" : " | ") + std::string(feature.name);
  return text.empty() ? "0" : text;
}

class SourcePrinter {
public:
  explicit SourcePrinter(const Model &model)
      : model(model), prefix(model.prefix) {}

  std::string print();

private:
  void section(const std::string &title);
  void printKernels();
  void printWeightsLayout();
  void printParams();
  void printTensors();
  void printBind();
  void printLevel(int64_t variant);
  void printLayer(const std::vector<const Call *> &calls);
  void printLayers(const std::vector<const Call *> &calls);
  void printKept(const std::vector<const Call *> &calls);
  void printGroup(const std::vector<const Call *> &calls);
  void printInfo();
  void printInfoTable(const std::vector<size_t> &list, const char *direction);
  void printRun();

  bool runsIn(const Call &call, int64_t variant) const {
    return call.variant < 0 || call.variant == variant;
  }
  std::string levelName(int64_t variant) const {
    return "run_" +
           std::string(model.targets[static_cast<size_t>(variant)]->name);
  }
  std::string argumentText(const Argument &argument) const;
  std::string shapesOf(const Call &call) const;
  bool usesWeights(int64_t variant) const;

  const Model &model;
  const std::string &prefix;
  CppWriter w;
};

void SourcePrinter::section(const std::string &title) {
  w.blank();
  w.raw("//===" + std::string(70, '-') + "===//\n");
  w.comment(title);
  w.raw("//===" + std::string(70, '-') + "===//\n");
}

void SourcePrinter::printKernels() {
  std::vector<const kernels::Kernel *> used;
  for (const Call &call : model.calls) {
    const kernels::Kernel *kernel = kernels::findKernel(call.kernel);
    if (kernel->isEmitted() &&
        std::find(used.begin(), used.end(), kernel) == used.end())
      used.push_back(kernel);
  }
  kernels::emitPrelude(w, used);
  if (used.empty())
    return;
  section("Kernels, one function for all layers that use it. Those called\n"
          "qrt_ref_* are in libqrt.");
  kernels::emitKernels(w, used);
}

void SourcePrinter::printWeightsLayout() {
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

void SourcePrinter::printParams() {
  if (model.params.empty())
    return;
  section("Parameters of the calls (fields as in qrt/kernels.h).");
  for (const ParamConstant &constant : model.params) {
    w.blank();
    CppWriter::Block body =
        w.block("static const " + std::string(constant.type->name) + " " +
                    constant.name + " =",
                ";");
    size_t next = 0;
    for (const FieldGroup &group : constant.type->groups) {
      std::string values;
      for (const char *letter = group.types; *letter; ++letter)
        values += (values.empty() ? "" : " ") +
                  literal(constant.fields[next++]) + ",";
      lineWithNote(w, values, group.names);
    }
  }
}

void SourcePrinter::printTensors() {
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

void SourcePrinter::printBind() {
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

std::string SourcePrinter::argumentText(const Argument &argument) const {
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

std::string SourcePrinter::shapesOf(const Call &call) const {
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

bool SourcePrinter::usesWeights(int64_t variant) const {
  for (const Call &call : model.calls)
    if (runsIn(call, variant))
      for (const Argument &argument : call.arguments)
        if (argument.kind == Argument::Address &&
            model.buffers[argument.index].kind == Buffer::Weights)
          return true;
  return false;
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
    if (colon == std::string::npos || line.size() < unit.size() ||
        line.compare(line.size() - unit.size(), unit.size(), unit) != 0)
      continue;
    const double cost = std::strtod(line.c_str() + colon + 2, nullptr);
    if (next.empty() || cost < nextCost) {
      next = line;
      nextCost = cost;
    }
  }
  return next.empty() ? choice : choice + "; next best " + next;
}

/// All calls of one step, on one level.
void SourcePrinter::printLayer(const std::vector<const Call *> &calls) {
  const Call &main = *calls.back();
  const std::string step = std::to_string(main.step);
  std::string text =
      step + ": " + commentText(main.source) + ", " + shapesOf(main);
  int64_t macs = 0;
  for (const Call *call : calls)
    macs += call->macs;
  if (macs)
    text += ", " + grouped(macs) + " MACs";
  w.blank();
  w.comment(text);
  if (const std::string choice = choiceText(main.why); !choice.empty())
    w.comment(commentText(choice));
  w.line("begin(profile, " + step + ");");
  for (const Call *call : calls) {
    std::vector<std::string> arguments;
    for (const Argument &argument : call->arguments)
      arguments.push_back(argumentText(argument));
    if (call->split || call->bands)
      printPartCall(w, model, *call, std::move(arguments));
    else
      w.line(callText(*call, arguments));
  }
  w.line("end(profile, " + step + ");");
}

/// Calls of one level in order, step by step.
void SourcePrinter::printLayers(const std::vector<const Call *> &calls) {
  std::vector<const Call *> layer;
  for (const Call *call : calls) {
    if (!layer.empty() && layer.front()->step != call->step) {
      printLayer(layer);
      layer.clear();
    }
    layer.push_back(call);
  }
  printLayer(layer);
}

/// Moves the rows that a band leaves to the next one.
void SourcePrinter::printKept(const std::vector<const Call *> &calls) {
  std::vector<std::string> moves;
  for (const Call *call : calls)
    for (const Argument &argument : call->arguments) {
      if (argument.kind != Argument::Address)
        continue;
      const Buffer &buffer = model.buffers[argument.index];
      const int64_t kept =
          buffer.windowStep ? buffer.shape[1] - buffer.windowStep : 0;
      if (kept == 0)
        continue;
      const std::string name = "t." + buffer.name;
      const std::string move =
          "__builtin_memcpy(" + name + ", " + name + " + " +
          std::to_string(buffer.windowStep * buffer.rowElements()) + ", " +
          std::to_string(kept * buffer.rowElements() *
                         static_cast<int64_t>(row(buffer.element).bytes)) +
          ");";
      if (std::find(moves.begin(), moves.end(), move) == moves.end())
        moves.push_back(move);
    }
  if (moves.empty())
    return;
  CppWriter::Block body = w.block("if (band > 0)");
  for (const std::string &move : moves)
    w.line(move);
}

/// A call without bands, or those of a group.
void SourcePrinter::printGroup(const std::vector<const Call *> &calls) {
  const std::optional<kernels::Bands> &bands = calls.front()->bands;
  if (!bands)
    return printLayers(calls);
  const std::string number = std::to_string(bands->number);
  w.blank();
  w.comment("Layers " + std::to_string(calls.front()->step) + " to " +
            std::to_string(calls.back()->step) + " in " + number +
            " bands of rows.");
  CppWriter::Block loop =
      w.block("for (int32_t band = 0; band < " + number + "; ++band)");
  printKept(calls);
  printLayers(calls);
}

void SourcePrinter::printLevel(int64_t variant) {
  w.blank();
  // With the features of its kernels, which are inlined where they have one
  // caller.
  const std::string features(
      model.targets[static_cast<size_t>(variant)]->attribute);
  CppWriter::Block body = w.function(
      (features.empty() ? ""
                        : "__attribute__((target(\"" + features + "\")))\n") +
          std::string("static void"),
      levelName(variant), {"const Tensors &t", "const qrt_profile *profile"});
  if (usesWeights(variant))
    w.line("const " + prefix + "_weights_layout &w = " + prefix + "_weights;");
  std::vector<const Call *> group;
  for (const Call &call : model.calls) {
    if (!runsIn(call, variant))
      continue;
    if (!group.empty() && (!call.bands || group.front()->group != call.group)) {
      printGroup(group);
      group.clear();
    }
    group.push_back(&call);
  }
  if (!group.empty())
    printGroup(group);
}

void SourcePrinter::printInfoTable(const std::vector<size_t> &list,
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

void SourcePrinter::printInfo() {
  section("The functions of " + prefix + ".h.");
  printInfoTable(model.inputs, "input");
  printInfoTable(model.outputs, "output");
  std::vector<std::string> names;
  for (const targets::Target *target : model.targets)
    names.push_back(stringLiteral(std::string(target->name)));
  w.blank();
  arrayOf(w, "const char *const " + prefix + "_isa_names[]", names);

  w.blank();
  w.line("namespace {");
  w.raw("/// One instruction set level: what it needs and its call list.\n");
  {
    CppWriter::Block body = w.block("struct Level", ";");
    w.line("uint32_t features;");
    w.line("void (*run)(const Tensors &, const qrt_profile *);");
  }
  w.blank();
  {
    CppWriter::Block body = w.block("const Level levels[] =", ";");
    for (size_t i = 0; i < model.targets.size(); ++i)
      w.line("{" + featureText(model.targets[i]->features) + ", " +
             levelName(static_cast<int64_t>(i)) + "},");
  }
  w.line("} // namespace");
  w.blank();
  w.comment("The first level whose features are all there, or -1.");
  CppWriter::Block body = w.function("static int32_t", "best_level", {});
  w.line("const uint32_t have = qrt_cpu_features();");
  {
    CppWriter::Block loop =
        w.block("for (int32_t i = 0; i < " + model.macro + "_ISAS; ++i)");
    w.guarded("if ((levels[i].features & ~have) == 0)", "return i;");
  }
  w.line("return -1;");
}

void SourcePrinter::printRun() {
  std::string missing = "!inputs || !outputs";
  for (size_t index : model.inputs)
    missing += " || !inputs->" + model.buffers[index].name;
  for (size_t index : model.outputs)
    missing += " || !outputs->" + model.buffers[index].name;
  w.blank();
  {
    std::vector<std::string> parameters = {
        "const " + prefix + "_inputs *inputs",
        "const " + prefix + "_outputs *outputs", "void *arena", "int32_t isa",
        "const qrt_profile *profile"};
    if (model.hasThreads())
      parameters.push_back("qrt_threads *pool");
    CppWriter::Block body =
        w.function("qrt_status",
                   prefix + (model.hasThreads() ? "_run_threads" : "_run_with"),
                   parameters);
    w.guarded("if (" + missing + ")", "return QRT_ERR_NULL;");
    w.line("const qrt_status status = qrt_check_arena(arena, " + model.macro +
           "_ARENA_BYTES, " + model.macro + "_ARENA_BYTES);");
    w.guarded("if (status != QRT_OK)", "return status;");
    w.guarded("if (isa < -1 || isa >= " + model.macro + "_ISAS)",
              "return QRT_ERR_ARGUMENT;");
    if (model.hasThreads())
      w.guarded("if (qrt_threads_count(pool) > " + model.macro + "_THREADS)",
                "return QRT_ERR_ARGUMENT;");
    w.line("const int32_t level = isa < 0 ? best_level() : isa;");
    w.guarded("if (level < 0 || (levels[level].features & "
              "~qrt_cpu_features()) != 0)",
              "return QRT_ERR_CPU;");
    w.line(std::string("levels[level].run(bind(*inputs, *outputs, arena") +
           (model.hasThreads() ? ", pool" : "") + "), profile);");
    w.line("return QRT_OK;");
  }
  if (model.hasThreads()) {
    w.blank();
    CppWriter::Block body =
        w.function("qrt_status", prefix + "_run_with",
                   {"const " + prefix + "_inputs *inputs",
                    "const " + prefix + "_outputs *outputs", "void *arena",
                    "int32_t isa", "const qrt_profile *profile"});
    w.line("return " + prefix +
           "_run_threads(inputs, outputs, arena, isa, profile, nullptr);");
  }
  w.blank();
  CppWriter::Block body =
      w.function("qrt_status", prefix + "_run",
                 {"const " + prefix + "_inputs *inputs",
                  "const " + prefix + "_outputs *outputs", "void *arena"});
  w.line("return " + prefix +
         "_run_with(inputs, outputs, arena, -1, nullptr);");
}

std::string SourcePrinter::print() {
  w.raw(banner(model, prefix + ".cpp: an integer neural network"));
  // The kernels' prelude includes qrt/kernels.h.
  w.raw("#include \"" + prefix + ".h\"\n\n#include \"qrt/cpu.h\"\n");
  const bool hasBands =
      std::any_of(model.calls.begin(), model.calls.end(),
                  [](const Call &call) { return call.bands.has_value(); });
  if (model.hasThreads() || hasBands)
    w.raw("#include \"qrt/split.h\"\n");
  printKernels();
  printWeightsLayout();
  printParams();
  printTensors();

  section("Layers, in order of execution, for each instruction set level.");
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
  if (std::any_of(model.calls.begin(), model.calls.end(),
                  [](const Call &call) { return call.split.has_value(); }))
    printSplit(w);
  for (size_t i = 0; i < model.targets.size(); ++i)
    printLevel(static_cast<int64_t>(i));

  printInfo();
  printRun();
  if (!model.selftestCrc.empty())
    printSelftest(w, model);
  return w.take();
}

} // namespace

std::string emit::printSource(const Model &model) {
  return SourcePrinter(model).print();
}
