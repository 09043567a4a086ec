// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constants of a plan: packed per kernel, each distinct array once.

#ifndef QUENCH_COMPILER_PLACE_WEIGHTS_H
#define QUENCH_COMPILER_PLACE_WEIGHTS_H

#include "codegen/kernels/Split.h"
#include "compiler/place/Program.h"
#include "dialects/plan/Plan.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <map>

namespace quench::place {

/// Hands out names that no other buffer of the model has.
class Names {
public:
  std::string unique(llvm::StringRef wanted);

private:
  llvm::StringSet<> taken;
  llvm::StringMap<unsigned> suffixes;
};

class Weights {
public:
  Weights(mlir::OpBuilder &builder, Names &names)
      : builder(builder), names(names) {}

  /// The buffer of a constant; the one made before if shape, elements and
  /// packing are equal. `alignment` is in bytes, that of an element or more.
  mlir::Value get(mlir::Location loc, llvm::StringRef name,
                  mlir::ElementsAttr value, llvm::StringRef packing,
                  int64_t alignment = 1);

  /// The pointers a kernel wants for a filtered call, and the bits of a bias
  /// (qrt_conv2d::bias_bits). `bias` is null where there is none.
  struct Packed {
    mlir::Value filter, bias, mul;
    int32_t biasBits = 0;
  };
  /// With `split` over channels, biases do not have 24 bits: those would have
  /// the high bits of a part behind the low ones of all.
  Packed pack(const Call &call, const kernels::Kernel &kernel,
              const std::optional<kernels::Split> &split);

  /// Puts the constants in an order that leaves few gaps between them: large
  /// alignments first.
  void sort(plan::ModelOp model);

private:
  /// The biases in as few bits as hold them.
  mlir::Value getBias(const Call &call, const kernels::PackedFilter &packed,
                      int bits);
  template <typename T>
  mlir::Value get(const Call &call, llvm::StringRef what,
                  llvm::ArrayRef<T> values, mlir::Type element,
                  llvm::StringRef packing, int64_t alignment);

  mlir::OpBuilder &builder;
  Names &names;
  /// By a hash of the bytes; compared in full on a hit.
  std::multimap<uint64_t, plan::WeightsOp> made;
};

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_WEIGHTS_H
