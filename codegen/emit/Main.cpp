// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints `<prefix>_main.cpp`: the template, and the few functions that know the
// model's inputs and outputs.

#include "codegen/emit/MainTemplate.h"
#include "codegen/emit/Print.h"

using namespace quench;
using namespace quench::emit;
using kernels::CppWriter;

namespace {

/// Sets the pointers of all inputs or outputs to sample `index`.
void printPointers(CppWriter &w, const Model &model,
                   const std::vector<size_t> &list, const char *what,
                   const char *source, const char *qualifier) {
  w.line(model.prefix + "_" + what + " " + what + ";");
  if (list.empty())
    w.line(std::string(what) + ".none = 0;");
  for (size_t i = 0; i < list.size(); ++i) {
    const Buffer &buffer = model.buffers[list[i]];
    const std::string samples =
        std::string(source) + "[" + std::to_string(i) + "]";
    w.line(std::string(what) + "." + buffer.name + " = reinterpret_cast<" +
           qualifier + row(buffer.element).cType + " *>(" + samples +
           ".bytes.data() + index * " + samples + ".sampleBytes);");
  }
}

/// What the program has more where several workers may share a run.
struct ThreadsText {
  const char *place, *text;
};
constexpr ThreadsText threadsTexts[] = {
    {"@threads help@\n",
     R"(    "  --threads N      workers that share a run, up to @threads@; default 1\n"
)"},
    {"@threads option@\n", "  long threads = 1;\n"                                     },
    {"@threads parse@\n",
     R"(    } else if (argument == "--threads") {
      options.threads = positiveNumber(argument, value());
      if (options.threads > @P@_THREADS)
        fail(Usage, "--threads expects at most " +
                        std::to_string(@P@_THREADS) + ", found " +
                        std::to_string(options.threads));
)"                                      },
    {"@threads start@\n",  "  const Pool pool(options.threads);\n"                     },
    {"@pool@",             ", pool.at"                                                 },
};

constexpr const char poolText[] = R"(/// Threads, this one included.
struct Pool {
  explicit Pool(long count)
      : memory(qrt_threads_bytes(static_cast<int32_t>(count))) {
    const qrt_status status = qrt_threads_create(
        memory.at, memory.bytes, static_cast<int32_t>(count), &at);
    if (status != QRT_OK)
      fail(RunFailed, std::string("--threads: ") + qrt_status_string(status));
  }
  Pool(const Pool &) = delete;
  ~Pool() { qrt_threads_destroy(at); }

  Memory memory;
  qrt_threads *at = nullptr;
};

)";

/// `runSample` and `selftest` of the template.
std::string modelFunctions(const Model &model) {
  const std::string &p = model.prefix;
  CppWriter w;
  std::vector<std::string> parameters = {
      std::string("const std::vector<Samples> &") +
          (model.inputs.empty() ? "" : "in"),
      "std::vector<Samples> &out",
      "size_t index",
      "const Memory &arena",
      "int32_t isa",
      "const qrt_profile *profile"};
  if (model.hasThreads()) {
    w.raw(poolText);
    parameters.push_back("qrt_threads *pool");
  }
  {
    CppWriter::Block body = w.function("void", "runSample", parameters);
    printPointers(w, model, model.inputs, "inputs", "in", "const ");
    printPointers(w, model, model.outputs, "outputs", "out", "");
    w.line(
        "check(" + p +
        (model.hasThreads()
             ? "_run_threads(&inputs, &outputs, arena.at, isa, profile, pool)"
             : "_run_with(&inputs, &outputs, arena.at, isa, profile)") +
        ", \"run\");");
  }
  w.blank();
  {
    CppWriter::Block body = w.function("void", "selftest", {});
    if (model.selftestCrc.empty()) {
      w.line("fail(RunFailed, \"compiled without a self-test\");");
    } else {
      w.line("const Memory memory(" + model.macro + "_SELFTEST_BYTES);");
      w.line("check(" + p + "_selftest(memory.at), \"self-test\");");
      w.line("std::printf(\"self-test: ok\\n\");");
    }
  }
  return w.take();
}

std::string replaced(std::string text, const std::string &from,
                     const std::string &to) {
  for (size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

} // namespace

std::string emit::printMain(const Model &model) {
  const std::string &p = model.prefix;
  std::string describe, load;
  if (!model.inputs.empty()) {
    describe = "  for (const qrt_tensor_info &info : " + p +
               "_input_info)\n    describe(\"Input\", info);\n";
    load = "  for (size_t i = 0; i < " + model.macro +
           "_INPUTS; ++i)\n"
           "    in.push_back(isMadeUp ? madeUpSamples(" +
           p +
           "_input_info[i])\n"
           "                          : readSamples(options.inputs[i],\n"
           "                                        " +
           p + "_input_info[i]));\n";
  }
  describe += "  for (const qrt_tensor_info &info : " + p +
              "_output_info)\n    describe(\"Output\", info);\n";

  std::string text = mainTemplate;
  text = replaced(text, "@describe@\n", describe);
  text = replaced(text, "@load@\n", load);
  text = replaced(text, "@run@", modelFunctions(model));
  for (const ThreadsText &entry : threadsTexts)
    text = replaced(text, entry.place, model.hasThreads() ? entry.text : "");
  text = replaced(text, "@threads@", std::to_string(model.threads));
  text = replaced(text, "@p@", p);
  text = replaced(text, "@P@", model.macro);
  return banner(model, p + "_main.cpp: runs the model on files") + text;
}
