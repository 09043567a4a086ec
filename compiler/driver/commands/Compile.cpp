// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quench compile, quench quantize.

#include "codegen/emit/Names.h"
#include "codegen/targets/Targets.h"
#include "compiler/driver/Inspect.h"
#include "compiler/driver/Output.h"
#include "compiler/driver/StoredPreprocess.h"
#include "compiler/driver/commands/Commands.h"
#include "compiler/place/Explain.h"
#include "compiler/quantize/Report.h"
#include "qrt/threads.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace quench;

namespace {

/// The options that decide what is emitted, for the header of the files: no
/// paths, so that the same model gives the same bytes anywhere.
std::string describeOptions(const LowerOptions &lower) {
  std::string text = "--target=" + join(lower.targets, ",");
  if (lower.int8Border)
    text += " --io-type=int8";
  if (lower.channelsLast)
    text += " --io-layout=nhwc";
  if (lower.optimizeSize)
    text += " --optimize=size";
  if (lower.threads > 1)
    text += " --threads=" + std::to_string(lower.threads);
  if (!lower.bands)
    text += " --no-bands";
  if (lower.allResults)
    text += " --all-results";
  if (!lower.tune.file.empty())
    text += " --tune";
  return text + describe(lower.qconfig) + describe(lower.mixed);
}

std::string phaseList() {
  std::string text;
  for (const PhaseRow &entry : phases())
    text += "  " + std::string(entry.name) +
            std::string(10 - std::string(entry.name).size(), ' ') +
            entry.sentence + "\n";
  return text;
}

Option emitOption(Phase &phase, std::vector<Phase> allowed, StringRef what) {
  std::vector<std::string> words;
  for (Phase each : allowed)
    words.push_back(row(each).name);
  return choice(
      "emit", words, [&phase, allowed](size_t i) { phase = allowed[i]; },
      what.str());
}

/// --prefix becomes file names and C identifiers as it is, or is refused.
Option prefixOption(std::string &prefix) {
  return {"prefix", "name", "of files and functions; default: the model's name",
          [&prefix](StringRef given) -> Error {
            if (emit::identifier(std::string_view(given)) != given)
              return createStringError(
                  "expects up to 48 lower-case letters, digits and single "
                  "underscores, a letter first and no C++ keyword, found '" +
                  given + "'");
            prefix = given.str();
            return Error::success();
          }};
}

/// --evaluate without anything that measures.
Exit checkEvaluation(Session &session, const LowerOptions &options) {
  if (options.evaluation.paths.empty() || !options.mixed.isEmpty())
    return Exit::Ok;
  return session.fail(Exit::Usage,
                      "--evaluate is for --min-sqnr, --max-drop and --flash; "
                      "'quench report' measures without them");
}

/// The first of `names` that this machine cannot run, whatever its processor.
const std::string *strangerOf(const std::vector<std::string> &names) {
  for (const std::string &name : names)
    if (const std::string_view family = targets::findTarget(name)->family;
        family != "any" && family != targets::hostFamily())
      return &name;
  return nullptr;
}

/// --tune without kernels to choose or to measure, --tune-cpu without a file.
Exit checkTuning(Session &session, const LowerOptions &options, Phase phase,
                 const targets::Platform *platform) {
  const TuneOptions &tune = options.tune;
  std::string stranger;
  if (platform)
    stranger = platform->name;
  else if (const std::string *name = strangerOf(options.targets))
    stranger = *name;
  if (!tune.file.empty() && tune.cpu.empty() && !stranger.empty())
    return session.fail(
        Exit::Usage, "--tune measures on this machine, which is no '" +
                         llvm::Twine(stranger) +
                         "': leave it out, or name with --tune-cpu a CPU whose "
                         "times the file has");
  if (tune.file.empty() && !tune.cpu.empty())
    return session.fail(Exit::Usage, "--tune-cpu is for --tune");
  if (!tune.file.empty() && phase < Phase::Plan)
    return session.fail(Exit::Usage, "--tune chooses kernels, which '--emit=" +
                                         llvm::Twine(row(phase).name) +
                                         "' has none of");
  if (!tune.file.empty() && options.optimizeSize)
    return session.fail(Exit::Usage, "--optimize=size chooses kernels that "
                                     "layers share: leave out --tune");
  return Exit::Ok;
}

void explain(mlir::ModuleOp module) {
  for (plan::ModelOp plan : module.getOps<plan::ModelOp>())
    place::explain(plan, outs());
  if (auto main = module.lookupSymbol<mlir::func::FuncOp>("main"))
    if (levelOf(module) == Phase::Q)
      outs() << quantize::makeReport(main).text(/*all=*/true);
}

} // namespace

