// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folding of ops that move, select or convert elements.

#include "compiler/import/onnx/Fold.h"
#include "compiler/import/onnx/Model.h"

#include "onnx-ml.pb.h"

using namespace quench;
using namespace quench::importer;
using llvm::Twine;

bool Fold::checkRank(DimsRef shape) {
  if (int64_t(shape.size()) > limits.maxRank)
    node.reject("constant result has rank " + Twine(shape.size()) +
                ", more than the limit of " + Twine(limits.maxRank));
  return !node.rejected();
}

std::optional<HostTensor> Fold::make(DType type, DimsRef shape) {
  if (!checkRank(shape))
    return std::nullopt;
  const std::optional<int64_t> count = elementCount(shape);
  const int64_t width = info(type).bytes;
  if (!count || *count > limits.maxTensorElements ||
      *count * width > budgetBytes) {
    node.reject("constant result of shape " + toString(shape) +
                " exceeds the limit of " + Twine(limits.maxFoldedBytes) +
                " bytes for folded constants");
    return std::nullopt;
  }
  budgetBytes -= *count * width;
  return HostTensor(type, shape);
}

namespace {

void foldConstant(Fold &f) {
  if (const ::onnx::TensorProto *value = f.node.tensorAttr("value")) {
    llvm::Expected<HostTensor> tensor = f.model.decode(*value);
    if (!tensor)
      return f.node.reject(llvm::toString(tensor.takeError()));
    f.out.push_back(std::move(*tensor));
    return;
  }
  const bool list =
      f.node.hasAttr("value_ints") || f.node.hasAttr("value_floats");
  if (f.node.hasAttr("value_int") || f.node.hasAttr("value_ints")) {
    Dims values = list ? f.node.intsAttr("value_ints")
                       : Dims{f.node.intAttr("value_int", 0)};
    Dims shape = list ? Dims{int64_t(values.size())} : Dims{};
    f.out.push_back(HostTensor::ofInts(shape, values));
  } else if (f.node.hasAttr("value_float") || list) {
    llvm::SmallVector<float> values = f.node.floatsAttr("value_floats");
    if (!list)
      values = {f.node.floatAttr("value_float", 0)};
    HostTensor tensor(DType::F32, list ? Dims{int64_t(values.size())} : Dims{});
    for (auto [i, value] : llvm::enumerate(values))
      tensor.setDouble(i, value);
    f.out.push_back(std::move(tensor));
  } else {
    f.node.reject("only tensors, floats and integers are supported");
  }
}

void foldConstantOfShape(Fold &f) {
  std::optional<Dims> shape = intsInput(f.node, f.in, 0, "shape");
  HostTensor value(DType::F32, {1});
  if (const ::onnx::TensorProto *attr = f.node.tensorAttr("value")) {
    llvm::Expected<HostTensor> decoded = f.model.decode(*attr);
    if (!decoded)
      return f.node.reject(llvm::toString(decoded.takeError()));
    value = *decoded;
  }
  if (value.size() != 1)
    return f.node.reject("value expects one element");
  if (!shape)
    return;
  if (std::optional<HostTensor> result = f.make(value.type(), *shape)) {
    gatherStrided(value, *result, Dims(shape->size(), 0));
    f.out.push_back(std::move(*result));
  }
}

void foldCast(Fold &f) {
  f.node.ignoreAttr("saturate"); // of float8 only
  const int64_t to = f.node.intAttr("to", 0);
  std::optional<DType> type =
      dtypeFromOnnx(to >= 0 && to <= INT32_MAX ? static_cast<int32_t>(to) : -1);
  if (!type)
    return f.node.reject("cast to " + onnxTypeName(to) + " is not supported");
  const HostTensor &from = *f.in[0];
  std::optional<HostTensor> result = f.make(*type, from.shape());
  if (!result)
    return;
  for (int64_t i = 0; i < from.size(); ++i)
    if (from.isFloat())
      result->setDouble(i, from.asDouble(i));
    else
      result->setInt(i, from.asInt(i));
  f.out.push_back(std::move(*result));
}

void foldIdentity(Fold &f) { f.out.push_back(*f.in[0]); }

void foldReshape(Fold &f) {
  std::optional<Dims> shape = reshapeTarget(f.node, f.in[0]->shape(), f.in);
  if (shape && f.checkRank(*shape))
    f.out.push_back(f.in[0]->reshaped(*shape));
}

void foldTranspose(Fold &f) {
  std::optional<Perm> perm = transposePerm(f.node, f.in[0]->rank());
  if (!perm)
    return;
  const Dims shape = permuted(f.in[0]->shape(), *perm);
  if (std::optional<HostTensor> result = f.make(f.in[0]->type(), shape)) {
    gatherStrided(*f.in[0], *result,
                  permuted(rowMajorStrides(f.in[0]->shape()), *perm));
    f.out.push_back(std::move(*result));
  }
}

/// Appends the box of an input to the outputs.
void gatherBox(Fold &f, const Box &box) {
  std::optional<HostTensor> result = f.make(f.in[0]->type(), box.sizes);
  if (!result)
    return;
  Dims strides = rowMajorStrides(f.in[0]->shape());
  int64_t offset = 0;
  for (size_t i = 0; i < strides.size(); ++i) {
    offset += box.starts[i] * strides[i];
    strides[i] *= box.steps[i];
  }
  gatherStrided(*f.in[0], *result, strides, offset);
  f.out.push_back(std::move(*result));
}

void foldSlice(Fold &f) {
  if (std::optional<Box> box = sliceBox(f.node, f.in[0]->shape(), f.in))
    gatherBox(f, *box);
}

void foldSplit(Fold &f) {
  const DimsRef shape = f.in[0]->shape();
  const int64_t axis =
      f.node.normalizeAxis(f.node.intAttr("axis", 0), shape.size());
  if (f.node.rejected())
    return;
  std::optional<Dims> sizes = splitSizes(f.node, shape[axis], f.in);
  if (!sizes)
    return;
  Box box{Dims(shape.size(), 0), Dims(shape), Dims(shape.size(), 1)};
  for (int64_t size : *sizes) {
    box.sizes[axis] = size;
    gatherBox(f, box);
    box.starts[axis] += size;
  }
}

void foldExpand(Fold &f) {
  std::optional<Dims> target = intsInput(f.node, f.in, 1, "shape");
  if (!target)
    return;
  std::optional<Dims> shape = broadcastShape(f.node, f.in[0]->shape(), *target);
  if (!shape)
    return;
  if (std::optional<HostTensor> result = f.make(f.in[0]->type(), *shape)) {
    gatherStrided(*f.in[0], *result,
                  broadcastStrides(f.in[0]->shape(), *shape));
    f.out.push_back(std::move(*result));
  }
}

void foldConcat(Fold &f) {
  const HostTensor &first = *f.in[0];
  const int64_t axis =
      f.node.normalizeAxis(f.node.intAttr("axis", 0), first.rank());
  if (f.node.rejected())
    return;
  Dims shape(first.shape());
  shape[axis] = 0;
  for (const HostTensor *input : f.in) {
    bool fits =
        input && input->type() == first.type() && input->rank() == first.rank();
    for (int64_t i = 0; fits && i < first.rank(); ++i)
      fits = i == axis || input->shape()[i] == shape[i];
    if (!fits ||
        __builtin_add_overflow(shape[axis], input->shape()[axis], &shape[axis]))
      return f.node.reject("inputs have types or shapes that do not join");
  }
  std::optional<HostTensor> result = f.make(first.type(), shape);
  if (!result || result->size() == 0)
    return result ? f.out.push_back(std::move(*result)) : void();
  // Blocks of one input follow each other at the distance of a result block.
  const int64_t inner =
      *elementCount(DimsRef(shape).drop_front(axis + 1)) * first.width();
  const int64_t blocks = *elementCount(DimsRef(shape).take_front(axis));
  char *to = result->mutableBytes();
  for (const HostTensor *input : f.in) {
    const int64_t bytes = input->shape()[axis] * inner;
    for (int64_t i = 0; i < blocks && bytes != 0; ++i)
      std::memcpy(to + i * shape[axis] * inner,
                  input->bytes().data() + i * bytes, bytes);
    to += bytes;
  }
  f.out.push_back(std::move(*result));
}

void foldGather(Fold &f) {
  const HostTensor &data = *f.in[0];
  const HostTensor &indices = *f.in[1];
  const int64_t axis =
      f.node.normalizeAxis(f.node.intAttr("axis", 0), data.rank());
  if (indices.isFloat())
    f.node.reject("indices expect integers");
  if (f.node.rejected())
    return;
  const DimsRef shape = data.shape();
  Dims result(shape.take_front(axis));
  llvm::append_range(result, indices.shape());
  llvm::append_range(result, shape.drop_front(axis + 1));
  std::optional<HostTensor> out = f.make(data.type(), result);
  if (!out || out->size() == 0)
    return out ? f.out.push_back(std::move(*out)) : void();
  const int64_t inner =
      *elementCount(shape.drop_front(axis + 1)) * data.width();
  const int64_t outer = *elementCount(shape.take_front(axis));
  char *to = out->mutableBytes();
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t j = 0; j < indices.size(); ++j, to += inner) {
      int64_t index = indices.asInt(j);
      if (index < -shape[axis] || index >= shape[axis])
        return f.node.reject("index " + Twine(index) +
                             " is out of range for size " + Twine(shape[axis]));
      index += index < 0 ? shape[axis] : 0;
      std::memcpy(to, data.bytes().data() + (i * shape[axis] + index) * inner,
                  inner);
    }
  f.out.push_back(std::move(*out));
}

