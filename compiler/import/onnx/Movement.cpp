// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reshape, transpose, slice and split: parameters and copies.

#include "compiler/import/onnx/Movement.h"

#include "llvm/ADT/STLExtras.h"

using namespace quench::importer;
using llvm::StringRef;
using llvm::Twine;

const HostTensor *quench::importer::constInput(Node &node, Consts consts,
                                               size_t i, StringRef what) {
  if (node.input(i).empty())
    node.reject("expects input " + Twine(i) + " (" + what + ")");
  else if (!consts[i])
    node.reject(what + " must be a constant");
  else
    return consts[i];
  return nullptr;
}

std::optional<Dims> quench::importer::intsInput(Node &node, Consts consts,
                                                size_t i, StringRef what) {
  const HostTensor *tensor = constInput(node, consts, i, what);
  if (!tensor)
    return std::nullopt;
  if (tensor->isFloat() || tensor->rank() > 1 || tensor->size() > 4096) {
    node.reject(what + " expects a list of integers, but is " +
                info(tensor->type()).name + " " + toString(tensor->shape()));
    return std::nullopt;
  }
  return tensor->ints();
}

std::optional<Dims> quench::importer::intsAttrOrInput(Node &node, Consts consts,
                                                      StringRef name,
                                                      int64_t since, size_t i) {
  if (node.opset() >= since) {
    if (node.input(i).empty())
      return std::nullopt;
    return intsInput(node, consts, i, name);
  }
  if (!node.hasAttr(name))
    return std::nullopt;
  return node.intsAttr(name);
}

static std::optional<Dims> squeezed(Node &node, DimsRef shape, Consts consts) {
  std::optional<Dims> axes = intsAttrOrInput(node, consts, "axes", 13, 1);
  Dims drop;
  if (axes)
    drop = node.normalizeAxes(*axes, shape.size());
  Dims result;
  for (auto [axis, size] : llvm::enumerate(shape)) {
    const bool dropped =
        axes ? llvm::is_contained(drop, int64_t(axis)) : size == 1;
    if (!dropped)
      result.push_back(size);
    else if (size != 1)
      node.reject("axis " + Twine(axis) + " of size " + Twine(size) +
                  " cannot be squeezed");
  }
  return result;
}

static std::optional<Dims> unsqueezed(Node &node, DimsRef shape,
                                      Consts consts) {
  std::optional<Dims> axes = intsAttrOrInput(node, consts, "axes", 13, 1);
  if (!axes) {
    node.reject("expects axes");
    return std::nullopt;
  }
  const int64_t rank = shape.size() + axes->size();
  const Dims ones = node.normalizeAxes(*axes, rank);
  Dims result;
  for (int64_t axis = 0, from = 0; axis < rank && !node.rejected(); ++axis)
    result.push_back(llvm::is_contained(ones, axis) ? 1 : shape[from++]);
  return result;
}

static std::optional<Dims> flattened(Node &node, DimsRef shape) {
  const int64_t rank = shape.size();
  int64_t axis = node.intAttr("axis", 1);
  if (axis != rank) // one past the last axis is allowed here
    axis = node.normalizeAxis(axis, rank);
  if (node.rejected())
    return std::nullopt;
  return Dims{*elementCount(shape.take_front(axis)),
              *elementCount(shape.drop_front(axis))};
}

