// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// place: from func @main on q ops to a plan.model. Lowers to a Program, asks
// the catalogue, makes bands, lets tensors share bytes, plans the arena, writes
// the plan.

#include "codegen/kernels/Timings.h"
#include "compiler/place/Bands.h"
#include "compiler/place/Explain.h"
#include "compiler/place/Fields.h"
#include "compiler/place/Passes.h"
#include "compiler/place/Program.h"
#include "compiler/place/Weights.h"
#include "dialects/q/Notes.h"
#include "dialects/q/Q.h"
#include "qrt/threads.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <numeric>

using namespace mlir;

namespace quench::place {

#define GEN_PASS_DEF_PLACE
#include "compiler/place/Passes.h.inc"

namespace {

using Targets = SmallVector<const targets::Target *>;

/// A C identifier made of a model's name.
std::string identifier(StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  if (result.empty() || llvm::isDigit(result.front()))
    result.insert(0, "model_");
  return result;
}

FailureOr<Targets> parseTargets(ModuleOp module, ArrayRef<std::string> names) {
  Targets result;
  for (const std::string &name : names) {
    const targets::Target *target = targets::findTarget(name);
    if (!target) {
      InFlightDiagnostic diag = module.emitError("unknown target '")
                                << name << "'; targets are ";
      llvm::interleaveComma(
          targets::targetTable, diag,
          [&](const targets::Target &row) { diag << StringRef(row.name); });
      return failure();
    }
    if (!llvm::is_contained(result, target))
      result.push_back(target);
  }
  if (const auto [a, b] = targets::strangers(names); !a.empty())
    return module.emitError("targets '")
           << StringRef(a) << "' and '" << StringRef(b)
           << "' are of two families: no processor runs both";
  if (result.empty())
    result.push_back(targets::findTarget("scalar"));
  return result;
}

/// A kernel for one target, or for all.
struct Variant {
  kernels::Selection selection;
  std::optional<kernels::Split> split;
  Weights::Packed packed;
};

/// The measured times of a file; none without a path.
FailureOr<kernels::TimingsFile> readTimings(ModuleOp module, StringRef path) {
  if (path.empty())
    return kernels::TimingsFile();
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return module.emitError("cannot read '")
           << path << "': " << buffer.getError().message();
  std::string why;
  auto file = kernels::TimingsFile::parse((*buffer)->getBuffer(), why);
  if (!file)
    return module.emitError("'") << path << "': " << why;
  return std::move(*file);
}

/// What `select` said for one call: one entry per target, or one for all.
struct Choice {
  SmallVector<Variant> variants;
  int64_t scratchBytes = 0;
};

/// How to select, target by target.
using Options = SmallVector<kernels::SelectOptions>;

/// Cuts the call, or its bands, for several workers where it takes long enough,
/// and finds its scratch.
void share(Choice &choice, const Call &call, int32_t threads) {
  size_t scratch = 0;
  for (Variant &variant : choice.variants) {
    const kernels::Kernel &kernel = *variant.selection.kernel;
    variant.split = kernels::sharedSplit(kernel, call.problem, call.bands,
                                         variant.selection.cost, threads);
    // chooseBands() has asked the kernels.
    scratch = std::max(scratch, *kernels::scratchBytes(kernel, call.problem,
                                                       variant.split,
                                                       call.bands, threads));
  }
  choice.scratchBytes = static_cast<int64_t>(scratch);
}

/// A variant for each target, of the call as a whole.
Choice choose(const Call &call, const Targets &targets, const Options &options,
              int32_t threads) {
  Choice choice;
  for (auto [target, option] : llvm::zip_equal(targets, options))
    choice.variants.push_back(
        {kernels::select(call.problem, *target, option), {}, {}});
  share(choice, call, threads);
  return choice;
}

/// One variant for what is the same on all targets.
void join(Choice &choice) {
  auto sameKernel = [&](const Variant &other) {
    return other.selection.kernel == choice.variants.front().selection.kernel;
  };
  if (llvm::all_of(choice.variants, sameKernel))
    choice.variants.resize(1);
}

/// Kernels by call and target, with a variant for each target.
std::vector<std::vector<Chosen>> kernelsOf(const std::vector<Choice> &choices,
                                           const Targets &targets) {
  std::vector<std::vector<Chosen>> result;
  for (const Choice &choice : choices) {
    result.emplace_back();
    for (auto [variant, target] : llvm::zip_equal(choice.variants, targets))
      result.back().push_back(
          {variant.selection.kernel, variant.selection.cost, target});
  }
  return result;
}

std::vector<int64_t> scratchOf(const std::vector<Choice> &choices) {
  std::vector<int64_t> scratch;
  for (const Choice &choice : choices)
    scratch.push_back(choice.scratchBytes);
  return scratch;
}

/// Bytes of which the addresses of the tensors of a call are multiples; inputs
/// and outputs are as aligned as the arena.
int alignmentOf(const Program &program, const Call &call) {
  int64_t alignment = arenaAlignment;
  for (const Operand &operand : call.operands)
    if (operand.kind == Operand::Kind::Tensor)
      alignment = std::gcd(alignment, program.rootOf(operand.tensor).second);
  return static_cast<int>(alignment);
}

/// Bytes of the arena without bands. Leaves the program as it is.
int64_t arenaWithoutBands(Program &program,
                          const std::vector<Choice> &choices) {
  const std::vector<Tensor> tensors = program.tensors;
  overwriteOperands(program);
  const Arena arena = planArena(blocksOf(program, scratchOf(choices)));
  program.tensors = tensors;
  return arena.bytes;
}

class Writer {
public:
  Writer(ModuleOp module, Program &program, std::vector<Choice> &choices,
         const Targets &targets, int32_t threads)
      : module(module), program(program), choices(choices), targets(targets),
        threads(threads), builder(module.getContext()) {}