void foldRange(Fold &f) {
  const HostTensor &first = *f.in[0];
  for (const HostTensor *input : f.in)
    if (input->size() != 1 || input->type() != first.type())
      return f.node.reject("expects three scalars of one type");
  const double start = first.asDouble(0), limit = f.in[1]->asDouble(0),
               delta = f.in[2]->asDouble(0);
  const double steps = std::ceil((limit - start) / delta);
  if (!(std::fabs(steps) < 1e9))
    return f.node.reject("the number of elements is not finite or too large");
  const int64_t count = std::max<int64_t>(0, static_cast<int64_t>(steps));
  std::optional<HostTensor> result = f.make(first.type(), {count});
  if (!result)
    return;
  for (int64_t i = 0; i < count; ++i)
    result->setDouble(i, start + static_cast<double>(i) * delta);
  f.out.push_back(std::move(*result));
}

void foldWhere(Fold &f) {
  if (f.in[0]->type() != DType::Bool || f.in[1]->type() != f.in[2]->type())
    return f.node.reject("expects a bool and two tensors of one type");
  std::optional<Dims> shape =
      broadcastShape(f.node, f.in[1]->shape(), f.in[2]->shape());
  if (shape)
    shape = broadcastShape(f.node, f.in[0]->shape(), *shape);
  if (!shape)
    return;
  std::optional<HostTensor> result = f.make(f.in[1]->type(), *shape);
  std::optional<HostTensor> choice = f.make(DType::Bool, *shape);
  std::optional<HostTensor> no = f.make(f.in[1]->type(), *shape);
  if (!result || !choice || !no)
    return;
  auto expand = [&](const HostTensor &from, HostTensor &to) {
    gatherStrided(from, to, broadcastStrides(from.shape(), *shape));
  };
  expand(*f.in[0], *choice);
  expand(*f.in[1], *result);
  expand(*f.in[2], *no);
  const size_t width = result->width();
  for (int64_t i = 0; i < result->size(); ++i)
    if (!choice->asInt(i))
      std::memcpy(result->mutableBytes() + i * width,
                  no->bytes().data() + i * width, width);
  f.out.push_back(std::move(*result));
}

