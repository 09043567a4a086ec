// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What exists: targets, ops, kernels.

#include "codegen/kernels/Catalogue.h"
#include "codegen/targets/Platforms.h"
#include "codegen/targets/Targets.h"
#include "compiler/driver/Inspect.h"
#include "compiler/quantize/Forms.h"
#include "dialects/nn/NN.h"
#include "qrt/cpu.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace quench;

namespace {

bool runsHere(const targets::Target &target) {
  return (target.family == targets::hostFamily() || target.family == "any") &&
         (target.features & ~qrt_cpu_features()) == 0;
}

/// Mnemonics of a dialect's ops, sorted.
std::vector<std::string> mnemonics(MLIRContext &context, StringRef dialect) {
  // getRegisteredOperationsByDialect() misses those of "q" next to "qf".
  std::vector<std::string> names;
  for (RegisteredOperationName name : context.getRegisteredOperations())
    if (name.getDialectNamespace() == dialect)
      names.push_back(name.getStringRef().split('.').second.str());
  llvm::sort(names);
  return names;
}

/// How an nn op computes in integers.
std::string integerForm(RegisteredOperationName name,
                        const llvm::StringSet<> &integer) {
  const StringRef mnemonic = name.getStringRef().split('.').second;
  if (integer.contains(mnemonic))
    return ("q." + mnemonic).str();
  for (const quantize::OpForm &row : quantize::opForms())
    if (row.op == name.getStringRef() && row.form == quantize::Form::Island)
      return "float island";
  if (name.hasTrait<OpTrait::SameOperandsAndResultType>() &&
      name.hasTrait<OpTrait::OneOperand>())
    return "q.lut, or a clamp of the op before it";
  if (mnemonic == "prelu")
    return "q.lut, one table a channel";
  if (mnemonic == "batch_norm")
    return "folded into weights, else q.mul and q.add";
  return "float island";
}

} // namespace

StringRef quench::hostTarget() {
  for (const targets::Target &target : targets::targetTable)
    if (runsHere(target))
      return target.name;
  return "scalar";
}

void quench::printTargets(raw_ostream &os) {
  os << "Targets for --target, best first of each family. 'host' stands for "
     << hostTarget() << ".\n\n";
  for (const targets::Target &target : targets::targetTable) {
    os << llvm::formatv("{0,-18}{1,-14}{2}\n", target.name,
                        targets::isCuda(target) ? "a GPU"
                        : runsHere(target)      ? "runs here"
                                                : "not here",
                        target.description);
    std::string chain;
    for (const targets::Target *level : targets::isaChain(target))
      chain += (chain.empty() ? "" : ", ") + std::string(level->name);
    os.indent(32) << "kernels of " << chain << '\n';
  }
  os << "\nPlatforms for --target, where other machines' libraries are "
        "made:\n\n";
  for (const targets::Platform &platform : targets::platformTable)
    os << llvm::formatv("{0,-26}{1}: {2}\n", platform.name,
                        platform.description, platform.levels);
}

void quench::printSupport(MLIRContext &context, raw_ostream &os) {
  llvm::StringSet<> integer;
  for (const std::string &mnemonic : mnemonics(context, "q"))
    integer.insert(mnemonic);
  os << "Ops: float form (in qf the same, between fake quantizers), and "
        "integer "
        "form\n\n";
  os << llvm::formatv("{0,-24}{1}\n", "nn, qf", "q");
  for (const std::string &mnemonic : mnemonics(context, "nn")) {
    const auto name =
        RegisteredOperationName::lookup("nn." + mnemonic, &context);
    if (mnemonic == "constant")
      continue;
    os << llvm::formatv("{0,-24}{1}\n", "nn." + mnemonic,
                        integerForm(*name, integer));
  }

  os << "\nAny of them can stay float (--keep-float), nn.arg_max and nn.pad "
        "excepted.\n";

  os << "\nKernels: emitted for a target (number of variants), or the "
        "reference in libqrt\n\n";
  os << llvm::formatv("{0,-22}", "op");
  for (const targets::Target &target : targets::targetTable)
    os << llvm::formatv("{0,-16}", target.name);
  os << '\n';
  const auto last = int(kernels::lastOp);
  for (int i = 0; i <= last; ++i) {
    const auto op = kernels::Op(i);
    os << llvm::formatv("{0,-22}", kernels::opName(op));
    for (const targets::Target &target : targets::targetTable) {
      int64_t count = 0;
      for (const kernels::Kernel &kernel : kernels::kernels())
        // Levels of CUDA share their kernels.
        count += kernel.op == op && kernel.isEmitted() &&
                 (kernel.isa == target.name ||
                  (kernel.isCuda() && targets::isCuda(target)));
      os << llvm::formatv("{0,-16}", count ? std::to_string(count)
                                           : std::string("reference"));
    }
    os << '\n';
  }
}
