// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints `<prefix>.cu`: parameters as types, which the templates of qrt/cuda
// take, the tensors' places in the workspace, one launch (or two) a layer, and
// the functions of the header.

#include "codegen/emit/Print.h"
#include "codegen/emit/SourceText.h"

#include "codegen/emit/Names.h"
#include "codegen/kernels/Catalogue.h"

#include <optional>
#include <set>

using namespace quench;
using namespace quench::emit;
using kernels::CppWriter;

namespace {

/// Device memory is allocated in multiples of this.
constexpr size_t deviceAlignment = 256;

size_t aligned(size_t bytes) {
  return (bytes + deviceAlignment - 1) / deviceAlignment * deviceAlignment;
}

class CudaPrinter : SourceText {
public:
  explicit CudaPrinter(const Model &model) : SourceText(model) {}

  std::string print();

private:
  void printIncludes();
  void printParams();
  void printLayers();
  void printTiles();
  void printCall(const Call &call);
  void printInit();
  void printRun();
  void printSelftest();

  std::string weightsType() const { return prefix + "_weights_layout"; }
};

void CudaPrinter::printIncludes() {
  w.raw("#include \"" + prefix + ".h\"\n\n");
  std::set<std::string> headers = {"qrt/cuda/device.cuh"};
  for (const Call &call : model.calls)
    headers.insert(kernels::findKernel(call.kernel)->header);
  for (const std::string &header : headers)
    w.raw("#include \"" + header + "\"\n");
  if (!model.selftestCrc.empty())
    w.raw("\n#include <cstring>\n");
  w.raw("\nusing namespace qrt::cuda;\n");
}

void CudaPrinter::printParams() {
  if (model.params.empty())
    return;
  section("Parameters of the layers (fields as in qrt/kernels.h).");
  w.blank();
  w.line("namespace {");
  for (const ParamConstant &constant : model.params) {
    w.blank();
    CppWriter::Block body = w.block("struct " + constant.name, ";");
    printFields(constant,
                "static constexpr " + std::string(constant.type->name) + " p");
  }
  w.line("} // namespace");
}

/// A template argument with numbers, which has a name of its own: what stands
/// behind the layer and the facts of the call. None for other kernels.
struct TileText {
  std::string name, type;
};
std::optional<TileText> tileOf(const Call &call) {
  const kernels::Kernel &kernel = *kernels::findKernel(call.kernel);
  const size_t begin = kernel.call.find("ConvTile<");
  if (begin == std::string::npos)
    return std::nullopt;
  // "conv2d_s8_64x64_k2_cuda"
  const std::string &symbol = kernel.symbol;
  const size_t from = std::string("conv2d_s8").size();
  TileText tile = {"tile" + symbol.substr(from, symbol.rfind('_') - from),
                   kernel.call.substr(begin, kernel.call.size() - begin - 1)};
  for (const Argument &argument : call.arguments)
    if (argument.kind == Argument::Number) {
      const std::string number = literal(argument.number);
      tile.name += "_" + number;
      if (const size_t at = tile.type.find('#'); at != std::string::npos)
        tile.type.replace(at, 1, number);
    }
  return tile;
}

void CudaPrinter::printTiles() {
  std::set<std::string> printed;
  for (const Call &call : model.calls) {
    const std::optional<TileText> tile = tileOf(call);
    if (!tile || !printed.insert(tile->name).second)
      continue;
    if (printed.size() == 1) {
      section("Tiles: pixels and channels of a block, of a warp, buffers, "
              "parts of K, bytes\nof a copy, whether sums are exact as floats, "
              "channels stored at once, residual.");
      w.blank();
    }
    w.line("using " + tile->name + " = " + tile->type + ";");
  }
}

/// The template of the kernel, with the layer filled in.
void CudaPrinter::printCall(const Call &call) {
  const std::optional<TileText> tile = tileOf(call);
  std::string text = kernels::findKernel(call.kernel)->call;
  if (tile)
    text.replace(text.find("ConvTile<"), std::string::npos, tile->name + ">");
  std::string arguments = "stream";
  for (const Argument &argument : call.arguments) {
    if (argument.kind == Argument::Params)
      text.replace(text.find('@'), 1, model.params[argument.index].name);
    else if (argument.kind != Argument::Number || !tile)
      arguments += ", " + argumentText(argument);
  }
  w.line(text + "(" + arguments + ");");
}

void CudaPrinter::printLayers() {
  w.blank();
  std::vector<std::string> parameters = {"const Tensors &t"};
  if (model.weightBytes)
    parameters.push_back("const " + weightsType() + " &w");
  parameters.push_back("const qrt_profile *profile");
  parameters.push_back("cudaStream_t stream");
  CppWriter::Block body = w.function("static void", "run_layers", parameters);
  for (size_t i = 0; i < model.calls.size();) {
    std::vector<const Call *> layer;
    for (; i < model.calls.size() &&
           (layer.empty() || layer.front()->step == model.calls[i].step);
         ++i)
      layer.push_back(&model.calls[i]);
    const std::string step = std::to_string(layer.front()->step);
    printLayerComment(layer);
    w.line("begin(profile, " + step + ");");
    for (const Call *call : layer)
      printCall(*call);
    w.line("end(profile, " + step + ");");
  }
}

void CudaPrinter::printInit() {
  const std::string level(model.targets.front()->name.substr(7)); // cuda_sm
  w.blank();
  w.line("size_t " + prefix + "_cuda_weights_bytes(void) { return " +
         model.macro + "_WEIGHTS_BYTES; }");
  w.line("size_t " + prefix + "_cuda_workspace_bytes(void) { return " +
         model.macro + "_WORKSPACE_BYTES; }");
  w.blank();
  CppWriter::Block body = w.function(
      "qrt_status", prefix + "_cuda_init",
      {prefix + "_cuda *model", "void *weights",
       std::string("cudaStream_t ") + (model.weightBytes ? "stream" : "")});
  w.guarded(std::string("if (!model") +
                (model.weightBytes ? " || !weights" : "") + ")",
            "return QRT_ERR_NULL;");
  w.line("int device = 0, major = 0, minor = 0;");
  w.guarded("if (cudaGetDevice(&device) != cudaSuccess || "
            "cudaDeviceGetAttribute(&major, "
            "cudaDevAttrComputeCapabilityMajor, device) != cudaSuccess || "
            "cudaDeviceGetAttribute(&minor, "
            "cudaDevAttrComputeCapabilityMinor, device) != cudaSuccess)",
            "return QRT_ERR_CUDA;");
  w.guarded("if (10 * major + minor < " + level + ")",
            "return QRT_ERR_DEVICE;");
  w.line("model->weights = weights;");
  if (model.weightBytes)
    w.guarded("if (cudaMemcpyAsync(weights, &" + prefix + "_weights, " +
                  model.macro +
                  "_WEIGHTS_BYTES, cudaMemcpyHostToDevice, stream) != "
                  "cudaSuccess)",
              "return QRT_ERR_CUDA;");
  w.line("return QRT_OK;");
}

void CudaPrinter::printRun() {
  std::string missing = "!model || !inputs || !outputs";
  if (model.arenaBytes)
    missing += " || !workspace";
  for (size_t index : model.inputs)
    missing += " || !inputs->" + model.buffers[index].name;
  for (size_t index : model.outputs)
    missing += " || !outputs->" + model.buffers[index].name;
  w.blank();
  {
    CppWriter::Block body =
        w.function("qrt_status", prefix + "_cuda_run_with",
                   {"const " + prefix + "_cuda *model",
                    "const " + prefix + "_inputs *inputs",
                    "const " + prefix + "_outputs *outputs", "void *workspace",
                    "const qrt_profile *profile", "cudaStream_t stream"});
    w.guarded("if (" + missing + ")", "return QRT_ERR_NULL;");
    w.line("run_layers(bind(*inputs, *outputs, workspace), " +
           (model.weightBytes ? "*static_cast<const " + weightsType() +
                                    " *>(model->weights), "
                              : std::string()) +
           "profile, stream);");
    w.line("return cudaPeekAtLastError() == cudaSuccess ? QRT_OK : "
           "QRT_ERR_CUDA;");
  }
  w.blank();
  CppWriter::Block body =
      w.function("qrt_status", prefix + "_cuda_run",
                 {"const " + prefix + "_cuda *model",
                  "const " + prefix + "_inputs *inputs",
                  "const " + prefix + "_outputs *outputs", "void *workspace",
                  "cudaStream_t stream"});
  w.line("return " + prefix +
         "_cuda_run_with(model, inputs, outputs, workspace, nullptr, stream);");
}

void CudaPrinter::printSelftest() {
  w.blank();
  CppWriter::Block body =
      w.function("qrt_status", prefix + "_cuda_selftest",
                 {"void *device", "void *host", "cudaStream_t stream"});
  w.guarded("if (!device || !host)", "return QRT_ERR_NULL;");
  printSelftestSums(w, model);
  w.line("uint8_t *const there = static_cast<uint8_t *>(device);");
  w.line(prefix + "_cuda model;");
  w.line("qrt_status status = " + prefix +
         "_cuda_init(&model, there, stream);");
  w.guarded("if (status != QRT_OK)", "return status;");
  size_t at = aligned(model.weightBytes);
  w.line("void *const workspace = there + " + std::to_string(at) + ";");
  at += aligned(static_cast<size_t>(model.arenaBytes));
  w.line("uint8_t *const base = static_cast<uint8_t *>(host);");
  size_t offset = 0;
  printSelftestMemory(w, model, offset, deviceAlignment);
  printSelftestInputs(w, model);
  auto fields = [&](const std::vector<size_t> &list) {
    std::string text;
    for (size_t index : list) {
      const Buffer &buffer = model.buffers[index];
      text += (text.empty() ? "" : ", ") + std::string("reinterpret_cast<") +
              row(buffer.element).cType + " *>(there + " + std::to_string(at) +
              ")";
      at += aligned(buffer.byteSize());
    }
    return text.empty() ? std::string("0") : text;
  };
  const size_t begin = at;
  w.line("const " + prefix + "_inputs inputs = {" + fields(model.inputs) +
         "};");
  const size_t middle = at;
  w.line("const " + prefix + "_outputs outputs = {" + fields(model.outputs) +
         "};");
  if (middle != begin)
    w.guarded("if (cudaMemcpyAsync(there + " + std::to_string(begin) +
                  ", base, " + std::to_string(middle - begin) +
                  ", cudaMemcpyHostToDevice, stream) != cudaSuccess)",
              "return QRT_ERR_CUDA;");
  w.line("status = " + prefix +
         "_cuda_run(&model, &inputs, &outputs, workspace, stream);");
  w.guarded("if (status != QRT_OK)", "return status;");
  w.guarded("if (cudaMemcpyAsync(base + " + std::to_string(middle - begin) +
                ", there + " + std::to_string(middle) + ", " +
                std::to_string(at - middle) +
                ", cudaMemcpyDeviceToHost, stream) != cudaSuccess || "
                "cudaStreamSynchronize(stream) != cudaSuccess)",
            "return QRT_ERR_CUDA;");
  printSelftestChecks(w, model);
  w.line("return QRT_OK;");
}

std::string CudaPrinter::print() {
  w.raw(banner(model, prefix + ".cu: an integer neural network for GPUs"));
  printIncludes();
  printWeightsLayout();
  printParams();
  printTiles();
  printTensors();
  section("Layers, in order of execution.");
  printProfile();
  printLayers();
  section("The functions of " + prefix + ".h.");
  printInfoTable(model.inputs, "input");
  printInfoTable(model.outputs, "output");
  printInit();
  printRun();
  if (!model.selftestCrc.empty())
    printSelftest();
  return w.take();
}

} // namespace

