// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activations and arithmetic.

#include "compiler/import/onnx/Elementwise.h"
#include "compiler/import/onnx/OpTable.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace quench;
using namespace quench::importer;

static constexpr float infinity = std::numeric_limits<float>::infinity();

Perm quench::importer::layoutOf(const Tensor &tensor) {
  return tensor.isActivation() ? tensor.perm : identityPerm(tensor.rank());
}

Perm quench::importer::commonLayout(ArrayRef<Tensor *> tensors, int64_t rank) {
  Perm best = identityPerm(rank);
  int64_t bestSize = -1;
  for (const Tensor *tensor : tensors) {
    if (!tensor->isActivation() || tensor->rank() != rank)
      continue;
    const int64_t size = *elementCount(tensor->shape);
    if (size > bestSize || (size == bestSize && isIdentity(best))) {
      best = tensor->perm;
      bestSize = size;
    }
  }
  return best;
}

/// An operand of a broadcasting op of `rank` whose result is held in `perm`.
/// Constants lose their leading axes of size 1, as far as one stays.
static Value broadcastOperand(NodeImporter &n, Tensor &tensor, int64_t rank,
                              DimsRef perm) {
  if (tensor.isActivation()) {
    if (tensor.rank() == rank)
      return n.inLayout(tensor, perm);
    Tensor padded = n.withRank(tensor, rank);
    return n.inLayout(padded, perm);
  }
  Dims from(rank - tensor.rank(), 1);
  llvm::append_range(from, tensor.shape);
  Dims to = permuted(from, perm);
  int64_t axis = 0;
  if (tensor.quant)
    axis = llvm::find(perm, tensor.quant->axis + rank - tensor.rank()) -
           perm.begin();
  while (to.size() > 1 && to.front() == 1) {
    to.erase(to.begin());
    axis = std::max<int64_t>(axis - 1, 0);
  }
  if (to.empty())
    to.push_back(1); // a scalar
  return n.arrangedConstant(tensor, from, perm, to, axis);
}

void quench::importer::binary(NodeImporter &n, StringRef op, Tensor &a,
                              Tensor &b) {
  std::optional<Dims> shape = broadcastShape(n.node, a.shape, b.shape);
  if (!shape)
    return;
  const int64_t rank = shape->size();
  const Perm perm = commonLayout({&a, &b}, rank);
  Value y = n.emit(op, {broadcastOperand(n, a, rank, perm),
                        broadcastOperand(n, b, rank, perm)});
  // Two constants may both have lost their leading axes.
  if (y)
    y = n.reshape(y, permuted(*shape, perm));
  n.result(0, y, perm);
}

void quench::importer::unary(NodeImporter &n, StringRef op, Tensor &input,
                             ArrayRef<NamedAttribute> attrs) {
  const Perm perm = layoutOf(input);
  Value x = n.inLayout(input, perm);
  if (x)
    n.result(0, n.emit(op, x, attrs, x.getType()), perm);
}

Value quench::importer::scaled(NodeImporter &n, Value value, float factor) {
  if (!value || factor == 1)
    return value;
  Value constant =
      n.floatConstant({1}, {factor}, (n.node.name() + ".factor").str());
  return n.emit<nn::MulOp>({value, constant});
}

void quench::importer::importUnary(NodeImporter &n) {
  static constexpr std::pair<const char *, const char *> ops[] = {
      {"Abs",       "nn.abs"       },
      {"Erf",       "nn.erf"       },
      {"Exp",       "nn.exp"       },
      {"HardSwish", "nn.hard_swish"},
      {"Relu",      "nn.relu"      },
      {"Sigmoid",   "nn.sigmoid"   },
      {"Sqrt",      "nn.sqrt"      },
      {"Tanh",      "nn.tanh"      },
  };
  for (auto [name, op] : ops)
    if (n.node.opType() == name)
      return unary(n, op, *n.input(0));
}

/// Output 0 is min(max(x, low), high); open sides are left out.
static void clip(NodeImporter &n, Tensor &input, float low, float high) {
  if (std::isnan(low) || std::isnan(high))
    return n.reject("a bound is not a number");
  // ONNX's defaults are the largest finite numbers; they bound nothing.
  constexpr float largest = std::numeric_limits<float>::max();
  low = low <= -largest ? -infinity : low;
  high = high >= largest ? infinity : high;
  low = std::min(low, high); // ONNX: min(max(x, low), high) is high then
  if (low == -infinity && high == infinity)
    return n.result(0, input);
  if (low == 0 && high == infinity)
    return unary(n, nn::ReluOp::getOperationName(), input);
  unary(n, nn::ClipOp::getOperationName(), input,
        {n.attr("min", low), n.attr("max", high)});
}

void quench::importer::importClip(NodeImporter &n) {
  const bool attrs = n.node.opset() < 11;
  const float low = attrs ? n.node.floatAttr("min", -infinity)
                          : n.scalarInput(1, "min", -infinity);
  const float high = attrs ? n.node.floatAttr("max", infinity)
                           : n.scalarInput(2, "max", infinity);
  if (!n.rejected())
    clip(n, *n.input(0), low, high);
}

void quench::importer::importLeakyRelu(NodeImporter &n) {
  unary(n, nn::LeakyReluOp::getOperationName(), *n.input(0),
        n.attr("alpha", n.node.floatAttr("alpha", 0.01f)));
}

void quench::importer::importHardSigmoid(NodeImporter &n) {
  unary(n, nn::HardSigmoidOp::getOperationName(), *n.input(0),
        {n.attr("alpha", n.node.floatAttr("alpha", 0.2f)),
         n.attr("beta", n.node.floatAttr("beta", 0.5f))});
}

