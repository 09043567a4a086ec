// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decoding what AArch64 Linux says of processors made of words and of text.

#include "runtime/src/hwcap.h"
#include "qrt/cpu.h"

#include "gtest/gtest.h"

#include <string_view>
#include <vector>

namespace {

uint32_t auxv(const std::vector<uint64_t> &words) {
  qrt_auxv_reader reader = {
      {0, 0},
      0, 0
  };
  for (uint64_t word : words)
    for (int byte = 0; byte < 8; ++byte)
      qrt_auxv_byte(&reader, static_cast<unsigned char>(word >> 8 * byte));
  return reader.features;
}

uint32_t cpuinfo(std::string_view text) {
  qrt_cpuinfo_reader reader = {0, 0, 0};
  for (char byte : text)
    qrt_cpuinfo_byte(&reader, static_cast<unsigned char>(byte));
  return reader.features;
}

constexpr uint64_t hwcap = 16, hwcap2 = 26, pageSize = 6;
constexpr uint64_t dotprod = uint64_t{1} << 20, i8mm = uint64_t{1} << 13;

TEST(Auxv, GivesFeatures) {
  EXPECT_EQ(auxv({}), 0u);
  EXPECT_EQ(auxv({pageSize, 4096, hwcap, 0x8fb, hwcap2, 0, 0, 0}), 0u);
  EXPECT_EQ(auxv({pageSize, 4096, hwcap, 0x8fb | dotprod, 0, 0}),
            uint32_t{QRT_CPU_DOTPROD});
  EXPECT_EQ(auxv({hwcap, dotprod, hwcap2, i8mm, 0, 0}),
            uint32_t{QRT_CPU_DOTPROD | QRT_CPU_I8MM});
  // Each bit counts in its own word only.
  EXPECT_EQ(auxv({hwcap, i8mm, hwcap2, dotprod, pageSize, dotprod | i8mm}), 0u);
  // The upper halves of the words count too.
  EXPECT_EQ(auxv({hwcap | uint64_t{1} << 32, dotprod}), 0u);
}

TEST(Cpuinfo, GivesFeatures) {
  EXPECT_EQ(cpuinfo(""), 0u);
  EXPECT_EQ(cpuinfo("processor\t: 0\nFeatures\t: fp asimd aes\n\n"), 0u);
  EXPECT_EQ(cpuinfo("Features\t: fp asimddp aes\n"), uint32_t{QRT_CPU_DOTPROD});
  EXPECT_EQ(cpuinfo("Features\t: fp asimd asimddp i8mm\nprocessor: 1\n"),
            uint32_t{QRT_CPU_DOTPROD | QRT_CPU_I8MM});
  EXPECT_EQ(cpuinfo("i8mm\n"), uint32_t{QRT_CPU_I8MM});
  // Words, not parts of them.
  EXPECT_EQ(cpuinfo("sveasimddp xi8mm i8mmx asimddpx asimdd i8m svei8mm\n"),
            0u);
  // A word that is longer than any name.
  EXPECT_EQ(cpuinfo(std::string(40, 'i') + " i8mm\n"), uint32_t{QRT_CPU_I8MM});
}

} // namespace
