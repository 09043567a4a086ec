// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mains of the tools for those who work on Quench; each reads its command
// line and returns the exit code. Their options are global (llvm::cl), so each is
// a library of its own.

#ifndef QUENCH_COMPILER_DRIVER_DEVELOPER_TOOLS_H
#define QUENCH_COMPILER_DRIVER_DEVELOPER_TOOLS_H

namespace quench {

/// quench-import: an ONNX model in, its nn or qf module on standard output.
int runImportTool(int argc, char **argv);

/// quench-run: executes a function of the nn, qf or q level.
int runRunTool(int argc, char **argv);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_DEVELOPER_TOOLS_H