std::string emit::printCudaSource(const Model &model) {
  return CudaPrinter(model).print();
}

void emit::printCudaFunctions(CppWriter &w, const Model &model) {
  const std::string &p = model.prefix;
  w.blank();
  w.raw("/// The model on a device. Plain data: copy it, use it from any "
        "thread.\n");
  {
    CppWriter::Block body =
        w.block("typedef struct " + p + "_cuda", " " + p + "_cuda;");
    lineWithNote(w, "const void *weights;", "in device memory");
  }
  w.blank();
  w.raw("/// The two sizes above, for callers that load this as a library.\n");
  w.line("size_t " + p + "_cuda_weights_bytes(void);");
  w.line("size_t " + p + "_cuda_workspace_bytes(void);");
  w.blank();
  w.raw(
      "/// Checks the current device and copies the weights to it, in stream "
      "order.\n"
      "/// \\param weights  device memory, " +
      model.macro +
      "_WEIGHTS_BYTES long, from\n"
      "///                 cudaMalloc (256-byte aligned); kept by the "
      "caller as long as\n"
      "///                 `model` is used.\n"
      "/// \\return QRT_OK; QRT_ERR_NULL for a null pointer; QRT_ERR_DEVICE "
      "for a device\n"
      "///         below the level of this code; QRT_ERR_CUDA for an error of "
      "the CUDA\n"
      "///         runtime (cudaGetLastError() says which).\n");
  w.line("qrt_status " + p + "_cuda_init(" + p +
         "_cuda *model, void *weights, cudaStream_t stream);");
  w.blank();
  w.raw(
      "/// Launches the model once. Asynchronous: allocates nothing, "
      "synchronises nothing,\n"
      "/// can be captured in a CUDA graph.\n"
      "/// \\param inputs, outputs  the pointers are of device memory, 16-byte "
      "aligned;\n"
      "///                   the structs themselves are read before this "
      "returns.\n"
      "/// \\param workspace  device memory, " +
      model.macro +
      "_WORKSPACE_BYTES long, 256-byte\n"
      "///                   aligned; its content is undefined before and "
      "after.\n"
      "/// \\return as " +
      p + "_cuda_init. Concurrent runs need separate workspaces.\n");
  w.line("qrt_status " + p + "_cuda_run(const " + p + "_cuda *model, const " +
         p + "_inputs *inputs, const " + p +
         "_outputs *outputs, void *workspace, cudaStream_t stream);");
  w.blank();
  w.raw("/// The same with a hook that is called around the launches of each "
        "layer, which\n"
        "/// may synchronise the stream or record events.\n"
        "/// \\param profile  may be null.\n");
  w.line("qrt_status " + p + "_cuda_run_with(const " + p +
         "_cuda *model, const " + p + "_inputs *inputs, const " + p +
         "_outputs *outputs, void *workspace, const qrt_profile *profile, "
         "cudaStream_t stream);");
  if (model.selftestCrc.empty())
    return;
  size_t host = 0;
  for (const std::vector<size_t> *list : {&model.inputs, &model.outputs})
    for (size_t index : *list)
      host += aligned(model.buffers[index].byteSize());
  const size_t device = host + aligned(model.weightBytes) +
                        aligned(static_cast<size_t>(model.arenaBytes));
  w.blank();
  w.comment("Memory of the self-test in bytes: on the device, and here.");
  w.raw("#define " + model.macro + "_SELFTEST_DEVICE_BYTES " +
        std::to_string(device) + "\n#define " + model.macro +
        "_SELFTEST_HOST_BYTES " + std::to_string(host) + "\n");
  w.blank();
  w.raw(
      "/// Runs the model on built-in pseudo-random inputs and compares the "
      "outputs with\n"
      "/// those of the compiler's reference interpreter: the proof that this "
      "device gives\n"
      "/// the same bytes. Synchronises the stream.\n"
      "/// \\param device, host  memory of the sizes above, 256-byte "
      "aligned.\n"
      "/// \\return QRT_OK; QRT_ERR_SELFTEST for other bytes; the errors "
      "of " +
      p + "_cuda_init.\n");
  w.line("qrt_status " + p +
         "_cuda_selftest(void *device, void *host, cudaStream_t stream);");
}
