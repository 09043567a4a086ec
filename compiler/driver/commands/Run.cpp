// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quench run: executes a model on any level before plan. quench prepare: files
// to the .npy inputs of a compiled program.

#include "codegen/emit/Files.h"
#include "compiler/driver/Inspect.h"
#include "compiler/driver/StoredPreprocess.h"
#include "compiler/driver/commands/Commands.h"
#include "compiler/interpret/Interpreter.h"
#include "compiler/interpret/Npy.h"
#include "dialects/q/Types.h"
#include "qrt/requantize.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <cstring>

using namespace llvm;
using namespace quench;
using interpret::ElementKind;
using interpret::Tensor;

namespace {

/// Float data for an argument that takes codes.
Tensor toArgument(const Tensor &tensor, mlir::Type type) {
  if (!q::isActivation(type))
    return tensor;
  const q::ActParams params = q::actParams(type);
  auto quantize = [&](auto kind) {
    using Code = decltype(kind);
    Tensor codes(interpret::elementKind<Code>(), tensor.shape);
    llvm::transform(tensor.data<float>(), codes.data<Code>().begin(),
                    [&](float x) {
                      return Code(qrt_quantize(x, params.scale, params.zero,
                                               params.min, params.max));
                    });
    return codes;
  };
  return q::isWide(type) ? quantize(int16_t()) : quantize(int8_t());
}

/// Appends `next` along the first axis.
void stack(Tensor &all, Tensor next) {
  if (all.bytes.empty()) {
    all = std::move(next);
    return;
  }
  if (all.shape.empty())
    all.shape = {1};
  all.shape[0] += next.shape.empty() ? 1 : next.shape[0];
  all.bytes.insert(all.bytes.end(), next.bytes.begin(), next.bytes.end());
}

/// Values for people: codes as real numbers.
std::vector<double> values(const Tensor &tensor, mlir::Type type) {
  std::vector<double> result;
  switch (tensor.kind) {
  case ElementKind::F32:
    for (float value : tensor.data<float>())
      result.push_back(value);
    break;
  case ElementKind::S8: {
    const q::ActParams params = q::actParams(type);
    for (int8_t code : tensor.data<int8_t>())
      result.push_back(qrt_dequantize(code, params.zero, params.scale));
    break;
  }
  case ElementKind::S16: {
    const q::ActParams params = q::actParams(type);
    for (int16_t code : tensor.data<int16_t>())
      result.push_back(qrt_dequantize(code, params.zero, params.scale));
    break;
  }
  case ElementKind::I64:
    for (int64_t value : tensor.data<int64_t>())
      result.push_back(double(value));
    break;
  case ElementKind::S32:
    for (int32_t value : tensor.data<int32_t>())
      result.push_back(value);
    break;
  case ElementKind::U8:
    for (uint8_t value : tensor.data<uint8_t>())
      result.push_back(value);
    break;
  }
  return result;
}

void printTop(const std::vector<double> &scores, size_t count,
              ArrayRef<std::string> labels) {
  std::vector<size_t> order(scores.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  count = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + std::ptrdiff_t(count),
                    order.end(), [&](size_t a, size_t b) {
                      return scores[a] != scores[b] ? scores[a] > scores[b]
                                                    : a < b;
                    });
  for (size_t i = 0; i < count; ++i)
    outs() << formatv("{0,4}  {1,10:F4}  {2}\n", order[i], scores[order[i]],
                      order[i] < labels.size() ? labels[order[i]] : "");
}

Expected<std::vector<std::string>> readLabels(StringRef path) {
  std::vector<std::string> labels;
  if (path.empty())
    return labels;
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createStringError(buffer.getError(),
                             "cannot open '" + path +
                                 "': " + buffer.getError().message());
  for (line_iterator line(**buffer, /*SkipBlanks=*/false); !line.is_at_end();
       ++line)
    labels.push_back(line->rtrim("\r").str());
  return labels;
}

/// What `run` does with each sample.
struct RunOptions {
  std::vector<std::string> outputs;
  std::vector<std::string> labels;
  int64_t top = 0;
};

Exit runSamples(Session &session, mlir::func::FuncOp main,
                quantize::DataSource &data, const RunOptions &options) {
  auto interpreter = interpret::Interpreter::create(main);
  if (failed(interpreter))
    return Exit::Failed;
  std::vector<Tensor> collected(main.getNumResults());
  session.step("running");
  int64_t done = 0;
  while (true) {
    std::vector<Tensor> sample;
    Expected<bool> more = data.next(sample);
    if (!more)
      return session.fail(Exit::Io, more.takeError());
    if (!*more)
      break;
    for (size_t i = 0; i < sample.size(); ++i)
      sample[i] =
          toArgument(sample[i], main.getArgument(unsigned(i)).getType());
    auto results = interpreter->run(sample);
    if (failed(results))
      return Exit::Failed;
    if (options.top) {
      if (done)
        outs() << "sample " << done << '\n';
      printTop(values((*results)[0], main.getResultTypes()[0]),
               size_t(options.top), options.labels);
    }
    for (size_t i = 0; i < options.outputs.size(); ++i)
      stack(collected[i], std::move((*results)[i]));
    session.progress(++done, data.size());
  }
  if (done == 0)
    return session.fail(Exit::Io, "no samples");
  for (size_t i = 0; i < options.outputs.size(); ++i)
    if (Error error = emit::writeFile(options.outputs[i],
                                      interpret::npyBytes(collected[i])))
      return session.fail(Exit::Io, std::move(error));
  return Exit::Ok;
}

} // namespace

