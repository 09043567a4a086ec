// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Emitting, compiling and moving files into place.

#include "compiler/driver/Output.h"

#include "codegen/emit/ReadPlan.h"
#include "compiler/artefact/Artefact.h"
#include "compiler/driver/Inputs.h"
#include "compiler/driver/StoredPreprocess.h"
#include "compiler/export/onnx/ExportOnnx.h"
#include "qrt/qrt.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace quench;

namespace {

class Writer {
public:
  Writer(Session &session, const emit::Model &model,
         const OutputOptions &options)
      : session(session), model(model), options(options) {}

  Exit write(Phase phase);

private:
  llvm::Error build(emit::Staging &staging, Phase phase,
                    std::vector<std::string> &results);
  llvm::Expected<std::string> compile(emit::Staging &staging, StringRef source);
  std::string whyNot(Phase phase) const;
  bool needsCompiler(Phase phase) const {
    return phase != Phase::Source ||
           (options.weights == emit::WeightsForm::Object && model.weightBytes);
  }

  Session &session;
  const emit::Model &model;
  const OutputOptions &options;
  std::optional<Toolchain> toolchain;
};

/// Compiles a staged file; returns the name of the object.
llvm::Expected<std::string> Writer::compile(emit::Staging &staging,
                                            StringRef source) {
  const std::string object = (llvm::sys::path::stem(source) + ".o").str();
  if (llvm::Error error = toolchain->compile(
          staging.path(source), staging.path(object), {staging.path("")}))
    return std::move(error);
  return object;
}

/// Leaves in `results` the names of the files that are the output.
llvm::Error Writer::build(emit::Staging &staging, Phase phase,
                          std::vector<std::string> &results) {
  const std::string &prefix = model.prefix;
  emit::EmitOptions emitOptions;
  emitOptions.weights = options.weights;
  emitOptions.size = options.optimizesSize;
  emitOptions.main = options.main || phase == Phase::Exe;
  std::vector<std::string> sources;
  for (const emit::File &file : emit::emitFiles(model, emitOptions)) {
    if (llvm::Error error = staging.write(file))
      return error;
    results.push_back(file.name);
    if (llvm::is_contained({".cpp", ".c", ".S"},
                           llvm::sys::path::extension(file.name)))
      sources.push_back(file.name);
  }

  const std::string weights = prefix + "_weights";
  if (phase == Phase::Source) {
    if (!needsCompiler(phase))
      return llvm::Error::success();
    llvm::Expected<std::string> object = compile(staging, weights + ".S");
    if (!object)
      return object.takeError();
    llvm::erase(results, weights + ".S");
    llvm::erase(results, weights + ".bin");
    results.push_back(*object);
    return llvm::Error::success();
  }

  std::vector<std::string> objects;
  for (const std::string &source : sources) {
    llvm::Expected<std::string> object = compile(staging, source);
    if (!object)
      return object.takeError();
    objects.push_back(staging.path(*object));
  }
  if (phase == Phase::Exe) {
    results = {prefix};
    return toolchain->link(objects, staging.path(prefix), model.hasThreads());
  }
  if (phase == Phase::Static) {
    const std::string library = "lib" + prefix + ".a";
    results = {prefix + ".h", library};
    return toolchain->makeStatic(objects, staging.path(library),
                                 model.hasThreads());
  }
  if (phase == Phase::Shared) {
    const std::string library = "lib" + prefix + ".so";
    results = {prefix + ".h", library};
    return toolchain->linkShared(objects, staging.path(library), library,
                                 model.hasThreads());
  }
  results = {prefix + ".h", prefix + ".o"};
  const std::string joined = "joined.o";
  if (llvm::Error error = toolchain->join(objects, staging.path(joined)))
    return error;
  return llvm::errorCodeToError(
      llvm::sys::fs::rename(staging.path(joined), staging.path(prefix + ".o")));
}

/// Says why `phase` cannot be made here, or nothing.
std::string Writer::whyNot(Phase phase) const {
  if (options.main && phase != Phase::Source && phase != Phase::Exe)
    return "--main is for sources: an object or a library with a main would "
           "clash with its user's";
  if (targets::isCuda(*model.targets.front()) && phase != Phase::Source)
    return "sources for GPUs are compiled by nvcc: write them (--emit=source, "
           "with --main for a program) and build them as their CMakeLists.txt "
           "says";
  if (!needsCompiler(phase))
    return {};
  if (options.platform) {
    const std::string name = std::string(options.platform->name);
    const std::string wayOut =
        "write sources (--emit=source) and build them with an NDK "
        "(docs/targets/android.md)";
    if (phase == Phase::Exe)
      return "a program for '" + name +
             "' needs its C library, which is not here: make a library "
             "(--emit=static, --emit=shared), or " +
             wayOut;
    if (model.hasThreads())
      return "threads on '" + name +
             "' need its C library, which is not here: leave out --threads, "
             "or " +
             wayOut;
    return {};
  }
  if (!options.cxx.empty())
    return {};
  for (const targets::Target *target : model.targets)
    if (target->family != "any" && target->family != targets::hostFamily())
      return "the compiler of this machine makes no code for '" +
             std::string(target->name) +
             "': write sources (--emit=source), name a compiler for it with "
             "--cxx and its libqrt with --runtime, or name a platform (see "
             "'quench targets')";
  return {};
}

Exit Writer::write(Phase phase) {
  if (std::string why = whyNot(phase); !why.empty())
    return session.fail(Exit::Usage, why);
  session.step(phase == Phase::Source ? "writing sources" : "compiling C++");
  if (needsCompiler(phase)) {
    llvm::Expected<Toolchain> found = findToolchain(options);
    if (!found)
      return session.fail(Exit::Io, found.takeError());
    toolchain = std::move(*found);
    toolchain->isShared = phase == Phase::Static || phase == Phase::Shared;
  }
  llvm::Expected<emit::Staging> staging = emit::Staging::create(options.folder);
  if (!staging)
    return session.fail(Exit::Io, staging.takeError());
  std::vector<std::string> results;
  if (llvm::Error error = build(*staging, phase, results))
    return session.fail(Exit::Io, std::move(error));
  if (llvm::Error error = staging->commit(results))
    return session.fail(Exit::Io, std::move(error));
  session.finish();
  session.say("wrote " + llvm::join(results, ", ") + " to " + options.folder);
  return Exit::Ok;
}

} // namespace

