// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Chooses the subcommand of quench; help, version and support tables.

#include "compiler/driver/Inspect.h"
#include "compiler/driver/commands/Commands.h"
#include "qrt/qrt.h"

#include "llvm/ADT/STLExtras.h"

#include <csignal>
#include <iterator>

using namespace quench;

static constexpr CommandRow commands[] = {
    {"compile",  "a model to source, object or program",             runCompile },
    {"quantize", "a float model to its quantized form",              runQuantize},
    {"report",   "what quantization costs, layer by layer",          runReport  },
    {"run",      "execute a model by the interpreter",               runRun     },
    {"prepare",  "pictures to the .npy inputs of compiled programs", runPrepare },
    {"inspect",  "what is in a model: layers, MACs, bytes, arena",   runInspect },
    {"targets",  "the instruction sets code can be made for",        runTargets },
};

static constexpr const char header[] =
    "usage: quench COMMAND ... | --print-support | --version | --help\n"
    "\n"
    "Quench compiles a neural network to integer C++ for one machine family:\n"
    "the same bytes on every machine, no interpreter, no heap.\n"
    "\n"
    "Commands ('quench COMMAND --help' for options and examples):\n";

static constexpr const char footer[] =
    "\n"
    "The first steps:\n"
    "  quench inspect net.onnx\n"
    "  quench compile net.onnx --calibrate=photos/ --mean=127 --std=128 \\\n"
    "      --emit=exe -o out/\n"
    "  quench prepare net.onnx cat.jpg --mean=127 --std=128 -o cat.npy\n"
    "  out/net cat.npy --top 5\n"
    "\n"
    "Exit codes: 0 success, 1 the model cannot be compiled, 2 wrong command\n"
    "line, 3 a file or program is missing, unreadable (also damaged data) or\n"
    "unwritable.\n";

static void printUsage(llvm::raw_ostream &os) {
  os << header;
  for (const CommandRow &command : commands)
    os << "  " << command.name
       << std::string(12 - std::string(command.name).size(), ' ')
       << command.summary << '\n';
  os << footer;
}

static Exit runGlobal(llvm::StringRef word) {
  if (word == "--help" || word == "-h" || word == "help") {
    printUsage(llvm::outs());
    return Exit::Ok;
  }
  if (word == "--version") {
    llvm::outs() << "quench " QRT_VERSION "\n";
    return Exit::Ok;
  }
  if (word == "--print-support") {
    Session session(/*isQuiet=*/true);
    printSupport(session.context(), llvm::outs());
    return Exit::Ok;
  }
  std::vector<std::string> known = {"--help", "--version", "--print-support"};
  for (const CommandRow &command : commands)
    known.push_back(command.name);
  const std::string near = nearest(word, known);
  llvm::errs() << "quench: error: unknown command '" << word << "'"
               << (near.empty() ? "" : "; did you mean '" + near + "'?")
               << "\nquench: note: 'quench --help' lists the commands\n";
  return Exit::Usage;
}

/// Text that did not arrive is an error; left to the stream's destructor it
/// would be a crash.
static Exit flushOutput(Exit exit) {
  llvm::outs().flush();
  if (!llvm::outs().has_error())
    return exit;
  llvm::errs() << "quench: error: cannot write to the standard output: "
               << llvm::outs().error().message() << '\n';
  llvm::outs().clear_error();
  return exit == Exit::Ok ? Exit::Io : exit;
}

int quench::runQuench(int argc, char **argv) {
  if (argc < 2) {
    printUsage(llvm::errs());
    return int(Exit::Usage);
  }
  // A write beyond the limit is an error like that of a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  const Arguments arguments(argv + 2, argv + argc);
  const CommandRow *command = llvm::find_if(commands, [&](const auto &row) {
    return llvm::StringRef(argv[1]) == row.name;
  });
  const Exit exit = command == std::end(commands)
                        ? runGlobal(argv[1])
                        : command->run(arguments, argv[0]);
  return int(flushOutput(exit));
}
