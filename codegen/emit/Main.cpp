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

/// What depends on where the model runs: here, or on a GPU.
struct PlaceText {
  const char *place, *cpu, *cuda;
};
constexpr PlaceText placeTexts[] = {
    {"@isa help@\n",
     R"(    "  --isa NAME       use this instruction set level, not the best one\n"
)",
     ""                                                                                   },
    {"@levels@",         " and levels",                                              ""   },
    {"@isa describe@\n",
     R"(  std::printf("Arena: %zu bytes\n", static_cast<size_t>(@P@_ARENA_BYTES));
  std::printf("Levels, best first:");
  for (const char *name : @p@_isa_names)
    std::printf(" %s", name);
  std::printf("\n");
)",
     R"(  std::printf("Device memory: %zu bytes of weights, %zu of workspace\n",
              static_cast<size_t>(@P@_WEIGHTS_BYTES),
              static_cast<size_t>(@P@_WORKSPACE_BYTES));
)"          },
    {"@isa option@",     ", isa",                                                    ""   },
    {"@isa parse@\n",
     R"(    } else if (argument == "--isa") {
      options.isa = value();
)",                                       ""   },
    {"@isa find@\n",
     R"(int32_t findIsa(const std::string &name) {
  if (name.empty())
    return -1;
  std::string known;
  for (int32_t i = 0; i < @P@_ISAS; ++i) {
    if (name == @p@_isa_names[i])
      return i;
    known += std::string(i ? ", " : "") + @p@_isa_names[i];
  }
  fail(Usage, "unknown level '" + name + "', expects one of: " + known);
}

)",                                  ""   },
    {"@isa choose@\n",   "  const int32_t isa = findIsa(options.isa);\n",            ""   },
    {"@machine@\n",      "  const Memory arena(@P@_ARENA_BYTES);\n",
     "  const Gpu gpu;\n"                                                                 },
    {"@where@",          "arena, isa",                                               "gpu"},
};

/// Errors of the CUDA runtime, and memory of the device.
constexpr const char gpuText[] =
    R"(void check(cudaError_t error, const std::string &what) {
  if (error != cudaSuccess)
    fail(RunFailed, what + ": " + cudaGetErrorString(error));
}

/// Memory of the device.
struct DeviceMemory {
  explicit DeviceMemory(size_t bytes) {
    void *memory = nullptr;
    check(cudaMalloc(&memory, bytes ? bytes : 1),
          std::to_string(bytes) + " bytes of device memory");
    at = static_cast<uint8_t *>(memory);
  }
  DeviceMemory(const DeviceMemory &) = delete;
  DeviceMemory(DeviceMemory &&other) noexcept : at(other.at) {
    other.at = nullptr;
  }
  ~DeviceMemory() { cudaFree(at); }

  uint8_t *at;
};

/// The model on the current device, with a place for each input and output.
struct Gpu {
  Gpu() : weights(@P@_WEIGHTS_BYTES), workspace(@P@_WORKSPACE_BYTES) {
    check(cudaStreamCreate(&stream), "stream");
    check(@p@_cuda_init(&model, weights.at, stream), "init");
@places@  }
  Gpu(const Gpu &) = delete;
  ~Gpu() { cudaStreamDestroy(stream); }

  DeviceMemory weights, workspace;
  cudaStream_t stream = nullptr;
  @p@_cuda model;
  std::vector<DeviceMemory> in, out;
};

/// A hook that sees a layer's whole time: launches are asynchronous.
struct LayerSpan {
  const qrt_profile *profile;
  cudaStream_t stream;
};

void onSpan(void *user, qrt_profile_event event, int32_t layer,
            const char *name) {
  const auto *span = static_cast<const LayerSpan *>(user);
  check(cudaStreamSynchronize(span->stream), name);
  qrt_profile_layer(span->profile, event, layer, name);
}

)";

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

