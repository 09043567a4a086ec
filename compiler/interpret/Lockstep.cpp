// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two graphs side by side. Each holds its values for all samples and frees them
// after the pair that reads them last.

#include "compiler/interpret/Lockstep.h"

#include "compiler/interpret/Evaluation.h"
#include "compiler/interpret/FloatKernels.h"
#include "compiler/interpret/Interpreter.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Types.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;

namespace quench::interpret {
namespace {

/// A value for all samples; a constant once. With a grid `carried` is what was
/// computed and `plain` is made when somebody asks.
struct Held {
  GridType grid;
  std::vector<Tensor> plain, carried;
};

const Tensor &at(const std::vector<Tensor> &tensors, size_t sample) {
  return tensors[tensors.size() == 1 ? 0 : sample];
}

/// An evaluation with its kernel.
struct Made {
  Evaluation evaluation;
  Kernel kernel;

  Tensor run(ArrayRef<const Tensor *> inputs) const {
    Tensor out(*kindOf(evaluation.result.getType()),
               shapeOf(evaluation.result));
    kernel(inputs, out);
    return out;
  }
};

Tensor runOn(const Kernel &kernel, const Tensor &x) {
  Tensor out(ElementKind::F32, x.shape);
  kernel({&x}, out);
  return out;
}

class Graph {
public:
  LogicalResult create(func::FuncOp function);
  /// Holds the arguments and rounds them.
  LogicalResult begin(ArrayRef<std::vector<Tensor>> samples);
  /// Evaluates ops[pair] and the fake_quants behind it.
  LogicalResult evaluate(size_t pair);
  /// Frees what nobody reads after `pair` (-1: the arguments' own step).
  void end(int64_t pair);
  void clear() { values.clear(); }

  GridType gridOf(Value value) const;
  const Tensor &plain(Value value, size_t sample);
  /// Null without a grid.
  const Tensor *carried(Value value, size_t sample);
  /// The result of the first fake_quant of `value`, or `value`.
  Value rounded(Value value) const;
  void forget(Value constant) { values.erase(constant); }
  int64_t liveBytes() const;

  func::FuncOp function;
  std::vector<Operation *> ops;
  std::vector<Made> chain; // of the pair that runs
  size_t numSamples = 0;

private:
  Held &held(Value value);
  FailureOr<Value> evaluateOne(Operation *op);
  LogicalResult roundAfter(Value value);

