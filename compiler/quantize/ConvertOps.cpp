// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One function per kind of q op. nn and q ops have the same attributes but for
// the clamp, which becomes codes.

#include "compiler/quantize/ConvertOps.h"

#include "compiler/interpret/Unary.h"
#include "compiler/quantize/Bounds.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Forms.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Notes.h"
#include "dialects/q/Params.h"
#include "dialects/q/Q.h"

#include <numeric>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

RankedTensorType Conversion::resultType() const {
  return cast<RankedTensorType>(
      cast<RankedTensorType>(op->getResult(0).getType()).clone(grid));
}

namespace {

/// The float clamp of an op as codes of its result (spec A5), or all codes.
DenseI64ArrayAttr clampCodes(const Conversion &c) {
  const q::ActParams p = q::actParams(c.grid);
  int64_t low = p.min, high = p.max;
  if (auto clamp = c.op->getAttrOfType<DenseF32ArrayAttr>("clamp")) {
    low = qrt_quantize(clamp[0], p.scale, p.zero, p.min, p.max);
    high = qrt_quantize(clamp[1], p.scale, p.zero, p.min, p.max);
  }
  return c.builder.getDenseI64ArrayAttr({low, high});
}

/// The q op of the same name with the same attributes, plus `extra`.
Value createSame(Conversion &c, Type type,
                 ArrayRef<NamedAttribute> extra = {}) {
  const StringRef suffix = c.op->getName().stripDialect();
  OperationState state(c.loc, ("q." + suffix).str());
  state.addOperands(c.operands);
  state.addTypes(type);
  for (NamedAttribute attribute : c.op->getAttrs())
    if (attribute.getName() != "clamp" && attribute.getName() != "value")
      state.attributes.append(attribute);
  for (NamedAttribute attribute : extra)
    state.attributes.append(attribute);
  return c.builder.create(state)->getResult(0);
}

Value convertPlain(Conversion &c) { return createSame(c, c.resultType()); }

Value convertWithClamp(Conversion &c) {
  return createSame(c, c.resultType(),
                    c.builder.getNamedAttr("clamp", clampCodes(c)));
}

/// Spec A4, one entry per filter scale.
ElementsAttr multiplierOf(const Conversion &c) {
  const float inputScale = q::actParams(c.operands[0].getType()).scale;
  const float outputScale = q::actParams(c.grid).scale;
  Type filter = getElementTypeOrSelf(c.operands[1].getType());
  auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(filter);
  std::vector<float> values;
  for (int64_t i = 0, e = axis ? axis.getScales().size() : 1; i < e; ++i)
    values.push_back(
        qrt_multiplier(inputScale, q::scaleOf(filter, i), outputScale));
  return nn::makeElements<float>(
      RankedTensorType::get(values.size(), c.builder.getF32Type()), values,
      "multiplier");
}

/// Filter and bias must be what the accumulator is proved with.
bool checkFilter(Conversion &c) {
  auto filter = c.operands[1].getDefiningOp<q::ConstantOp>();
  if (!filter) {
    c.fail("its filter is not constant");
    return false;
  }
  Type input = c.operands[0].getType();
  std::vector<int32_t> bias;
  if (c.operands.size() > 2) {
    auto constant = c.operands[2].getDefiningOp<q::ConstantOp>();
    if (!constant || !q::isBias(constant.getType())) {
      c.fail("its bias is no constant of 32-bit codes: run qf-normalize-qdq");
      return false;
    }
    const int64_t channels =
        cast<RankedTensorType>(constant.getType()).getDimSize(0);
    for (int64_t i = 0; i < channels; ++i)
      if (q::scaleOf(constant.getType(), i) !=
          q::actParams(input).scale * q::scaleOf(filter.getType(), i)) {
        c.fail("its bias is not in the scale of the accumulator: run "
               "qf-normalize-qdq");
        return false;
      }
    bias = nn::elementValues<int32_t>(constant.getCodes());
  }
  const Bound bound =
      filterBound(nn::elementValues<int8_t>(filter.getCodes()),
                  cast<RankedTensorType>(filter.getType()).getDimSize(0),
                  q::zeroOf(filter.getType()), bias, reachOf(input));
  if (bound.value < wrapsAt)
    return true;
  c.fail("the accumulator of output channel " + Twine(bound.channel) +
         " may reach " + Twine(bound.value) + ", and int32 wraps at " +
         Twine(wrapsAt));
  return false;
}

Value convertConv2D(Conversion &c) {
  if (!checkFilter(c))
    return {};
  auto op = cast<nn::Conv2DOp>(c.op);
  Value bias = c.operands.size() > 2 ? c.operands[2] : Value();
  return q::Conv2DOp::create(
      c.builder, c.loc, c.resultType(), c.operands[0], c.operands[1], bias,
      /*residual=*/Value(), op.getStridesAttr(), op.getPadsAttr(),
      op.getDilationsAttr(), op.getGroupsAttr(), multiplierOf(c), clampCodes(c),
      /*fused_type=*/TypeAttr(),
      /*add_clamp=*/DenseI64ArrayAttr());
}

Value convertFilterOp(Conversion &c) {
  if (!checkFilter(c))
    return {};
  return createSame(c, c.resultType(),
                    {c.builder.getNamedAttr("multiplier", multiplierOf(c)),
                     c.builder.getNamedAttr("clamp", clampCodes(c))});
}

Value convertMatMul(Conversion &c) {
  auto shape = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  };
  ArrayRef<int64_t> batch = shape(c.op->getResult(0)).drop_back(2);
  for (Value operand : c.operands) {
    ArrayRef<int64_t> lead = shape(operand).drop_back(2);
    if (lead != batch && !llvm::all_of(lead, [](int64_t n) { return n == 1; }))
      return c.fail("an operand is broadcast along some batch axes only");
  }
  const int64_t terms = shape(c.operands[0]).back();
  if (terms > int64_t(1) << 15)
    return c.fail("it sums " + Twine(terms) +
                  " products, and int32 holds 32768");
  const int64_t bound = terms * reachOf(c.operands[0].getType()) *
                        reachOf(c.operands[1].getType());
  if (bound >= wrapsAt)
    return c.fail("its sum of " + Twine(terms) + " products may reach " +
                  Twine(bound) + ", and int32 wraps at " + Twine(wrapsAt));
  const float multiplier = qrt_multiplier(
      q::actParams(c.operands[0].getType()).scale,
      q::actParams(c.operands[1].getType()).scale, q::actParams(c.grid).scale);
  return createSame(c, c.resultType(),
                    {c.builder.getNamedAttr(
                         "multiplier", c.builder.getF32FloatAttr(multiplier)),
                     c.builder.getNamedAttr("clamp", clampCodes(c))});
}