static std::optional<Dims> reshaped(Node &node, DimsRef shape, Consts consts) {
  std::optional<Dims> target = intsInput(node, consts, 1, "shape");
  const bool allowZero = node.boolAttr("allowzero", false);
  if (!target)
    return std::nullopt;
  int64_t unknown = -1;
  for (auto [axis, size] : llvm::enumerate(*target)) {
    if (size == 0 && !allowZero) {
      if (axis >= shape.size()) {
        node.reject("size 0 copies axis " + Twine(axis) +
                    ", which the input of shape " + toString(shape) +
                    " does not have");
        return std::nullopt;
      }
      size = shape[axis];
    } else if (size == -1) {
      if (unknown >= 0)
        node.reject("shape has more than one -1");
      unknown = axis;
    }
  }
  const int64_t count = *elementCount(shape);
  Dims known = *target;
  if (unknown >= 0)
    known[unknown] = 1;
  const std::optional<int64_t> product = elementCount(known);
  if (unknown >= 0 && product && *product > 0 && count % *product == 0)
    (*target)[unknown] = count / *product;
  if (elementCount(*target) != count)
    node.reject("input of shape " + toString(shape) +
                " cannot be reshaped to " + toString(*target));
  return target;
}

std::optional<Dims> quench::importer::reshapeTarget(Node &node, DimsRef shape,
                                                    Consts consts) {
  const StringRef type = node.opType();
  std::optional<Dims> target =
      type == "Squeeze"     ? squeezed(node, shape, consts)
      : type == "Unsqueeze" ? unsqueezed(node, shape, consts)
      : type == "Flatten"   ? flattened(node, shape)
                            : reshaped(node, shape, consts);
  if (node.rejected())
    return std::nullopt;
  return target;
}

std::optional<Perm> quench::importer::transposePerm(Node &node, int64_t rank) {
  Perm perm = node.intsAttr("perm");
  if (!node.hasAttr("perm")) {
    perm = identityPerm(rank);
    std::reverse(perm.begin(), perm.end());
  }
  Perm sorted = perm;
  llvm::sort(sorted);
  if (sorted != identityPerm(rank))
    node.reject("perm expects a permutation of " + Twine(rank) + " axes");
  if (node.rejected())
    return std::nullopt;
  return perm;
}

std::optional<Box> quench::importer::sliceBox(Node &node, DimsRef shape,
                                              Consts consts) {
  const int64_t rank = shape.size();
  std::optional<Dims> starts = intsAttrOrInput(node, consts, "starts", 10, 1);
  std::optional<Dims> ends = intsAttrOrInput(node, consts, "ends", 10, 2);
  std::optional<Dims> axes = intsAttrOrInput(node, consts, "axes", 10, 3);
  std::optional<Dims> steps;
  if (node.opset() >= 10)
    steps = intsAttrOrInput(node, consts, "steps", 10, 4);
  if (!node.rejected() && (!starts || !ends))
    node.reject("expects starts and ends");
  if (node.rejected())
    return std::nullopt;
  if (!axes)
    axes = identityPerm(starts->size());
  if (ends->size() != starts->size() || axes->size() != starts->size() ||
      (steps && steps->size() != starts->size()))
    node.reject("starts, ends, axes and steps have different lengths");
  node.normalizeAxes(*axes, rank); // for its checks; the order matters here

  Box box{Dims(rank, 0), Dims(shape), Dims(rank, 1)};
  for (size_t i = 0; i < starts->size() && !node.rejected(); ++i) {
    const int64_t axis = node.normalizeAxis((*axes)[i], rank);
    const int64_t size = shape[axis];
    int64_t start = (*starts)[i], end = (*ends)[i],
            step = steps ? (*steps)[i] : 1;
    if (step == 0)
      node.reject("steps has a 0");
    // A longer step reads one element, too; this keeps the sums small.
    step = std::clamp<int64_t>(step, -(int64_t(1) << 31), int64_t(1) << 31);
    start = start < 0 ? start + size : start;
    end = end < 0 ? end + size : end;
    int64_t count;
    if (step > 0) {
      start = std::clamp<int64_t>(start, 0, size);
      end = std::clamp<int64_t>(end, 0, size);
      count = end > start ? (end - start + step - 1) / step : 0;
    } else {
      start = std::clamp<int64_t>(start, -1, size - 1);
      end = std::clamp<int64_t>(end, -1, size - 1);
      count = start > end && step ? (start - end - step - 1) / -step : 0;
    }
    box.starts[axis] = count ? start : 0;
    box.sizes[axis] = count;
    box.steps[axis] = count > 1 ? step : 1;
  }
  if (node.rejected())
    return std::nullopt;
  return box;
}