Exit quench::runCompile(Arguments arguments, const char *program) {
  LowerOptions lowerOptions;
  OutputOptions output;
  output.program = program;
  Phase phase = Phase::Source;
  std::string out;
  bool isQuiet = false, wantsExplain = false, noSelftest = false,
       noOptimize = false, noBands = false;

  Command command;
  command.name = "compile";
  command.usage = "MODEL [options]";
  command.text =
      "Compiles MODEL (.onnx, .qfb, or .mlir of any level) to integer code. A\n"
      "float model needs --calibrate; a quantized one (.qfb, QDQ) does not.\n\n"
      "What --emit gives:\n" +
      phaseList();
  command.examples =
      "  quench compile net.onnx --calibrate=photos/ --mean=127 --std=128 "
      "-o net/\n"
      "  quench compile net_qdq.onnx --target=x86_avx512vnni,x86_avx2,scalar "
      "--emit=exe\n"
      "  quench compile net.qfb --target=aarch64-linux-android --emit=shared\n"
      "  quench compile net.onnx --calibrate=x.npy --emit=q -o net.q.mlir\n"
      "  quench compile net.q.mlir --weights=array --prefix=face --explain\n";
  command.minPositionals = command.maxPositionals = 1;
  command.groups = {
      {"Output",
       {emitOption(phase,
                   {Phase::NN, Phase::QF, Phase::Q, Phase::Plan, Phase::Source,
                    Phase::Object, Phase::Static, Phase::Shared, Phase::Exe},
                   "how far to go; default: source"),
        text("o", "path", out,
             "folder (from source on; default: .), or file of MLIR text\n"
             "(default: stdout); q: file.qfb is an artefact"),
        targetOption(lowerOptions.targets, &output.platform),
        prefixOption(lowerOptions.prefix),
        choice(
            "weights", {"incbin", "object", "array"},
            [&](size_t i) { output.weights = emit::WeightsForm(i); },
            "a binary file included by the assembler (default), an\n"
            "object file, or C text"),
        number("threads", "n", lowerOptions.threads, 1,
               "the most threads that may share a run, up to 256; default:\n"
               "1. More than 1 needs qrt_threads; the results are the same",
               QRT_MAX_WORKERS),
        text("tune", "file", lowerOptions.tune.file,
             "choose kernels by the times in this file, and measure\n"
             "first, on this machine, those that are missing"),
        text("tune-cpu", "name", lowerOptions.tune.cpu,
             "with --tune: choose by the times of this CPU, a line 'cpu'\n"
             "of the file; measure nothing unless it is this machine's"),
        flag("main", output.main, "source: also a main like that of exe"),
        flag("explain", wantsExplain,
             "print which kernels were considered for each layer and\n"
             "what was fused, to stdout"),
        flag("no-selftest", noSelftest,
             "leave the self-test out (it runs the model once here)"),
        choice(
            "optimize", {"speed", "size"},
            [&](size_t i) {
              lowerOptions.optimizeSize = output.optimizesSize = i == 1;
            },
            "size: layers share few kernels, compiled with -Os (give\n"
            "that to your compiler for --emit=source); the same results"),
        flag("no-optimize", noOptimize, "no fusion: the graph as converted"),
        flag("no-bands", noBands,
             "run each layer as a whole: a larger arena, and all of every\n"
             "result is there at the end of its layer"),
        flag("all-results", lowerOptions.allResults,
             "what each layer computes is an output, too: to compare two\n"
             "builds layer by layer; the self-test checks all of them"),
        quietOption(isQuiet)}                                        },
      inputGroup(lowerOptions),
      quantizeGroup(lowerOptions),
      mixedGroup(lowerOptions),
      preprocessGroup(lowerOptions.calibration),
      {"C++ compiler (from object on, and --weights=object)",
       {text("cxx", "path", output.cxx,
             "default: $CXX, else clang++-22, clang++, g++, c++; a Clang for\n"
             "a platform"),
        list("cxxflag", "flag", output.cxxFlags, "added to its command line"),
        text("runtime", "folder", output.runtime,
             "with include/qrt and lib/libqrt.a (of a platform:\n"
             "lib/quench/<platform>/libqrt.a); default: beside quench"),
        flag("verbose", output.isVerbose, "print its command lines")}}
  };

  Exit exit = Exit::Ok;
  std::optional<Parsed> parsed = parseOrExit(command, arguments, exit);
  if (!parsed)
    return exit;
  if (lowerOptions.targets.empty())
    lowerOptions.targets = {hostTarget().str()};
  lowerOptions.selftest = !noSelftest;
  lowerOptions.optimize = !noOptimize;
  lowerOptions.bands = !noBands;
  lowerOptions.optionsText = describeOptions(lowerOptions);
  output.prefix = lowerOptions.prefix;
  lowerOptions.tune.compiler = &output;
  if (!out.empty())
    output.folder = out;

  Session session(isQuiet);
  if (exit = checkEvaluation(session, lowerOptions); exit != Exit::Ok)
    return exit;
  if (exit = checkTuning(session, lowerOptions, phase, output.platform);
      exit != Exit::Ok)
    return exit;
  auto module =
      readModel(session, parsed->positionals[0], lowerOptions.input, exit);
  if (module)
    exit = resolvePreprocess(session, *module, lowerOptions.calibration);
  if (exit == Exit::Ok)
    exit = lower(session, *module, phase, lowerOptions);
  if (exit == Exit::Ok && wantsExplain)
    explain(*module);
  if (exit == Exit::Ok)
    exit = phase <= Phase::Plan
               ? writeModule(session, *module, out, /*locations=*/true)
               : writeOutput(session, *module, phase, output);
  session.printErrorSummary();
  return exit;
}

