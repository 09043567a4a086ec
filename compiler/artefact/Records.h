// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a quantized model carries beside its graph, as attributes of the module.
// They survive MLIR text and .qfb and change no code.
//
//   quench.preprocess = {"*" = {mean = array<f64: 127>, std = array<f64: 128>}}
//   quench.calibration = [{tensor = "x", observer = "min_max",
//                          min = -1.0 : f32, max = 2.0 : f32,
//                          samples = 8 : i64}, ...]

#ifndef QUENCH_COMPILER_ARTEFACT_RECORDS_H
#define QUENCH_COMPILER_ARTEFACT_RECORDS_H

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <string>
#include <vector>

namespace quench::artefact {

inline constexpr llvm::StringLiteral modelAttr = "quench.model";
inline constexpr llvm::StringLiteral sha256Attr = "quench.source_sha256";
/// How the model was quantized, as text (a string).
inline constexpr llvm::StringLiteral recipeAttr = "quench.qconfig";
/// What the user should know about the model (an array of strings).
inline constexpr llvm::StringLiteral notesAttr = "quench.notes";
inline constexpr llvm::StringLiteral preprocessAttr = "quench.preprocess";
inline constexpr llvm::StringLiteral calibrationAttr = "quench.calibration";

/// `input` of the entry for all inputs that have none of their own.
inline constexpr llvm::StringLiteral anyInput = "*";

/// How numbers of a file become numbers of an input:
///   value = (number - mean) / std, or (number - mean) * scale
/// with one number, or one per channel. In MLIR a dictionary of those fields
/// that are not as here.
struct Preprocess {
  std::string input;
  std::vector<double> mean, std, scale;
  /// Pictures: shorter side before the centre crop; 0: exactly the input's
  /// size, no crop; -1: the input's shorter side / 0.875.
  int64_t resize = -1;
  std::string filter = "bicubic"; ///< or "bilinear"
  bool bgr = false;
  std::string layout = "auto"; ///< or "nchw", "nhwc"
  std::string raw = "none";    ///< of files without header: or "int8", ...

  bool operator==(const Preprocess &other) const;
};

/// The words of the three fields; the index is the number in a .qfb.
llvm::ArrayRef<llvm::StringLiteral> filterWords();
llvm::ArrayRef<llvm::StringLiteral> layoutWords();
llvm::ArrayRef<llvm::StringLiteral> rawWords();

/// What an observer had seen of a tensor when the scales were chosen.
struct Calibration {
  std::string tensor, observer;
  float min = 0, max = 0;
  int64_t samples = 0;
};

/// The entries of the module, in order of their input's name; empty without the
/// attribute. An attribute of another form is a diagnostic.
mlir::FailureOr<std::vector<Preprocess>> preprocessOf(mlir::ModuleOp module);
mlir::FailureOr<std::vector<Calibration>> calibrationOf(mlir::ModuleOp module);

/// Replace the attribute; an empty list removes it. The entries of preprocess
/// must be for different inputs.
void setPreprocess(mlir::ModuleOp module, llvm::ArrayRef<Preprocess> entries);
void setCalibration(mlir::ModuleOp module, llvm::ArrayRef<Calibration> entries);

/// "(number - [127]) / [128], shorter side to 256 bicubic, ...": for people.
std::string describe(const Preprocess &entry);

} // namespace quench::artefact

#endif // QUENCH_COMPILER_ARTEFACT_RECORDS_H
