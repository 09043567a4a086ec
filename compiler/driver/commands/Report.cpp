// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quench report.

#include "compiler/driver/report/Report.h"
#include "codegen/emit/Files.h"
#include "compiler/driver/Inspect.h"
#include "compiler/driver/StoredPreprocess.h"
#include "compiler/driver/commands/Commands.h"
#include "compiler/quantize/FloatTwin.h"
#include "compiler/quantize/Pipelines.h"
#include "dialects/qf/QF.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace quench;

namespace {

using Module = mlir::OwningOpRef<mlir::ModuleOp>;

struct ReportOptions {
  LowerOptions lower;
  quantize::MeasureOptions measure;
  std::string floatModel, json, html;
};

class Reporter {
public:
  Reporter(Session &session, ReportOptions &options)
      : session(session), options(options) {}

  Exit run(StringRef path);

private:
  Exit prepare(StringRef path);
  Exit readFloatModel();
  Exit measure();
  Exit place();
  Exit write();

  Session &session;
  ReportOptions &options;
  Module module, floatTwin;
  ReportData data;
};

/// The model at level qf, and its float twin.
Exit Reporter::prepare(StringRef path) {
  Exit exit = Exit::Ok;
  module = readModel(session, path, options.lower.input, exit);
  if (!module)
    return exit;
  if (levelOf(*module) > Phase::QF)
    return session.fail(Exit::Failed,
                        "a report needs a float model or a quantized one at "
                        "level qf, but this one is at level '" +
                            Twine(row(levelOf(*module)).name) +
                            "': quantize with --emit=qf and give that with "
                            "--float=MODEL");
  const bool isFloat = levelOf(*module) == Phase::NN;
  if (isFloat && !options.floatModel.empty())
    return session.fail(Exit::Usage,
                        "--float is for quantized models; this one is float");
  // What a quantized model remembers of its preprocessing is the default.
  if (Exit code =
          resolvePreprocess(session, *module, options.lower.calibration);
      code != Exit::Ok)
    return code;
  options.lower.floatTwin = &floatTwin;
  options.lower.calibrationLog = &data.calibration;
  if (Exit code = lower(session, *module, Phase::QF, options.lower);
      code != Exit::Ok)
    return code;
  data.reference = "the float model";
  if (auto name = (*module)->getAttrOfType<mlir::StringAttr>("quench.model"))
    data.model = name.str();
  if (isFloat)
    return Exit::Ok;
  if (!options.floatModel.empty())
    return readFloatModel();
  floatTwin = quantize::makeFloatTwin(*module);
  data.reference = "itself without rounding of activations (the float weights "
                   "are unknown: --float=MODEL)";
  return Exit::Ok;
}

Exit Reporter::readFloatModel() {
  Exit exit = Exit::Ok;
  floatTwin = readModel(session, options.floatModel, options.lower.input, exit);
  if (!floatTwin)
    return exit;
  if (levelOf(*floatTwin) != Phase::NN)
    return session.fail(Exit::Failed, "--float expects a float model, but '" +
                                          options.floatModel +
                                          "' is at level '" +
                                          row(levelOf(*floatTwin)).name + "'");
  mlir::PassManager passes(&session.context());
  quantize::buildFoldPipeline(passes);
  data.reference = options.floatModel;
  return succeeded(passes.run(*floatTwin)) ? Exit::Ok : Exit::Failed;
}

Exit Reporter::measure() {
  DataOptions evaluation = options.lower.calibration;
  data.data = "the evaluation data";
  const DataOptions &given = options.lower.evaluation;
  if (given.paths.empty())
    data.data = "the calibration data";
  else
    evaluation.paths = given.paths;
  evaluation.limit = given.limit ? given.limit : fewSamples;
  if (evaluation.paths.empty())
    return session.fail(Exit::Usage,
                        "a quantized model needs data to be measured on: "
                        "--evaluate=<file or folder>");
  auto main = module->lookupSymbol<mlir::func::FuncOp>("main");
  auto floatMain = floatTwin->lookupSymbol<mlir::func::FuncOp>("main");
  if (!main || !floatMain)
    return session.fail(Exit::Failed, "the model has no function 'main'");
  quantize::alignTwin(floatMain, main);
  auto source = openData(modelInputs(*module), evaluation);
  if (!source)
    return session.fail(Exit::Io, source.takeError());
  session.step("measuring");
  WatchedSource watched(**source);
  auto measured =
      quantize::measure(floatMain, main, watched, options.measure,
                        [&](int64_t done, std::optional<int64_t> total) {
                          session.progress(done, total);
                        });
  if (failed(measured))
    return watched.hasFailed ? Exit::Io : Exit::Failed;
  session.relabel("measuring on " + Twine(measured->samples) +
                  (measured->samples == 1 ? " sample" : " samples"));
  data.warnings = quantize::findWarnings(*measured);
  data.measurement = std::move(*measured);
  return Exit::Ok;
}

/// How much memory the compiled model takes.
Exit Reporter::place() {
  if (Exit code = lower(session, *module, Phase::Plan,
                        afterQuantization(options.lower));
      code != Exit::Ok)
    return code;
  for (plan::ModelOp plan : module->getOps<plan::ModelOp>())
    data.memory = memoryFacts(plan);
  return Exit::Ok;
}

Exit Reporter::write() {
  outs() << reportText(data);
  struct Output {
    const std::string &path;
    std::function<std::string()> text;
  };
  const Output outputs[] = {
      {options.json,
       [&] { return formatv("{0:2}\n", reportJson(data)).str(); }},
      {options.html, [&] { return reportHtml(data); }            }
  };
  for (const Output &output : outputs)
    if (!output.path.empty())
      if (Error error = emit::writeFile(output.path, output.text()))
        return session.fail(Exit::Io, std::move(error));
  return Exit::Ok;
}

Exit Reporter::run(StringRef path) {
  if (Exit code = prepare(path); code != Exit::Ok)
    return code;
  if (Exit code = measure(); code != Exit::Ok)
    return code;
  // What was measured is worth showing also if the model cannot be placed.
  const Exit placed = place();
  session.finish();
  const Exit written = write();
  return written == Exit::Ok ? placed : written;
}

} // namespace

