// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The QConfig that the command line asks for: a preset or a file, and options
// that change parts of it.

#ifndef QUENCH_COMPILER_DRIVER_QCONFIGOPTIONS_H
#define QUENCH_COMPILER_DRIVER_QCONFIGOPTIONS_H

#include "compiler/driver/CommandLine.h"
#include "compiler/driver/Session.h"
#include "compiler/quantize/QConfig.h"

#include <optional>
#include <string>
#include <vector>

namespace quench {

struct QConfigOptions {
  std::string source; ///< preset, or path of a YAML or JSON file; may be empty
  std::optional<std::string> observer; ///< of activations
  bool perTensor = false;
  std::optional<int> weightBits, activationBits;
  std::optional<int> weightGroup;     ///< input channels of a filter's group
  std::vector<std::string> keepFloat; ///< regular expressions of names
  bool equalize = false;              ///< cross-layer equalization
  bool dataFree = false; ///< ranges and biases by statistics, not by data

  bool isEmpty() const {
    return source.empty() && !observer && !perTensor && !weightBits &&
           !weightGroup && !activationBits && keepFloat.empty() && !equalize &&
           !dataFree;
  }
};

/// An unknown preset, an unreadable file or a bad value is an error.
llvm::Expected<quantize::QConfig> resolve(const QConfigOptions &options);

/// Prints resolve's error: a file that cannot be opened is Exit::Io, anything
/// else Exit::Usage.
Exit failQConfig(Session &session, llvm::Error error);

/// The options as on a command line, without paths: the same model gives the
/// same emitted text anywhere.
std::string describe(const QConfigOptions &options);

/// Their rows of the help.
std::vector<Option> qconfigOptions(QConfigOptions &options);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_QCONFIGOPTIONS_H
