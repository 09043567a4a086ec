// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moments op by op: one row a kind of op.

#include "compiler/quantize/moments/Propagate.h"

#include "compiler/interpret/Evaluation.h"
#include "compiler/interpret/Unary.h"
#include "compiler/quantize/Affine.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Statistics.h"
#include "compiler/quantize/observers/Observer.h"
#include "dialects/nn/NN.h"
#include "dialects/qf/QF.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

Expected quantize::evenlyBetween(double low, double high) {
  const double width = high - low;
  return {
      {(low + high) / 2, width * width / 12},
      low, high
  };
}

namespace {

using Result = std::optional<ChannelMoments>;

/// The numbers of a constant, also of codes or behind its fake quantizer.
std::optional<std::vector<float>> numbersOf(Value value) {
  if (value.getDefiningOp<qf::ConstantOp>()) {
    const interpret::Tensor tensor = interpret::constantTensor(value, false);
    const ArrayRef<float> numbers = tensor.data<float>();
    return std::vector<float>(numbers.begin(), numbers.end());
  }
  if (auto fakeQuant = value.getDefiningOp<qf::FakeQuantOp>())
    value = fakeQuant.getInput();
  return constantValues(value);
}

class Propagation {
public:
  Propagation(func::FuncOp function, const MomentOptions &options)
      : function(function), options(options) {}

  FailureOr<MomentTable> run() {
    if (failed(readInputs()))
      return failure();
    for (Operation &op : function.front()) {
      if (op.getNumResults() != 1 ||
          !getElementTypeOrSelf(op.getResult(0).getType()).isF32() ||
          isa<nn::ConstantOp>(op) || numbersOf(op.getResult(0)))
        continue;
      std::optional<ChannelMoments> moments = through(&op);
      if (!moments)
        return failure();
      if (auto clamp = op.getAttrOfType<DenseF32ArrayAttr>("clamp"))
        moments->clamp(clamp[0], clamp[1]);
      table[op.getResult(0)] = std::move(*moments);
    }
    return std::move(table);
  }

private:
  using Rule = Result (Propagation::*)(Operation *);
  struct Row {
    StringLiteral op;
    Rule rule;
  };
  static ArrayRef<Row> rules();

  LogicalResult readInputs() {
    if (options.inputs.size() != function.getNumArguments())
      return emitError(function.getLoc())
             << "data-free ranges expect the range of "
             << function.getNumArguments() << " inputs, but have "
             << options.inputs.size();
    for (auto [argument, given] :
         llvm::zip(function.getArguments(), options.inputs)) {
      const int64_t count = given.size();
      auto shape = cast<RankedTensorType>(argument.getType()).getShape();
      ChannelMoments moments;
      moments.channels = given;
      moments.distance = options.maxDistance;
      if (count != 1 && shape.size() > 1 && shape[1] == count)
        for (int64_t size : shape.drop_front(2))
          moments.inner *= size;
      else if (count != 1 && (shape.empty() || shape.back() != count))
        return emitError(function.getLoc())
               << "data-free ranges of input '" << valueName(argument)
               << "' expect 1 entry or one per channel, but have " << count;
      table[argument] = std::move(moments);
    }
    return success();
  }

  Result through(Operation *op) {
    if (std::optional<ChannelStatistics> statistics = statisticsOf(op))
      return fromStatistics(*statistics);
    const StringRef name = op->getName().getStringRef();
    for (const Row &row : rules())
      if (row.op == name)
        return (this->*row.rule)(op);
    if (interpret::UnaryFunction f = interpret::unaryFunction(op))
      return unary(op, [&](int64_t) { return f; });
    emitError(op->getLoc())
        << name << " has no data-free range: give calibration data";
    return std::nullopt;
  }

  Expected normal(double mean, double variance) const {
    const double reach = options.deviations * std::sqrt(variance);
    return {
        {mean, variance},
        mean - reach, mean + reach
    };
  }

  /// m +- deviations * d, cut to what intervals allow.
  Expected within(Moments moments, double low, double high) const {
    Expected expected = normal(moments.mean, moments.variance);
    expected.low = std::max(expected.low, std::min(low, moments.mean));
    expected.high = std::min(expected.high, std::max(high, moments.mean));
    return expected;
  }

  ChannelMoments fromStatistics(const ChannelStatistics &statistics) const {
    ChannelMoments result;
    for (int64_t c = 0; c < statistics.channels(); ++c)
      result.channels.push_back(
          normal(statistics.mean[c],
                 double(statistics.deviation[c]) * statistics.deviation[c]));
    return result;
  }