interpret::CodeRange codeRange(Type type) {
  const q::ActParams p = q::actParams(type);
  return {p.scale, p.zero, p.min, p.max};
}

/// One table for each function, one for each channel if there are several.
template <typename Entry, typename Make>
Value createTables(Conversion &c, ArrayRef<interpret::UnaryFunction> functions,
                   int64_t entries, Make make) {
  std::vector<Entry> tables;
  for (const interpret::UnaryFunction &function : functions)
    llvm::append_range(tables, make(function));
  SmallVector<int64_t> shape;
  if (functions.size() > 1)
    shape.push_back(int64_t(functions.size()));
  shape.push_back(entries);
  auto type =
      RankedTensorType::get(shape, c.builder.getIntegerType(8 * sizeof(Entry)));
  return q::LutOp::create(c.builder, c.loc, c.resultType(), c.operands[0],
                          nn::makeElements<Entry>(type, tables, "table"),
                          c.op->getName().getStringRef());
}

/// Spec Q-LUT, Q-LUT16.
Value createLut(Conversion &c, ArrayRef<interpret::UnaryFunction> functions) {
  Type input = c.operands[0].getType();
  const interpret::CodeRange in = codeRange(input), out = codeRange(c.grid);
  if (q::isWide(input)) {
    const int shift = q::interpolationShift(q::actParams(input));
    return createTables<int32_t>(
        c, functions, q::interpolationEntries, [&](const auto &function) {
          return interpret::interpolationTable(function, in, out, shift);
        });
  }
  if (q::isWide(c.grid))
    return createTables<int16_t>(c, functions, 256, [&](const auto &function) {
      return interpret::unaryTable<int16_t>(function, in, out);
    });
  return createTables<int8_t>(c, functions, 256, [&](const auto &function) {
    return interpret::unaryTable(function, in, out);
  });
}

