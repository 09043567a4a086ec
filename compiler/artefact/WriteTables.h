// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Strings, types, attributes and constants of a module, each once.

#ifndef QUENCH_COMPILER_ARTEFACT_WRITETABLES_H
#define QUENCH_COMPILER_ARTEFACT_WRITETABLES_H

#include "compiler/artefact/qfb_generated.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace quench::artefact {

/// Fills the tables of a model; each function returns an index. What has no
/// form leaves a sentence in error() and returns any index.
class TableWriter {
public:
  explicit TableWriter(qfb::ModelT &model) : model(model) {}

  uint32_t string(llvm::StringRef text);
  uint32_t type(mlir::Type type);
  uint32_t attribute(mlir::Attribute attribute);
  std::vector<uint32_t> types(mlir::TypeRange types);
  std::vector<qfb::Named> named(llvm::ArrayRef<mlir::NamedAttribute> list);

  /// The first thing that has no form, as the end of a sentence; empty: all is
  /// well.
  const std::string &error() const { return firstError; }

private:
  void fail(const llvm::Twine &what);
  uint32_t constant(llvm::ArrayRef<char> bytes, int32_t name,
                    uint64_t alignment);
  std::vector<uint32_t> list(llvm::ArrayRef<mlir::Attribute> items);
  bool setLocation(qfb::AttributeValueUnion &value, mlir::Attribute attribute);
  bool setNumbers(qfb::AttributeValueUnion &value, mlir::Attribute attribute);
  bool setElements(qfb::AttributeValueUnion &value, mlir::Attribute attribute);
  bool setOther(qfb::AttributeValueUnion &value, mlir::Attribute attribute);
  void setMlir(qfb::AttributeValueUnion &value, mlir::Attribute attribute);

  qfb::ModelT &model;
  std::string firstError;
  uint32_t depth = 0;
  uint64_t splatBytes = 0;
  llvm::StringMap<uint32_t> stringIndex;
  llvm::DenseMap<mlir::Type, uint32_t> typeIndex;
  llvm::DenseMap<mlir::Attribute, uint32_t> attributeIndex;
  llvm::DenseMap<llvm::StringRef, uint64_t> blobOffset; // by content
};

} // namespace quench::artefact

#endif // QUENCH_COMPILER_ARTEFACT_WRITETABLES_H
