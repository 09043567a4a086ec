// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Executes a function of the nn, qf or q level on .npy files or random numbers,
// prints or writes its results, and compares two levels tensor by tensor.

#include "compiler/driver/developer/Tools.h"
#include "compiler/interpret/Interpreter.h"
#include "compiler/interpret/Npy.h"
#include "compiler/interpret/Print.h"
#include "compiler/interpret/QFloat.h"
#include "dialects/nn/NN.h"
#include "dialects/plan/Plan.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <chrono>
#include <random>

namespace cl = llvm::cl;
using namespace mlir;
using namespace quench::interpret;

namespace {

cl::OptionCategory category("quench-run options");
cl::opt<std::string> file(cl::Positional, cl::Required, cl::cat(category),
                          cl::desc("<file.mlir>"));
cl::list<std::string>
    inputOptions("input", cl::cat(category), cl::value_desc("[name=]x.npy"),
                 cl::desc("Value of an argument, by name or in order"));
cl::opt<unsigned>
    seed("random-seed", cl::cat(category), cl::value_desc("n"),
         cl::desc("Random values for arguments without --input: floats in "
                  "[-1, 1), codes over their whole range"));
cl::opt<std::string>
    outputDir("output-dir", cl::cat(category), cl::value_desc("folder"),
              cl::desc("Write each result to <folder>/<name>.npy"));
cl::opt<std::string> functionName("function", cl::cat(category),
                                  cl::init("main"),
                                  cl::desc("Function to run"));
cl::opt<bool> allFunctions("all-functions", cl::cat(category),
                           cl::desc("Run every function, in order"));
cl::opt<bool>
    printTensors("print-tensors", cl::cat(category),
                 cl::desc("Print name, shape and CRC-32 of every tensor"));
cl::opt<bool>
    printRanges("print-ranges", cl::cat(category),
                cl::desc("Print smallest and largest value of every tensor"));
cl::opt<bool> hexFloat("hex-float", cl::cat(category),
                       cl::desc("Print floats as hexadecimal, exactly"));
cl::opt<std::string>
    compareWith("compare", cl::cat(category), cl::value_desc("file.mlir"),
                cl::desc("Run that file on the same inputs and compare every "
                         "tensor of codes that has the same name; fails on a "
                         "difference"));
cl::opt<unsigned>
    repeat("repeat", cl::cat(category), cl::init(0), cl::value_desc("n"),
           cl::desc("Run n more times and print the median time"));

/// Results with more elements are printed as a checksum.
constexpr int64_t largestPrinted = 256;

LogicalResult fail(const llvm::Twine &what) {
  llvm::errs() << "quench-run: error: " << what << '\n';
  return failure();
}

std::string nameOf(func::FuncOp function, unsigned index, bool isResult) {
  auto name =
      isResult ? function.getResultAttrOfType<StringAttr>(index, "quench.name")
               : function.getArgAttrOfType<StringAttr>(index, "quench.name");
  if (name)
    return name.str();
  return (isResult ? "result" : "input") + std::to_string(index);
}

Tensor randomTensor(RankedTensorType type, std::mt19937 &random) {
  Type element = type.getElementType();
  auto below = [&](uint64_t bound) { return random() * bound >> 32; };
  if (auto grid = dyn_cast<quant::QuantizedType>(element)) {
    Tensor tensor(quench::interpret::codesKind(grid), type.getShape());
    const int64_t low = grid.getStorageTypeMin();
    auto fill = [&](auto codes) {
      for (auto &code : codes)
        code = std::decay_t<decltype(code)>(
            low + below(grid.getStorageTypeMax() - low + 1));
    };
    if (tensor.kind == ElementKind::S16)
      fill(tensor.data<int16_t>());
    else
      fill(tensor.data<int8_t>());
    return tensor;
  }
  // 24 bits: every value is an exact float.
  Tensor tensor(ElementKind::F32, type.getShape());
  for (float &x : tensor.data<float>())
    x = float(random() >> 8) * 0x1p-23f - 1.0f;
  return tensor;
}

/// Values of the arguments: named files, then files in order, then random.
FailureOr<std::vector<Tensor>> readInputs(func::FuncOp function) {
  const unsigned count = function.getNumArguments();
  std::vector<std::string> paths(count);
  for (llvm::StringRef option : inputOptions) {
    unsigned index = 0;
    auto [name, path] = option.split('=');
    if (path.empty()) {
      path = option;
      while (index < count && !paths[index].empty())
        ++index;
      if (index == count)
        return fail("--input=" + option + ": the function has only " +
                    llvm::Twine(count) + " arguments");
    } else {
      while (index < count && nameOf(function, index, false) != name)
        ++index;
      if (index == count)
        return fail("--input=" + option + ": no argument is named '" + name +
                    "'");
    }
    paths[index] = path.str();
  }
  std::mt19937 random(seed);
  std::vector<Tensor> inputs;
  for (unsigned index = 0; index < count; ++index) {
    auto type = dyn_cast<RankedTensorType>(function.getArgumentTypes()[index]);
    if (!paths[index].empty()) {
      llvm::Expected<Tensor> tensor = readNpy(paths[index]);
      if (!tensor)
        return fail(llvm::toString(tensor.takeError()));
      inputs.push_back(std::move(*tensor));
    } else if (seed.getNumOccurrences() && type && type.hasStaticShape()) {
      inputs.push_back(randomTensor(type, random));
    } else {
      return fail("argument '" + nameOf(function, index, false) +
                  "' has no value: give --input or --random-seed");
    }
  }
  return inputs;
}

LogicalResult writeResults(func::FuncOp function,
                           llvm::ArrayRef<Tensor> results) {
  for (auto [index, tensor] : llvm::enumerate(results)) {
    std::string name = nameOf(function, index, true);
    if (outputDir.empty()) {
      llvm::outs() << name << ": ";
      if (tensor.numElements() <= largestPrinted)
        printValues(llvm::outs(), tensor, hexFloat);
      else
        printChecksum(llvm::outs(), tensor);
      llvm::outs() << '\n';
      continue;
    }
    if (std::error_code error = llvm::sys::fs::create_directories(outputDir))
      return fail("'" + outputDir + "': " + error.message());
    // ONNX names may hold slashes.
    for (char &c : name)
      if (llvm::sys::path::is_separator(c))
        c = '_';
    llvm::SmallString<128> path(outputDir);
    llvm::sys::path::append(path, name + ".npy");
    if (llvm::Error error = writeNpy(path, tensor))
      return fail(llvm::toString(std::move(error)));
  }
  return success();
}

void printTensor(Operation *, llvm::StringRef name, const Tensor &tensor) {
  llvm::outs() << name << ' ';
  if (printTensors)
    printChecksum(llvm::outs(), tensor);
  else
    printRange(llvm::outs(), tensor);
  llvm::outs() << '\n';
}

void printMedian(Interpreter &interpreter, llvm::ArrayRef<Tensor> inputs) {
  std::vector<double> times;
  for (unsigned i = 0; i < repeat; ++i) {
    const auto start = std::chrono::steady_clock::now();
    (void)interpreter.run(inputs);
    times.push_back(std::chrono::duration<double, std::milli>(
                        std::chrono::steady_clock::now() - start)
                        .count());
  }
  llvm::sort(times);
  llvm::outs() << llvm::format("median of %u runs: %.3f ms\n", unsigned(repeat),
                               times[times.size() / 2]);
}

LogicalResult runFunction(func::FuncOp function, func::FuncOp other) {
  FailureOr<std::vector<Tensor>> inputs = readInputs(function);
  if (failed(inputs))
    return failure();
  FailureOr<Interpreter> interpreter = Interpreter::create(function);
  if (failed(interpreter))
    return failure();
  if (allFunctions)
    llvm::outs() << '@' << function.getName() << '\n';
  NamedCodes first, second;
  TensorSink sink;
  if (other)
    sink = first.sink();
  else if (printTensors || printRanges)
    sink = printTensor;
  FailureOr<std::vector<Tensor>> results = interpreter->run(*inputs, sink);
  if (failed(results))
    return failure();
  if (repeat)
    printMedian(*interpreter, *inputs);
  if (!other)
    return writeResults(function, *results);

  FailureOr<Interpreter> peer = Interpreter::create(other);
  if (failed(peer))
    return failure();
  FailureOr<std::vector<Tensor>> peerResults =
      peer->run(*inputs, second.sink());
  if (failed(peerResults))
    return failure();
  bool equal = first.compare(second, llvm::outs());
  for (auto [index, pair] : llvm::enumerate(llvm::zip(*results, *peerResults)))
    if (std::get<0>(pair).bytes != std::get<1>(pair).bytes) {
      llvm::outs() << "different: result "
                   << nameOf(function, unsigned(index), true) << '\n';
      equal = false;
    }
  return success(equal && results->size() == peerResults->size());
}

FailureOr<func::FuncOp> findFunction(ModuleOp module, llvm::StringRef path) {
  if (auto function = module.lookupSymbol<func::FuncOp>(functionName))
    return function;
  for (Operation &op : *module.getBody())
    if (isa<quench::plan::PlanDialect>(op.getDialect()))
      return fail("'" + path +
                  "' is a plan: calls of kernels that are emitted "
                  "later. Run the q level, or compile the plan");
  return fail("'" + path + "' has no function @" + functionName);
}

LogicalResult run(MLIRContext &context) {
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(file, &context);
  if (!module)
    return failure();
  OwningOpRef<ModuleOp> otherModule;
  func::FuncOp other;
  if (!compareWith.empty()) {
    otherModule = parseSourceFile<ModuleOp>(compareWith, &context);
    if (!otherModule)
      return failure();
    FailureOr<func::FuncOp> found = findFunction(*otherModule, compareWith);
    if (failed(found))
      return failure();
    other = *found;
  }
  if (allFunctions) {
    for (auto function : module->getOps<func::FuncOp>())
      if (failed(runFunction(function, other)))
        return failure();
    return success();
  }
  FailureOr<func::FuncOp> function = findFunction(*module, file);
  if (failed(function))
    return failure();
  return runFunction(*function, other);
}

} // namespace

int quench::runRunTool(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Executes a function of the nn, qf or q level.\n\n"
      "  quench-run model.mlir --input image=x.npy --output-dir out\n"
      "  quench-run qf.mlir --compare q.mlir --random-seed 1\n");
  DialectRegistry registry;
  registry.insert<func::FuncDialect, quant::QuantDialect, quench::nn::NNDialect,
                  quench::qf::QFDialect, quench::q::QDialect,
                  quench::plan::PlanDialect>();
  MLIRContext context(registry);
  return failed(run(context));
}
