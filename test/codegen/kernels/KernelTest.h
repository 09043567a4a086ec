// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Running kernels of the catalogue on this machine: the tables the generated
// files export, and buffers that end where the tensor ends.

#ifndef QUENCH_TEST_CODEGEN_KERNELS_KERNELTEST_H
#define QUENCH_TEST_CODEGEN_KERNELS_KERNELTEST_H

#include "codegen/kernels/Catalogue.h"
#include "qrt/cpu.h"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <vector>

/// Written by quench-kernel-gen.
struct KernelEntry {
  const char *symbol;
  void (*function)(void);
};
extern const KernelEntry clangKernels[];
extern const KernelEntry gccKernels[];
extern const KernelEntry evexTwins[];

namespace quench::kernels {

/// A compiled kernel: its row, its address, who compiled it.
struct Compiled {
  const Kernel *kernel;
  void (*function)(void);
  std::string name;
};

inline void PrintTo(const Compiled &compiled, std::ostream *out) {
  *out << compiled.name;
}

/// Kernels of `op` that this machine can run, from every compiled table; of all
/// widths of codes, or those that `keep` accepts.
inline std::vector<Compiled>
hostKernels(Op op, bool (*keep)(const Codes &) = nullptr) {
  struct Table {
    const KernelEntry *entries;
    const char *suffix;
    bool twin; // needs AVX512 VNNI whatever the row says
  };
  static const Table tables[] = {
      {clangKernels, "_clang", false},
      {gccKernels,   "_gcc",   false},
      {evexTwins,    "_evex",  true }
  };
  const uint32_t features = qrt_cpu_features();
  std::vector<Compiled> result;
  for (const Table &table : tables)
    for (const KernelEntry *entry = table.entries; entry->symbol; ++entry) {
      const Kernel *kernel = findKernel(entry->symbol);
      if (!kernel || kernel->op != op || (keep && !keep(kernel->codes)))
        continue;
      const uint32_t needed = table.twin
                                  ? uint32_t(targets::FeatureAvx512Vnni)
                                  : targets::findTarget(kernel->isa)->features;
      if ((needed & ~features) == 0)
        result.push_back({kernel, entry->function,
                          std::string(entry->symbol) + table.suffix});
    }
  return result;
}

/// A convolution from codes X to codes Y.
template <typename X = int8_t, typename Y = int8_t>
using ConvFunction = void (*)(const qrt_conv2d *, const X *, const int8_t *,
                              const void *, const float *, const Y *, Y *,
                              uint8_t *);

/// For hostKernels: only 8-bit codes, or some of 16 bits.
inline bool narrowCodes(const Codes &codes) { return codes == Codes(); }
inline bool wideCodes(const Codes &codes) { return codes != Codes(); }

/// Convolutions of 8-bit codes whose symbols contain `part`, with results of
/// any size.
inline std::vector<Compiled> hostConvolutions(std::string_view part) {
  std::vector<Compiled> all;
  for (const Compiled &compiled : hostKernels(Op::Conv2D, narrowCodes))
    if (!compiled.kernel->near &&
        compiled.kernel->symbol.find(part) != std::string::npos)
      all.push_back(compiled);
  return all;
}

/// Heap memory of exactly `count` elements: AddressSanitizer sees one byte too
/// many. `align` is for packed weights and scratch.
template <typename T>
class Exact {
public:
  explicit Exact(size_t count, size_t align = alignof(T)) : count(count) {
    void *memory = nullptr;
    if (posix_memalign(&memory, std::max(align, sizeof(void *)),
                       std::max<size_t>(count * sizeof(T), 1)))
      std::abort();
    data_.reset(static_cast<T *>(memory));
  }
  template <typename U>
  explicit Exact(const std::vector<U> &values)
      : Exact(values.size() * sizeof(U) / sizeof(T), 64) {
    if (!values.empty())
      std::memcpy(data_.get(), values.data(), values.size() * sizeof(U));
  }
  T *data() { return data_.get(); }
  const T *data() const { return data_.get(); }
  size_t size() const { return count; }
  T &operator[](size_t i) { return data_.get()[i]; }
  std::vector<T> values() const { return {data_.get(), data_.get() + count}; }

private:
  struct Free {
    void operator()(T *p) const { std::free(p); }
  };
  std::unique_ptr<T, Free> data_;
  size_t count;
};

/// Codes: mostly random, the extremes often.
template <typename Code>
void fillCodes(Exact<Code> &codes, std::mt19937 &random) {
  for (size_t i = 0; i < codes.size(); ++i) {
    const uint32_t r = random();
    codes[i] = r % 8 == 0   ? std::numeric_limits<Code>::min()
               : r % 8 == 1 ? std::numeric_limits<Code>::max()
                            : Code(r >> 8);
  }
}

/// Dense values with `gap` elements between pixels of `channels`, which hold
/// what memset makes of 0x5A.
template <typename Y>
Exact<Y> spread(const std::vector<Y> &dense, size_t channels, size_t gap) {
  Exact<Y> wide(dense.size() / channels * (channels + gap) - gap);
  std::memset(wide.data(), 0x5A, wide.size() * sizeof(Y));
  for (size_t i = 0; i < dense.size(); ++i)
    wide.data()[i / channels * (channels + gap) + i % channels] = dense[i];
  return wide;
}

} // namespace quench::kernels

#endif // QUENCH_TEST_CODEGEN_KERNELS_KERNELTEST_H
