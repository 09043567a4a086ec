// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One step a level; calibration is the only loop.

#include "compiler/driver/Lower.h"

#include "codegen/emit/Print.h"
#include "codegen/emit/ReadPlan.h"
#include "compiler/driver/Quantize.h"
#include "compiler/interpret/Interpreter.h"
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Pipelines.h"
#include "compiler/place/Explain.h"
#include "compiler/place/Pipelines.h"
#include "compiler/quantize/Pipelines.h"
#include "dialects/qf/QF.h"
#include "qrt/qrt.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace quench;

namespace {

using Build = llvm::function_ref<void(OpPassManager &)>;

class Lowering {
public:
  Lowering(Session &session, ModuleOp module, const LowerOptions &options)
      : session(session), module(module), options(options) {}

  Exit run(Phase level);

private:
  Exit runPipeline(StringRef what, Build build);
  Exit checkOptions(Phase from);
  Exit quantize();
  Exit convert();
  Exit place();
  void sayTimes();
  Exit addSelftest(func::FuncOp reference);

  Session &session;
  ModuleOp module;
  const LowerOptions &options;
};

Exit Lowering::runPipeline(StringRef what, Build build) {
  session.step(what);
  PassManager passes(module.getContext());
  build(passes);
  return succeeded(passes.run(module)) ? Exit::Ok : Exit::Failed;
}

/// nn, or qf that is not final yet, to qf.
Exit Lowering::quantize() { return quantizeModel(session, module, options); }

/// qf to q, with the border that was asked for.
Exit Lowering::convert() {
  return runPipeline("converting to integers", [&](OpPassManager &pm) {
    quantize::buildConvertPipeline(pm);
    if (options.int8Border || options.channelsLast) {
      quantize::BorderOptions border;
      border.quantized = options.int8Border;
      border.channelsLast = options.channelsLast;
      quantize::buildBorderPipeline(pm, border);
    }
  });
}

interpret::ElementKind kindOf(emit::Element element) {
  switch (element) {
  case emit::Element::F32:
    return interpret::ElementKind::F32;
  case emit::Element::S8:
    return interpret::ElementKind::S8;
  case emit::Element::S16:
    return interpret::ElementKind::S16;
  case emit::Element::S32:
    return interpret::ElementKind::S32;
  case emit::Element::S64:
    return interpret::ElementKind::I64;
  }
  return interpret::ElementKind::F32;
}

/// Runs `reference`, the graph before optimization, on the self-test's inputs
/// and leaves the sums of its outputs on the plan.
Exit Lowering::addSelftest(func::FuncOp reference) {
  session.step("computing the self-test");
  auto plans = module.getOps<plan::ModelOp>();
  if (plans.empty())
    return Exit::Ok;
  plan::ModelOp plan = *plans.begin();
  FailureOr<emit::Model> model = emit::readPlan(plan);
  if (failed(model))
    return Exit::Failed;
  std::vector<interpret::Tensor> inputs;
  const std::vector<std::vector<uint8_t>> data = emit::selftestData(*model);
  for (size_t i = 0; i < data.size(); ++i) {
    const emit::Buffer &buffer = model->buffers[model->inputs[i]];
    interpret::Tensor tensor(kindOf(buffer.element), buffer.shape);
    tensor.bytes = data[i];
    inputs.push_back(std::move(tensor));
  }
  FailureOr<interpret::Interpreter> interpreter =
      interpret::Interpreter::create(reference);
  if (failed(interpreter))
    return Exit::Failed;
  FailureOr<std::vector<interpret::Tensor>> outputs = interpreter->run(inputs);
  if (failed(outputs))
    return Exit::Failed;
  Builder builder(module.getContext());
  SmallVector<Attribute> sums;
  for (const interpret::Tensor &output : *outputs)
    sums.push_back(builder.getI64IntegerAttr(
        qrt_crc32(0, output.bytes.data(), output.bytes.size())));
  plan->setAttr(emit::selftestAttr, builder.getArrayAttr(sums));
  return Exit::Ok;
}

/// What tuning was good for.
void Lowering::sayTimes() {
  session.finish();
  for (auto plan : module.getOps<plan::ModelOp>()) {
    SmallVector<StringRef> lines;
    const std::string text = place::compareWithModel(plan);
    StringRef(text).split(lines, '\n', -1, /*KeepEmpty=*/false);
    for (StringRef line : lines)
      session.say(line);
  }
}

/// q to plan.
Exit Lowering::place() {
  OwningOpRef<ModuleOp> reference;
  if (options.selftest)
    reference = cast<ModuleOp>(module->clone());
  if (options.optimize)
    if (Exit code = runPipeline("optimizing", optimize::buildOptimizePipeline);
        code != Exit::Ok)
      return code;
  if (options.allResults) {
    if (Exit code = runPipeline("exposing results", [](OpPassManager &pm) {
          pm.nest<func::FuncOp>().addPass(optimize::createExposeResults());
        });
        code != Exit::Ok)
      return code;
    // The self-test is of these layers, as they are now.
    if (reference)
      reference = cast<ModuleOp>(module->clone());
  }
  place::PlacePipelineOptions placeOptions;
  if (const TuneOptions &tune = options.tune; !tune.file.empty()) {
    if (Exit code = quench::tune(session, module, options.targets, tune);
        code != Exit::Ok)
      return code;
    // Without times to remember no file was made.
    if (llvm::sys::fs::exists(tune.file))
      placeOptions.timings = tune.file;
    placeOptions.cpu = tune.cpu.empty() ? hostCpu() : tune.cpu;
  }
  for (const std::string &target : options.targets)
    placeOptions.targets.push_back(target);
  placeOptions.modelName = options.prefix;
  placeOptions.optimizeSize = options.optimizeSize;
  placeOptions.bands = options.bands;
  placeOptions.optionsText = options.optionsText;
  placeOptions.threads = options.threads;
  if (Exit code = runPipeline("choosing kernels and addresses",
                              [&](OpPassManager &pm) {
                                place::buildPlacePipeline(pm, placeOptions);
                              });
      code != Exit::Ok)
    return code;
  sayTimes();
  if (!reference)
    return Exit::Ok;
  auto main = reference->lookupSymbol<func::FuncOp>("main");
  return main ? addSelftest(main) : Exit::Ok;
}

/// Refuses what would have no effect on a model of level `from`.
Exit Lowering::checkOptions(Phase from) {
  if (!options.mixed.labels.empty() && !options.mixed.maxDrop)
    return session.fail(Exit::Usage, "--labels is for --max-drop");
  // Observers still take the QConfig's observers and grids.
  std::string late = describe(options.mixed);
  if (from != Phase::QF || !hasObserver(module))
    late += describe(options.qconfig);
  if (from != Phase::NN && !late.empty())
    return session.fail(Exit::Failed,
                        StringRef(late).trim() +
                            " expects a float model, but this one is quantized "
                            "already (level '" +
                            row(from).name + "')");
  if (from > Phase::QF && (options.int8Border || options.channelsLast))
    return session.fail(Exit::Failed,
                        "--io-type and --io-layout belong to the conversion to "
                        "integers, but this model is at level '" +
                            Twine(row(from).name) +
                            "': give them to 'quench quantize'");
  if (from == Phase::Plan && (options.threads > 1 || !options.bands))
    return session.fail(Exit::Failed,
                        Twine(options.threads > 1 ? "--threads belongs"
                                                  : "--no-bands belongs") +
                            " to the choice of kernels and addresses, but this "
                            "model is at level 'plan'");
  return Exit::Ok;
}

Exit Lowering::run(Phase level) {
  const Phase from = levelOf(module);
  if (from > level)
    return session.fail(Exit::Usage, Twine("the model is at level '") +
                                         row(from).name +
                                         "' already, which lies behind '" +
                                         row(level).name + "'");
  if (Exit code = checkOptions(from); code != Exit::Ok)
    return code;
  struct Step {
    Phase to;
    Exit (Lowering::*run)();
  };
  static constexpr Step steps[] = {
      {Phase::QF,   &Lowering::quantize},
      {Phase::Q,    &Lowering::convert },
      {Phase::Plan, &Lowering::place   }
  };
  for (const Step &step : steps) {
    if (step.to > level)
      break;
    // A qf module may still hold observers, or be as a QDQ file gave it.
    if (step.to < from || (step.to == from && from != Phase::QF))
      continue;
    if (Exit code = (this->*step.run)(); code != Exit::Ok)
      return code;
  }
  session.finish();
  return Exit::Ok;
}

} // namespace

Exit quench::lower(Session &session, ModuleOp module, Phase level,
                   const LowerOptions &options) {
  return Lowering(session, module, options).run(std::min(level, Phase::Plan));
}

LowerOptions quench::afterQuantization(LowerOptions options) {
  options.qconfig = {};
  options.mixed = {};
  options.selftest = false;
  options.floatTwin = nullptr;
  options.calibrationLog = nullptr;
  return options;
}

std::vector<InputInfo> quench::modelInputs(ModuleOp module) {
  std::vector<InputInfo> inputs;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return inputs;
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    InputInfo info;
    if (auto name = main.getArgAttrOfType<StringAttr>(i, "quench.name"))
      info.name = name.str();
    else
      info.name = "input" + std::to_string(i);
    if (auto type = dyn_cast<RankedTensorType>(main.getArgument(i).getType()))
      info.shape.assign(type.getShape().begin(), type.getShape().end());
    inputs.push_back(std::move(info));
  }
  return inputs;
}
