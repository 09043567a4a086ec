// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Diagnostics and progress on stderr.

#include "compiler/driver/Session.h"

#include "compiler/driver/Register.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace quench;

namespace {

/// The node's name, or file:line:column; empty if unknown.
std::string place(Location location) {
  if (auto named = dyn_cast<NameLoc>(location))
    return "'" + named.getName().str() + "'";
  if (auto file = dyn_cast<FileLineColLoc>(location))
    return file.getLine() == 0
               ? file.getFilename().str()
               : llvm::formatv("{0}:{1}:{2}", file.getFilename().getValue(),
                               file.getLine(), file.getColumn());
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location inner : fused.getLocations())
      if (std::string text = place(inner); !text.empty())
        return text;
  if (auto call = dyn_cast<CallSiteLoc>(location))
    return place(call.getCallee());
  return {};
}

StringRef severityName(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  return "error";
}

void print(const Diagnostic &diagnostic) {
  const std::string where = place(diagnostic.getLocation());
  llvm::errs() << "quench: " << severityName(diagnostic.getSeverity()) << ": ";
  if (!where.empty())
    llvm::errs() << where << ": ";
  llvm::errs() << diagnostic.str() << '\n';
}

} // namespace

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  registerAllDialects(registry);
  return registry;
}

Session::Session(bool isQuiet)
    : mlirContext(makeRegistry(), MLIRContext::Threading::DISABLED),
      isQuiet(isQuiet),
      isTerminal(llvm::sys::Process::StandardErrIsDisplayed()) {
  mlirContext.loadAllAvailableDialects();
  mlirContext.getDiagEngine().registerHandler(
      [this](Diagnostic &diagnostic) { return report(diagnostic); });
}

Session::~Session() { finish(); }

LogicalResult Session::report(Diagnostic &diagnostic) {
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
    ++errors;
  if ((isQuiet || hushed) &&
      diagnostic.getSeverity() == DiagnosticSeverity::Remark)
    return success();
  print(diagnostic);
  // MLIR's own note shows the operation as text: its location is above.
  for (const Diagnostic &note : diagnostic.getNotes())
    if (!StringRef(note.str()).starts_with("see current operation"))
      print(note);
  return success();
}

Exit Session::fail(Exit code, const Twine &message) {
  ++errors;
  llvm::errs() << "quench: error: " << message << '\n';
  return code;
}

Exit Session::fail(Exit code, llvm::Error error) {
  if (!error)
    return Exit::Ok;
  return fail(code, llvm::toString(std::move(error)));
}

void Session::say(const Twine &message) {
  if (!isQuiet && !hushed)
    llvm::errs() << "quench: " << message << '\n';
}

void Session::relabel(const Twine &what) {
  if (!hushed)
    current = what.str();
}

void Session::step(const Twine &what) {
  if (hushed)
    return;
  finish();
  current = what.str();
  begin = std::chrono::steady_clock::now();
  shown = {};
}

std::string quench::progressText(int64_t done, std::optional<int64_t> total,
                                 double seconds) {
  constexpr double worthTelling = 2;
  std::string text = std::to_string(done);
  if (total)
    text += " of " + std::to_string(*total);
  if (seconds < worthTelling || done < 1)
    return text;
  const double each = seconds / double(done);
  return text +
         (total ? llvm::formatv(", {0:F0} s left", double(*total - done) * each)
                : llvm::formatv(", {0:F1} a second", 1 / each))
             .str();
}

void Session::progress(int64_t done, std::optional<int64_t> total) {
  if (isQuiet || hushed || !isTerminal)
    return;
  const auto now = std::chrono::steady_clock::now();
  if (now - shown < std::chrono::milliseconds(100) && done != total)
    return;
  shown = now;
  const std::chrono::duration<double> seconds = now - begin;
  llvm::errs() << "\rquench: " << current << ": "
               << progressText(done, total, seconds.count()) << "\x1b[K";
}

void Session::finish() {
  if (current.empty() || hushed)
    return;
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - begin;
  if (!isQuiet) {
    if (isTerminal)
      llvm::errs() << "\r\x1b[K";
    llvm::errs() << llvm::formatv("quench: {0} ({1:F1} s)\n", current,
                                  seconds.count());
  }
  current.clear();
}

void Session::printErrorSummary() {
  if (errors > 1)
    llvm::errs() << "quench: " << errors << " errors\n";
}
