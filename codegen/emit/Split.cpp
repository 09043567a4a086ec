// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls that several workers share: the function that hands out the parts, and
// the text of a call on one part.

#include "codegen/emit/Print.h"

#include "codegen/kernels/Catalogue.h"

using namespace quench;
using namespace quench::emit;
using kernels::CppWriter;

void emit::printSplit(CppWriter &w) {
  w.blank();
  w.comment("Runs a call in parts: a worker gets a range of the `count` items, "
            "which begins at a multiple of `step`, and the offset of its share "
            "of `scratch` bytes. The numbers alone decide who computes what.");
  w.line("template <typename Run>");
  CppWriter::Block body =
      w.function("static void", "split",
                 {"const Tensors &t", "int32_t count", "int32_t step",
                  "ptrdiff_t scratch", "const Run &run"});
  {
    CppWriter::Block job = w.block("struct Job", ";");
    w.line("const Run &run;");
    w.line("int32_t count, step;");
    w.line("ptrdiff_t share;");
  }
  {
    CppWriter::Block task = w.block(
        "const qrt_task task = [](void *context, qrt_range range, int32_t "
        "worker)",
        ";");
    w.line("const Job &job = *static_cast<const Job *>(context);");
    w.line("job.run(qrt_items(range, job.step, job.count), "
           "worker * job.share);");
  }
  w.line("const int32_t units = (count - 1) / step + 1;");
  w.line("const int32_t workers = qrt_threads_count(t.pool);");
  w.line("Job job = {run, count, step, scratch / (workers < units ? workers : "
         "units) / 64 * 64};");
  w.line("qrt_parallel_for(t.pool, units, task, &job);");
}

void emit::printSplitCall(CppWriter &w, const Model &model, const Call &call,
                          std::vector<std::string> arguments) {
  const kernels::Split &split = *call.split;
  const std::string axis(split.axis);
  const kernels::SplitRow *row =
      kernels::findSplit(kernels::findKernel(call.kernel)->op, split.axis);
  const ParamConstant &params = model.params[call.arguments[0].index];
  const std::string type = params.type->name;

  size_t pointer = 0;
  for (size_t i = 0; i < call.arguments.size(); ++i)
    switch (call.arguments[i].kind) {
    case Argument::Params:
      arguments[i] = "&part.p";
      break;
    case Argument::Scratch:
      arguments[i] += " + share";
      break;
    case Argument::Address:
      if (const std::string_view move = row->moves[pointer++]; !move.empty())
        arguments[i] += " + part." + std::string(move);
      break;
    case Argument::Null:
      ++pointer;
      break;
    case Argument::Number:
      break;
    }

  CppWriter::Block body = w.block(
      "split(t, " + std::to_string(split.count) + ", " +
          std::to_string(split.step) + ", " +
          std::to_string(call.scratchBytes) + ", [&](qrt_range " + axis +
          ", ptrdiff_t" + (call.scratchBytes ? " share" : "") + ")",
      ");");
  w.line("const " + type + "_part part = " + type + "_" + axis + "(" + "&" +
         params.name + ", " + axis +
         (split.column ? ", " + std::to_string(split.column) : "") + ");");
  w.line(callText(call, arguments));
}

std::string emit::callText(const Call &call,
                           const std::vector<std::string> &arguments) {
  std::string text = call.kernel + "(";
  for (size_t i = 0; i < arguments.size(); ++i)
    text += (i ? ", " : "") + arguments[i];
  return text + ");";
}
