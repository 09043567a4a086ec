// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints `<prefix>.cpp`: kernels, constants, the tensors' addresses, the call
// list of each instruction set level, and the functions of the header.

#include "codegen/emit/Print.h"
#include "codegen/emit/SourceText.h"

#include "codegen/kernels/Catalogue.h"

#include "qrt/cpu.h"

#include <algorithm>

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

class SourcePrinter : SourceText {
public:
  explicit SourcePrinter(const Model &model) : SourceText(model) {}

  std::string print();

private:
  void printKernels();
  void printParams();
  void printLevel(int64_t variant);
  void printLayer(const std::vector<const Call *> &calls);
  void printLayers(const std::vector<const Call *> &calls);
  void printKept(const std::vector<const Call *> &calls);
  void printGroup(const std::vector<const Call *> &calls);
  void printInfo();
  void printRun();

  bool runsIn(const Call &call, int64_t variant) const {
    return call.variant < 0 || call.variant == variant;
  }
  std::string levelName(int64_t variant) const {
    return "run_" +
           std::string(model.targets[static_cast<size_t>(variant)]->name);
  }
  bool usesWeights(int64_t variant) const;
};

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

void SourcePrinter::printParams() {
  if (model.params.empty())
    return;
  section("Parameters of the calls (fields as in qrt/kernels.h).");
  for (const ParamConstant &constant : model.params) {
    w.blank();
    printFields(constant, "static const " + std::string(constant.type->name) +
                              " " + constant.name);
  }
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

/// All calls of one step, on one level.
void SourcePrinter::printLayer(const std::vector<const Call *> &calls) {
  const std::string step = std::to_string(calls.back()->step);
  printLayerComment(calls);
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
  printProfile();
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
