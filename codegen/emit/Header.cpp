// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints the C API of a model.

#include "codegen/emit/Print.h"

#include "codegen/emit/Names.h"

using namespace quench;
using namespace quench::emit;
using kernels::CppWriter;

namespace {

bool isCuda(const Model &model) {
  return targets::isCuda(*model.targets.front());
}

/// What a buffer holds, in words: "float32 [1, 3, 224, 224]".
std::string describe(const Buffer &buffer) {
  std::string text =
      std::string(row(buffer.element).word) + " " + buffer.shapeText();
  if (buffer.quantized)
    text += ", value = (code - " + std::to_string(buffer.zero) + ") * " +
            literal({FieldValue::Real, 0, buffer.scale, {}});
  return text;
}

void printConstants(CppWriter &w, const Model &model, const Buffer &buffer,
                    const char *direction) {
  const std::string name =
      model.macro + "_" + direction + "_" + macroName(buffer.name);
  w.blank();
  w.comment(std::string(direction[0] == 'I' ? "Input" : "Output") + " `" +
            commentText(buffer.sourceName) + "`: " + describe(buffer));
  if (!buffer.preparation.empty())
    w.comment(commentText(buffer.preparation));
  w.raw("#define " + name + "_ELEMENTS " + std::to_string(buffer.elements()) +
        "\n");
  if (!buffer.quantized)
    return;
  w.raw("#define " + name + "_SCALE " + floatLiteral(buffer.scale) + "\n");
  w.raw("#define " + name + "_ZERO " +
        (buffer.zero < 0 ? "(" + std::to_string(buffer.zero) + ")"
                         : std::to_string(buffer.zero)) +
        "\n");
}

/// Helpers that turn a real number into a code and back.
void printQuantizers(CppWriter &w, const Model &model) {
  for (size_t index : model.inputs) {
    const Buffer &buffer = model.buffers[index];
    if (!buffer.quantized)
      continue;
    const std::string macro = model.macro + "_INPUT_" + macroName(buffer.name);
    w.blank();
    w.comment("The code of a real number at input `" +
              commentText(buffer.sourceName) +
              "`: nearest, ties to even, clamped to [" +
              std::to_string(buffer.min) + ", " + std::to_string(buffer.max) +
              "].");
    CppWriter::Block body =
        w.function("static inline " + std::string(row(buffer.element).cType),
                   model.prefix + "_quantize_" + buffer.name, {"float value"});
    w.line("return (" + std::string(row(buffer.element).cType) +
           ")qrt_quantize(value, " + macro + "_SCALE, " + macro + "_ZERO, " +
           std::to_string(buffer.min) + ", " + std::to_string(buffer.max) +
           ");");
  }
  for (size_t index : model.outputs) {
    const Buffer &buffer = model.buffers[index];
    if (!buffer.quantized)
      continue;
    const std::string macro = model.macro + "_OUTPUT_" + macroName(buffer.name);
    w.blank();
    w.comment("The real number of a code at output `" +
              commentText(buffer.sourceName) + "`.");
    CppWriter::Block body = w.function(
        "static inline float", model.prefix + "_dequantize_" + buffer.name,
        {std::string(row(buffer.element).cType) + " code"});
    w.line("return qrt_dequantize(code, " + macro + "_ZERO, " + macro +
           "_SCALE);");
  }
}

void printPointers(CppWriter &w, const Model &model,
                   const std::vector<size_t> &list, const char *what) {
  const bool isInput = what[0] == 'i';
  const std::string type = model.prefix + "_" + what;
  w.blank();
  w.comment(std::string("One pointer per ") + (isInput ? "input" : "output") +
            ", dense, last axis fastest" +
            (isCuda(model) ? ", in device memory, 16-byte aligned."
             : isInput     ? ". No alignment is needed."
                           : ". Must not overlap inputs or arena."));
  CppWriter::Block body = w.block("typedef struct " + type, " " + type + ";");
  if (list.empty())
    lineWithNote(w, "char none;", std::string("the model has no ") + what);
  for (size_t index : list) {
    const Buffer &buffer = model.buffers[index];
    lineWithNote(w,
                 std::string(isInput ? "const " : "") +
                     row(buffer.element).cType + " *" + buffer.name + ";",
                 describe(buffer));
  }
}

void printRunThreads(CppWriter &w, const Model &model) {
  const std::string &prefix = model.prefix;
  w.blank();
  w.raw("/// The same by the workers of a pool, which share the longer layers. "
        "The bytes\n"
        "/// are the same for any number of workers.\n"
        "/// \\param pool  null: the calling thread alone. A pool serves one "
        "run at a time.\n"
        "/// \\return also QRT_ERR_ARGUMENT for more workers than " +
        model.macro + "_THREADS.\n");
  w.line("qrt_status " + prefix + "_run_threads(const " + prefix +
         "_inputs *inputs, " + "const " + prefix +
         "_outputs *outputs, void *arena, int32_t isa, "
         "const qrt_profile *profile, qrt_threads *pool);");
}

/// Levels, run, run_with, run_threads, selftest.
void printCpuFunctions(CppWriter &w, const Model &model) {
  const std::string &prefix = model.prefix;
  w.blank();
  w.comment("Instruction set levels in this object, best first. All of them "
            "give the same bytes.");
  w.line("extern const char *const " + prefix + "_isa_names[" + model.macro +
         "_ISAS];");

  w.blank();
  w.raw(
      "/// Runs the model once, on the best level this processor has.\n"
      "/// \\param arena  scratch, " +
      model.macro +
      "_ARENA_BYTES long, 64-byte aligned;\n"
      "///               its content is undefined before and after.\n"
      "/// \\return QRT_OK; QRT_ERR_NULL for a null pointer; QRT_ERR_ARENA for "
      "a\n"
      "///         misaligned arena; QRT_ERR_CPU when the processor has no "
      "level of\n"
      "///         " +
      prefix +
      "_isa_names. On an error no output byte is written.\n"
      "///\n"
      "/// Allocates nothing, prints nothing. Concurrent calls need separate "
      "arenas.\n");
  w.line("qrt_status " + prefix + "_run(const " + prefix + "_inputs *inputs, " +
         "const " + prefix + "_outputs *outputs, void *arena);");
  w.blank();
  w.raw("/// The same with a choice.\n"
        "/// \\param isa      index into " +
        prefix +
        "_isa_names, or -1 for the best one.\n"
        "/// \\param profile  called around each layer; may be null.\n"
        "/// \\return also QRT_ERR_ARGUMENT for another index.\n");
  w.line("qrt_status " + prefix + "_run_with(const " + prefix +
         "_inputs *inputs, " + "const " + prefix +
         "_outputs *outputs, void *arena, int32_t isa, "
         "const qrt_profile *profile);");
  if (model.hasThreads())
    printRunThreads(w, model);

  if (!model.selftestCrc.empty()) {
    size_t bytes = static_cast<size_t>(model.arenaBytes + 63) / 64 * 64;
    for (const std::vector<size_t> *list : {&model.inputs, &model.outputs})
      for (size_t index : *list)
        bytes += (model.buffers[index].byteSize() + 63) / 64 * 64;
    w.blank();
    w.comment("Memory of the self-test: arena, inputs and outputs, in bytes.");
    w.raw("#define " + model.macro + "_SELFTEST_BYTES " +
          std::to_string(bytes) + "\n");
    w.blank();
    w.raw("/// Runs the model on built-in pseudo-random inputs, on every level "
          "this\n"
          "/// processor has, and compares the outputs with those of the "
          "compiler's\n"
          "/// reference interpreter: the proof that this machine gives the "
          "same bytes.\n"
          "/// \\param memory  " +
          model.macro +
          "_SELFTEST_BYTES long, 64-byte aligned.\n"
          "/// \\return QRT_OK; QRT_ERR_SELFTEST for other bytes; the errors "
          "of " +
          prefix + "_run.\n");
    w.line("qrt_status " + prefix + "_selftest(void *memory);");
  }
}

} // namespace

