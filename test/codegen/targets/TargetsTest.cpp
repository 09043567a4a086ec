// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/targets/Targets.h"
#include "codegen/targets/Dot.h"
#include "codegen/targets/Platforms.h"
#include "qrt/cpu.h"

#include <gmock/gmock.h>

using namespace quench::targets;
using testing::ElementsAre;

// A compiled model compares the table's mask with what the runtime reports.
static_assert(int(FeatureAvx2) == int(QRT_CPU_AVX2), "same bits");
static_assert(int(FeatureAvxVnni) == int(QRT_CPU_AVXVNNI), "same bits");
static_assert(int(FeatureAvx512Vnni) == int(QRT_CPU_AVX512VNNI), "same bits");
static_assert(int(FeatureDotprod) == int(QRT_CPU_DOTPROD), "same bits");
static_assert(int(FeatureI8mm) == int(QRT_CPU_I8MM), "same bits");

namespace {

std::vector<std::string_view> chainOf(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Target *level : isaChain(*findTarget(name)))
    names.push_back(level->name);
  return names;
}

TEST(Targets, FoundByName) {
  for (const Target &target : targetTable)
    EXPECT_EQ(findTarget(target.name), &target);
  EXPECT_EQ(findTarget("x86_avx"), nullptr);
  EXPECT_EQ(findTarget(""), nullptr);
}

TEST(Platforms, HaveLevelsOfOneFamily) {
  for (const Platform &platform : platformTable) {
    EXPECT_EQ(findPlatform(platform.name), &platform);
    EXPECT_EQ(findTarget(platform.name), nullptr) << "one name, two things";
    std::vector<std::string> levels;
    for (std::string_view rest = platform.levels; !rest.empty();) {
      levels.emplace_back(rest.substr(0, rest.find(',')));
      rest.remove_prefix(std::min(rest.size(), levels.back().size() + 1));
      EXPECT_NE(findTarget(levels.back()), nullptr) << levels.back();
    }
    EXPECT_TRUE(strangers(levels).first.empty());
    // Any processor of the platform runs the last one.
    EXPECT_EQ(findTarget(levels.back())->features, FeatureNone);
  }
  EXPECT_EQ(findPlatform("android"), nullptr);
}

TEST(Targets, ChainHoldsWhatTheTargetCanRunBestFirst) {
  EXPECT_THAT(chainOf("x86_avx512vnni"),
              ElementsAre("x86_avx512vnni", "x86_avx2", "scalar"));
  EXPECT_THAT(chainOf("x86_avxvnni"),
              ElementsAre("x86_avxvnni", "x86_avx2", "scalar"));
  EXPECT_THAT(chainOf("x86_avx2"), ElementsAre("x86_avx2", "scalar"));
  EXPECT_THAT(chainOf("arm_i8mm"),
              ElementsAre("arm_i8mm", "arm_dotprod", "arm_neon", "scalar"));
  EXPECT_THAT(chainOf("arm_dotprod"),
              ElementsAre("arm_dotprod", "arm_neon", "scalar"));
  EXPECT_THAT(chainOf("arm_neon"), ElementsAre("arm_neon", "scalar"));
  EXPECT_THAT(chainOf("scalar"), ElementsAre("scalar"));
}

TEST(Targets, FamiliesDoNotMix) {
  const std::pair<std::string_view, std::string_view> none;
  EXPECT_EQ(strangers({}), none);
  EXPECT_EQ(strangers({"x86_avx2", "scalar", "x86_avx512vnni"}), none);
  EXPECT_EQ(strangers({"scalar", "arm_dotprod"}), none);
  EXPECT_EQ(
      strangers({"x86_avx2", "scalar", "arm_dotprod"}),
      std::pair(std::string_view("x86_avx2"), std::string_view("arm_dotprod")));
}

TEST(Dot, RowsAreFoundByLevel) {
  EXPECT_EQ(findDot("x86_avx512vnni")->biasA, 128);
  EXPECT_EQ(findDot("x86_avx2")->k, 2);
  EXPECT_EQ(findDot("mips"), nullptr);
}

} // namespace
