// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic of permutations.

#include "compiler/export/onnx/Layout.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>
#include <numeric>

using namespace quench;
using namespace quench::exporter;

Perm quench::exporter::identityPerm(int64_t rank) {
  Perm perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  return perm;
}

Perm quench::exporter::channelsFirstPerm(int64_t rank) {
  Perm perm = identityPerm(rank);
  if (rank > 2)
    std::rotate(perm.begin() + 1, perm.end() - 1, perm.end());
  return perm;
}

Perm quench::exporter::inversePerm(DimsRef perm) {
  Perm inverse(perm.size());
  for (auto [i, axis] : llvm::enumerate(perm))
    inverse[axis] = i;
  return inverse;
}

Dims quench::exporter::permuted(DimsRef values, DimsRef perm) {
  Dims result;
  for (int64_t axis : perm)
    result.push_back(values[axis]);
  return result;
}

Dims quench::exporter::placesOf(DimsRef perm, DimsRef axes) {
  Dims places = permuted(inversePerm(perm), axes);
  llvm::sort(places);
  return places;
}

Perm quench::exporter::withoutAxes(DimsRef perm, DimsRef axes) {
  Perm result;
  for (int64_t axis : perm)
    if (!llvm::is_contained(axes, axis))
      result.push_back(axis - llvm::count_if(axes, [&](int64_t dropped) {
                         return dropped < axis;
                       }));
  return result;
}

/// The axes in `perm` whose size is not 1.
static Dims longAxes(DimsRef shape, DimsRef perm) {
  Dims axes;
  for (int64_t axis : perm)
    if (shape[axis] != 1)
      axes.push_back(axis);
  return axes;
}

bool quench::exporter::sameBytes(DimsRef shape, DimsRef perm, DimsRef other) {
  return longAxes(shape, perm) == longAxes(shape, other);
}

std::optional<Perm> quench::exporter::reshapedPerm(DimsRef from, DimsRef perm,
                                                   DimsRef to) {
  const Dims before = longAxes(from, identityPerm(from.size()));
  const Dims after = longAxes(to, identityPerm(to.size()));
  if (permuted(from, before) != permuted(to, after))
    return std::nullopt;
  auto moved = [&](int64_t axis) {
    return after[llvm::find(before, axis) - before.begin()];
  };
  // Axes of size 1 of the result, to be given a place.
  Dims ones;
  for (auto [axis, size] : llvm::enumerate(to))
    if (size == 1)
      ones.push_back(axis);
  Perm result;
  if (from.size() == to.size()) {
    const int64_t *one = ones.begin();
    for (int64_t axis : perm)
      result.push_back(from[axis] == 1 ? *one++ : moved(axis));
    return result;
  }
  Dims order;
  for (int64_t axis : longAxes(from, perm))
    order.push_back(moved(axis));
  for (Perm wish : {channelsFirstPerm(to.size()), identityPerm(to.size())})
    if (longAxes(to, wish) == order)
      return wish;
  result = ones;
  llvm::append_range(result, order);
  return result;
}

std::vector<char> quench::exporter::permutedBytes(llvm::ArrayRef<char> bytes,
                                                  DimsRef shape, DimsRef perm,
                                                  size_t elementBytes) {
  const size_t rank = shape.size();
  Dims strides(rank, 1);
  for (size_t i = rank; i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  const Dims sizes = permuted(shape, perm), steps = permuted(strides, perm);
  std::vector<char> result(bytes.size());
  Dims index(rank, 0);
  int64_t from = 0;
  for (size_t at = 0; at < result.size(); at += elementBytes) {
    std::memcpy(&result[at], bytes.data() + from * elementBytes, elementBytes);
    for (size_t axis = rank; axis-- > 0;) {
      from += steps[axis];
      if (++index[axis] < sizes[axis])
        break;
      from -= steps[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
  return result;
}