  /// Moments of an operand, constants included.
  ChannelMoments of(Value value) const {
    if (auto values = numbersOf(value))
      return constantMoments(*values, lastAxis(value).count);
    return table.lookup(value);
  }

  /// Products with a filter.
  Result filter(Operation *op) {
    const ChannelMoments given = of(op->getOperand(0));
    if (given.distance >= options.maxDistance) {
      emitError(op->getLoc())
          << "data-free ranges need the statistics of a batch normalization, "
             "and this op has none: give calibration data, or a model file "
             "that keeps its batch norms";
      return std::nullopt;
    }
    auto weights = numbersOf(op->getOperand(1));
    const bool hasBias = op->getNumOperands() > 2;
    auto bias = hasBias ? numbersOf(op->getOperand(2)) : std::nullopt;
    if (!weights || (hasBias && !bias)) {
      emitError(op->getLoc())
          << "its filter or bias is not constant, so it has no data-free "
             "range: give calibration data";
      return std::nullopt;
    }
    const ChannelMoments input = alongLastAxis(given, op->getOperand(0));
    auto shape = cast<RankedTensorType>(op->getOperand(1).getType()).getShape();
    int64_t groups = 1;
    if (auto attribute = op->getAttrOfType<IntegerAttr>("groups"))
      groups = attribute.getInt();
    // Padding lets zeros in; a transposed convolution adds up only the taps
    // that its stride lets meet.
    bool zeros = isa<nn::ConvTranspose2DOp>(op);
    double share = 1;
    if (auto strides = op->getAttrOfType<DenseI64ArrayAttr>("strides");
        strides && zeros)
      share = 1.0 / (strides[0] * strides[1]);
    if (auto pads = op->getAttrOfType<DenseI64ArrayAttr>("pads"))
      zeros |= llvm::any_of(pads.asArrayRef(), [](int64_t p) { return p; });

    ChannelMoments result;
    result.distance = given.distance + 1;
    const int64_t inner = weights->size() / shape.front();
    for (int64_t oc = 0; oc < shape.front(); ++oc) {
      const int64_t first = oc / (shape.front() / groups) * shape.back();
      const double start = bias ? double((*bias)[oc]) : 0;
      double mean = 0, variance = 0, low = start, high = start;
      for (int64_t i = 0; i < inner; ++i) {
        const double w = (*weights)[oc * inner + i];
        const Expected &x = input.channels[first + i % shape.back()];
        mean += w * x.moments.mean;
        variance += w * w * x.moments.variance;
        const double least = zeros ? std::min(x.low, 0.0) : x.low;
        const double most = zeros ? std::max(x.high, 0.0) : x.high;
        low += w > 0 ? w * least : w * most;
        high += w > 0 ? w * most : w * least;
      }
      result.channels.push_back(
          within({start + share * mean, share * variance}, low, high));
    }
    return result;
  }

  /// Calls `join` for each channel of the result with those of both operands.
  Result
  binary(Operation *op,
         function_ref<Expected(const Expected &, const Expected &)> join) {
    ChannelMoments a = of(op->getOperand(0)), b = of(op->getOperand(1));
    ChannelMoments result;
    if (a.view() == b.view() &&
        op->getOperand(0).getType() == op->getOperand(1).getType()) {
      result.inner = a.inner;
    } else {
      a = alongLastAxis(a, op->getOperand(0));
      b = alongLastAxis(b, op->getOperand(1));
    }
    result.distance = std::max(a.distance, b.distance);
    const size_t count = std::max(a.channels.size(), b.channels.size());
    for (size_t c = 0; c < count; ++c)
      result.channels.push_back(
          join(a.channels[a.channels.size() == 1 ? 0 : c],
               b.channels[b.channels.size() == 1 ? 0 : c]));
    return result;
  }

  Result sum(Operation *op) {
    return binary(op, [&](const Expected &a, const Expected &b) {
      return within({a.moments.mean + b.moments.mean,
                     a.moments.variance + b.moments.variance},
                    a.low + b.low, a.high + b.high);
    });
  }

  Result difference(Operation *op) {
    return binary(op, [&](const Expected &a, const Expected &b) {
      return within({a.moments.mean - b.moments.mean,
                     a.moments.variance + b.moments.variance},
                    a.low - b.high, a.high - b.low);
    });
  }

  /// E[ab] = E[a] E[b], E[a^2 b^2] = E[a^2] E[b^2].
  static Moments productOf(const Moments &a, const Moments &b) {
    const double mean = a.mean * b.mean;
    return {mean,
            (a.variance + a.mean * a.mean) * (b.variance + b.mean * b.mean) -
                mean * mean};
  }

