// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls in parts, bands or shares of workers: the function that hands out
// shares, and the text of a call on one part.

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

/// " - band * 1792 + 224": from where all of a tensor would begin to where its
/// window does; empty for other buffers.
static std::string windowText(const Buffer &buffer) {
  if (buffer.windowStep == 0)
    return {};
  const int64_t row = buffer.rowElements();
  return " - band * " + std::to_string(buffer.windowStep * row) +
         (buffer.windowBefore
              ? " + " + std::to_string(buffer.windowBefore * row)
              : "");
}

void emit::printPartCall(CppWriter &w, const Model &model, const Call &call,
                         std::vector<std::string> arguments) {
  const std::string axis(call.bands ? call.bands->axis : call.split->axis);
  const kernels::SplitRow *row =
      kernels::findSplit(kernels::findKernel(call.kernel)->op, axis);
  const ParamConstant &params = model.params[call.arguments[0].index];
  const std::string type = params.type->name;
  auto declarePart = [&](const std::string &name, const std::string &whole,
                         const std::string &items, int32_t column) {
    w.line("const " + type + "_part " + name + " = " + type + "_" + axis +
           "(&" + whole + ", " + items +
           (column ? ", " + std::to_string(column) : "") + ");");
  };

  size_t pointer = 0;
  for (size_t i = 0; i < call.arguments.size(); ++i)
    switch (call.arguments[i].kind) {
    case Argument::Params:
      arguments[i] = call.split ? "&part.p" : "&slice.p";
      break;
    case Argument::Scratch:
      if (call.split)
        arguments[i] += " + share";
      break;
    case Argument::Address: {
      const std::string move(row->moves[pointer++]);
      if (move.empty())
        break;
      const std::string window =
          windowText(model.buffers[call.arguments[i].index]);
      if (call.bands)
        arguments[i] +=
            " + " + (window.empty() ? "slice." + move
                                    : "(slice." + move + window + ")");
      if (call.split)
        arguments[i] += " + part." + move;
      break;
    }
    case Argument::Null:
      ++pointer;
      break;
    case Argument::Number:
      break;
    }

  std::string whole = params.name, count;
  std::optional<CppWriter::Block> scope;
  if (call.bands) {
    const kernels::Bands &bands = *call.bands;
    const std::string items = "qrt_band(" + std::to_string(bands.count) + ", " +
                              std::to_string(bands.step) + ", " +
                              std::to_string(bands.ahead) + ", band)";
    scope.emplace(w.block(""));
    if (call.split) {
      w.line("const qrt_range all = " + items + ";");
      declarePart("slice", whole, "all", 0);
      whole = "slice.p";
      count = "all.end - all.begin";
    } else {
      declarePart("slice", whole, items, 0);
    }
  } else {
    count = std::to_string(call.split->count);
  }
  if (!call.split) {
    w.line(callText(call, arguments));
    return;
  }
  CppWriter::Block body = w.block(
      "split(t, " + count + ", " + std::to_string(call.split->step) + ", " +
          std::to_string(call.scratchBytes) + ", [&](qrt_range " + axis +
          ", ptrdiff_t" + (call.scratchBytes ? " share" : "") + ")",
      ");");
  declarePart("part", whole, axis, call.split->column);
  w.line(callText(call, arguments));
}

std::string emit::callText(const Call &call,
                           const std::vector<std::string> &arguments) {
  std::string text = call.kernel + "(";
  for (size_t i = 0; i < arguments.size(); ++i)
    text += (i ? ", " : "") + arguments[i];
  return text + ");";
}
