// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The two graphs side by side, the view of a pair, and the loop over pairs.

#include "compiler/interpret/Lockstep.h"

#include "compiler/interpret/FloatKernels.h"
#include "compiler/interpret/Interpreter.h"
#include "compiler/interpret/LockstepGraph.h"
#include "dialects/nn/Elements.h"
#include "dialects/q/Groups.h"
#include "dialects/q/Types.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;

namespace quench::interpret {

struct PairView::State {
  LockstepGraph floating, qfloat;
  size_t pair = 0;

  Operation *floatOp() const { return floating.ops[pair]; }
  Operation *qfloatOp() const { return qfloat.ops[pair]; }
};

size_t PairView::index() const { return state->pair; }
size_t PairView::numSamples() const { return state->floating.numSamples; }
Operation *PairView::floatOp() const { return state->floatOp(); }
Operation *PairView::qfloatOp() const { return state->qfloatOp(); }
std::string PairView::name() const { return tensorName(floatOp()); }

const Tensor &PairView::floatInput(size_t sample, unsigned operand) const {
  return state->floating.plain(floatOp()->getOperand(operand), sample);
}
const Tensor &PairView::floatOutput(size_t sample) const {
  return state->floating.plain(floatOp()->getResult(0), sample);
}
GridType PairView::inputGrid(unsigned operand) const {
  return state->qfloat.gridOf(qfloatOp()->getOperand(operand));
}
const Tensor &PairView::qfloatInput(size_t sample, unsigned operand) const {
  return state->qfloat.plain(qfloatOp()->getOperand(operand), sample);
}
const Tensor *PairView::carriedInput(size_t sample, unsigned operand) const {
  return state->qfloat.carried(qfloatOp()->getOperand(operand), sample);
}
GridType PairView::outputGrid() const {
  return state->qfloat.gridOf(state->qfloat.rounded(qfloatOp()->getResult(0)));
}
const Tensor &PairView::qfloatOutput(size_t sample) const {
  return state->qfloat.plain(state->qfloat.rounded(qfloatOp()->getResult(0)),
                             sample);
}
const Tensor *PairView::carriedOutput(size_t sample) const {
  return state->qfloat.carried(state->qfloat.rounded(qfloatOp()->getResult(0)),
                               sample);
}
int64_t PairView::liveBytes() const {
  return state->floating.liveBytes() + state->qfloat.liveBytes();
}

FailureOr<std::vector<Tensor>> PairView::unclamped(Level level) const {
  LockstepGraph &graph =
      level == Level::Float ? state->floating : state->qfloat;
  Operation *op = graph.ops[state->pair];
  // The kernel reads its clamp off the op, so it gets one without.
  OwningOpRef<Operation *> open = op->clone();
  open->removeAttr("clamp");
  FailureOr<Kernel> kernel =
      makeFloatKernel(*open, constantsOf(graph, op, /*carried=*/false));
  if (failed(kernel))
    return failure();
  std::vector<Tensor> results;
  for (size_t sample = 0; sample < graph.numSamples; ++sample) {
    SmallVector<const Tensor *> inputs;
    for (Value operand : op->getOperands())
      inputs.push_back(&graph.plain(operand, sample));
    Tensor &out = results.emplace_back(*kindOf(op->getResult(0).getType()),
                                       shapeOf(op->getResult(0)));
    (*kernel)(inputs, out);
  }
  return results;
}

Tensor PairView::roundedInput(size_t sample, unsigned operand,
                              bool carried) const {
  const Tensor &exact = floatInput(sample, operand);
  const GridType grid = inputGrid(operand);
  if (!grid || isConstant(qfloatOp()->getOperand(operand)))
    return exact;
  Tensor rounded = runOn(makeQuantizeKernel(grid), exact);
  return carried ? rounded : runOn(makeDequantizeKernel(grid), rounded);
}

FailureOr<std::vector<Tensor>> PairView::localOutputs() const {
  LockstepGraph &graph = state->qfloat;
  Value output = graph.rounded(qfloatOp()->getResult(0));
  std::vector<Tensor> results;
  for (size_t sample = 0; sample < graph.numSamples; ++sample) {
    // Local values of this op and of the fake_quants behind it.
    llvm::DenseMap<Value, Tensor> local;
    std::vector<Tensor> rounded(qfloatOp()->getNumOperands());
    for (const Made &made : graph.chain) {
      const Evaluation &evaluation = made.evaluation;
      SmallVector<const Tensor *> inputs;
      for (auto [index, operand] :
           llvm::enumerate(evaluation.op->getOperands())) {
        const GridType grid = graph.gridOf(operand);
        const bool carried = evaluation.takesCarried && grid;
        if (isConstant(operand)) {
          inputs.push_back(carried ? graph.carried(operand, 0)
                                   : &graph.plain(operand, 0));
          continue;
        }
        if (auto it = local.find(operand); it != local.end()) {
          inputs.push_back(&it->second);
          continue;
        }
        rounded[index] = roundedInput(sample, index, carried);
        inputs.push_back(&rounded[index]);
      }
      local[evaluation.result] = made.run(inputs);
    }
    Tensor &result = local[output];
    if (GridType grid = graph.gridOf(output))
      result = runOn(makeDequantizeKernel(grid), result);
    results.push_back(std::move(result));
  }
  return results;
}

FailureOr<std::vector<Tensor>> PairView::ownOutputs() const {
  FailureOr<std::vector<Tensor>> results = localOutputs();
  FailureOr<Kernel> kernel = makeFloatKernel(
      floatOp(), constantsOf(state->floating, floatOp(), /*carried=*/false));
  if (failed(results) || failed(kernel))
    return failure();
  for (auto [sample, result] : llvm::enumerate(*results)) {
    if (result.kind != ElementKind::F32)
      continue;
    std::vector<Tensor> rounded;
    for (unsigned i = 0; i < floatOp()->getNumOperands(); ++i)
      rounded.push_back(roundedInput(sample, i, /*carried=*/false));
    SmallVector<const Tensor *> inputs = llvm::map_to_vector(
        rounded, [](const Tensor &tensor) { return &tensor; });
    Tensor exact(result.kind, result.shape);
    (*kernel)(inputs, exact);
    for (auto [y, x, base] :
         llvm::zip_equal(result.data<float>(), exact.data<float>(),
                         floatOutput(sample).data<float>()))
      y = base + (y - x);
  }
  return results;
}

std::vector<int32_t> PairView::codes(unsigned operand) const {
  if (operand >= qfloatOp()->getNumOperands())
    return {};
  return constantCodes(qfloatOp()->getOperand(operand))
      .value_or(std::vector<int32_t>());
}

/// The type of a constant operand, or of the bias that is not there.
static GridType constantType(LockstepGraph &graph, Operation *op,
                             unsigned operand) {
  if (operand < op->getNumOperands())
    return graph.gridOf(op->getOperand(operand));
  const float input = q::scaleOf(graph.gridOf(op->getOperand(0)), 0);
  const GridType filter = graph.gridOf(op->getOperand(1));
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(filter);
  std::vector<float> scales;
  for (size_t i = 0; i < (perAxis ? perAxis.getScales().size() : 1); ++i)
    scales.push_back(input * q::scaleOf(filter, i));
  return q::makeBiasType(op->getContext(), scales);
}

std::vector<float> PairView::scales(unsigned operand) const {
  const GridType type = constantType(state->qfloat, qfloatOp(), operand);
  std::vector<float> scales;
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    for (size_t i = 0; i < perAxis.getScales().size(); ++i)
      scales.push_back(q::scaleOf(type, i));
  else
    scales.push_back(q::scaleOf(type, 0));
  return scales;
}

LogicalResult PairView::setCodes(unsigned operand,
                                 ArrayRef<int32_t> codes) const {
  Operation *op = qfloatOp();
  const bool isNew = operand >= op->getNumOperands();
  assert((isNew ? operand == 2 && op->getNumOperands() == 2
                : isConstant(op->getOperand(operand))) &&
         "only constants have codes to set, and only a bias can be absent");
  const GridType type = constantType(state->qfloat, op, operand);
  RankedTensorType tensor =
      isNew ? RankedTensorType::get(shapeOf(op->getOperand(1)).front(),
                                    Float32Type::get(op->getContext()))
            : cast<RankedTensorType>(op->getOperand(operand).getType());
  assert(int64_t(codes.size()) == tensor.getNumElements() &&
         "one code per element");
  for (int32_t code : codes)
    if (code < type.getStorageTypeMin() || code > type.getStorageTypeMax())
      return op->emitOpError("expected codes of ")
             << type << " for operand " << operand << ", but found " << code;

  auto storage = cast<RankedTensorType>(tensor.clone(q::storageType(type)));
  ElementsAttr attr;
  if (storage.getElementTypeBitWidth() == 8)
    attr = nn::makeElements<int8_t>(
        storage, SmallVector<int8_t>(codes.begin(), codes.end()), "codes");
  else
    attr = nn::makeElements<int32_t>(storage, codes, "codes");
  OpBuilder builder(op);
  auto constant = qf::ConstantOp::create(
      builder,
      isNew ? NameLoc::get(builder.getStringAttr(name() + "/bias"))
            : op->getOperand(operand).getLoc(),
      tensor, attr, TypeAttr::get(type));
  if (isNew) {
    op->insertOperands(operand, constant.getOutput());
    return success();
  }
  Value old = op->getOperand(operand);
  q::copyGroups(old.getDefiningOp(), constant);
  op->setOperand(operand, constant.getOutput());
  if (old.use_empty()) {
    state->qfloat.forget(old);
    old.getDefiningOp()->erase();
  }
  return success();
}

LockstepHooks::~LockstepHooks() = default;
LogicalResult LockstepHooks::argument(unsigned, ArrayRef<Tensor>,
                                      ArrayRef<Tensor>, GridType) {
  return success();
}
LogicalResult LockstepHooks::before(const PairView &) { return success(); }
LogicalResult LockstepHooks::after(const PairView &) { return success(); }

Lockstep::Lockstep(std::unique_ptr<PairView::State> state)
    : state(std::move(state)) {}
Lockstep::Lockstep(Lockstep &&) = default;
Lockstep &Lockstep::operator=(Lockstep &&) = default;
Lockstep::~Lockstep() = default;

namespace {

/// Where the values of one of the functions come from, fake_quants skipped.
class Sources {
public:
  explicit Sources(const LockstepGraph &graph) {
    func::FuncOp function = graph.function;
    for (BlockArgument argument : function.getArguments())
      numbers[argument] = -1 - int64_t(argument.getArgNumber());
    for (auto [index, op] : llvm::enumerate(graph.ops))
      numbers[op->getResult(0)] = index;
  }