  /// A product is no normal variable: its range is the interval's.
  Result product(Operation *op) {
    return binary(op, [&](const Expected &a, const Expected &b) {
      const double ends[] = {a.low * b.low, a.low * b.high, a.high * b.low,
                             a.high * b.high};
      return Expected{productOf(a.moments, b.moments),
                      *std::min_element(ends, ends + 4),
                      *std::max_element(ends, ends + 4)};
    });
  }

  Result matmul(Operation *op) {
    const ChannelMoments a = of(op->getOperand(0)), b = of(op->getOperand(1));
    const ChannelMoments columns = alongLastAxis(b, op->getOperand(1));
    const Expected row = mixture(a.channels);
    const double terms = lastAxis(op->getOperand(0)).count;
    ChannelMoments result;
    result.distance = std::max(a.distance, b.distance) + 1;
    for (const Expected &column : columns.channels) {
      const Moments each = productOf(row.moments, column.moments);
      result.channels.push_back(
          normal(terms * each.mean, terms * each.variance));
    }
    return result;
  }

  Result
  unary(Operation *op,
        function_ref<interpret::UnaryFunction(int64_t channel)> function) {
    ChannelMoments result = of(op->getOperand(0));
    for (auto [c, channel] : llvm::enumerate(result.channels)) {
      const interpret::UnaryFunction f = function(c);
      const Expected x = channel;
      channel.moments = throughFunction(x.moments, x.low, x.high, f);
      // Ends of the range: those of a fine sampling, ends of x included.
      channel.low = std::numeric_limits<double>::infinity();
      channel.high = -channel.low;
      constexpr int steps = 256;
      for (int i = 0; i <= steps; ++i) {
        const double y = f(x.low + (x.high - x.low) * i / steps);
        if (!std::isfinite(y))
          continue;
        channel.low = std::min(channel.low, y);
        channel.high = std::max(channel.high, y);
      }
      if (channel.low > channel.high)
        channel.low = channel.high = 0;
    }
    return result;
  }

  Result clip(Operation *op) {
    ChannelMoments result = of(op->getOperand(0));
    auto bounds = dyn_cast<nn::ClipOp>(op);
    result.clamp(bounds ? bounds.getMin().convertToFloat() : 0,
                 bounds ? bounds.getMax().convertToFloat()
                        : std::numeric_limits<double>::infinity());
    return result;
  }

  Result prelu(Operation *op) {
    auto slopes = numbersOf(op->getOperand(1));
    if (!slopes)
      return moved(op);
    table[op->getOperand(0)] =
        alongLastAxis(of(op->getOperand(0)), op->getOperand(0));
    return unary(op, [&](int64_t c) {
      return interpret::preluFunction((*slopes)[slopes->size() == 1 ? 0 : c]);
    });
  }

  /// Moments stay; where channels are mixed or cut, all become one.
  Result moved(Operation *op) {
    ChannelMoments result = of(op->getOperand(0));
    if (std::optional<ChannelView> view = viewBehind(op, result.view())) {
      result.inner = view->inner;
    } else {
      result.channels = {mixture(result.channels)};
      result.inner = 1;
    }
    return result;
  }

  Result slice(Operation *op) {
    auto slice = cast<nn::SliceOp>(op);
    const ChannelMoments from = of(slice.getInput());
    std::optional<int64_t> axis = axisOf(slice.getInput(), from.view());
    if (!axis || viewBehind(op, from.view()))
      return moved(op);
    ChannelMoments result = from;
    result.channels.clear();
    for (int64_t i = 0; i < slice.getSizes()[*axis]; ++i)
      result.channels.push_back(from.channels[slice.getStarts()[*axis] +
                                              i * slice.getSteps()[*axis]]);
    result.inner = 1;
    for (int64_t size : cast<RankedTensorType>(slice.getType())
                            .getShape()
                            .drop_front(*axis + 1))
      result.inner *= size;
    return result;
  }

  Result pad(Operation *op) {
    auto pad = cast<nn::PadOp>(op);
    ChannelMoments result = *moved(op);
    if (pad.getMode() == "constant")
      for (Expected &channel : result.channels) {
        const double value = pad.getValue().convertToFloat();
        channel.low = std::min(channel.low, value);
        channel.high = std::max(channel.high, value);
      }
    return result;
  }

  /// Padding counts as 0 in some averages.
  Result average(Operation *op) {
    ChannelMoments result = *moved(op);
    for (Expected &channel : result.channels) {
      channel.low = std::min(channel.low, 0.0);
      channel.high = std::max(channel.high, 0.0);
    }
    return result;
  }