  plan::ModelOp write(StringRef name, StringRef optionsText) {
    planSlots();
    writeModel(name, optionsText);
    writeBorder();
    writeConstants();
    writeSlots();
    for (size_t step = 0; step < program.calls.size(); ++step)
      writeCalls(step);
    return model;
  }

  Arena arena;

private:
  void planSlots() {
    live = lifetimes(program);
    roots = rootLifetimes(program);
    const std::vector<Block> blocks = blocksOf(program, scratchOf(choices));
    arena = planArena(blocks);
  }

  void writeModel(StringRef name, StringRef optionsText) {
    builder.setInsertionPointToEnd(module.getBody());
    SmallVector<Attribute> targetNames;
    for (const targets::Target *target : targets)
      targetNames.push_back(builder.getStringAttr(StringRef(target->name)));
    auto source = module->getAttrOfType<StringAttr>("quench.model");
    model = plan::ModelOp::create(
        builder, module.getLoc(), builder.getStringAttr(name),
        builder.getI64IntegerAttr(arena.bytes),
        builder.getArrayAttr(targetNames), source,
        module->getAttrOfType<StringAttr>("quench.source_sha256"),
        optionsText.empty() ? StringAttr() : builder.getStringAttr(optionsText),
        threads > 1 ? builder.getI64IntegerAttr(threads) : IntegerAttr(),
        IntegerAttr());
    model.getBody().emplaceBlock();
    builder.setInsertionPointToStart(&model.getBody().front());
    buffers.resize(program.tensors.size());
  }

  plan::BufferType typeOf(const Tensor &tensor) {
    return plan::BufferType::get(builder.getContext(), tensor.shape,
                                 tensor.element);
  }

  template <typename Op>
  void writeBorderOf(ArrayRef<TensorId> ids) {
    for (auto [index, id] : llvm::enumerate(ids)) {
      const Tensor &tensor = program.tensors[id];
      FloatAttr scale;
      IntegerAttr zero;
      DenseI64ArrayAttr range;
      if (tensor.quantized) {
        const q::ActParams params = q::actParams(tensor.quantized);
        scale = builder.getF32FloatAttr(params.scale);
        zero = builder.getI64IntegerAttr(params.zero);
        const int64_t codes = int64_t{1}
                              << tensor.element.getIntOrFloatBitWidth();
        if (int64_t{params.max} - params.min + 1 < codes)
          range = builder.getDenseI64ArrayAttr({params.min, params.max});
      }
      buffers[id] = Op::create(builder, module.getLoc(), typeOf(tensor),
                               builder.getStringAttr(names.unique(tensor.name)),
                               builder.getI64IntegerAttr(int64_t(index)), scale,
                               zero, range)
                        .getBuffer();
    }
  }

  void writeBorder() {
    writeBorderOf<plan::InputOp>(program.inputs);
    writeBorderOf<plan::OutputOp>(program.outputs);
  }

  void writeConstants() {
    Weights weights(builder, names);
    for (TensorId id = 0; id < program.tensors.size(); ++id) {
      const Tensor &tensor = program.tensors[id];
      if (tensor.kind == Tensor::Kind::Constant && live[id].last >= 0)
        buffers[id] =
            weights.get(module.getLoc(), tensor.name, tensor.value, "dense");
    }
    for (auto [call, choice] : llvm::zip_equal(program.calls, choices))
      for (Variant &variant : choice.variants)
        if (call.filter)
          variant.packed =
              weights.pack(call, *variant.selection.kernel, variant.split);
    weights.sort(model);
  }

