// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folding of arithmetic, comparisons and reductions. Floats are computed in
// double and rounded once, which for + - * / sqrt equals float arithmetic.

#include "compiler/import/onnx/Fold.h"

#include <cmath>

using namespace quench;
using namespace quench::importer;

namespace {

/// One elementwise op; null where it has no form for the element type.
struct Binary {
  const char *name;
  double (*onFloat)(double, double);
  int64_t (*onInt)(int64_t, int64_t);
  bool isPredicate;
};

// Two's complement wrap-around, which signed C arithmetic leaves undefined.
int64_t addInt(int64_t a, int64_t b) { return uint64_t(a) + uint64_t(b); }
int64_t subInt(int64_t a, int64_t b) { return uint64_t(a) - uint64_t(b); }
int64_t mulInt(int64_t a, int64_t b) { return uint64_t(a) * uint64_t(b); }
// A zero divisor is refused before.
int64_t divInt(int64_t a, int64_t b) { return b == -1 ? subInt(0, a) : a / b; }
int64_t modInt(int64_t a, int64_t b) {
  const int64_t rest = b == -1 ? 0 : a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

// clang-format off
constexpr Binary binaries[] = {
    {"Add", [](double a, double b) { return a + b; }, addInt, false},
    {"Sub", [](double a, double b) { return a - b; }, subInt, false},
    {"Mul", [](double a, double b) { return a * b; }, mulInt, false},
    {"Div", [](double a, double b) { return a / b; }, divInt, false},
    {"Mod", nullptr, modInt, false},
    {"Pow", [](double a, double b) { return std::pow(a, b); }, nullptr, false},
    {"Min", [](double a, double b) { return std::fmin(a, b); },
     [](int64_t a, int64_t b) { return std::min(a, b); }, false},
    {"Max", [](double a, double b) { return std::fmax(a, b); },
     [](int64_t a, int64_t b) { return std::max(a, b); }, false},
    {"Equal", [](double a, double b) { return double(a == b); },
     [](int64_t a, int64_t b) { return int64_t(a == b); }, true},
    {"Greater", [](double a, double b) { return double(a > b); },
     [](int64_t a, int64_t b) { return int64_t(a > b); }, true},
    {"Less", [](double a, double b) { return double(a < b); },
     [](int64_t a, int64_t b) { return int64_t(a < b); }, true},
    {"And", nullptr, [](int64_t a, int64_t b) { return int64_t(a && b); }, true},
    {"Or", nullptr, [](int64_t a, int64_t b) { return int64_t(a || b); }, true},
};
// clang-format on

void foldBinary(Fold &f) {
  const Binary &op = *llvm::find_if(
      binaries, [&](const Binary &row) { return f.node.opType() == row.name; });
  if (f.in.size() != 2)
    return f.node.reject("constants can be folded only with 2 inputs");
  if (f.node.opType() == "Mod" && f.node.intAttr("fmod", 0) != 0)
    return f.node.reject("fmod is not supported");
  const HostTensor &a = *f.in[0], &b = *f.in[1];
  const bool isFloat = a.isFloat();
  if (a.type() != b.type() || (isFloat ? !op.onFloat : !op.onInt))
    return f.node.reject(llvm::Twine("cannot fold ") + info(a.type()).name +
                         " and " + info(b.type()).name);
  std::optional<Dims> shape = broadcastShape(f.node, a.shape(), b.shape());
  if (!shape)
    return;
  std::optional<HostTensor> left = f.make(a.type(), *shape);
  std::optional<HostTensor> right = f.make(a.type(), *shape);
  std::optional<HostTensor> result =
      f.make(op.isPredicate ? DType::Bool : a.type(), *shape);
  if (!left || !right || !result)
    return;
  gatherStrided(a, *left, broadcastStrides(a.shape(), *shape));
  gatherStrided(b, *right, broadcastStrides(b.shape(), *shape));
  const bool divides = op.onInt == divInt || op.onInt == modInt;
  for (int64_t i = 0; i < result->size(); ++i) {
    if (isFloat) {
      result->setDouble(i, op.onFloat(left->asDouble(i), right->asDouble(i)));
      continue;
    }
    const int64_t divisor = right->asInt(i);
    if (divides && divisor == 0)
      return f.node.reject("division by zero");
    result->setInt(i, op.onInt(left->asInt(i), divisor));
  }
  f.out.push_back(std::move(*result));
}

struct Unary {
  const char *name;
  double (*onFloat)(double);
  int64_t (*onInt)(int64_t);
};

// clang-format off
constexpr Unary unaries[] = {
    {"Abs", [](double a) { return std::fabs(a); },
     [](int64_t a) { return a < 0 ? subInt(0, a) : a; }},
    {"Ceil", [](double a) { return std::ceil(a); }, nullptr},
    {"Exp", [](double a) { return std::exp(a); }, nullptr},
    {"Floor", [](double a) { return std::floor(a); }, nullptr},
    {"Log", [](double a) { return std::log(a); }, nullptr},
    {"Neg", [](double a) { return -a; },
     [](int64_t a) { return subInt(0, a); }},
    {"Not", nullptr, [](int64_t a) { return int64_t(!a); }},
    {"Reciprocal", [](double a) { return 1 / a; }, nullptr},
    {"Round", [](double a) { return std::nearbyint(a); }, nullptr},
    {"Sqrt", [](double a) { return std::sqrt(a); }, nullptr},
};
// clang-format on

void foldUnary(Fold &f) {
  const Unary &op = *llvm::find_if(
      unaries, [&](const Unary &row) { return f.node.opType() == row.name; });
  const HostTensor &a = *f.in[0];
  if (a.isFloat() ? !op.onFloat : !op.onInt)
    return f.node.reject(llvm::Twine("cannot fold ") + info(a.type()).name);
  std::optional<HostTensor> result = f.make(a.type(), a.shape());
  if (!result)
    return;
  for (int64_t i = 0; i < a.size(); ++i)
    if (a.isFloat())
      result->setDouble(i, op.onFloat(a.asDouble(i)));
    else
      result->setInt(i, op.onInt(a.asInt(i)));
  f.out.push_back(std::move(*result));
}

struct Reduction {
  const char *name;
  int64_t axesInputSince; // opset from which axes is an input
  double (*onFloat)(double, double);
  int64_t (*onInt)(int64_t, int64_t);
};

// clang-format off
constexpr Reduction reductions[] = {
    {"ReduceMax", 18, [](double a, double b) { return std::fmax(a, b); },
     [](int64_t a, int64_t b) { return std::max(a, b); }},
    {"ReduceMin", 18, [](double a, double b) { return std::fmin(a, b); },
     [](int64_t a, int64_t b) { return std::min(a, b); }},
    {"ReduceProd", 18, [](double a, double b) { return a * b; }, mulInt},
    {"ReduceSum", 13, [](double a, double b) { return a + b; }, addInt},
};
// clang-format on

void foldReduction(Fold &f) {
  const Reduction &op = *llvm::find_if(reductions, [&](const Reduction &row) {
    return f.node.opType() == row.name;
  });
  const HostTensor &a = *f.in[0];
  std::optional<Dims> given =
      intsAttrOrInput(f.node, f.in, "axes", op.axesInputSince, 1);
  const bool keep = f.node.boolAttr("keepdims", true);
  const bool noop = f.node.boolAttr("noop_with_empty_axes", false);
  Dims axes = given ? f.node.normalizeAxes(*given, a.rank()) : Dims();
  if (f.node.rejected())
    return;
  if (a.size() == 0)
    return f.node.reject("cannot reduce an empty tensor");
  if (axes.empty() && noop)
    return f.out.push_back(a);
  if (axes.empty())
    axes = identityPerm(a.rank());

  // Bring the reduced axes to the end, then every result is one run.
  Perm perm;
  Dims shape, kept;
  for (int64_t axis = 0; axis < a.rank(); ++axis) {
    const bool reduced = llvm::is_contained(axes, axis);
    if (!reduced)
      perm.push_back(axis);
    if (!reduced)
      kept.push_back(a.shape()[axis]);
    if (!reduced || keep)
      shape.push_back(reduced ? 1 : a.shape()[axis]);
  }
  llvm::append_range(perm, axes);
  std::optional<HostTensor> sorted =
      f.make(a.type(), permuted(a.shape(), perm));
  std::optional<HostTensor> result = f.make(a.type(), shape);
  if (!sorted || !result)
    return;
  gatherStrided(a, *sorted, permuted(rowMajorStrides(a.shape()), perm));
  const int64_t run = a.size() / result->size();
  for (int64_t i = 0; i < result->size(); ++i) {
    if (a.isFloat()) {
      double value = sorted->asDouble(i * run);
      for (int64_t j = 1; j < run; ++j)
        value = op.onFloat(value, sorted->asDouble(i * run + j));
      result->setDouble(i, value);
    } else {
      int64_t value = sorted->asInt(i * run);
      for (int64_t j = 1; j < run; ++j)
        value = op.onInt(value, sorted->asInt(i * run + j));
      result->setInt(i, value);
    }
  }
  f.out.push_back(std::move(*result));
}

/// code = clamp(rne(x / scale) + zero), with one scale or one per channel.
void foldQuantize(Fold &f) {
  const HostTensor &x = *f.in[0], &scales = *f.in[1];
  const HostTensor *zeros = f.in.size() > 2 ? f.in[2] : nullptr;
  const int64_t axisAttr = f.node.intAttr("axis", 1);
  f.node.ignoreAttr("saturate"); // of float8 only
  if (f.node.intAttr("block_size", 0) != 0)
    return f.node.reject("block-wise quantization is not supported");
  // The zero point's type is that of the codes; uint8 is ONNX's default.
  const int64_t output = f.node.intAttr("output_dtype", 2);
  const DType type = zeros         ? zeros->type()
                     : output == 3 ? DType::I8
                                   : DType::U8;
  if ((type != DType::U8 && type != DType::I8) || (output != 2 && output != 3))
    return f.node.reject(llvm::Twine("quantization to ") + info(type).name +
                         " is not supported");
  // Elements with one scale follow each other in runs of `inner`.
  int64_t inner = std::max<int64_t>(x.size(), 1);
  if (scales.size() != 1) {
    const int64_t axis = f.node.normalizeAxis(axisAttr, x.rank());
    if (!f.node.rejected() && scales.size() != x.shape()[axis])
      f.node.reject("expects one scale per channel");
    if (f.node.rejected())
      return;
    inner = *elementCount(x.shape().drop_front(axis + 1));
  }
  if (zeros && zeros->size() != scales.size())
    return f.node.reject("expects as many zero points as scales");
  std::optional<HostTensor> result = f.make(type, x.shape());
  if (!result)
    return;
  const int64_t low = type == DType::U8 ? 0 : -128;
  for (int64_t i = 0; i < result->size(); ++i) {
    const int64_t channel = i / inner % scales.size();
    const float scale = static_cast<float>(scales.asDouble(channel));
    const float ratio = static_cast<float>(x.asDouble(i)) / scale;
    if (std::isnan(ratio))
      return f.node.reject("a quotient is not a number");
    const float code = std::clamp(std::nearbyint(ratio), -1024.0f, 1024.0f) +
                       float(zeros ? zeros->asInt(channel) : 0);
    result->setInt(i, std::clamp<int64_t>(int64_t(code), low, low + 255));
  }
  f.out.push_back(std::move(*result));
}

template <typename Row, size_t n>
bool contains(const Row (&rows)[n], llvm::StringRef name) {
  return llvm::any_of(rows, [&](const Row &row) { return name == row.name; });
}

} // namespace

FoldOp quench::importer::findArithmeticFold(llvm::StringRef opType) {
  if (contains(binaries, opType))
    return {foldBinary, 2};
  if (contains(unaries, opType))
    return {foldUnary, 1};
  if (contains(reductions, opType))
    return {foldReduction, 1};
  if (opType == "QuantizeLinear")
    return {foldQuantize, 2};
  return {};
}