struct Row {
  const char *name;
  FoldOp op;
};

constexpr Row rows[] = {
    {"Cast",            {foldCast, 1}           },
    {"Concat",          {foldConcat, 1}         },
    {"Constant",        {foldConstant, 0}       },
    {"ConstantOfShape", {foldConstantOfShape, 1}},
    {"Expand",          {foldExpand, 2}         },
    {"Flatten",         {foldReshape, 1}        },
    {"Gather",          {foldGather, 2}         },
    {"Identity",        {foldIdentity, 1}       },
    {"Range",           {foldRange, 3}          },
    {"Reshape",         {foldReshape, 2}        },
    {"Slice",           {foldSlice, 1}          },
    {"Split",           {foldSplit, 1}          },
    {"Squeeze",         {foldReshape, 1}        },
    {"Transpose",       {foldTranspose, 1}      },
    {"Unsqueeze",       {foldReshape, 1}        },
    {"Where",           {foldWhere, 3}          },
};

} // namespace

FoldOp quench::importer::findShapeFold(llvm::StringRef opType) {
  for (const Row &row : rows)
    if (opType == row.name)
      return row.op;
  return {};
}

FoldOp quench::importer::findFold(llvm::StringRef opType) {
  const FoldOp found = findShapeFold(opType);
  return found.fold ? found : findArithmeticFold(opType);
}