  void writeSlots() {
    for (TensorId id = 0; id < program.tensors.size(); ++id) {
      const Tensor &tensor = program.tensors[id];
      if (tensor.kind != Tensor::Kind::Slot)
        continue;
      auto [root, offset] = program.rootOf(id);
      const bool view = root != id;
      const Steps steps = view ? live[id] : roots[id];
      if (steps.last < 0)
        continue;
      // Views of inputs, outputs and constants begin where those do.
      if (program.tensors[root].kind != Tensor::Kind::Slot) {
        assert(offset == 0 && "a plan addresses the start of a border tensor");
        continue;
      }
      auto slot = plan::SlotOp::create(
          builder, module.getLoc(), typeOf(tensor),
          builder.getStringAttr(names.unique(tensor.name)),
          builder.getI64IntegerAttr(arena.offsets[root] + offset),
          builder.getI64IntegerAttr(steps.first),
          builder.getI64IntegerAttr(steps.last), builder.getBoolAttr(view),
          tensor.window ? windowAttr(*tensor.window) : DictionaryAttr());
      // For the reader of the emitted file.
      if (!tensor.channelShape.empty())
        slot->setAttr("quench.shape",
                      builder.getDenseI64ArrayAttr(tensor.channelShape));
      if (tensor.quantized) {
        const q::ActParams params = q::actParams(tensor.quantized);
        slot->setAttr("quench.scale", builder.getF32FloatAttr(params.scale));
        slot->setAttr("quench.zero_point",
                      builder.getI64IntegerAttr(params.zero));
      }
      buffers[id] = slot.getBuffer();
    }
  }

  DictionaryAttr windowAttr(const Tensor::Window &window) {
    NamedAttrList attrs;
    attrs.set("before", builder.getI64IntegerAttr(window.before));
    attrs.set("rows", builder.getI64IntegerAttr(window.rows));
    attrs.set("step", builder.getI64IntegerAttr(window.step));
    return attrs.getDictionary(builder.getContext());
  }

  Value bufferOf(TensorId id) {
    return buffers[id] ? buffers[id] : buffers[program.rootOf(id).first];
  }

  void writeCalls(size_t step) {
    const Call &call = program.calls[step];
    const Choice &choice = choices[step];
    const int64_t scratchOffset = arena.offsets[program.tensors.size() + step];
    for (auto [index, chosen] : llvm::enumerate(choice.variants)) {
      const kernels::Selection &selection = chosen.selection;
      const Weights::Packed &packed = chosen.packed;
      const int64_t variant =
          choice.variants.size() == 1 ? -1 : static_cast<int64_t>(index);
      SmallVector<Value> operands;
      SmallVector<bool> present;
      for (const Operand &operand : call.operands) {
        Value value;
        switch (operand.kind) {
        case Operand::Kind::Tensor:
          value = bufferOf(operand.tensor);
          break;
        case Operand::Kind::Filter:
          value = packed.filter;
          break;
        case Operand::Kind::Bias:
          value = packed.bias;
          break;
        case Operand::Kind::Mul:
          value = packed.mul;
          break;
        case Operand::Kind::Absent:
          break;
        }
        present.push_back(static_cast<bool>(value));
        if (value)
          operands.push_back(value);
      }
      kernels::Params params = call.problem.params;
      if (call.filter)
        std::get<qrt_conv2d>(params).bias_bits = packed.biasBits;
      SmallVector<int64_t> plain(call.leading.begin(), call.leading.end());
      if (selection.kernel->grouped)
        plain.push_back(call.problem.filterGroup);
      llvm::append_range(plain, selection.kernel->facts(call.problem));
      ArrayAttr leading;
      if (!plain.empty())
        leading = builder.getI64ArrayAttr(plain);
      const bool takesScratch =
          choice.scratchBytes > 0 && selection.kernel->takesScratch();
      auto op = plan::CallOp::create(
          builder, call.loc, builder.getStringAttr(selection.kernel->symbol),
          builder.getStringAttr(structName(call.problem.params)),
          structFields(builder, params), operands,
          builder.getDenseBoolArrayAttr(present),
          builder.getI64IntegerAttr(static_cast<int64_t>(step)),
          builder.getI64IntegerAttr(variant),
          takesScratch ? builder.getI64IntegerAttr(choice.scratchBytes)
                       : IntegerAttr(),
          takesScratch ? builder.getI64IntegerAttr(scratchOffset)
                       : IntegerAttr(),
          builder.getStringAttr(call.source),
          builder.getStringAttr(StringRef(selection.reason).rtrim()),
          builder.getF64FloatAttr(selection.cost),
          builder.getI64IntegerAttr(call.macs), leading,
          chosen.split ? splitAttr(builder, *chosen.split) : DictionaryAttr(),
          call.bands
              ? bandsAttr(builder, *call.bands, program.groupOf(step).first)
              : DictionaryAttr());
      if (selection.time > 0) {
        op->setAttr(timeAttr, builder.getF64FloatAttr(selection.time));
        op->setAttr(modelTimeAttr,
                    builder.getF64FloatAttr(selection.modelTime));
      }
      if (call.notes)
        op->setAttr(q::notesAttr, call.notes);
    }
  }

