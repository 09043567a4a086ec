// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layout as nvcc 13.0 writes it, seen in its output: a header of 16 bytes, then
// entries, each with a header of its own (its size is in it) and a payload.

#include "test/tools/ptxsim/cudart/FatBinary.h"

#include <cstdint>
#include <cstring>

using namespace ptxsim;

namespace {

constexpr uint32_t magic = 0xBA55ED50;
constexpr uint16_t kindPtx = 1;

struct Header {
  uint32_t magic;
  uint16_t version;
  uint16_t headerBytes;
  uint64_t entryBytes; ///< of all entries
};

struct Entry {
  uint16_t kind; ///< 1 PTX, 2 machine code
  uint16_t version;
  uint32_t headerBytes;
  uint64_t payloadBytes;
  uint32_t compressedBytes; ///< 0 if it is not
  uint32_t unknown[2];
  uint32_t arch; ///< 80 for compute_80 and sm_80
};

} // namespace

std::string_view ptxsim::findPtx(const void *image, int arch,
                                 std::string &error) {
  const auto *at = static_cast<const char *>(image);
  Header header;
  memcpy(&header, at, sizeof header);
  if (header.magic != magic) {
    error = "the fat binary has an unknown header";
    return {};
  }
  at += header.headerBytes;
  const char *end = at + header.entryBytes;
  std::string_view best;
  uint32_t bestArch = 0;
  std::string found;
  while (at < end) {
    Entry entry;
    memcpy(&entry, at, sizeof entry);
    const std::string_view payload(at + entry.headerBytes, entry.payloadBytes);
    at += entry.headerBytes + entry.payloadBytes;
    found += (entry.kind == kindPtx ? " compute_" : " sm_") +
             std::to_string(entry.arch);
    if (entry.kind != kindPtx || entry.arch > uint32_t(arch) ||
        entry.arch <= bestArch)
      continue;
    if (entry.compressedBytes) {
      error = "the PTX of compute_" + std::to_string(entry.arch) +
              " is compressed: compile with nvcc -Xfatbin --compress=false";
      return {};
    }
    best = payload;
    bestArch = entry.arch;
  }
  if (best.empty())
    error = "no PTX for compute_" + std::to_string(arch) +
            " or older (give nvcc code=compute_XX); there is:" + found;
  return best;
}
