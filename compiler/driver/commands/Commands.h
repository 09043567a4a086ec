// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The subcommands of quench. Each parses its arguments and returns the exit
// code.

#ifndef QUENCH_COMPILER_DRIVER_COMMANDS_COMMANDS_H
#define QUENCH_COMPILER_DRIVER_COMMANDS_COMMANDS_H

#include "codegen/targets/Platforms.h"
#include "compiler/driver/CommandLine.h"
#include "compiler/driver/Lower.h"
#include "compiler/driver/Session.h"

namespace quench {

using Arguments = llvm::ArrayRef<const char *>;

struct CommandRow {
  const char *name;
  const char *summary;
  Exit (*run)(Arguments arguments, const char *program);
};

/// The whole of `quench`: chooses the subcommand, or prints help, version or
/// support. Returns the exit code.
int runQuench(int argc, char **argv);

Exit runCompile(Arguments arguments, const char *program);
Exit runQuantize(Arguments arguments, const char *program);
Exit runReport(Arguments arguments, const char *program);
Exit runRun(Arguments arguments, const char *program);
Exit runPrepare(Arguments arguments, const char *program);
Exit runInspect(Arguments arguments, const char *program);
Exit runDump(Arguments arguments, const char *program);
Exit runTargets(Arguments arguments, const char *program);
Exit runQConfig(Arguments arguments, const char *program);

/// Parses, or prints help or a usage error; then `exit` is set and the result
/// is empty.
std::optional<Parsed> parseOrExit(const Command &command, Arguments arguments,
                                  Exit &exit);

/// Options that several subcommands have.
OptionGroup inputGroup(LowerOptions &options);
OptionGroup quantizeGroup(LowerOptions &options);
OptionGroup mixedGroup(LowerOptions &options);
OptionGroup preprocessGroup(DataOptions &options);
Option quietOption(bool &isQuiet);
/// --target: names, comma-separated; "host" becomes the best of this machine.
/// \param platform  gets the platform, if one is named. If null, a platform
///                  stands for its levels only.
Option targetOption(std::vector<std::string> &targets,
                    const targets::Platform **platform = nullptr);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_COMMANDS_COMMANDS_H