  ModuleOp module;
  Program &program;
  std::vector<Choice> &choices;
  const Targets &targets;
  int32_t threads;
  OpBuilder builder;
  plan::ModelOp model;
  Names names;
  std::vector<Steps> live, roots;
  std::vector<Value> buffers;
};

struct Place : impl::PlaceBase<Place> {
  using PlaceBase::PlaceBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto func = module.lookupSymbol<func::FuncOp>("main");
    if (!func) {
      module.emitError("expected a func.func @main to place, found none");
      return signalPassFailure();
    }
    auto targets =
        parseTargets(module, SmallVector<std::string>(this->targets.begin(),
                                                      this->targets.end()));
    if (failed(targets))
      return signalPassFailure();
    const int64_t given = threads;
    if (given < 1 || given > QRT_MAX_WORKERS) {
      module.emitError("threads expects a number from 1 to ")
          << int{QRT_MAX_WORKERS} << ", found " << given;
      return signalPassFailure();
    }
    FailureOr<kernels::TimingsFile> file = readTimings(module, timings);
    if (failed(file))
      return signalPassFailure();
    const auto workers = static_cast<int32_t>(given);
    Options options;
    for (const targets::Target *target : *targets)
      options.push_back({file->timesFor(cpu, *target), optimizeSize, workers});
    FailureOr<Program> program = lower(func);
    if (failed(program))
      return signalPassFailure();
    numViews += static_cast<unsigned>(
        llvm::count_if(program->tensors, [](const Tensor &tensor) {
          return tensor.parent.has_value();
        }));
    std::vector<Choice> chosen, choices;
    for (const Call &call : program->calls)
      chosen.push_back(choose(call, *targets, options, workers));
    for (size_t before : orderCalls(*program, scratchOf(chosen))) {
      numMoved += before > choices.size();
      choices.push_back(std::move(chosen[before]));
    }
    // A GPU has many workers, and its level 2 cache is as large as an arena.
    const bool cuda = targets::isCuda(*targets->front());
    if (cuda && workers > 1) {
      module.emitError("threads are workers of a CPU: a GPU needs none");
      return signalPassFailure();
    }
    std::optional<int64_t> wholeArena;
    if (bands && !cuda) {
      wholeArena = arenaWithoutBands(*program, choices);
      chooseBands(*program, kernelsOf(choices, *targets), workers);
    }
    for (auto [choice, call] : llvm::zip_equal(choices, program->calls))
      if (call.bands)
        share(choice, call, workers);
    numInPlace += static_cast<unsigned>(overwriteOperands(*program));
    // Now it is known where tensors are.
    if (cuda)
      for (auto [choice, call] : llvm::zip_equal(choices, program->calls)) {
        call.problem.alignment = alignmentOf(*program, call);
        choice = choose(call, *targets, options, workers);
      }
    for (Choice &choice : choices)
      join(choice);

    std::string name = modelName;
    if (auto given = module->getAttrOfType<StringAttr>("quench.model");
        given && name.empty())
      name = given.str();
    if (name.empty())
      name = "main";
    Writer writer(module, *program, choices, *targets, workers);
    plan::ModelOp model = writer.write(identifier(name), optionsText);
    if (!program->groups.empty())
      model.setWholeArenaBytes(*wholeArena);
    func.erase();
    // A model called main now has the symbol to itself.
    model.setSymName(identifier(name));

    numCalls += static_cast<unsigned>(program->calls.size());
    numGroups += static_cast<unsigned>(program->groups.size());
    arenaBytes += static_cast<unsigned>(writer.arena.bytes);
    arenaBound += static_cast<unsigned>(writer.arena.bound);
  }
};

} // namespace
} // namespace quench::place
