// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the sources of all languages share: the layout of the weights, the
// tensors and where they are, the comment in front of a layer, the tables of
// the header.

#ifndef QUENCH_CODEGEN_EMIT_SOURCETEXT_H
#define QUENCH_CODEGEN_EMIT_SOURCETEXT_H

#include "codegen/emit/Print.h"

namespace quench::emit {

class SourceText {
protected:
  explicit SourceText(const Model &model)
      : model(model), prefix(model.prefix) {}

  void section(const std::string &title);
  /// The struct whose members are the constants, and the blob as one.
  void printWeightsLayout();
  /// `head = {fields};`, a line for each group of fields.
  void printFields(const ParamConstant &constant, const std::string &head);
  /// `Tensors` and bind(), which fills it in.
  void printTensors();
  /// layer_names, begin(), end().
  void printProfile();
  /// What the calls of a step compute, and why by this kernel.
  void printLayerComment(const std::vector<const Call *> &calls);
  /// qrt_tensor_info of inputs or outputs.
  void printInfoTable(const std::vector<size_t> &list, const char *direction);

  std::string argumentText(const Argument &argument) const;

  const Model &model;
  const std::string &prefix;
  kernels::CppWriter w;

private:
  void printBind();
  std::string shapesOf(const Call &call) const;
};

} // namespace quench::emit

#endif // QUENCH_CODEGEN_EMIT_SOURCETEXT_H
