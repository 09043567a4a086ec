// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Look-ups over the target table.

#include "codegen/targets/Targets.h"

#include "codegen/targets/Platforms.h"

namespace quench::targets {

const Target *findTarget(std::string_view name) {
  for (const Target &target : targetTable)
    if (target.name == name)
      return &target;
  return nullptr;
}

const Platform *findPlatform(std::string_view name) {
  for (const Platform &platform : platformTable)
    if (platform.name == name)
      return &platform;
  return nullptr;
}

std::vector<const Target *> isaChain(const Target &target) {
  std::vector<const Target *> chain;
  for (const Target &level : targetTable) {
    if (isCuda(target)) {
      // From the level itself down.
      if (isCuda(level) && level.name <= target.name)
        chain.push_back(&level);
      continue;
    }
    const bool sameFamily =
        level.family == target.family || level.family == "any";
    if (sameFamily && (level.features & ~target.features) == 0)
      chain.push_back(&level);
  }
  return chain;
}

std::pair<std::string_view, std::string_view>
strangers(const std::vector<std::string> &names) {
  const Target *first = nullptr;
  for (const std::string &name : names) {
    const Target *target = findTarget(name);
    if (!target)
      continue;
    const bool clash = first && (isCuda(*first) || isCuda(*target) ||
                                 (first->family != target->family &&
                                  first->family != "any" &&
                                  target->family != "any"));
    if (clash && first != target)
      return {first->name, target->name};
    if (!first || first->family == "any")
      first = target;
  }
  return {};
}

std::string_view hostFamily() {
#if defined(__x86_64__)
  return "x86";
#elif defined(__aarch64__)
  return "aarch64";
#elif defined(__arm__)
  return "armv7";
#else
  return "any";
#endif
}

} // namespace quench::targets
