// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From measurements to moves, from moves to overrides.

#include "compiler/quantize/MixedPrecision.h"

#include "compiler/quantize/Configuration.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Forms.h"
#include "compiler/quantize/Grids.h"
#include "dialects/nn/NN.h"
#include "dialects/q/FloatParams.h"
#include "dialects/q/Types.h"
#include "dialects/qf/QF.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Regex.h"

#include <algorithm>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

constexpr int wideBits = 16, exactFilterBits = 8, narrowFilterBits = 4;
constexpr double floatCost = 2;

/// What each layer alone does to the outputs, by name.
class Noise {
public:
  explicit Noise(const Measurement &measurement) {
    for (const LayerMeasure &layer : measurement.layers)
      table[layer.name] += layer.aloneNoise.value_or(0);
  }
  double of(StringRef name) const { return table.lookup(name); }

private:
  llvm::StringMap<double> table;
};

/// More bits never make an error; below zero is chance.
double removed(double before, double after) {
  return std::max(before - after, 0.0);
}

/// Names of the tensors with a grid of their own that is not wide yet, by
/// group.
llvm::MapVector<unsigned, std::vector<std::string>>
narrowGroups(func::FuncOp qfloat) {
  const GridGroups groups(qfloat);
  llvm::MapVector<unsigned, std::vector<std::string>> result;
  qfloat.walk([&](qf::FakeQuantOp op) {
    auto type = cast<quant::QuantizedType>(op.getQtype());
    if (isConstant(op.getInput()) ||
        type.getStorageTypeIntegralWidth() == wideBits)
      return;
    std::string name = valueName(op.getInput());
    std::vector<std::string> &names = result[groups.of(op.getOutput())];
    if (!llvm::is_contained(names, name))
      names.push_back(std::move(name));
  });
  return result;
}

int filterBits(Operation *op, const QConfig &config) {
  return configOf(config, op->getResult(0)).weight.scheme.bits;
}

bool hasQuantizedFilter(Operation *op) {
  return isFilterOp(op) && formOf(op).form != Form::Island;
}

bool isNarrowFilter(Operation *op, const QConfig &config) {
  return hasQuantizedFilter(op) && filterBits(op, config) < exactFilterBits;
}

int64_t filterSize(Operation *op) {
  return cast<RankedTensorType>(op->getOperand(1).getType()).getNumElements();
}

/// By falling noise per cost, those alike by name.
void rank(std::vector<Move> &moves) {
  llvm::sort(moves, [](const Move &a, const Move &b) {
    const double left = a.noise * b.cost, right = b.noise * a.cost;
    return left != right ? left > right : a.names < b.names;
  });
}

} // namespace

bool quantize::hasNarrowFilter(func::FuncOp qfloat, const QConfig &config) {
  return qfloat
      .walk([&](Operation *op) {
        return isNarrowFilter(op, config) ? WalkResult::interrupt()
                                          : WalkResult::advance();
      })
      .wasInterrupted();
}

std::vector<Move> quantize::raisingMoves(func::FuncOp qfloat,
                                         const QConfig &config,
                                         const Sensitivity &sensitivity) {
  const Noise given(sensitivity.given), wide(sensitivity.wide),
      exact(sensitivity.exact);
  std::vector<Move> moves;
  for (auto &[group, names] : narrowGroups(qfloat)) {
    Move move{MoveKind::WideActivations, names, 0, double(names.size())};
    for (const std::string &name : names)
      move.noise += removed(given.of(name), wide.of(name));
    moves.push_back(std::move(move));
  }
  qfloat.walk([&](Operation *op) {
    if (!hasOwnGrid(formOf(op).form))
      return;
    const std::string name = valueName(op->getResult(0));
    if (isNarrowFilter(op, config))
      moves.push_back({MoveKind::WideFilter,
                       {name},
                       removed(wide.of(name), exact.of(name))});
    if (q::floatMisfit(op).empty())
      moves.push_back({MoveKind::Float, {name}, exact.of(name), floatCost});
  });
  llvm::erase_if(moves, [](const Move &move) { return !(move.noise > 0); });
  rank(moves);
  return moves;
}

bool quantize::touchesBorder(const Move &move, func::FuncOp qfloat) {
  if (move.kind != MoveKind::WideActivations)
    return false;
  const GridGroups groups(qfloat);
  llvm::DenseSet<unsigned> border;
  for (Value result : qfloat.front().getTerminator()->getOperands())
    border.insert(groups.of(result));
  bool touches = false;
  qfloat.walk([&](qf::FakeQuantOp op) {
    touches |= llvm::is_contained(move.names, valueName(op.getInput())) &&
               (isa<BlockArgument>(op.getInput()) ||
                border.contains(groups.of(op.getOutput())));
  });
  return touches;
}

std::vector<Move> quantize::loweringMoves(func::FuncOp qfloat,
                                          const QConfig &config,
                                          const Measurement &given,
                                          const Measurement &narrow) {
  const Noise before(given), after(narrow);
  std::vector<Move> moves;
  qfloat.walk([&](Operation *op) {
    if (!hasQuantizedFilter(op))
      return;
    const int bits = filterBits(op, config);
    const std::string name = valueName(op->getResult(0));
    if (bits > narrowFilterBits)
      moves.push_back({MoveKind::NarrowFilter,
                       {name},
                       removed(after.of(name), before.of(name)),
                       double(filterSize(op)) / 2});
  });
  rank(moves);
  std::reverse(moves.begin(), moves.end());
  return moves;
}

/// Groups are for few bits.
static void setExactFilter(TensorChange &weight, const QConfig &config) {
  weight.bits = exactFilterBits;
  if (config.weight.scheme.granularity == Granularity::Group ||
      llvm::any_of(config.overrides, [](const Override &entry) {
        return entry.weight.granularity == Granularity::Group;
      }))
    weight.granularity = Granularity::Channel;
}

QConfig quantize::withMoves(QConfig config, ArrayRef<Move> moves) {
  for (MoveKind kind : {MoveKind::WideActivations, MoveKind::WideFilter,
                        MoveKind::NarrowFilter, MoveKind::Float}) {
    Override entry;
    for (const Move &move : moves)
      if (move.kind == kind)
        for (const std::string &name : move.names)
          entry.name +=
              (entry.name.empty() ? "" : "|") + llvm::Regex::escape(name);
    if (entry.name.empty())
      continue;
    switch (kind) {
    case MoveKind::WideActivations:
      entry.activation.bits = wideBits;
      break;
    case MoveKind::WideFilter:
      setExactFilter(entry.weight, config);
      break;
    case MoveKind::NarrowFilter:
      entry.weight.bits = narrowFilterBits;
      break;
    case MoveKind::Float:
      entry.keepFloat = true;
      break;
    }
    config.overrides.push_back(std::move(entry));
  }
  return config;
}

QConfig quantize::withWideActivations(QConfig config) {
  config.overrides.emplace_back().activation.bits = wideBits;
  return config;
}

QConfig quantize::withExactFilters(QConfig config) {
  Override entry;
  setExactFilter(entry.weight, config);
  config.overrides.push_back(std::move(entry));
  return config;
}

QConfig quantize::withNarrowFilters(QConfig config) {
  config.overrides.emplace_back().weight.bits = narrowFilterBits;
  return config;
}

FailureOr<size_t>
quantize::fewest(size_t count, function_ref<FailureOr<bool>(size_t)> suffices) {
  size_t low = 1, high = count + 1; // what is looked for is in [low, high]
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    FailureOr<bool> enough = suffices(middle);
    if (failed(enough))
      return failure();
    if (*enough)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}