std::string replaced(std::string text, const std::string &from,
                     const std::string &to) {
  for (size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// The pointers of all inputs or outputs, on the device.
void printDevicePointers(CppWriter &w, const Model &model,
                         const std::vector<size_t> &list, const char *what,
                         const char *places) {
  w.line(model.prefix + "_" + what + " " + what + ";");
  if (list.empty())
    w.line(std::string(what) + ".none = 0;");
  for (size_t i = 0; i < list.size(); ++i)
    w.line(std::string(what) + "." + model.buffers[list[i]].name +
           " = reinterpret_cast<" + row(model.buffers[list[i]].element).cType +
           " *>(gpu." + places + "[" + std::to_string(i) + "].at);");
}

/// modelFunctions() for a GPU.
std::string cudaFunctions(const Model &model) {
  const std::string &p = model.prefix;
  std::string places;
  for (const auto &[list, name] :
       {std::pair(&model.inputs, "in"), std::pair(&model.outputs, "out")})
    for (size_t index : *list)
      places += "    " + std::string(name) + ".emplace_back(" +
                std::to_string(model.buffers[index].byteSize()) + ");\n";
  CppWriter w;
  w.raw(replaced(gpuText, "@places@", places));
  {
    CppWriter::Block body =
        w.function("void", "runSample",
                   {std::string("const std::vector<Samples> &") +
                        (model.inputs.empty() ? "" : "in"),
                    "std::vector<Samples> &out", "size_t index",
                    "const Gpu &gpu", "const qrt_profile *profile"});
    printDevicePointers(w, model, model.inputs, "inputs", "in");
    printDevicePointers(w, model, model.outputs, "outputs", "out");
    if (!model.inputs.empty()) {
      CppWriter::Block loop = w.block("for (size_t i = 0; i < in.size(); ++i)");
      w.line("check(cudaMemcpyAsync(gpu.in[i].at, in[i].bytes.data() + index * "
             "in[i].sampleBytes, in[i].sampleBytes, cudaMemcpyHostToDevice, "
             "gpu.stream), \"copy\");");
    }
    w.line("LayerSpan span = {profile, gpu.stream};");
    w.line("const qrt_profile hook = {onSpan, &span};");
    w.line("check(" + p +
           "_cuda_run_with(&gpu.model, &inputs, &outputs, gpu.workspace.at, "
           "profile ? &hook : nullptr, gpu.stream), \"run\");");
    {
      CppWriter::Block loop =
          w.block("for (size_t i = 0; i < out.size(); ++i)");
      w.line("check(cudaMemcpyAsync(out[i].bytes.data() + index * "
             "out[i].sampleBytes, gpu.out[i].at, out[i].sampleBytes, "
             "cudaMemcpyDeviceToHost, gpu.stream), \"copy\");");
    }
    w.line("check(cudaStreamSynchronize(gpu.stream), \"run\");");
  }
  w.blank();
  {
    CppWriter::Block body = w.function("void", "selftest", {});
    if (model.selftestCrc.empty()) {
      w.line("fail(RunFailed, \"compiled without a self-test\");");
    } else {
      w.line("const DeviceMemory device(" + model.macro +
             "_SELFTEST_DEVICE_BYTES);");
      w.line("const Memory host(" + model.macro + "_SELFTEST_HOST_BYTES);");
      w.line("check(" + p +
             "_cuda_selftest(device.at, host.at, nullptr), \"self-test\");");
      w.line("std::printf(\"self-test: ok\\n\");");
    }
  }
  return w.take();
}

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
  const bool cuda = targets::isCuda(*model.targets.front());
  text = replaced(text, "@run@",
                  cuda ? cudaFunctions(model) : modelFunctions(model));
  for (const PlaceText &entry : placeTexts)
    text = replaced(text, entry.place, cuda ? entry.cuda : entry.cpu);
  for (const ThreadsText &entry : threadsTexts)
    text = replaced(text, entry.place, model.hasThreads() ? entry.text : "");
  text = replaced(text, "@threads@", std::to_string(model.threads));
  text = replaced(text, "@p@", p);
  text = replaced(text, "@P@", model.macro);
  return banner(model, p + "_main.cpp: runs the model on files") + text;
}
