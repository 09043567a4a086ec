// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quench dump.

#include "compiler/driver/Dump.h"
#include "compiler/driver/Inputs.h"
#include "compiler/driver/Output.h"
#include "compiler/driver/commands/Commands.h"

#include "llvm/Support/FormatVariadic.h"

using namespace quench;

Exit quench::runDump(Arguments arguments, const char *) {
  bool isJson = false, isMlir = false, isQuiet = false;

  Command command;
  command.name = "dump";
  command.usage = "FILE.qfb [options]";
  command.text =
      "Prints what a quantized model in a .qfb file holds: format version and\n"
      "source, inputs and outputs with scales, how inputs are prepared, what "
      "was\n"
      "calibrated, the ops, and where the bytes go. For ONNX and MLIR files "
      "see\n"
      "'quench inspect'.\n";
  command.examples =
      "  quench quantize net.onnx --calibrate=photos/ --mean=127 --std=128 "
      "-o net.qfb\n"
      "  quench dump net.qfb\n"
      "  quench dump net.qfb --json | python3 -m json.tool\n"
      "  quench dump net.qfb --mlir > net.q.mlir   # to read, edit, compile\n";
  command.minPositionals = command.maxPositionals = 1;
  command.groups = {
      {"Output",
       {flag("json", isJson, "the same, and all scales, as JSON"),
        flag("mlir", isMlir,
             "the graph as MLIR text of level q, weights included"),
        quietOption(isQuiet)}}
  };

  Exit exit = Exit::Ok;
  std::optional<Parsed> parsed = parseOrExit(command, arguments, exit);
  if (!parsed)
    return exit;
  Session session(isQuiet);
  const std::string &path = parsed->positionals[0];
  if (isJson && isMlir)
    return session.fail(Exit::Usage, "--json and --mlir exclude each other");
  artefact::Summary summary;
  auto module = readArtefact(session, path, exit, summary);
  if (module && isMlir)
    exit = writeModule(session, *module, "-", /*locations=*/true);
  if (module && !isMlir) {
    mlir::FailureOr<Dump> dump = makeDump(*module, summary);
    if (failed(dump))
      exit = Exit::Failed;
    else if (isJson)
      llvm::outs() << llvm::formatv("{0:2}", toJson(*dump)) << '\n';
    else
      printDump(*dump, llvm::outs());
  }
  session.printErrorSummary();
  return exit;
}
