// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a function to a list of steps on slots, and running it. How ops of nn
// and qf are evaluated is decided in Evaluation.cpp.

#include "compiler/interpret/Interpreter.h"

#include "compiler/interpret/Evaluation.h"
#include "compiler/interpret/FloatKernels.h"
#include "compiler/interpret/IntegerKernels.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace quench::interpret {
namespace {

constexpr unsigned absent = ~0u;

/// One kernel call. Slots are indices into the tensors of a run.
struct Step {
  Kernel kernel;
  SmallVector<unsigned> inputs;
  unsigned output = absent;
  ElementKind kind = ElementKind::F32;
  SizesRef shape;
  SmallVector<unsigned> dead;    // slots nobody reads afterwards
  Operation *reported = nullptr; // for the sink
  GridType grid; // the result is carried: the sink gets its codes
};

/// Where a value is: float (or codes of the q level), carried, or both.
struct Place {
  unsigned plain = absent, carried = absent;
  GridType grid;
};

template <class Dialect>
bool isOf(Operation *op) {
  return isa_and_nonnull<Dialect>(op->getDialect());
}

} // namespace

std::optional<StringAttr> nameAttr(Operation *op) {
  std::optional<StringAttr> name;
  op->getLoc()->walk([&](Location part) {
    auto named = dyn_cast<NameLoc>(part);
    if (!named)
      return WalkResult::advance();
    name = named.getName();
    return WalkResult::interrupt();
  });
  return name;
}

std::string tensorName(Operation *op) {
  if (std::optional<StringAttr> name = nameAttr(op))
    return name->str();
  return op->getName().getStringRef().str();
}

struct Interpreter::Program {
  func::FuncOp function;
  std::vector<std::optional<Tensor>> constants; // one entry per slot
  std::vector<Step> steps;
  std::vector<unsigned> arguments, results;
  bool reportsNN = false; // no qf or q op: the sink gets the nn results

  LogicalResult build();

private:
  LogicalResult visit(Operation *op);
  LogicalResult visitFloat(Operation *op);
  LogicalResult visitIsland(q::FloatIslandOp op);
  LogicalResult visitConstant(Operation *op);
  void findDead();

  unsigned addSlot(std::optional<Tensor> constant = std::nullopt) {
    constants.push_back(std::move(constant));
    return constants.size() - 1;
  }
  Step &addStep(Kernel kernel, ArrayRef<unsigned> inputs, Value like);
  /// The slot of a value as float or codes; carried ones are dequantized.
  unsigned plainSlot(Value value);
  const Tensor *constantIn(unsigned slot) {
    return slot != absent && constants[slot] ? &*constants[slot] : nullptr;
  }
  /// Carried slots, plain where an operand has no grid.
  SmallVector<unsigned> carriedSlots(Operation *op);
  SmallVector<const Tensor *> constantsIn(ArrayRef<unsigned> slots);

  llvm::DenseMap<Value, Place> places;
};

Step &Interpreter::Program::addStep(Kernel kernel, ArrayRef<unsigned> inputs,
                                    Value like) {
  Step &step = steps.emplace_back();
  step.kernel = std::move(kernel);
  step.inputs.assign(inputs.begin(), inputs.end());
  step.output = addSlot();
  step.kind = *kindOf(like.getType());
  step.shape = shapeOf(like);
  return step;
}

unsigned Interpreter::Program::plainSlot(Value value) {
  Place place = places[value];
  if (place.plain == absent) {
    place.plain =
        addStep(makeDequantizeKernel(place.grid), place.carried, value).output;
    places[value].plain = place.plain;
  }
  return place.plain;
}

SmallVector<unsigned> Interpreter::Program::carriedSlots(Operation *op) {
  SmallVector<unsigned> slots;
  for (Value operand : op->getOperands())
    slots.push_back(places[operand].grid ? places[operand].carried
                                         : plainSlot(operand));
  return slots;
}

SmallVector<const Tensor *>
Interpreter::Program::constantsIn(ArrayRef<unsigned> slots) {
  SmallVector<const Tensor *> tensors;
  for (unsigned slot : slots)
    tensors.push_back(constantIn(slot));
  return tensors;
}

