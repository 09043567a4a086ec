// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What one run of a tool has: the MLIR context, printed diagnostics, progress,
// and the exit code.

#ifndef QUENCH_COMPILER_DRIVER_SESSION_H
#define QUENCH_COMPILER_DRIVER_SESSION_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"

#include <chrono>
#include <optional>

namespace quench {

/// Exit codes of `quench`; part of its interface.
enum class Exit {
  Ok = 0,
  Failed = 1, ///< the model cannot be compiled, or a check failed
  Usage = 2,  ///< wrong command line
  Io = 3,     ///< a file or program is missing, unreadable or unwritable
};

/// Errors go to stderr as
///   quench: error: 'conv1': filter expects 8 input channels, but input has 16
/// with the node's name, or file:line:column for MLIR text. One session a
/// process.
class Session {
public:
  explicit Session(bool isQuiet);
  ~Session();

  mlir::MLIRContext &context() { return mlirContext; }

  /// Prints an error that has no place in the model.
  Exit fail(Exit code, const llvm::Twine &message);
  /// The same for an llvm::Error; returns `code`, or Ok if there is none.
  Exit fail(Exit code, llvm::Error error);
  bool hasErrors() const { return errors > 0; }
  /// A remark that is no error; not printed when quiet.
  void say(const llvm::Twine &message);

  /// Says what is being done. The last step is closed with its duration by the
  /// next call, or by finish().
  void step(const llvm::Twine &what);
  /// Changes what the running step is called.
  void relabel(const llvm::Twine &what);
  /// Progress within a step, on terminals only and ten times a second at most.
  void progress(int64_t done, std::optional<int64_t> total);
  void finish();

  /// "2 errors", for the last line; nothing for fewer than two.
  void printErrorSummary();

  /// While it lives, steps, progress and remarks of what is a part of the
  /// running step are not shown. Errors are.
  class Hush {
  public:
    explicit Hush(Session &session) : session(session) { ++session.hushed; }
    ~Hush() { --session.hushed; }
    Hush(const Hush &) = delete;

  private:
    Session &session;
  };

private:
  mlir::LogicalResult report(mlir::Diagnostic &diagnostic);

  mlir::MLIRContext mlirContext;
  bool isQuiet;
  bool isTerminal;
  int64_t errors = 0;
  int hushed = 0;
  std::string current;
  std::chrono::steady_clock::time_point begin, shown;
};

/// "12 of 60", and when the step has taken more than two seconds also
/// ", 8 s left", or ", 6.0 a second" where the total is not known.
std::string progressText(int64_t done, std::optional<int64_t> total,
                         double seconds);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_SESSION_H