  Result reduceSum(Operation *op) {
    const double terms =
        double(cast<RankedTensorType>(op->getOperand(0).getType())
                   .getNumElements()) /
        cast<RankedTensorType>(op->getResult(0).getType()).getNumElements();
    ChannelMoments result = *moved(op);
    for (Expected &channel : result.channels) {
      channel.moments.mean *= terms;
      channel.moments.variance *= terms * terms;
      channel.low *= terms;
      channel.high *= terms;
    }
    return result;
  }

  Result concat(Operation *op) {
    ChannelMoments result;
    const int64_t axis = op->getAttrOfType<IntegerAttr>("axis").getInt();
    const bool channels =
        axis ==
        cast<RankedTensorType>(op->getResult(0).getType()).getRank() - 1;
    SmallVector<ChannelMoments> parts;
    for (Value operand : op->getOperands())
      parts.push_back(alongLastAxis(of(operand), operand));
    for (const ChannelMoments &part : parts) {
      result.distance = std::max(result.distance, part.distance);
      if (channels)
        llvm::append_range(result.channels, part.channels);
    }
    for (size_t c = 0; !channels && c < parts.front().channels.size(); ++c) {
      std::vector<Expected> joined;
      for (const ChannelMoments &part : parts)
        joined.push_back(part.channels[c]);
      result.channels.push_back(mixture(joined));
    }
    return result;
  }

  /// K numbers that add up to 1: the mean is 1 / K, and the variance at most
  /// that of one number 1 among zeros.
  Result softmax(Operation *op) {
    auto softmax = cast<nn::SoftmaxOp>(op);
    auto shape = cast<RankedTensorType>(softmax.getType()).getShape();
    const int64_t axis = softmax.getAxis();
    const double mean =
        1.0 / shape[axis < 0 ? axis + int64_t(shape.size()) : axis];
    ChannelMoments result;
    result.channels = {
        {{mean, mean * (1 - mean)}, 0, 1}
    };
    return result;
  }

  /// Normalized like a batch: mean bias, deviation |scale|.
  Result layerNorm(Operation *op) {
    auto norm = cast<nn::LayerNormOp>(op);
    auto scale = numbersOf(norm.getScale());
    auto bias = norm.getBias() ? numbersOf(norm.getBias())
                               : std::vector<float>(scale ? scale->size() : 0);
    ChannelMoments result;
    if (scale && bias && scale->size() == bias->size())
      for (auto [deviation, mean] : llvm::zip(*scale, *bias))
        result.channels.push_back(normal(mean, double(deviation) * deviation));
    else
      result.channels = {normal(0, 1)};
    return alongLastAxis(result, norm.getOutput());
  }

  Result observe(Operation *op) {
    auto observe = cast<qf::ObserveOp>(op);
    ChannelMoments result = of(observe.getInput());
    // A range that is given is known better.
    if (observe.getObserver() == passiveObserver && observe.getRange())
      for (Expected &channel : result.channels) {
        channel.low = (*observe.getRange())[0];
        channel.high = (*observe.getRange())[1];
      }
    return result;
  }

  func::FuncOp function;
  const MomentOptions &options;
  MomentTable table;
};

ArrayRef<Propagation::Row> Propagation::rules() {
  static const Row rows[] = {
      {"nn.conv2d",           &Propagation::filter    },
      {"nn.conv_transpose2d", &Propagation::filter    },
      {"nn.linear",           &Propagation::filter    },
      {"nn.matmul",           &Propagation::matmul    },
      {"nn.add",              &Propagation::sum       },
      {"nn.sub",              &Propagation::difference},
      {"nn.mul",              &Propagation::product   },
      {"nn.relu",             &Propagation::clip      },
      {"nn.clip",             &Propagation::clip      },
      {"nn.prelu",            &Propagation::prelu     },
      {"nn.avg_pool2d",       &Propagation::average   },
      {"nn.max_pool2d",       &Propagation::moved     },
      {"nn.reduce_mean",      &Propagation::moved     },
      {"nn.reduce_max",       &Propagation::moved     },
      {"nn.reduce_sum",       &Propagation::reduceSum },
      {"nn.resize",           &Propagation::moved     },
      {"nn.reshape",          &Propagation::moved     },
      {"nn.transpose",        &Propagation::moved     },
      {"nn.slice",            &Propagation::slice     },
      {"nn.pad",              &Propagation::pad       },
      {"nn.concat",           &Propagation::concat    },
      {"nn.softmax",          &Propagation::softmax   },
      {"nn.layer_norm",       &Propagation::layerNorm },
      {"qf.observe",          &Propagation::observe   },
      {"qf.fake_quant",       &Propagation::moved     },
  };
  return rows;
}

} // namespace

FailureOr<MomentTable>
quantize::propagateMoments(func::FuncOp function,
                           const MomentOptions &options) {
  return Propagation(function, options).run();
}