  llvm::DenseMap<Value, Held> values;
  std::vector<SmallVector<Value>> dead; // [pair + 1]
};

LogicalResult Graph::create(func::FuncOp given) {
  function = given;
  if (function.isExternal() || !function.getBody().hasOneBlock())
    return function.emitOpError("expects a body of one block");
  llvm::MapVector<Value, int64_t> lastPair;
  llvm::DenseMap<Value, int64_t> madeIn;
  for (BlockArgument argument : function.getArguments())
    lastPair[argument] = madeIn[argument] = -1;
  for (Operation &op : function.front().without_terminator()) {
    if (op.getNumResults() != 1 || !kindOf(op.getResult(0).getType()))
      return op.emitOpError("cannot run in lockstep: expected one result that "
                            "the interpreter can hold");
    Value result = op.getResult(0);
    if (isConstant(result))
      continue;
    int64_t pair = ops.size();
    if (isa<qf::FakeQuantOp>(op))
      pair = madeIn[op.getOperand(0)];
    else if (isa_and_nonnull<nn::NNDialect>(op.getDialect()))
      ops.push_back(&op);
    else
      return op.emitOpError("cannot run in lockstep: expected ops of nn and "
                            "qf.fake_quant");
    madeIn[result] = lastPair[result] = pair;
    for (Value operand : op.getOperands())
      if (!isConstant(operand))
        lastPair[operand] = std::max(lastPair[operand], pair);
  }
  for (Value value : function.front().getTerminator()->getOperands())
    lastPair.erase(value);
  dead.resize(ops.size() + 1);
  for (auto [value, pair] : lastPair)
    dead[pair + 1].push_back(value);
  return success();
}

Held &Graph::held(Value value) {
  Held &held = values[value];
  if (isConstant(value) && held.plain.empty() && held.carried.empty()) {
    held.grid = constantGrid(value);
    (held.grid ? held.carried : held.plain)
        .push_back(constantTensor(value, /*carried=*/true));
  }
  return held;
}

const Tensor &Graph::plain(Value value, size_t sample) {
  Held &it = held(value);
  if (it.plain.empty()) {
    const GridType grid = it.grid;
    if (isConstant(value))
      it.plain.push_back(dequantizedConstant(it.carried.front(), grid));
    else
      for (const Tensor &tensor : it.carried)
        it.plain.push_back(runOn(makeDequantizeKernel(grid), tensor));
  }
  return at(it.plain, sample);
}

const Tensor *Graph::carried(Value value, size_t sample) {
  Held &it = held(value);
  return it.grid ? &at(it.carried, sample) : nullptr;
}

GridType Graph::gridOf(Value value) const {
  if (isConstant(value))
    return constantGrid(value);
  auto it = values.find(value);
  return it == values.end() ? nullptr : it->second.grid;
}

Value Graph::rounded(Value value) const {
  Operation *first = nullptr;
  for (Operation *user : value.getUsers())
    if (isa<qf::FakeQuantOp>(user) && (!first || user->isBeforeInBlock(first)))
      first = user;
  return first ? first->getResult(0) : value;
}

/// Constants as kernels want them when they are made, null for the others.
SmallVector<const Tensor *> constantsOf(Graph &graph, Operation *op,
                                        bool carried) {
  return llvm::map_to_vector(
      op->getOperands(), [&](Value value) -> const Tensor * {
        if (!isConstant(value))
          return nullptr;
        const Tensor *exact = carried ? graph.carried(value, 0) : nullptr;
        return exact ? exact : &graph.plain(value, 0);
      });
}

FailureOr<Value> Graph::evaluateOne(Operation *op) {
  auto grid = [this](Value value) { return gridOf(value); };
  if (joinsFakeQuant(op, grid))
    op = *op->user_begin();
  FailureOr<Evaluation> evaluation = evaluationOf(op, grid);
  if (failed(evaluation))
    return failure();
  FailureOr<Kernel> kernel = evaluation->makeKernel(
      constantsOf(*this, evaluation->op, evaluation->takesCarried));
  if (failed(kernel))
    return failure();
  const Made &made =
      chain.emplace_back(Made{std::move(*evaluation), std::move(*kernel)});
  std::vector<Tensor> results;
  for (size_t sample = 0; sample < numSamples; ++sample) {
    SmallVector<const Tensor *> inputs;
    for (Value operand : made.evaluation.op->getOperands()) {
      const Tensor *exact =
          made.evaluation.takesCarried ? carried(operand, sample) : nullptr;
      inputs.push_back(exact ? exact : &plain(operand, sample));
    }
    results.push_back(made.run(inputs));
  }
  Value result = made.evaluation.result;
  Held &held = values[result];
  held.grid = made.evaluation.grid;
  (held.grid ? held.carried : held.plain) = std::move(results);
  return result;
}

LogicalResult Graph::roundAfter(Value value) {
  for (Operation *user : llvm::make_early_inc_range(value.getUsers()))
    if (isa<qf::FakeQuantOp>(user)) {
      FailureOr<Value> result = evaluateOne(user);
      if (failed(result) || failed(roundAfter(*result)))
        return failure();
    }
  return success();
}

LogicalResult Graph::evaluate(size_t pair) {
  FailureOr<Value> result = evaluateOne(ops[pair]);
  return failed(result) ? failure() : roundAfter(*result);
}

LogicalResult Graph::begin(ArrayRef<std::vector<Tensor>> samples) {
  numSamples = samples.size();
  for (const std::vector<Tensor> &sample : samples) {
    if (sample.size() != function.getNumArguments())
      return function.emitError("expected ")
             << function.getNumArguments() << " inputs, but found "
             << sample.size();
    for (auto [index, tensor] : llvm::enumerate(sample)) {
      BlockArgument argument = function.getArgument(index);
      if (kindOf(argument.getType()) != tensor.kind ||
          ArrayRef(tensor.shape) != shapeOf(argument))
        return function.emitError("input ")
               << index << " expects " << argument.getType() << ", but found "
               << shapeText(tensor.shape) << " of " << elementName(tensor.kind);
      values[argument].plain.push_back(tensor);
    }
  }
  for (BlockArgument argument : function.getArguments())
    if (failed(roundAfter(argument)))
      return failure();
  return success();
}

void Graph::end(int64_t pair) {
  for (Value value : dead[pair + 1])
    values.erase(value);
  chain.clear();
  SmallVector<Value> constants;
  for (auto &[value, held] : values) {
    if (isConstant(value))
      constants.push_back(value);
    else if (held.grid)
      held.plain.clear();
  }
  for (Value value : constants)
    values.erase(value);
}

int64_t Graph::liveBytes() const {
  int64_t bytes = 0;
  for (const auto &[value, held] : values)
    for (const auto *tensors : {&held.plain, &held.carried})
      for (const Tensor &tensor : *tensors)
        bytes += tensor.bytes.size();
  return bytes;
}

} // namespace

struct PairView::State {
  Graph floating, qfloat;
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
  Graph &graph = level == Level::Float ? state->floating : state->qfloat;
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
  Graph &graph = state->qfloat;
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
static GridType constantType(Graph &graph, Operation *op, unsigned operand) {
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

FailureOr<Lockstep> Lockstep::create(func::FuncOp floatFunction,
                                     func::FuncOp qfloatFunction) {
  auto state = std::make_unique<PairView::State>();
  if (failed(state->floating.create(floatFunction)) ||
      failed(state->qfloat.create(qfloatFunction)))
    return failure();
  auto &floating = state->floating.ops, &qfloat = state->qfloat.ops;
  for (auto [a, b] : llvm::zip(floating, qfloat))
    if (a->getName() != b->getName() ||
        a->getResult(0).getType() != b->getResult(0).getType())
      return b->emitError("'")
             << tensorName(b) << "' (" << b->getName() << " with a result of "
             << b->getResult(0).getType() << ") has no twin: at its place the "
             << "float model has '" << tensorName(a) << "' (" << a->getName()
             << ", " << a->getResult(0).getType() << ")";
  if (floating.size() != qfloat.size())
    return qfloatFunction.emitError("expected as many ops as the float model (")
           << floating.size() << "), but found " << qfloat.size();
  if (floatFunction.getArgumentTypes() != qfloatFunction.getArgumentTypes())
    return qfloatFunction.emitError("expected arguments of the float model's "
                                    "types");
  return Lockstep(std::move(state));
}

size_t Lockstep::numPairs() const { return state->floating.ops.size(); }
Operation *Lockstep::floatOp(size_t index) const {
  return state->floating.ops[index];
}
Operation *Lockstep::qfloatOp(size_t index) const {
  return state->qfloat.ops[index];
}

static LogicalResult showArguments(Graph &floating, Graph &qfloat,
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
  Graph &floating = state->floating, &qfloat = state->qfloat;
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