Exit quench::runQuantize(Arguments arguments, const char *) {
  LowerOptions lowerOptions;
  Phase phase = Phase::Q;
  QdqOptions qdq;
  std::string out;
  bool isQuiet = false, wantsReport = false;

  Command command;
  command.name = "quantize";
  command.usage = "MODEL --calibrate=PATH [options]";
  command.text =
      "Turns a float model into its quantized form, which 'compile', 'run',\n"
      "'prepare' and 'inspect' take: a .qfb file, for keeps ('dump' shows "
      "it),\n"
      "or MLIR text, to read and edit. Both remember --mean, --std and the "
      "like,\n"
      "and what was calibrated.\n";
  command.examples =
      "  quench quantize net.onnx --calibrate=photos/ --mean=127 --std=128 "
      "-o net.qfb\n"
      "  quench quantize net.onnx --calibrate=x.npy --emit=qf --report\n"
      "  quench quantize net.onnx --calibrate=a/ --evaluate=b/ --min-sqnr=30 "
      "-o net.qfb\n"
      "  quench quantize net.onnx --calibrate=x.npy "
      "--export-qdq=net_qdq.onnx\n";
  command.minPositionals = command.maxPositionals = 1;
  command.groups = {
      {"Output",
       {emitOption(phase, {Phase::QF, Phase::Q},
                   "simulated in float, or integers; default: q"),
        text("o", "file", out,
             "an artefact if it ends with .qfb, else MLIR text;\n"
             "default: MLIR text to stdout; nothing with --export-qdq\n"
             "alone"),
        text("export-qdq", "file.onnx", qdq.path,
             "also write ONNX with QuantizeLinear and DequantizeLinear:\n"
             "inputs, outputs and layout of the source, int8 codes, for\n"
             "onnxruntime and other tools (and, if all activations have\n"
             "8 bits, for 'compile' again)"),
        choice(
            "qdq-type", {"int8", "uint8"},
            [&](size_t i) { qdq.unsignedCodes = i == 1; },
            "codes of activations in that file; default: int8. On x86\n"
            "onnxruntime has more integer kernels for uint8"),
        flag("report", wantsReport,
             "have the ranges settled, how each op computes and why some\n"
             "stay float; to stderr"),
        quietOption(isQuiet)}},
      inputGroup(lowerOptions),
      quantizeGroup(lowerOptions),
      mixedGroup(lowerOptions),
      preprocessGroup(lowerOptions.calibration)
  };

  Exit exit = Exit::Ok;
  std::optional<Parsed> parsed = parseOrExit(command, arguments, exit);
  if (!parsed)
    return exit;
  Session session(isQuiet);
  if (exit = checkEvaluation(session, lowerOptions); exit != Exit::Ok)
    return exit;
  auto module =
      readModel(session, parsed->positionals[0], lowerOptions.input, exit);
  quantize::CalibrationLog log;
  if (wantsReport)
    lowerOptions.calibrationLog = &log;
  if (module)
    exit = resolvePreprocess(session, *module, lowerOptions.calibration);
  const bool exports = !qdq.path.empty();
  // Without -o the ONNX file is all that is wanted.
  const bool writesModule = !exports || !out.empty();
  // What is exported is qf, the level where scales stand in a float graph.
  if (exit == Exit::Ok && exports)
    exit = lower(session, *module, Phase::QF, lowerOptions);
  if (exit == Exit::Ok && exports)
    exit = writeQdq(session, *module, qdq);
  if (exports)
    lowerOptions.qconfig = {}, lowerOptions.mixed = {}; // done
  if (exit == Exit::Ok && (writesModule || wantsReport))
    exit = lower(session, *module, phase, lowerOptions);
  if (exit == Exit::Ok && log.samples > 0)
    errs() << quantize::describeConvergence(log);
  if (exit == Exit::Ok && wantsReport && phase == Phase::Q)
    if (auto main = module->lookupSymbol<mlir::func::FuncOp>("main"))
      errs() << quantize::makeReport(main).text(/*all=*/true);
  if (exit == Exit::Ok && writesModule)
    exit = writeModule(session, *module, out, /*locations=*/true);
  session.printErrorSummary();
  return exit;
}
