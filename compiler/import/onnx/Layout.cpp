// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Permutations, and reshapes of permuted values.

#include "Layout.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

using namespace quench::importer;

Perm quench::importer::identityPerm(int64_t rank) {
  return llvm::to_vector<4>(llvm::seq<int64_t>(0, rank));
}

Perm quench::importer::channelsLastPerm(int64_t rank) {
  Perm perm = identityPerm(rank);
  if (rank > 2)
    std::rotate(perm.begin() + 1, perm.begin() + 2, perm.end());
  return perm;
}

Perm quench::importer::inversePerm(DimsRef perm) {
  Perm inverse(perm.size());
  for (auto [index, axis] : llvm::enumerate(perm))
    inverse[axis] = index;
  return inverse;
}

bool quench::importer::isIdentity(DimsRef perm) {
  return llvm::all_of(llvm::enumerate(perm), [](auto entry) {
    return int64_t(entry.index()) == entry.value();
  });
}

Dims quench::importer::permuted(DimsRef shape, DimsRef perm) {
  Dims result;
  for (int64_t axis : perm)
    result.push_back(shape[axis]);
  return result;
}

Perm quench::importer::conversion(DimsRef from, DimsRef to) {
  return permuted(inversePerm(from), to);
}

/// The axes of `perm` whose size is not 1, in physical order.
static Dims wideAxes(DimsRef shape, DimsRef perm) {
  Dims axes;
  for (int64_t axis : perm)
    if (shape[axis] != 1)
      axes.push_back(axis);
  return axes;
}

bool quench::importer::sameElementOrder(DimsRef shape, DimsRef from,
                                        DimsRef to) {
  return wideAxes(shape, from) == wideAxes(shape, to);
}

std::optional<ReshapePlan>
quench::importer::planReshape(DimsRef shape, DimsRef perm, DimsRef result) {
  const Dims in = wideAxes(shape, identityPerm(shape.size()));
  const Dims out = wideAxes(result, identityPerm(result.size()));

  // The smallest groups of axes with equal products.
  struct Group {
    Dims in, out;
  };
  llvm::SmallVector<Group> groups;
  for (size_t i = 0, j = 0; i < in.size() || j < out.size();) {
    if (i == in.size() || j == out.size())
      return std::nullopt; // the sizes differ
    Group group{{in[i]}, {out[j]}};
    int64_t inSize = shape[in[i++]], outSize = result[out[j++]];
    while (inSize != outSize) {
      if (inSize < outSize) {
        if (i == in.size())
          return std::nullopt;
        group.in.push_back(in[i]);
        inSize *= shape[in[i++]];
      } else {
        if (j == out.size())
          return std::nullopt;
        group.out.push_back(out[j]);
        outSize *= result[out[j++]];
      }
    }
    groups.push_back(std::move(group));
  }

  // Each group must lie together and in order in the physical value.
  ReshapePlan plan;
  const Dims physical = wideAxes(shape, perm);
  for (size_t at = 0; at < physical.size();) {
    const Group *group = llvm::find_if(groups, [&](const Group &candidate) {
      return candidate.in.front() == physical[at];
    });
    if (group == groups.end() || DimsRef(physical).slice(at).take_front(
                                     group->in.size()) != DimsRef(group->in))
      return std::nullopt;
    at += group->in.size();
    llvm::append_range(plan.perm, group->out);
  }

  // Axes of size 1 may stand anywhere: each goes behind its left neighbour.
  for (int64_t axis : llvm::seq<int64_t>(0, result.size())) {
    if (result[axis] != 1)
      continue;
    auto *left = axis == 0 ? plan.perm.begin()
                           : std::next(llvm::find(plan.perm, axis - 1));
    plan.perm.insert(left, axis);
  }
  plan.physical = permuted(result, plan.perm);
  return plan;
}
