// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The groups of a constant filter (docs/spec.md, T5), the same three attributes
// on q.constant and on qf.constant.

#ifndef QUENCH_DIALECTS_Q_GROUPS_H
#define QUENCH_DIALECTS_Q_GROUPS_H

#include "dialects/q/GroupSizes.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

#include <optional>

namespace quench::q {

struct Groups {
  int64_t bits; ///< of a narrow code
  int64_t size; ///< input channels in a group
  /// i8, the filter's shape with as many on the last axis as a tap has groups.
  mlir::ElementsAttr multipliers;
};

/// Those of a constant; none where it has no groups.
std::optional<Groups> groupsOf(mlir::Operation *constant);
void setGroups(mlir::Operation *constant, const Groups &groups);
/// Gives `to` the groups of `from`, if it has any.
void copyGroups(mlir::Operation *from, mlir::Operation *to);

/// Shape of the multipliers of a filter.
llvm::SmallVector<int64_t> multipliersShape(llvm::ArrayRef<int64_t> filter,
                                            int64_t size);

/// For each code of a filter, in order, the multiplier of its group.
std::vector<int8_t> multipliersOfCodes(const Groups &groups,
                                       llvm::ArrayRef<int64_t> filter);

/// T5: the attributes come together, and every code is a multiple of its
/// group's multiplier, by a narrow code. Reports on `op`.
mlir::LogicalResult verifyGroups(mlir::Operation *op, mlir::ElementsAttr codes);

} // namespace quench::q

#endif // QUENCH_DIALECTS_Q_GROUPS_H