Exit quench::runRun(Arguments arguments, const char *) {
  LowerOptions lowerOptions;
  DataOptions data;
  RunOptions runOptions;
  std::string level, labels;
  bool isQuiet = false;

  Command command;
  command.name = "run";
  command.usage = "MODEL INPUT... [options]";
  command.text =
      "Executes MODEL on the given inputs (files or folders, as --calibrate\n"
      "takes them) by the compiler's interpreter: float, simulated or "
      "integer.\n"
      "The bytes of level q are those of the compiled program.\n";
  command.examples =
      "  quench run net.onnx cat.jpg --mean=127 --std=128 --top=5\n"
      "  quench run net.q.mlir x.npy -o y.npy\n"
      "  quench run net_qdq.onnx --level=q x.npy -o y.npy\n";
  command.minPositionals = 2;
  command.maxPositionals = SIZE_MAX;
  std::vector<std::string> words = {"nn", "qf", "q"};
  command.groups = {
      {"Output",
       {list("o", "file", runOptions.outputs,
             "write an output as .npy; repeat for further outputs"),
        number("top", "k", runOptions.top, 1,
               "print the k largest values of the first output"),
        text("labels", "file", labels, "their names, one a line"),
        choice(
            "level", words, [&](size_t i) { level = words[i]; },
            "lower the model first; default: as it is"),
        quietOption(isQuiet)}},
      inputGroup(lowerOptions),
      quantizeGroup(lowerOptions),
      preprocessGroup(data)
  };

  Exit exit = Exit::Ok;
  std::optional<Parsed> parsed = parseOrExit(command, arguments, exit);
  if (!parsed)
    return exit;
  Session session(isQuiet);
  auto run = [&]() -> Exit {
    auto module =
        readModel(session, parsed->positionals[0], lowerOptions.input, exit);
    if (!module)
      return exit;
    if (Exit code = resolvePreprocess(session, *module, data); code != Exit::Ok)
      return code;
    sayPreprocess(session, data);
    lowerOptions.calibration.preprocess = data.preprocess;
    lowerOptions.calibration.perInput = data.perInput;
    lowerOptions.calibration.raw = data.raw;
    if (!level.empty())
      if (Exit code = lower(session, *module, *findPhase(level), lowerOptions);
          code != Exit::Ok)
        return code;
    auto main = module->lookupSymbol<mlir::func::FuncOp>("main");
    if (!main)
      return session.fail(Exit::Failed,
                          "the model has no function 'main' to execute");
    if (runOptions.outputs.size() > main.getNumResults())
      return session.fail(Exit::Usage,
                          "the model has " + Twine(main.getNumResults()) +
                              " outputs, found " +
                              Twine(runOptions.outputs.size()) + " times -o");
    Expected<std::vector<std::string>> names = readLabels(labels);
    if (!names)
      return session.fail(Exit::Io, names.takeError());
    runOptions.labels = std::move(*names);
    if (runOptions.outputs.empty() && !runOptions.top)
      runOptions.top = 5;
    data.paths.assign(parsed->positionals.begin() + 1,
                      parsed->positionals.end());
    auto source = openData(modelInputs(*module), data);
    if (!source)
      return session.fail(Exit::Io, source.takeError());
    return runSamples(session, main, **source, runOptions);
  };
  exit = run();
  session.finish();
  session.printErrorSummary();
  return exit;
}

