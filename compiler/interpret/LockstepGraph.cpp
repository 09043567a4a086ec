// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluating op by op, and freeing.

#include "compiler/interpret/LockstepGraph.h"

#include "dialects/nn/NN.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace quench::interpret {

Tensor Made::run(Inputs inputs) const {
  Tensor out(*kindOf(evaluation.result.getType()), shapeOf(evaluation.result));
  kernel(inputs, out);
  return out;
}

Tensor runOn(const Kernel &kernel, const Tensor &x) {
  Tensor out(ElementKind::F32, x.shape);
  kernel({&x}, out);
  return out;
}

static const Tensor &at(const std::vector<Tensor> &tensors, size_t sample) {
  return tensors[tensors.size() == 1 ? 0 : sample];
}

LogicalResult LockstepGraph::create(func::FuncOp given) {
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
      pair = isConstant(op.getOperand(0)) ? -1 : madeIn[op.getOperand(0)];
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

Held &LockstepGraph::held(Value value) {
  Held &held = values[value];
  if (isConstant(value) && held.plain.empty() && held.carried.empty()) {
    held.grid = constantGrid(value);
    (held.grid ? held.carried : held.plain)
        .push_back(constantTensor(value, /*carried=*/true));
  }
  return held;
}

const Tensor &LockstepGraph::plain(Value value, size_t sample) {
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

const Tensor *LockstepGraph::carried(Value value, size_t sample) {
  Held &it = held(value);
  return it.grid ? &at(it.carried, sample) : nullptr;
}

GridType LockstepGraph::gridOf(Value value) const {
  if (isConstant(value))
    return constantGrid(value);
  auto it = values.find(value);
  return it == values.end() ? nullptr : it->second.grid;
}

Value LockstepGraph::rounded(Value value) const {
  Operation *first = nullptr;
  for (Operation *user : value.getUsers())
    if (isa<qf::FakeQuantOp>(user) && (!first || user->isBeforeInBlock(first)))
      first = user;
  return first ? first->getResult(0) : value;
}

/// Constants as kernels want them when they are made, null for the others.
SmallVector<const Tensor *> constantsOf(LockstepGraph &graph, Operation *op,
                                        bool carried) {
  return llvm::map_to_vector(
      op->getOperands(), [&](Value value) -> const Tensor * {
        if (!isConstant(value))
          return nullptr;
        const Tensor *exact = carried ? graph.carried(value, 0) : nullptr;
        return exact ? exact : &graph.plain(value, 0);
      });
}

FailureOr<Value> LockstepGraph::evaluateOne(Operation *op) {
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

LogicalResult LockstepGraph::roundAfter(Value value) {
  for (Operation *user : llvm::make_early_inc_range(value.getUsers()))
    if (isa<qf::FakeQuantOp>(user) && !isConstant(user->getResult(0))) {
      FailureOr<Value> result = evaluateOne(user);
      if (failed(result) || failed(roundAfter(*result)))
        return failure();
    }
  return success();
}

LogicalResult LockstepGraph::evaluate(size_t pair) {
  FailureOr<Value> result = evaluateOne(ops[pair]);
  return failed(result) ? failure() : roundAfter(*result);
}

LogicalResult LockstepGraph::begin(ArrayRef<std::vector<Tensor>> samples) {
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
  // A constant on a grid may be moved to another one.
  for (Operation &op : function.front().without_terminator())
    if (isConstant(op.getResult(0)) && failed(roundAfter(op.getResult(0))))
      return failure();
  return success();
}

void LockstepGraph::end(int64_t pair) {
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

int64_t LockstepGraph::liveBytes() const {
  int64_t bytes = 0;
  for (const auto &[value, held] : values)
    for (const auto *tensors : {&held.plain, &held.carried})
      for (const Tensor &tensor : *tensors)
        bytes += tensor.bytes.size();
  return bytes;
}

} // namespace quench::interpret
