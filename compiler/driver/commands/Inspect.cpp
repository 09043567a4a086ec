// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quench inspect, quench targets.

#include "compiler/driver/Inspect.h"
#include "compiler/driver/StoredPreprocess.h"
#include "compiler/driver/commands/Commands.h"

#include "llvm/Support/raw_ostream.h"

using namespace quench;

Exit quench::runInspect(Arguments arguments, const char *) {
  LowerOptions lowerOptions;
  std::string level;
  bool isQuiet = false;

  Command command;
  command.name = "inspect";
  command.usage = "MODEL [--level=LEVEL] [options]";
  command.text =
      "Prints what is in a model: level, inputs and outputs, MACs, bytes of\n"
      "weights, and a line per layer; with --level=plan also the arena and\n"
      "kernels. Going to a deeper level takes the options of 'compile'.\n";
  command.examples =
      "  quench inspect net.onnx\n"
      "  quench inspect net_qdq.onnx --level=plan --target=x86_avx2\n";
  command.minPositionals = command.maxPositionals = 1;
  std::vector<std::string> words;
  for (Phase phase : {Phase::NN, Phase::QF, Phase::Q, Phase::Plan})
    words.push_back(row(phase).name);
  command.groups = {
      {"Output",
       {choice(
            "level", words, [&](size_t i) { level = words[i]; },
            "lower the model first; default: as it is"),
        targetOption(lowerOptions.targets), quietOption(isQuiet)}},
      inputGroup(lowerOptions),
      quantizeGroup(lowerOptions),
      preprocessGroup(lowerOptions.calibration)
  };

  Exit exit = Exit::Ok;
  std::optional<Parsed> parsed = parseOrExit(command, arguments, exit);
  if (!parsed)
    return exit;
  if (lowerOptions.targets.empty())
    lowerOptions.targets = {hostTarget().str()};
  lowerOptions.selftest = false;
  Session session(isQuiet || level.empty());
  auto module =
      readModel(session, parsed->positionals[0], lowerOptions.input, exit);
  if (module)
    exit = resolvePreprocess(session, *module, lowerOptions.calibration);
  if (exit == Exit::Ok && !level.empty())
    exit = lower(session, *module, *findPhase(level), lowerOptions);
  if (exit == Exit::Ok)
    inspect(*module, llvm::outs());
  session.printErrorSummary();
  return exit;
}

Exit quench::runTargets(Arguments arguments, const char *) {
  Command command;
  command.name = "targets";
  command.text = "Lists the instruction sets that code can be made for.\n";
  Exit exit = Exit::Ok;
  if (parseOrExit(command, arguments, exit))
    printTargets(llvm::outs());
  return exit;
}