/// Whether the function maps each code of the operand to itself. 16-bit codes
/// are not tried: their tables hold what lies between codes.
bool isIdentity(const Conversion &c, const interpret::UnaryFunction &function) {
  if (getElementTypeOrSelf(c.operands[0].getType()) != c.grid ||
      q::isWide(c.grid))
    return false;
  const interpret::CodeRange range = codeRange(c.grid);
  for (int32_t code = range.min; code <= range.max; ++code)
    if (interpret::unaryCode(function, code, range, range) != code)
      return false;
  return true;
}

Value convertUnary(Conversion &c) {
  const interpret::UnaryFunction function = interpret::unaryFunction(c.op);
  // A relu behind a grid that starts at 0, for example.
  if (isIdentity(c, function))
    return c.operands[0];
  return createLut(c, function);
}

Value convertPRelu(Conversion &c) {
  std::vector<float> slopes;
  if (c.operands[1]) {
    auto constant = c.operands[1].getDefiningOp<q::ConstantOp>();
    if (!constant)
      return c.fail("its slope is not constant");
    Type type = constant.getType();
    auto add = [&](auto codes) {
      for (int32_t code : codes)
        slopes.push_back(float(code - q::zeroOf(type)) * q::scaleOf(type, 0));
    };
    if (q::isWide(type))
      add(nn::elementValues<int16_t>(constant.getCodes()));
    else
      add(nn::elementValues<int8_t>(constant.getCodes()));
  } else if (auto values = constantValues(c.op->getOperand(1))) {
    slopes = *values;
  } else {
    return c.fail("its slope is not constant");
  }
  return createLut(c, llvm::map_to_vector(slopes, interpret::preluFunction));
}

Value convertPad(Conversion &c) {
  auto op = cast<nn::PadOp>(c.op);
  const q::ActParams p = q::actParams(c.grid);
  const int32_t code = qrt_quantize(op.getValue().convertToFloat(), p.scale,
                                    p.zero, p.min, p.max);
  return createSame(
      c, c.resultType(),
      c.builder.getNamedAttr("code", c.builder.getI64IntegerAttr(code)));
}

/// Codes of one grid order as their values do.
Value convertArgMax(Conversion &c) {
  return createSame(c, c.op->getResult(0).getType());
}

struct Row {
  StringRef op;
  Value (*convert)(Conversion &);
};

const Row rows[] = {
    {"nn.conv2d",           convertConv2D   },
    {"nn.conv_transpose2d", convertFilterOp },
    {"nn.linear",           convertFilterOp },
    {"nn.matmul",           convertMatMul   },
    {"nn.add",              convertWithClamp},
    {"nn.sub",              convertWithClamp},
    {"nn.mul",              convertWithClamp},
    {"nn.avg_pool2d",       convertWithClamp},
    {"nn.reduce_mean",      convertPlain    },
    {"nn.reduce_sum",       convertPlain    },
    {"nn.prelu",            convertPRelu    },
    {"nn.max_pool2d",       convertPlain    },
    {"nn.reduce_max",       convertPlain    },
    {"nn.concat",           convertPlain    },
    {"nn.slice",            convertPlain    },
    {"nn.pad",              convertPad      },
    {"nn.reshape",          convertPlain    },
    {"nn.transpose",        convertPlain    },
    {"nn.resize",           convertPlain    },
    {"nn.arg_max",          convertArgMax   },
};

} // namespace

static Value convertByTable(Conversion &conversion) {
  const StringRef name = conversion.op->getName().getStringRef();
  for (const Row &row : rows)
    if (row.op == name)
      return row.convert(conversion);
  if (interpret::unaryFunction(conversion.op))
    return convertUnary(conversion);
  return conversion.fail("it has no integer form");
}

Value quantize::convertOp(Conversion &conversion) {
  Value result = convertByTable(conversion);
  // What earlier passes noted about the op travels on.
  if (auto notes = q::notesOf(conversion.op);
      notes && result && !llvm::is_contained(conversion.operands, result))
    result.getDefiningOp()->setAttr(q::notesAttr, notes);
  return result;
}

bool quantize::mayBeFloat(Operation *op, unsigned index) {
  return isa<nn::PReluOp>(op) && index == 1;
}