Exit quench::runReport(Arguments arguments, const char *) {
  ReportOptions options;
  int64_t seconds = 60;
  bool isQuiet = false;

  Command command;
  command.name = "report";
  command.usage = "MODEL --calibrate=PATH [options]";
  command.text =
      "Measures layer by layer what quantization costs, and says which layers\n"
      "hurt most and what to do. docs/report.md explains the numbers.\n";
  command.examples =
      "  quench report net.onnx --calibrate=photos/ --mean=127 --std=128 "
      "--html=net.html\n"
      "  quench report net.onnx --calibrate=a/ --evaluate=b/ "
      "--evaluate-samples=100\n"
      "  quench report net_qdq.onnx --float=net.onnx --evaluate=photos/\n";
  command.minPositionals = command.maxPositionals = 1;
  command.groups = {
      {"Report",
       {text("float", "model", options.floatModel,
             "the float model that a quantized one (QDQ) was made from"),
        number("attribution-seconds", "n", seconds, 0,
               "time for finding out what each layer alone does to the\n"
               "outputs; 0: leave it out; default: 60"),
        text("json", "file", options.json, "write the report as JSON"),
        text("html", "file", options.html,
             "write the report as one HTML page with plots"),
        targetOption(options.lower.targets), quietOption(isQuiet)}},
      inputGroup(options.lower),
      quantizeGroup(options.lower),
      mixedGroup(options.lower),
      preprocessGroup(options.lower.calibration)
  };

  Exit exit = Exit::Ok;
  std::optional<Parsed> parsed = parseOrExit(command, arguments, exit);
  if (!parsed)
    return exit;
  if (options.lower.targets.empty())
    options.lower.targets = {hostTarget().str()};
  options.measure.attributionSeconds = double(seconds);
  Session session(isQuiet);
  exit = Reporter(session, options).run(parsed->positionals[0]);
  session.finish();
  session.printErrorSummary();
  return exit;
}