std::optional<Dims> quench::importer::splitSizes(Node &node, int64_t size,
                                                 Consts consts) {
  const int64_t count = node.numOutputs();
  std::optional<Dims> sizes = intsAttrOrInput(node, consts, "split", 13, 1);
  const int64_t parts = node.intAttr("num_outputs", count);
  if (!sizes && !node.rejected()) {
    if (parts != count || (node.opset() < 18 && size % count != 0)) {
      node.reject("axis of size " + Twine(size) + " cannot be split into " +
                  Twine(parts) + " parts for " + Twine(count) + " outputs");
      return std::nullopt;
    }
    // From opset 18 on the last part may be smaller.
    const int64_t part = size / count + (size % count != 0);
    sizes = Dims(count, part);
    sizes->back() = size - part * (count - 1);
  }
  if (node.rejected())
    return std::nullopt;
  int64_t sum = 0;
  for (int64_t part : *sizes)
    if (part < 0 || __builtin_add_overflow(sum, part, &sum))
      sum = -1, node.reject("split has a negative or too large part");
  if (int64_t(sizes->size()) != count || sum != size)
    node.reject("split expects " + Twine(count) + " sizes with the sum " +
                Twine(size) + ", but has " + toString(*sizes));
  if (node.rejected())
    return std::nullopt;
  return sizes;
}

std::optional<Dims> quench::importer::broadcastShape(Node &node, DimsRef a,
                                                     DimsRef b) {
  Dims result(std::max(a.size(), b.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    const int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1) {
      node.reject("shapes " + toString(a) + " and " + toString(b) +
                  " do not broadcast");
      return std::nullopt;
    }
    result[result.size() - 1 - i] = left == 1 ? right : left;
  }
  return result;
}

Dims quench::importer::rowMajorStrides(DimsRef shape) {
  Dims strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

Dims quench::importer::broadcastStrides(DimsRef shape, DimsRef to) {
  Dims strides(to.size(), 0);
  const Dims own = rowMajorStrides(shape);
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1)
      strides[to.size() - shape.size() + i] = own[i];
  return strides;
}

template <size_t width>
static void gatherElements(const char *from, char *to, DimsRef shape,
                           DimsRef strides, int64_t count) {
  Dims index(shape.size(), 0);
  for (int64_t i = 0; i < count; ++i, to += width) {
    std::memcpy(to, from, width);
    for (size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis] * int64_t(width);
      if (++index[axis] < shape[axis])
        break;
      from -= strides[axis] * shape[axis] * int64_t(width);
      index[axis] = 0;
    }
  }
}

void quench::importer::gatherStrided(const HostTensor &from, HostTensor &to,
                                     DimsRef strides, int64_t offset) {
  const char *source = from.bytes().data() + offset * int64_t(from.width());
  char *target = to.mutableBytes();
  const auto gather = [&](auto width) {
    gatherElements<width>(source, target, to.shape(), strides, to.size());
  };
  switch (from.width()) {
  case 1:
    return gather(std::integral_constant<size_t, 1>());
  case 2:
    return gather(std::integral_constant<size_t, 2>());
  case 4:
    return gather(std::integral_constant<size_t, 4>());
  default:
    return gather(std::integral_constant<size_t, 8>());
  }
}

HostTensor quench::importer::transposed(const HostTensor &tensor,
                                        DimsRef perm) {
  if (sameElementOrder(tensor.shape(), identityPerm(tensor.rank()), perm))
    return tensor.reshaped(permuted(tensor.shape(), perm));
  HostTensor result(tensor.type(), permuted(tensor.shape(), perm));
  gatherStrided(tensor, result,
                permuted(rowMajorStrides(tensor.shape()), perm));
  return result;
}
