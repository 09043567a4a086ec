// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a .qfb file holds, for people and as JSON.

#ifndef QUENCH_COMPILER_DRIVER_DUMP_H
#define QUENCH_COMPILER_DRIVER_DUMP_H

#include "compiler/artefact/Artefact.h"
#include "compiler/artefact/Records.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace quench {

/// A value of the graph.
struct DumpTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::string element;       ///< "f32", or "i8" for 8-bit codes
  std::vector<float> scales; ///< empty: not quantized
  std::vector<int64_t> zeroPoints;
  int64_t low = 0, high = 0; ///< codes
};

struct DumpOp {
  std::string op, name;
  std::vector<DumpTensor> operands, results; ///< constants included
};

/// Bytes in the file for one kind of content.
struct DumpSize {
  std::string kind;
  uint64_t bytes = 0, count = 0;
};

struct Dump {
  artefact::Summary summary;
  std::string model, sha256, recipe;
  std::vector<std::string> notes;
  std::vector<DumpTensor> inputs, outputs;
  std::vector<artefact::Preprocess> preprocess;
  std::vector<artefact::Calibration> calibration;
  std::vector<DumpOp> ops;
  std::vector<DumpSize> sizes;
};

/// Looks at a module that was read from a .qfb. Records in the wrong form are a
/// diagnostic.
mlir::FailureOr<Dump> makeDump(mlir::ModuleOp module,
                               const artefact::Summary &summary);

void printDump(const Dump &dump, llvm::raw_ostream &os);
llvm::json::Value toJson(const Dump &dump);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_DUMP_H
