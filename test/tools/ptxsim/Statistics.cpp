// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counting, and writing down what was counted.

#include "test/tools/ptxsim/Statistics.h"

#include <algorithm>

using namespace ptxsim;

namespace {

void add(SharedTraffic &sum, const SharedTraffic &part) {
  sum.instructions += part.instructions;
  sum.wavefronts += part.wavefronts;
  sum.minimum += part.minimum;
}

void add(GlobalTraffic &sum, const GlobalTraffic &part) {
  sum.instructions += part.instructions;
  sum.sectors += part.sectors;
  sum.minimum += part.minimum;
}

std::string number(const char *name, uint64_t value) {
  return std::string("\"") + name + "\": " + std::to_string(value);
}

std::string json(const char *name, const SharedTraffic &traffic) {
  return std::string("\"") + name + "\": {" +
         number("instructions", traffic.instructions) + ", " +
         number("wavefronts", traffic.wavefronts) + ", " +
         number("minimum", traffic.minimum) + "}";
}

std::string json(const char *name, const GlobalTraffic &traffic) {
  return std::string("\"") + name + "\": {" +
         number("instructions", traffic.instructions) + ", " +
         number("sectors", traffic.sectors) + ", " +
         number("minimum", traffic.minimum) + "}";
}

std::string json(const KernelStatistics &kernel) {
  const std::string separator = ",\n      ";
  std::string text = "{\n      ";
  text += number("launches", kernel.launches) + separator;
  text += number("blocks", kernel.blocks) + separator;
  text += number("threads", kernel.threads) + separator;
  text += "\"warp_instructions\": {";
  for (size_t i = 0; i < size_t(OpClass::Count); ++i)
    text += (i ? ", " : "") +
            number(nameOf(OpClass(i)), kernel.warpInstructions[i]);
  text += "}" + separator;
  text += number("thread_instructions", kernel.threadInstructions) + separator;
  text += number("mma", kernel.mma) + separator;
  text += number("macs", kernel.macs) + separator;
  text += number("barriers", kernel.barriers) + separator;
  text += number("branches", kernel.branches) + separator;
  text += number("divergent_branches", kernel.divergentBranches) + separator;
  text += json("ldmatrix", kernel.ldmatrix) + separator;
  text += json("load_shared", kernel.loadShared) + separator;
  text += json("store_shared", kernel.storeShared) + separator;
  text += json("load_global", kernel.loadGlobal) + separator;
  text += json("store_global", kernel.storeGlobal) + separator;
  text += json("async_copy", kernel.asyncCopy) + separator;
  text += number("contractable", uint64_t(kernel.contractable));
  return text + "\n    }";
}

} // namespace

void KernelStatistics::add(const KernelStatistics &other) {
  launches += other.launches;
  blocks += other.blocks;
  threads += other.threads;
  for (size_t i = 0; i < size_t(OpClass::Count); ++i)
    warpInstructions[i] += other.warpInstructions[i];
  threadInstructions += other.threadInstructions;
  mma += other.mma;
  macs += other.macs;
  barriers += other.barriers;
  branches += other.branches;
  divergentBranches += other.divergentBranches;
  ::add(ldmatrix, other.ldmatrix);
  ::add(loadShared, other.loadShared);
  ::add(storeShared, other.storeShared);
  ::add(loadGlobal, other.loadGlobal);
  ::add(storeGlobal, other.storeGlobal);
  ::add(asyncCopy, other.asyncCopy);
  contractable = std::max(contractable, other.contractable);
}

// 128 bytes a wavefront: the lanes of an access of 8 or 16 bytes are served in
// halves or quarters of the warp. Lanes with the same word share it.
void ptxsim::countShared(SharedTraffic &traffic, const uint64_t *addresses,
                         uint32_t mask, int bytes) {
  const int unit = std::max(bytes, 4), banks = 128 / unit;
  ++traffic.instructions;
  for (int begin = 0; begin < warpSize; begin += banks) {
    uint64_t seen[32][32];
    uint8_t count[32] = {};
    int most = 0;
    for (int lane = begin; lane < begin + banks; ++lane) {
      if (!(mask >> lane & 1))
        continue;
      const uint64_t word = addresses[lane] / unsigned(unit);
      uint64_t *bank = seen[word % unsigned(banks)];
      uint8_t &used = count[word % unsigned(banks)];
      if (std::find(bank, bank + used, word) == bank + used)
        bank[used++] = word;
      most = std::max<int>(most, used);
    }
    traffic.wavefronts += uint64_t(most);
    traffic.minimum += most > 0;
  }
}

void ptxsim::countGlobal(GlobalTraffic &traffic, const uint64_t *addresses,
                         uint32_t mask, int bytes) {
  uint64_t own[warpSize];
  int lanes = 0;
  for (int lane = 0; lane < warpSize; ++lane)
    if (mask >> lane & 1)
      own[lanes++] = addresses[lane];
  if (!std::is_sorted(own, own + lanes))
    std::sort(own, own + lanes);
  uint64_t distinct = 0, sectors = 0;
  for (int i = 0; i < lanes; ++i) {
    distinct += i == 0 || own[i] != own[i - 1];
    sectors += i == 0 || own[i] / 32 != own[i - 1] / 32;
  }
  ++traffic.instructions;
  traffic.sectors += sectors;
  traffic.minimum += alignTo(distinct * unsigned(bytes), 32) / 32;
}

std::string
ptxsim::toJson(const std::map<std::string, KernelStatistics> &kernels) {
  std::string text = "{\n  \"kernels\": {";
  const char *separator = "\n    ";
  for (const auto &[name, kernel] : kernels) {
    text += separator + ("\"" + name + "\": ") + json(kernel);
    separator = ",\n    ";
  }
  return text + "\n  }\n}\n";
}