void quench::importer::importGelu(NodeImporter &n) {
  const std::string mode = n.node.stringAttr("approximate", "none");
  if (mode != "none" && mode != "tanh")
    return n.reject("approximate expects none or tanh");
  unary(n, nn::GeluOp::getOperationName(), *n.input(0),
        n.flag("approximate", mode == "tanh"));
}

void quench::importer::importPRelu(NodeImporter &n) {
  Tensor &input = *n.input(0), &slope = *n.input(1);
  if (slope.isActivation())
    return n.reject("the slope must be a constant");
  if (slope.rank() > input.rank())
    return n.reject("the slope of shape " + toString(slope.shape) +
                    " has a higher rank than the input of shape " +
                    toString(input.shape));
  // The one axis along which the slope differs must come last.
  Perm perm = layoutOf(input);
  const int64_t added = input.rank() - slope.rank();
  for (auto [i, size] : llvm::enumerate(slope.shape)) {
    const int64_t axis = i + added;
    if (size == 1)
      continue;
    if (size != slope.host.size() || size != input.shape[axis])
      return n.reject("a slope of shape " + toString(slope.shape) +
                      " is not one number per channel");
    if (perm.back() != axis) {
      perm = identityPerm(input.rank());
      std::rotate(perm.begin() + axis, perm.begin() + axis + 1, perm.end());
    }
  }
  if (perm.empty())
    return n.reject("expects an input of rank 1 or more");
  n.result(0,
           n.emit<nn::PReluOp>(
               {n.inLayout(input, perm),
                n.vectorConstant(slope, slope.host.size(), "the slope")}),
           perm);
}

void quench::importer::importPow(NodeImporter &n) {
  const float exponent = n.scalarInput(1, "the exponent", 1);
  Tensor &input = *n.input(0);
  const Perm perm = layoutOf(input);
  if (n.rejected())
    return;
  if (exponent == 0.5f)
    return unary(n, nn::SqrtOp::getOperationName(), input);
  if (exponent == 1)
    return importIdentity(n);
  if (exponent != 2 && exponent != 3)
    return n.reject("only the exponents 0.5, 1, 2 and 3 are supported");
  Value x = n.inLayout(input, perm);
  Value y = n.emit<nn::MulOp>({x, x});
  if (exponent == 3)
    y = n.emit<nn::MulOp>({y, x});
  n.result(0, y, perm);
}

void quench::importer::importNeg(NodeImporter &n) {
  const Perm perm = layoutOf(*n.input(0));
  n.result(0, scaled(n, n.inLayout(*n.input(0), perm), -1), perm);
}

/// 1 / divisor, elementwise; counts the node if that is not exact.
static std::optional<Tensor> reciprocal(NodeImporter &n,
                                        const Tensor &divisor) {
  if (divisor.kind != Tensor::Kind::Constant || divisor.type != DType::F32) {
    n.reject("only division by a float constant is supported");
    return std::nullopt;
  }
  if (!n.charge(divisor.host.size() * 4))
    return std::nullopt;
  Tensor result = divisor;
  result.name += ".reciprocal";
  result.host = HostTensor(DType::F32, divisor.shape);
  bool exact = true;
  for (int64_t i = 0; i < result.host.size(); ++i) {
    const double number = divisor.host.asDouble(i);
    result.host.setDouble(i, 1 / number);
    const double inverse = result.host.asDouble(i);
    if (!std::isfinite(inverse) || !std::isfinite(number)) {
      n.reject("division by " + toString(number) + " is not finite");
      return std::nullopt;
    }
    exact &= inverse * number == 1;
  }
  n.state.inexactDivisions += !exact;
  return result;
}

void quench::importer::importBinary(NodeImporter &n) {
  const StringRef op = n.node.opType();
  Tensor &a = *n.input(0), &b = *n.input(1);
  if (op == "Add")
    return binary(n, nn::AddOp::getOperationName(), a, b);
  if (op == "Sub")
    return binary(n, nn::SubOp::getOperationName(), a, b);
  if (op == "Mul")
    return binary(n, nn::MulOp::getOperationName(), a, b);
  if (importSpelledLayerNorm(n))
    return;
  // nn has no division: integers have none worth the name.
  if (std::optional<Tensor> inverse = reciprocal(n, b))
    binary(n, nn::MulOp::getOperationName(), a, *inverse);
}

void quench::importer::importMinMax(NodeImporter &n) {
  if (n.numInputs() == 1)
    return importIdentity(n);
  // One of the two must be a number.
  const bool swapped =
      n.input(0)->kind == Tensor::Kind::Constant && n.numInputs() == 2;
  Tensor *input = n.input(swapped), *bound = n.input(!swapped);
  if (n.numInputs() != 2 || !input || !bound ||
      bound->kind != Tensor::Kind::Constant || bound->host.size() != 1 ||
      bound->rank() > input->rank())
    return n.reject("only a tensor and a constant number are supported");
  const float number = bound->host.asDouble(0);
  n.node.opType() == "Max" ? clip(n, *input, number, infinity)
                           : clip(n, *input, -infinity, number);
}

void quench::importer::importSum(NodeImporter &n) {
  importIdentity(n);
  for (size_t i = 1; i < n.numInputs() && !n.rejected(); ++i) {
    if (!n.input(i))
      return n.reject("input " + Twine(i) + " is missing");
    // Output 0 holds the sum so far.
    Tensor sum = *n.state.tensors[n.node.output(0)];
    binary(n, nn::AddOp::getOperationName(), sum, *n.input(i));
  }
}
