// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Strided walks.

#include "compiler/interpret/Kernel.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

namespace quench::interpret {

SizesRef shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

Sizes denseStrides(SizesRef shape) {
  Sizes strides(shape.size());
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

Sizes broadcastStrides(SizesRef operand, SizesRef shape) {
  Sizes strides(shape.size(), 0);
  const Sizes dense = denseStrides(operand);
  const size_t first = shape.size() - operand.size();
  for (auto [axis, size] : llvm::enumerate(operand))
    if (size != 1)
      strides[first + axis] = dense[axis];
  return strides;
}

void walkRows(
    SizesRef sizes, SizesRef aStrides, SizesRef bStrides,
    llvm::function_ref<void(int64_t, int64_t, int64_t, int64_t, int64_t)> row) {
  struct Axis {
    int64_t size, a, b;
  };
  SmallVector<Axis, 6> axes;
  for (auto [size, a, b] : llvm::zip_equal(sizes, aStrides, bStrides)) {
    if (size == 0)
      return;
    if (size == 1)
      continue;
    if (!axes.empty() && axes.back().a == a * size && axes.back().b == b * size)
      axes.back() = {axes.back().size * size, a, b};
    else
      axes.push_back({size, a, b});
  }
  const Axis inner = axes.empty() ? Axis{1, 0, 0} : axes.pop_back_val();
  SmallVector<int64_t, 6> index(axes.size(), 0);
  int64_t a = 0, b = 0;
  while (true) {
    row(a, b, inner.size, inner.a, inner.b);
    size_t axis = axes.size();
    while (axis-- > 0) {
      a += axes[axis].a;
      b += axes[axis].b;
      if (++index[axis] < axes[axis].size)
        break;
      a -= axes[axis].a * axes[axis].size;
      b -= axes[axis].b * axes[axis].size;
      index[axis] = 0;
    }
    if (axis == size_t(-1))
      return;
  }
}

static float *gatherAxis(const Gather &gather, size_t axis, int64_t offset,
                         const float *x, float *y) {
  const bool isInner = axis + 1 == gather.offsets.size();
  for (int64_t step : gather.offsets[axis]) {
    const int64_t at =
        step == outside || offset == outside ? outside : offset + step;
    if (isInner)
      *y++ = at == outside ? gather.fill : x[at];
    else
      y = gatherAxis(gather, axis + 1, at, x, y);
  }
  return y;
}

void Gather::run(const float *x, float *y) const {
  if (offsets.empty())
    *y = *x;
  else
    gatherAxis(*this, 0, 0, x, y);
}

} // namespace quench::interpret