LogicalResult Interpreter::Program::visitConstant(Operation *op) {
  Value value = op->getResult(0);
  Place &place = places[value];
  if (isa<q::ConstantOp>(op)) {
    place.plain = addSlot(integerConstant(op));
    return success();
  }
  Tensor tensor = constantTensor(value, /*carried=*/true);
  place.grid = constantGrid(value);
  if (!place.grid) {
    place.plain = addSlot(std::move(tensor));
    return success();
  }
  // A constant on a grid is known both ways: filters have a scale per channel.
  place.plain = addSlot(dequantizedConstant(tensor, place.grid));
  place.carried = addSlot(std::move(tensor));
  return success();
}

/// An nn op or a qf.fake_quant.
LogicalResult Interpreter::Program::visitFloat(Operation *op) {
  if (isConstant(op->getResult(0)))
    return visitConstant(op);
  auto gridOf = [&](Value value) { return places[value].grid; };
  if (joinsFakeQuant(op, gridOf))
    return success(); // with the fake_quant
  FailureOr<Evaluation> evaluation = evaluationOf(op, gridOf);
  if (failed(evaluation))
    return failure();
  SmallVector<unsigned> inputs;
  if (evaluation->takesCarried)
    inputs = carriedSlots(evaluation->op);
  else
    for (Value operand : evaluation->op->getOperands())
      inputs.push_back(plainSlot(operand));
  FailureOr<Kernel> kernel = evaluation->makeKernel(constantsIn(inputs));
  if (failed(kernel))
    return failure();
  const bool isFakeQuant = isa<qf::FakeQuantOp>(op);
  Step &step = addStep(std::move(*kernel), inputs, evaluation->result);
  step.reported = isFakeQuant || reportsNN || isInIsland(op) ? op : nullptr;
  step.grid = isFakeQuant ? evaluation->grid : nullptr;
  Place &place = places[evaluation->result];
  place.grid = evaluation->grid;
  (place.grid ? place.carried : place.plain) = step.output;
  return success();
}

LogicalResult Interpreter::Program::visitIsland(q::FloatIslandOp op) {
  Block &body = op.getBody().front();
  for (auto [argument, input] :
       llvm::zip_equal(body.getArguments(), op.getInputs())) {
    const Place place = places[input];
    places[argument] = place;
  }
  for (Operation &inner : body.without_terminator())
    if (failed(visit(&inner)))
      return failure();
  Value yielded = cast<q::YieldOp>(body.getTerminator()).getValue();
  const Place place = places[yielded];
  places[op.getOutput()] = place;
  return success();
}

LogicalResult Interpreter::Program::visit(Operation *op) {
  for (Value result : op->getResults())
    if (!kindOf(result.getType()))
      return op->emitOpError("has a result of type ")
             << result.getType() << ", which the interpreter cannot hold";
  if (auto island = dyn_cast<q::FloatIslandOp>(op))
    return visitIsland(island);
  if (isa<qf::ConstantOp, q::ConstantOp>(op))
    return visitConstant(op);
  if (auto observe = dyn_cast<qf::ObserveOp>(op)) {
    // Passes the value on under another name: one step, for the sink only.
    const unsigned input = plainSlot(observe.getInput());
    if (constantIn(input)) { // nothing to see while running
      const Place place = places[observe.getInput()];
      places[observe.getOutput()] = place;
      return success();
    }
    Step &step = steps.emplace_back();
    step.inputs = {input};
    step.reported = op;
    const Place place = places[observe.getInput()];
    places[observe.getOutput()] = place;
    return success();
  }
  if (isa<qf::FakeQuantOp>(op) || isOf<nn::NNDialect>(op))
    return visitFloat(op);
  if (!isOf<q::QDialect>(op))
    return op->emitOpError("cannot be interpreted: ops of nn, qf and q can");
  FailureOr<Kernel> kernel = makeIntegerKernel(op);
  if (failed(kernel))
    return failure();
  SmallVector<unsigned> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(plainSlot(operand));
  Step &step = addStep(std::move(*kernel), inputs, op->getResult(0));
  step.reported = isCodes(step.kind) ? op : nullptr;
  places[op->getResult(0)].plain = step.output;
  return success();
}

/// A slot dies at the step that reads it last; constants and results never do.
void Interpreter::Program::findDead() {
  std::vector<bool> read(constants.size(), false);
  for (unsigned slot : results)
    read[slot] = true;
  for (size_t slot = 0; slot < constants.size(); ++slot)
    if (constants[slot])
      read[slot] = true;
  for (Step &step : llvm::reverse(steps)) {
    for (unsigned slot : step.inputs)
      if (!read[slot]) {
        read[slot] = true;
        step.dead.push_back(slot);
      }
    if (step.output != absent && !read[step.output])
      step.dead.push_back(step.output);
  }
}