llvm::Expected<Toolchain> quench::findToolchain(const OutputOptions &options) {
  llvm::Expected<Toolchain> toolchain = Toolchain::find(
      options.cxx, options.runtime, options.program, options.platform);
  if (toolchain) {
    toolchain->flags = options.cxxFlags;
    toolchain->optimizesSize = options.optimizesSize;
    toolchain->isVerbose = options.isVerbose;
  }
  return toolchain;
}

Exit quench::writeOutput(Session &session, ModuleOp module, Phase phase,
                         const OutputOptions &options) {
  auto plans = module.getOps<plan::ModelOp>();
  if (plans.empty())
    return session.fail(Exit::Failed, "the module holds no plan.model");
  FailureOr<emit::Model> model = emit::readPlan(*plans.begin(), options.prefix);
  if (failed(model))
    return Exit::Failed;
  if (failed(noteInputs(module, *model)))
    return Exit::Failed;
  return Writer(session, *model, options).write(phase);
}

/// A .qfb is another spelling of level q.
static Exit writeArtefact(Session &session, ModuleOp module, StringRef path) {
  if (const Phase level = levelOf(module); level != Phase::Q)
    return session.fail(Exit::Usage, "a .qfb file holds level 'q', and '" +
                                         path + "' would hold level '" +
                                         row(level).name + "'");
  FailureOr<std::string> bytes = failure();
  if (succeeded(verifyLevelQ(module)))
    bytes = artefact::writeQfb(module, "quench " QRT_VERSION);
  if (failed(bytes))
    return Exit::Failed;
  return session.fail(Exit::Io, emit::writeFile(path, *bytes));
}

Exit quench::writeModule(Session &session, ModuleOp module, StringRef path,
                         bool locations) {
  if (llvm::sys::path::extension(path) == ".qfb")
    return writeArtefact(session, module, path);
  std::string text;
  llvm::raw_string_ostream stream(text);
  OpPrintingFlags flags;
  if (locations)
    flags.enableDebugInfo();
  module.print(stream, flags);
  text += '\n';
  if (path.empty() || path == "-") {
    llvm::outs() << text;
    return Exit::Ok;
  }
  return session.fail(Exit::Io, emit::writeFile(path, text));
}

Exit quench::writeQdq(Session &session, ModuleOp module,
                      const QdqOptions &options) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return session.fail(Exit::Failed, "the model has no function 'main'");
  session.step("exporting ONNX");
  FailureOr<std::string> bytes =
      exportOnnx(main, {QRT_VERSION, options.unsignedCodes});
  session.finish();
  if (failed(bytes))
    return Exit::Failed;
  return session.fail(Exit::Io, emit::writeFile(options.path, *bytes));
}