  /// The pair that makes it, -1 - i for argument i, nothing for a constant.
  std::optional<int64_t> of(Value value) const {
    while (auto fakeQuant = value.getDefiningOp<qf::FakeQuantOp>())
      value = fakeQuant.getInput();
    auto it = numbers.find(value);
    return it == numbers.end() ? std::nullopt : std::optional(it->second);
  }

private:
  llvm::DenseMap<Value, int64_t> numbers;
};

std::string sourceName(Value value) {
  while (auto fakeQuant = value.getDefiningOp<qf::FakeQuantOp>())
    value = fakeQuant.getInput();
  if (auto argument = dyn_cast<BlockArgument>(value))
    return "argument " + std::to_string(argument.getArgNumber());
  return "'" + tensorName(value.getDefiningOp()) + "'";
}

/// Both must compute the same of the same. A bias may be in one of them only.
LogicalResult checkTwins(Operation *floating, const Sources &floatSources,
                         Operation *qfloat, const Sources &qfloatSources) {
  const Type type = qfloat->getResult(0).getType();
  if (floating->getName() != qfloat->getName() ||
      floating->getResult(0).getType() != type)
    return qfloat->emitError()
           << qfloat->getName() << " with a result of " << type
           << " has no twin: at its place the float model has '"
           << tensorName(floating) << "' (" << floating->getName() << ", "
           << floating->getResult(0).getType() << ")";
  for (auto [index, values] : llvm::enumerate(
           llvm::zip(floating->getOperands(), qfloat->getOperands()))) {
    auto [a, b] = values;
    if (floatSources.of(a) != qfloatSources.of(b) || a.getType() != b.getType())
      return qfloat->emitError("operand ")
             << index << " is " << sourceName(b) << " (" << b.getType()
             << "), but its twin in the float model, '" << tensorName(floating)
             << "', takes " << sourceName(a) << " (" << a.getType() << ")";
  }
  return success();
}

} // namespace

FailureOr<Lockstep> Lockstep::create(func::FuncOp floatFunction,
                                     func::FuncOp qfloatFunction) {
  auto state = std::make_unique<PairView::State>();
  if (failed(state->floating.create(floatFunction)) ||
      failed(state->qfloat.create(qfloatFunction)))
    return failure();
  if (floatFunction.getArgumentTypes() != qfloatFunction.getArgumentTypes())
    return qfloatFunction.emitError("expected arguments of the float model's "
                                    "types, ")
           << floatFunction.getArgumentTypes() << ", but found "
           << qfloatFunction.getArgumentTypes();
  auto &floating = state->floating.ops, &qfloat = state->qfloat.ops;
  const Sources floatSources(state->floating), qfloatSources(state->qfloat);
  for (auto [a, b] : llvm::zip(floating, qfloat))
    if (failed(checkTwins(a, floatSources, b, qfloatSources)))
      return failure();
  if (floating.size() != qfloat.size())
    return qfloatFunction.emitError("expected as many ops as the float model (")
           << floating.size() << "), but found " << qfloat.size();
  if (floatFunction.getResultTypes() != qfloatFunction.getResultTypes())
    return qfloatFunction.emitError("expected results of the float model's "
                                    "types, ")
           << floatFunction.getResultTypes() << ", but found "
           << qfloatFunction.getResultTypes();
  return Lockstep(std::move(state));
}

size_t Lockstep::numPairs() const { return state->floating.ops.size(); }
Operation *Lockstep::floatOp(size_t index) const {
  return state->floating.ops[index];
}
Operation *Lockstep::qfloatOp(size_t index) const {
  return state->qfloat.ops[index];
}

static LogicalResult showArguments(LockstepGraph &floating,
                                   LockstepGraph &qfloat,
                                   LockstepHooks &hooks) {
  for (unsigned i = 0; i < floating.function.getNumArguments(); ++i) {
    Value value = floating.function.getArgument(i);
    Value rounded = qfloat.rounded(qfloat.function.getArgument(i));
    std::vector<Tensor> plain, carried;
    for (size_t sample = 0; sample < floating.numSamples; ++sample) {
      plain.push_back(floating.plain(value, sample));
      if (const Tensor *tensor = qfloat.carried(rounded, sample))
        carried.push_back(*tensor);
    }
    if (failed(hooks.argument(i, plain, carried, qfloat.gridOf(rounded))))
      return failure();
  }
  return success();
}

FailureOr<LockstepResults> Lockstep::run(ArrayRef<std::vector<Tensor>> samples,
                                         LockstepHooks &hooks) {
  LockstepGraph &floating = state->floating, &qfloat = state->qfloat;
  const llvm::scope_exit clear([&] {
    floating.clear();
    qfloat.clear();
  });
  if (failed(floating.begin(samples)) || failed(qfloat.begin(samples)) ||
      failed(showArguments(floating, qfloat, hooks)))
    return failure();
  floating.end(-1);
  qfloat.end(-1);
  const PairView view(*state);
  for (size_t pair = 0; pair < numPairs(); ++pair) {
    state->pair = pair;
    if (failed(floating.evaluate(pair)) || failed(hooks.before(view)) ||
        failed(qfloat.evaluate(pair)) || failed(hooks.after(view)))
      return failure();
    floating.end(pair);
    qfloat.end(pair);
  }
  LockstepResults results;
  for (auto [graph, into] : {std::pair(&floating, &results.floating),
                             std::pair(&qfloat, &results.qfloat)})
    for (size_t sample = 0; sample < samples.size(); ++sample) {
      std::vector<Tensor> &tensors = into->emplace_back();
      for (Value value : graph->function.front().getTerminator()->getOperands())
        tensors.push_back(graph->plain(value, sample));
    }
  return results;
}

} // namespace quench::interpret
