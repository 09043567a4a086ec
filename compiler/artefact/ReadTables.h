// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tables of a .qfb as MLIR's uniqued objects. The bytes have the shape of
// the schema (FlatBuffers has verified that); what they say is not trusted.

#ifndef QUENCH_COMPILER_ARTEFACT_READTABLES_H
#define QUENCH_COMPILER_ARTEFACT_READTABLES_H

#include "compiler/artefact/qfb_generated.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/OperationSupport.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace quench::artefact {

class TableReader {
public:
  /// `file` is for diagnostics, `fileBytes` the size of it.
  TableReader(const qfb::Model &model, llvm::StringRef file, size_t fileBytes,
              mlir::MLIRContext *context);

  /// Reads all tables; after success the functions below answer.
  mlir::LogicalResult read();

  /// What an index stands for, or null and a diagnostic.
  mlir::StringAttr string(uint32_t index);
  mlir::Type type(uint32_t index);
  mlir::Attribute attribute(uint32_t index);
  mlir::LocationAttr location(uint32_t index);

  mlir::FailureOr<mlir::SmallVector<mlir::Type>>
  types(const flatbuffers::Vector<uint32_t> *indices);
  mlir::FailureOr<mlir::NamedAttrList>
  named(const flatbuffers::Vector<const qfb::Named *> *list);

  /// What is being read ("op 7"), for diagnostics.
  void setPlace(std::string text) { place = std::move(text); }
  /// "<file>: <place>: <what>".
  mlir::LogicalResult fail(const llvm::Twine &what);
  mlir::Location fileLocation() const { return fileLoc; }

  /// Counts bytes that are copied out of the file. Different rows may stand for
  /// the same bytes, so that a small file could ask for any amount of work; no
  /// writer makes such files.
  mlir::LogicalResult spend(uint64_t bytes);
  /// spend() for a vector; null is empty, and empty ones need no alignment. To
  /// be called before its elements are read: FlatBuffers verifies the alignment
  /// of the length only.
  template <typename T>
  mlir::LogicalResult spend(const flatbuffers::Vector<T> *list) {
    if (!list || list->size() == 0)
      return mlir::success();
    if (reinterpret_cast<uintptr_t>(list->Data()) % alignof(T))
      return fail("numbers are not aligned");
    return spend(uint64_t(list->size()) * sizeof(T));
  }
  mlir::FailureOr<std::string> text(const flatbuffers::String *text);

private:
  struct Entry {
    mlir::Attribute value;
    uint32_t depth = 1; ///< attributes within each other
    uint32_t size = 1;  ///< number of attributes when spelled out
  };

  mlir::LogicalResult readType(const qfb::Type &row);
  mlir::FailureOr<mlir::Type> elementType(const qfb::Type &row);
  mlir::FailureOr<mlir::Type> quantizedType(const qfb::Type &row);
  mlir::LogicalResult readAttribute(const qfb::Attribute &row);
  mlir::LogicalResult checkConstants();

  mlir::Attribute read(const qfb::Integer &row);
  mlir::Attribute read(const qfb::Real &row);
  mlir::Attribute read(const qfb::Integers &row);
  mlir::Attribute read(const qfb::Reals &row);
  mlir::Attribute read(const qfb::List &row);
  mlir::Attribute read(const qfb::Dictionary &row);
  mlir::Attribute read(const qfb::Elements &row);
  mlir::Attribute read(const qfb::Mlir &row);
  mlir::Attribute read(const qfb::NameLocation &row);
  mlir::Attribute read(const qfb::FileLocation &row);
  mlir::Attribute read(const qfb::FusedLocation &row);
  mlir::Attribute read(const qfb::CallLocation &row);
  mlir::Attribute read(const qfb::Text &row);
  mlir::Attribute read(const qfb::TypeRef &row);

  /// fail() as a null attribute.
  mlir::Attribute none(const llvm::Twine &what);
  /// Element `index` of a table of `size`, or a diagnostic.
  mlir::LogicalResult checkIndex(uint32_t index, size_t size, const char *what);
  /// An attribute before the one that is being read, counted as a part of it.
  mlir::Attribute part(uint32_t index);
  mlir::LocationAttr locationPart(uint32_t index);

  const qfb::Model &model;
  mlir::MLIRContext *context;
  mlir::Location fileLoc;
  std::string place;
  uint64_t budget;
  std::vector<mlir::StringAttr> strings;
  std::vector<mlir::Type> typeList;
  std::vector<Entry> attributes;
  Entry current; ///< of the attribute that is being read
  /// The blob, aligned; resources share it.
  std::shared_ptr<char> blob;
  /// By constant, made with the first use.
  std::vector<std::optional<mlir::DenseResourceElementsHandle>> resources;
};

} // namespace quench::artefact

#endif // QUENCH_COMPILER_ARTEFACT_READTABLES_H
