// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quench qconfig: the presets, and the text of one to start a file from.

#include "compiler/driver/commands/Commands.h"

#include "llvm/Support/Format.h"

using namespace llvm;
using namespace quench;

static void listPresets() {
  for (const quantize::QConfig &preset : quantize::presets())
    outs() << left_justify(preset.name, 13) << preset.summary << '\n';
}

Exit quench::runQConfig(Arguments arguments, const char *) {
  QConfigOptions options;
  Command command;
  command.name = "qconfig";
  command.usage = "[NAME|FILE] [options]";
  command.text =
      "Without an argument, lists the presets of --qconfig. With one, prints "
      "it\n"
      "as YAML: every key with its value, to be changed and given back as\n"
      "--qconfig=FILE. A FILE is checked, and completed from its base. The "
      "keys\n"
      "are explained in docs/quantization.md.\n";
  command.examples = "  quench qconfig\n"
                     "  quench qconfig default > mine.yaml\n"
                     "  quench qconfig mine.yaml\n"
                     "  quench quantize net.onnx --qconfig=mine.yaml "
                     "--calibrate=photos/ -o net.q.mlir\n";
  command.maxPositionals = 1;

  Exit exit = Exit::Ok;
  std::optional<Parsed> parsed = parseOrExit(command, arguments, exit);
  if (!parsed)
    return exit;
  if (parsed->positionals.empty()) {
    listPresets();
    return Exit::Ok;
  }
  options.source = parsed->positionals[0];
  Session session(/*isQuiet=*/false);
  Expected<quantize::QConfig> config = resolve(options);
  if (!config)
    return failQConfig(session, config.takeError());
  outs() << quantize::printQConfig(*config);
  return Exit::Ok;
}
