// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Executes a function of the nn, qf or q level on tensors. Calibration, the
// error report, quench-run and the tests all look at tensors through one sink.

#ifndef QUENCH_COMPILER_INTERPRET_INTERPRETER_H
#define QUENCH_COMPILER_INTERPRET_INTERPRETER_H

#include "compiler/interpret/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace quench::interpret {

/// Sees tensors while a function runs, in the order of the ops:
///   qf.observe     the float value that passes it                     (F32)
///   qf.fake_quant  its codes                                          (S8)
///   q ops          the codes of their result; q.constant has no call  (S8)
///   float islands  the result of each nn op, in qf those kept float    (F32)
///   nn ops         the result, in a function without qf and q ops     (F32)
/// `name` is tensorName(op); the tensor is only valid during the call.
using TensorSink = std::function<void(mlir::Operation *op, llvm::StringRef name,
                                      const Tensor &tensor)>;

/// May change the result of an nn op of a function without qf and q ops, before
/// anybody reads it: what becomes of an error made there.
using TensorPatch =
    llvm::function_ref<void(mlir::Operation *op, Tensor &tensor)>;

/// The name in the op's location (NameLoc, also inside fused locations), which
/// is the name of the ONNX tensor; the op's own name where there is none.
std::string tensorName(mlir::Operation *op);

/// The same name as an attribute, where the location has one.
std::optional<mlir::StringAttr> nameAttr(mlir::Operation *op);

/// A function made ready to run: constants read, oneDNN primitives created,
/// last uses known. Runs any number of times, in several threads at once if
/// wished, and uses one thread a run: the same inputs give the same bits
/// anywhere. The IR must stay alive and unchanged.
///
/// Arguments and results: f32 tensors as F32, quantized tensors as their codes
/// (S8), i64 tensors as I64.
///
/// qf runs on integer-valued floats (spec F1): what comes out of a fake_quant
/// is carried as code - zero point, and an nn op between fake-quantized values
/// is evaluated together with the fake_quant behind it by the formulas of the
/// integer op. It shares no code with the q kernels but the parameters and
/// qrt/requantize.h, so that `QFloat == Q` is evidence.
class Interpreter {
public:
  /// Emits a diagnostic on the op that cannot be executed.
  static mlir::FailureOr<Interpreter> create(mlir::func::FuncOp function);

  /// Whether `inputs` fit the arguments; if not, what was expected and found.
  llvm::Error check(llvm::ArrayRef<Tensor> inputs) const;

  /// Emits a diagnostic when `inputs` do not fit the arguments, which only one
  /// thread may do at a time.
  mlir::FailureOr<std::vector<Tensor>> run(llvm::ArrayRef<Tensor> inputs,
                                           TensorSink onTensor = {},
                                           TensorPatch patch = nullptr) const;

  Interpreter(Interpreter &&);
  Interpreter &operator=(Interpreter &&);
  ~Interpreter();

private:
  struct Program;
  explicit Interpreter(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program;
};

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_INTERPRETER_H