Exit quench::runPrepare(Arguments arguments, const char *) {
  LowerOptions lowerOptions;
  DataOptions data;
  std::vector<std::string> outputs;
  bool isQuiet = false;

  Command command;
  command.name = "prepare";
  command.usage = "MODEL INPUT... -o FILE.npy [options]";
  command.text =
      "Writes pictures or arrays as MODEL's float inputs in .npy files, for\n"
      "compiled programs. Several samples are stacked. A quantized model "
      "knows\n"
      "the --mean, --std and so on of its calibration, and they are used "
      "unless\n"
      "one of them is given here.\n";
  command.examples = "  quench prepare net.onnx cat.jpg --mean=127 --std=128 "
                     "-o cat.npy\n  ./net cat.npy --top 5\n"
                     "  quench prepare net.qfb cat.jpg -o cat.npy\n";
  command.minPositionals = 2;
  command.maxPositionals = SIZE_MAX;
  command.groups = {
      {"Output",
       {list("o", "file", outputs,
             "the first input; repeat for further inputs"),
        number("samples", "n", data.limit, 1, "write at most n samples"),
        quietOption(isQuiet)}},
      inputGroup(lowerOptions),
      preprocessGroup(data)
  };

  Exit exit = Exit::Ok;
  std::optional<Parsed> parsed = parseOrExit(command, arguments, exit);
  if (!parsed)
    return exit;
  Session session(isQuiet);
  auto module =
      readModel(session, parsed->positionals[0], lowerOptions.input, exit);
  if (!module)
    return exit;
  session.finish();
  if (exit = resolvePreprocess(session, *module, data); exit != Exit::Ok)
    return exit;
  sayPreprocess(session, data);
  const std::vector<InputInfo> inputs = modelInputs(*module);
  if (outputs.size() != inputs.size())
    return session.fail(Exit::Usage, "expects " + Twine(inputs.size()) +
                                         " times -o, one for each input, "
                                         "found " +
                                         Twine(outputs.size()));
  data.paths.assign(parsed->positionals.begin() + 1, parsed->positionals.end());
  auto source = openData(inputs, data);
  if (!source)
    return session.fail(Exit::Io, source.takeError());
  std::vector<Tensor> collected(inputs.size());
  while (true) {
    std::vector<Tensor> sample;
    Expected<bool> more = (*source)->next(sample);
    if (!more)
      return session.fail(Exit::Io, more.takeError());
    if (!*more)
      break;
    for (size_t i = 0; i < sample.size(); ++i)
      stack(collected[i], std::move(sample[i]));
  }
  for (size_t i = 0; i < outputs.size(); ++i)
    if (Error error =
            emit::writeFile(outputs[i], interpret::npyBytes(collected[i])))
      return session.fail(Exit::Io, std::move(error));
  return Exit::Ok;
}
