// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which times are missing, and the run that measures them.

#include "compiler/driver/Tune.h"

#include "codegen/emit/Files.h"
#include "codegen/kernels/Timings.h"
#include "compiler/driver/TimingProgram.h"
#include "compiler/place/Program.h"
#include "qrt/cpu.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

using namespace mlir;
using namespace quench;
using kernels::Candidates;
using kernels::TimingsFile;

namespace {

/// The processor's own name for itself; empty where it has none.
std::string brandName() {
#if defined(__x86_64__) || defined(__i386__)
  uint32_t words[12] = {};
  for (unsigned i = 0; i < 3; ++i)
    if (!__get_cpuid(0x80000002 + i, &words[4 * i], &words[4 * i + 1],
                     &words[4 * i + 2], &words[4 * i + 3]))
      return "";
  char text[sizeof words + 1] = {};
  std::memcpy(text, words, sizeof words);
  return StringRef(text).trim().str();
#else
  return "";
#endif
}

/// Each pass runs all contests; what disturbs one seldom disturbs the other.
constexpr int passes = 2;

class Tuner {
public:
  Tuner(Session &session, const TuneOptions &options)
      : session(session), options(options),
        cpu(options.cpu.empty() ? hostCpu() : options.cpu) {}

  Exit run(ModuleOp module, const std::vector<std::string> &targets);

private:
  Exit read();
  void add(const kernels::Problem &problem, const targets::Target &target);
  void tellWhatIsLeft(const targets::Target &target);
  Exit measure();
  llvm::Error build(emit::Staging &staging, const Toolchain &toolchain);
  llvm::Error runContest(emit::Staging &staging, size_t index);

