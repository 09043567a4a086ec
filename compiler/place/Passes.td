// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes from q to plan.

#ifndef QUENCH_COMPILER_PLACE_PASSES_TD
#define QUENCH_COMPILER_PLACE_PASSES_TD

include "mlir/Pass/PassBase.td"

def Place : Pass<"place", "::mlir::ModuleOp"> {
  let summary = "Choose kernels, pack weights and assign addresses";
  let description = [{
    Replaces `func @main` on q ops by a `plan.model`:

    - every op becomes a kernel problem and `select` names a kernel for each
      target, by estimated cycles or by measured times (`timings`); calls that
      are the same on all targets appear once (variant -1);
    - constant operands are packed as the kernel reads them, equal arrays once;
    - reshapes, contiguous slices, and concatenations along the outermost axis
      are addresses, not calls; an operand that dies may be overwritten where
      the kernel allows it;
    - along channels, the parts of a concatenation or split are where the whole
      is if convolutions, poolings and resizes alone make and read them: these
      step over the channels of others (`x_gap`, `y_gap`);
    - runs of calls that compute rows from rows (convolutions, poolings, sums,
      tables) are computed band by band where that makes the arena smaller: of
      the tensors between them only the rows of a band exist (`window` of a slot,
      `bands` of a call);
    - slots get exact offsets in one arena.

    ```mlir
    func.func @main(%x: tensor<1x64x!a>) -> tensor<1x10x!b> {
      %y = q.linear %x, %w, %bias clamp [-128, 127]
      return %y
    }
    // becomes
    plan.model @net arena 0 targets ["x86_avx2"] {
      %x = plan.input 0 "x" : !plan.buffer<1x64xi8>
      %y = plan.output 0 "y" : !plan.buffer<1x10xi8>
      %w = plan.weights "fc_filter" ...
      plan.call 0 variant -1 "conv2d_s8_..." (%x, %w, %bias, %mul, %y) ...
    }
    ```

    Operands of a call follow the C parameters of its kernel after the struct.
    Plain parameters before the buffers (`select_last` of arg_max, `count` and
    `code` of fill) are in `leading`; fill has no struct: `params` is "".
    Kernels that take a scratch pointer get it at the end, null if they need no
    bytes of it; they lie in the arena while the call runs.

    Bands change no kernel and no result, and no row is computed twice: rows that
    the next band's windows reach are kept. Of all runs of calls, those are taken
    that give the smallest arena at no more than 3 % of their estimated cycles,
    and bands are as tall as that arena allows. `bands=false` leaves them out.

    With `threads` > 1, calls that take long enough get a `split`, their kernels
    are those with the cheapest largest part, and the scratch is large enough for
    all workers.
  }];
  let options = [
    ListOption<"targets", "targets", "std::string",
               "ISA levels to place for, the preferred one first">,
    Option<"modelName", "model-name", "std::string", /*default=*/"\"\"",
           "C identifier of the model; empty: made from quench.model">,
    Option<"optimizeSize", "optimize-size", "bool", /*default=*/"false",
           "Few kernels that layers share, even if others are quicker">,
    Option<"optionsText", "options-text", "std::string", /*default=*/"\"\"",
           "Text for the plan's `options`, repeated in emitted files">,
    Option<"threads", "threads", "int64_t", /*default=*/"1",
           "The most workers that share a call">,
    Option<"bands", "bands", "bool", /*default=*/"true",
           "Run calls band by band where that makes the arena smaller">,
    Option<"timings", "timings", "std::string", /*default=*/"\"\"",
           "File of measured times to choose kernels by (docs/tuning.md)">,
    Option<"cpu", "cpu", "std::string", /*default=*/"\"\"",
           "The CPU of that file; else the first that runs a target">
  ];
  let dependentDialects = ["::quench::plan::PlanDialect"];
  let statistics = [
    Statistic<"numCalls", "num-calls", "Kernel calls of one variant">,
    Statistic<"numMoved", "num-moved",
              "Calls that come earlier than in the model, for a smaller arena">,
    Statistic<"numViews", "num-views", "Tensors that share bytes of another">,
    Statistic<"numInPlace", "num-in-place", "Results that overwrite an operand">,
    Statistic<"numGroups", "num-groups", "Groups of calls that run in bands">,
    Statistic<"arenaBytes", "arena-bytes", "Bytes of the arena">,
    Statistic<"arenaBound", "arena-bound",
              "Most bytes alive at one step: no arena is smaller">];
}

def VerifyPlan : Pass<"verify-plan", "::mlir::ModuleOp"> {
  let summary = "Check every promise a placed model makes to the emitter";
  let description = [{
    An error for: a slot outside the arena, unaligned, or overlapping another
    that is alive at the same time (views and in-place results excepted); scratch
    that is too small for the workers of a call, or overlaps a slot alive at a
    call that uses it; a split other than the kernel's; a kernel that is not in
    the catalogue or cannot run on its variant's target; a parameter struct or
    operand count other than the kernel's; a buffer smaller than the call reads
    or writes, in any band; bands that are empty or do not agree within a group;
    a call that reads what nobody has written, or what another slot has
    overwritten since; steps out of order.
  }];
}

def ExplainPlan : Pass<"explain-plan", "::mlir::ModuleOp"> {
  let summary = "Print what was decided for each layer, and why";
  let description = [{
    Writes the text of `quench compile --explain` to the standard output: totals,
    calls with the kernels that were considered, notes of the passes, the arena.
    Changes nothing.
  }];
  let options = [
    Option<"json", "json", "bool", /*default=*/"false",
           "One JSON object instead of text">,
    Option<"brief", "brief", "bool", /*default=*/"false",
           "Without considered kernels, notes and the arena">
  ];
}

#endif // QUENCH_COMPILER_PLACE_PASSES_TD