LogicalResult Interpreter::Program::build() {
  if (function.isExternal() || !function.getBody().hasOneBlock())
    return function.emitOpError("expects a body of one block");
  reportsNN = llvm::all_of(function.getBody().front(), [](Operation &op) {
    return !isOf<qf::QFDialect>(&op) && !isOf<q::QDialect>(&op);
  });
  for (BlockArgument argument : function.getArguments()) {
    if (!kindOf(argument.getType()))
      return function.emitOpError("has an argument of type ")
             << argument.getType() << ", which the interpreter cannot hold";
    arguments.push_back(places[argument].plain = addSlot());
  }
  Operation *terminator = function.getBody().front().getTerminator();
  for (Operation &op : function.getBody().front().without_terminator())
    if (failed(visit(&op)))
      return failure();
  for (Value result : terminator->getOperands())
    results.push_back(plainSlot(result));
  findDead();
  // Filters that oneDNN has packed are not kept twice.
  std::vector<bool> used(constants.size(), false);
  for (const Step &step : steps)
    for (unsigned slot : step.inputs)
      used[slot] = true;
  for (unsigned slot : results)
    used[slot] = true;
  for (size_t slot = 0; slot < constants.size(); ++slot)
    if (!used[slot])
      constants[slot].reset();
  return success();
}

Interpreter::Interpreter(std::unique_ptr<Program> program)
    : program(std::move(program)) {}
Interpreter::Interpreter(Interpreter &&) = default;
Interpreter &Interpreter::operator=(Interpreter &&) = default;
Interpreter::~Interpreter() = default;

FailureOr<Interpreter> Interpreter::create(func::FuncOp function) {
  auto program = std::make_unique<Program>();
  program->function = function;
  if (failed(program->build()))
    return failure();
  return Interpreter(std::move(program));
}

llvm::Error Interpreter::check(ArrayRef<Tensor> inputs) const {
  const ArrayRef<Type> types = program->function.getArgumentTypes();
  if (inputs.size() != types.size())
    return llvm::createStringError("expected " + Twine(types.size()) +
                                   " inputs, but found " +
                                   Twine(inputs.size()));
  for (auto [index, input] : llvm::enumerate(inputs)) {
    if (input.kind == *kindOf(types[index]) &&
        ArrayRef(input.shape) ==
            cast<RankedTensorType>(types[index]).getShape())
      continue;
    std::string expected;
    llvm::raw_string_ostream(expected) << types[index];
    return llvm::createStringError(
        "input " + Twine(index) + " expects '" + expected + "', but found " +
        shapeText(input.shape) + " of " + elementName(input.kind));
  }
  return llvm::Error::success();
}

FailureOr<std::vector<Tensor>> Interpreter::run(ArrayRef<Tensor> inputs,
                                                TensorSink onTensor,
                                                TensorPatch patch) const {
  if (llvm::Error error = check(inputs)) {
    program->function.emitError(llvm::toString(std::move(error)));
    return failure();
  }
  const std::vector<std::optional<Tensor>> &constants = program->constants;
  std::vector<Tensor> owned(constants.size());
  std::vector<const Tensor *> tensors(constants.size());
  for (size_t slot = 0; slot < constants.size(); ++slot)
    tensors[slot] = constants[slot] ? &*constants[slot] : &owned[slot];
  for (auto [index, input] : llvm::enumerate(inputs))
    tensors[program->arguments[index]] = &input;

  SmallVector<const Tensor *> operands;
  for (const Step &step : program->steps) {
    operands.clear();
    for (unsigned slot : step.inputs)
      operands.push_back(tensors[slot]);
    const Tensor *result = operands.empty() ? nullptr : operands.front();
    if (step.output != absent) {
      Tensor &out = owned[step.output];
      out = Tensor(step.kind, step.shape);
      step.kernel(operands, out);
      if (patch && program->reportsNN && step.reported)
        patch(step.reported, out);
      result = &out;
    }
    if (step.reported && onTensor) {
      const std::string name = tensorName(step.reported);
      if (step.grid)
        onTensor(step.reported, name, codesOf(*result, step.grid));
      else
        onTensor(step.reported, name, *result);
    }
    for (unsigned slot : step.dead)
      owned[slot] = Tensor();
  }

  std::vector<Tensor> results;
  for (unsigned slot : program->results)
    results.push_back(*tensors[slot]);
  return results;
}

} // namespace quench::interpret