  Session &session;
  const TuneOptions &options;
  std::string cpu;
  TimingsFile file;
  /// What is to be measured, and by which texts it is found.
  std::vector<Candidates> contests;
  std::map<std::string, size_t> indices;
  /// Problems of a target whose times are missing and stay so.
  std::set<std::string> left;
  /// The shortest of all passes.
  kernels::Timings measured;
};

/// A file that is not there yet has no times.
Exit Tuner::read() {
  if (!llvm::sys::fs::exists(options.file))
    return Exit::Ok;
  if (!llvm::sys::fs::is_regular_file(options.file))
    return session.fail(Exit::Io, "'" + options.file + "' is no file");
  auto buffer = llvm::MemoryBuffer::getFile(options.file);
  if (!buffer)
    return session.fail(Exit::Io, "cannot read '" + options.file +
                                      "': " + buffer.getError().message());
  std::string why;
  std::optional<TimingsFile> read =
      TimingsFile::parse((*buffer)->getBuffer(), why);
  if (!read)
    return session.fail(Exit::Io, "'" + options.file + "': " + why);
  file = std::move(*read);
  return Exit::Ok;
}

/// Notes the kernels whose times are missing: to be measured, or left.
void Tuner::add(const kernels::Problem &problem,
                const targets::Target &target) {
  const Candidates all = kernels::candidates(problem, target);
  if (all.kernels.size() < 2)
    return;
  const std::string text = kernels::problemText(all.problem);
  const kernels::Timings *known = file.timesFor(cpu, target);
  const bool canMeasure = cpu == hostCpu() && kernels::cpuRuns(cpu, target);
  for (const kernels::Kernel *kernel : all.kernels) {
    if (known && known->find(text, kernel->symbol))
      continue;
    if (!canMeasure) {
      left.insert(text);
      return;
    }
    auto [entry, isNew] = indices.insert({text, contests.size()});
    if (isNew)
      contests.push_back({all.problem, {}});
    std::vector<const kernels::Kernel *> &kernels =
        contests[entry->second].kernels;
    if (!llvm::is_contained(kernels, kernel))
      kernels.push_back(kernel);
  }
}

void Tuner::tellWhatIsLeft(const targets::Target &target) {
  if (!left.empty())
    session.say("no times of " + llvm::Twine(left.size()) + " problems for " +
                std::string(target.name) +
                (options.cpu.empty() ? ", which this CPU does not run"
                                     : " on '" + options.cpu + "'") +
                ": there the cost model chooses");
  left.clear();
}

/// Compiles the program `time`.
llvm::Error Tuner::build(emit::Staging &staging, const Toolchain &toolchain) {
  if (llvm::Error error = staging.write({"time.cpp", timingProgram(contests)}))
    return error;
  if (llvm::Error error = toolchain.compile(staging.path("time.cpp"),
                                            staging.path("time.o"), {}))
    return error;
  return toolchain.link({staging.path("time.o")}, staging.path("time"),
                        /*threads=*/false);
}

/// Runs contest `index` and keeps the times that are shorter than before.
llvm::Error Tuner::runContest(emit::Staging &staging, size_t index) {
  const std::string program = staging.path("time");
  const std::string printed = staging.path("printed");
  const std::string argument = std::to_string(index);
  // Output goes to the start of a file, over what is there.
  llvm::sys::fs::remove(printed);
  const std::optional<StringRef> redirects[] = {
      StringRef(""), StringRef(printed), {}};
  std::string why;
  const int status = llvm::sys::ExecuteAndWait(program, {program, argument}, {},
                                               redirects, 0, 0, &why);
  if (status != 0)
    return llvm::createStringError(
        "timing " + kernels::problemText(contests[index].problem) + " failed" +
        (why.empty() ? "" : ": " + why));
  auto buffer = llvm::MemoryBuffer::getFile(printed);
  if (!buffer)
    return llvm::errorCodeToError(buffer.getError());
  SmallVector<StringRef> lines;
  (*buffer)->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
  const Candidates &contest = contests[index];
  if (lines.size() != contest.kernels.size())
    return llvm::createStringError(
        "the timing program printed " + llvm::Twine(lines.size()) +
        " times for " + llvm::Twine(contest.kernels.size()) + " kernels");
  const std::string text = kernels::problemText(contest.problem);
  for (auto [line, kernel] : llvm::zip_equal(lines, contest.kernels)) {
    double time = 0;
    if (line.getAsDouble(time))
      return llvm::createStringError("the timing program printed '" + line +
                                     "'");
    const std::optional<double> before = measured.find(text, kernel->symbol);
    measured.set(text, kernel->symbol, before ? std::min(*before, time) : time);
  }
  return llvm::Error::success();
}

Exit Tuner::measure() {
  llvm::Expected<Toolchain> toolchain = findToolchain(*options.compiler);
  if (!toolchain)
    return session.fail(Exit::Io, toolchain.takeError());
  StringRef folder = llvm::sys::path::parent_path(options.file);
  llvm::Expected<emit::Staging> staging =
      emit::Staging::create(folder.empty() ? "." : folder);
  if (!staging)
    return session.fail(Exit::Io, staging.takeError());
  session.step("compiling kernels to time");
  if (llvm::Error error = build(*staging, *toolchain))
    return session.fail(Exit::Io, std::move(error));
  const auto total = static_cast<int64_t>(contests.size());
  session.step("timing kernels of " + llvm::Twine(total) + " problems");
  for (int pass = 0; pass < passes; ++pass)
    for (int64_t i = 0; i < total; ++i) {
      session.progress(pass * total + i, passes * total);
      if (llvm::Error error = runContest(*staging, size_t(i)))
        return session.fail(Exit::Failed, std::move(error));
    }
  for (const auto &[problem, kernels] : measured.table())
    for (const auto &[kernel, time] : kernels)
      file.cpus[cpu].set(problem, kernel, time);
  return session.fail(Exit::Io, emit::writeFile(options.file, file.print()));
}

Exit Tuner::run(ModuleOp module, const std::vector<std::string> &targets) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return session.fail(Exit::Failed, "the model has no function 'main'");
  if (Exit exit = read(); exit != Exit::Ok)
    return exit;
  if (cpu != hostCpu() && !file.cpus.count(cpu)) {
    std::string known;
    for (const auto &[name, timings] : file.cpus)
      known += (known.empty() ? "'" : ", '") + name + "'";
    return session.fail(Exit::Usage, "'" + options.file +
                                         "' has no times of '" + cpu +
                                         "'; it has those of " +
                                         (known.empty() ? "none" : known));
  }
  FailureOr<place::Program> program = place::lower(main);
  if (failed(program))
    return Exit::Failed;
  for (const std::string &name : targets) {
    const targets::Target &target = *targets::findTarget(name);
    for (const place::Call &call : program->calls)
      add(call.problem, target);
    tellWhatIsLeft(target);
  }
  if (contests.empty())
    return Exit::Ok;
  return measure();
}

} // namespace

std::string quench::hostCpu() {
  std::string name = brandName();
  const StringRef core = llvm::sys::getHostCPUName();
  name += (name.empty() ? core : " (" + core + ")").str();
  return kernels::cpuText(name, qrt_cpu_features());
}

Exit quench::tune(Session &session, ModuleOp module,
                  const std::vector<std::string> &targets,
                  const TuneOptions &options) {
  return Tuner(session, options).run(module, targets);
}
