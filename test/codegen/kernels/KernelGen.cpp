// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quench-kernel-gen <file.cpp> <table> [--evex-twin] [--only=<symbol>]
//
// Writes every emitted kernel of the catalogue to one C++ file and exports them
// through an array `table` of KernelEntry, for the kernel tests and benchmarks.
// --evex-twin: the x86_avxvnni kernels with EVEX spelling of the dot, so that
// machines with AVX512 VNNI but no AVX-VNNI can run their schedules.

#include "codegen/kernels/Catalogue.h"

#include <fstream>
#include <iostream>

using namespace quench;

static std::string replaced(std::string text, std::string_view from,
                            std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    std::cerr << "usage: quench-kernel-gen <file.cpp> <table> [--evex-twin] "
                 "[--only=<symbol>]\n";
    return 2;
  }
  bool twin = false;
  std::string_view only, family = "x86";
  for (int i = 3; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--evex-twin") {
      twin = true;
    } else if (argument.substr(0, 9) == "--family=") {
      family = argument.substr(9);
    } else if (argument.substr(0, 7) == "--only=") {
      only = argument.substr(7);
    } else {
      std::cerr << "quench-kernel-gen: unknown argument " << argument << '\n';
      return 2;
    }
  }

  std::vector<const kernels::Kernel *> rows;
  for (const kernels::Kernel &kernel : kernels::kernels())
    if (kernel.isEmitted() && targets::findTarget(kernel.isa)->family == family &&
        (!twin || kernel.isa == "x86_avxvnni") &&
        (only.empty() || kernel.symbol == only))
      rows.push_back(&kernel);

  kernels::CppWriter writer;
  writer.comment("Every kernel of the catalogue, for its tests.");
  writer.blank();
  kernels::emitPrelude(writer, rows);
  std::vector<std::string> entries;
  kernels::emitKernels(writer, rows);
  for (const kernels::Kernel *kernel : rows)
    entries.push_back("{\"" + kernel->symbol + "\", (void (*)(void))" +
                      kernel->symbol + "}");
  entries.push_back("{nullptr, nullptr}");
  writer.blank();
  writer.line(
      "struct KernelEntry { const char *symbol; void (*function)(void); };");
  writer.line("extern const KernelEntry " + std::string(argv[2]) + "[];");
  writer.array("const KernelEntry " + std::string(argv[2]) + "[]", entries);

  std::string text = writer.take();
  if (twin) {
    text = replaced(std::move(text), "dpbusd_avx_epi32", "dpbusd_epi32");
    text = replaced(std::move(text), "dpwssd_avx_epi32", "dpwssd_epi32");
    text = replaced(std::move(text), "target(\"avx2,avxvnni\")",
                    "target(\"avx2,avx512f,avx512bw,avx512vl,avx512vnni\")");
  }
  std::ofstream file(argv[1]);
  file << text;
  if (!file.flush()) {
    std::cerr << "quench-kernel-gen: cannot write " << argv[1] << '\n';
    return 1;
  }
  return 0;
}