std::string emit::printHeader(const Model &model) {
  const std::string &prefix = model.prefix;
  const std::string guard = model.macro + "_H";
  CppWriter w;
  w.raw(banner(model, prefix + ".h: an integer neural network, C API"));
  w.raw("#ifndef " + guard + "\n#define " + guard + "\n\n");
  w.raw("#include \"qrt/qrt.h\"\n#include \"qrt/requantize.h\"\n");
  if (model.hasThreads())
    w.raw("#include \"qrt/threads.h\"\n");
  if (isCuda(model))
    w.raw("\n#include <cuda_runtime_api.h>\n");

  w.blank();
  if (isCuda(model)) {
    w.comment(
        "Device memory, in bytes: of the weights, and scratch of one run.");
    w.raw("#define " + model.macro + "_WEIGHTS_BYTES " +
          std::to_string(model.weightBytes) + "\n#define " + model.macro +
          "_WORKSPACE_BYTES " + std::to_string(model.arenaBytes) + "\n");
  } else {
    w.comment(
        "Scratch memory of one run, in bytes; QRT_ARENA_ALIGNMENT aligned.");
    w.raw("#define " + model.macro + "_ARENA_BYTES " +
          std::to_string(model.arenaBytes) + "\n");
  }
  for (size_t index : model.inputs)
    printConstants(w, model, model.buffers[index], "INPUT");
  for (size_t index : model.outputs)
    printConstants(w, model, model.buffers[index], "OUTPUT");
  w.blank();
  w.comment(
      isCuda(model)
          ? "Number of inputs, outputs and layers."
          : "Number of inputs, outputs, layers and instruction set levels.");
  auto count = [&](const char *what, size_t number) {
    w.raw("#define " + model.macro + "_" + what + " " + std::to_string(number) +
          "\n");
  };
  count("INPUTS", model.inputs.size());
  count("OUTPUTS", model.outputs.size());
  count("LAYERS", model.layerNames.size());
  if (!isCuda(model))
    count("ISAS", model.targets.size());
  if (model.hasThreads()) {
    w.blank();
    w.comment("The most workers of one run.");
    count("THREADS", static_cast<size_t>(model.threads));
  }

  w.blank();
  w.raw("#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
  printPointers(w, model, model.inputs, "inputs");
  printPointers(w, model, model.outputs, "outputs");

  w.blank();
  w.comment("The same as data: name, type, shape, scale and zero point of each "
            "pointer, in order.");
  if (!model.inputs.empty())
    w.line("extern const qrt_tensor_info " + prefix + "_input_info[" +
           model.macro + "_INPUTS];");
  w.line("extern const qrt_tensor_info " + prefix + "_output_info[" +
         model.macro + "_OUTPUTS];");
  if (isCuda(model))
    printCudaFunctions(w, model);
  else
    printCpuFunctions(w, model);
  printQuantizers(w, model);
  w.blank();
  w.raw("#ifdef __cplusplus\n}\n#endif\n\n#endif // " + guard + "\n");
  return w.take();
}
