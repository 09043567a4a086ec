// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mma of integers, and ldmatrix. Source: PTX ISA, "Warp Level Matrix
// Instructions", the figures of the fragments of each shape.

#include "test/tools/ptxsim/Addresses.h"

#include <algorithm>

using namespace ptxsim;

namespace {

/// Instr::flags of mma.
enum : uint32_t { SignedA = 1, SignedB = 2, Saturate = 4 };

/// Element `i` of a register with `bits` per element.
template <int bits>
int32_t element(uint32_t word, int i, bool isSigned) {
  const uint32_t top = word << (32 - bits - bits * i);
  return isSigned ? int32_t(top) >> (32 - bits) : int32_t(top >> (32 - bits));
}

// D[M, 8] = C + A[M, K] * B[K, 8], M = 8 * rowBlocks, K = 4 * elements * parts.
// With g = lane / 4, t = lane % 4 and e elements per register:
//   A register part * rowBlocks + block: row g + 8 * block, columns
//     4 * e * part + e * t + [0, e)
//   B register part: the same rows of k, column g
//   C, D register 2 * block + i: row g + 8 * block, column 2 * t + i
template <int rowBlocks, int parts, int bits>
void multiply(Warp &warp, const Instr &instr, uint32_t mask) {
  constexpr int elements = 32 / bits, rows = 8 * rowBlocks,
                depth = 4 * elements * parts;
  if (!warp.expectLanes(mask, allLanes))
    return;
  KernelStatistics &sums = warp.block.statistics;
  ++sums.mma;
  sums.macs += rows * 8 * depth;

  const bool signedA = instr.flags & SignedA, signedB = instr.flags & SignedB;
  alignas(64) int32_t a[rows][depth], b[depth][8];
  for (int part = 0; part < parts; ++part) {
    for (int block = 0; block < rowBlocks; ++block) {
      const uint32_t *words =
          warp.lanes<uint32_t>(instr.src[size_t(part * rowBlocks + block)]);
      for (int lane = 0; lane < warpSize; ++lane)
        for (int e = 0; e < elements; ++e)
          a[8 * block + lane / 4][4 * elements * part + elements * (lane % 4) +
                                  e] = element<bits>(words[lane], e, signedA);
    }
    const uint32_t *words =
        warp.lanes<uint32_t>(instr.src[size_t(parts * rowBlocks + part)]);
    for (int lane = 0; lane < warpSize; ++lane)
      for (int e = 0; e < elements; ++e)
        b[4 * elements * part + elements * (lane % 4) + e][lane / 4] =
            element<bits>(words[lane], e, signedB);
  }

  int32_t products[rows][8];
  for (int row = 0; row < rows; ++row) {
    int32_t sum[8] = {};
    for (int k = 0; k < depth; ++k)
      for (int column = 0; column < 8; ++column)
        sum[column] += a[row][k] * b[k][column];
    memcpy(products[row], sum, sizeof sum);
  }

  constexpr int firstC = parts * rowBlocks + parts;
  for (int i = 0; i < 2 * rowBlocks; ++i) {
    const int32_t *c = warp.lanes<int32_t>(instr.src[size_t(firstC + i)]);
    int32_t *d = warp.lanes<int32_t>(instr.dst[size_t(i)]);
    for (int lane = 0; lane < warpSize; ++lane) {
      const int32_t product =
          products[lane / 4 + 8 * (i / 2)][2 * (lane % 4) + i % 2];
      const int64_t sum = int64_t(c[lane]) + product;
      d[lane] = instr.flags & Saturate
                    ? int32_t(std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX))
                    : int32_t(uint32_t(sum));
    }
  }
}

struct MmaShape {
  const char *name;
  int bits, registersA, registersB, registersC;
  ExecFn exec;
};

constexpr MmaShape shapes[] = {
    {"m8n8k16",  8, 1, 1, 2, multiply<1, 1, 8>},
    {"m16n8k16", 8, 2, 1, 4, multiply<2, 1, 8>},
    {"m16n8k32", 8, 4, 2, 4, multiply<2, 2, 8>},
    {"m8n8k32",  4, 1, 1, 2, multiply<1, 1, 4>},
    {"m16n8k32", 4, 2, 1, 4, multiply<2, 1, 4>},
    {"m16n8k64", 4, 4, 2, 4, multiply<2, 2, 4>},
};

/// Takes the element types of A and B, in their order. \return their bits, 0 if
/// they differ or are not known.
int takeMatrixTypes(Decoder &decoder) {
  int bits[2] = {};
  for (int matrix = 0; matrix < 2; ++matrix) {
    const std::string type = decoder.takeFirstOf({"s8", "u8", "s4", "u4"});
    if (type.empty())
      return 0;
    bits[matrix] = type[1] - '0';
    if (type[0] == 's')
      decoder.instr.flags |= matrix == 0 ? SignedA : SignedB;
  }
  return bits[0] == bits[1] ? bits[0] : 0;
}

/// The registers of vector operand `index` (or the one register it is).
void placeFragment(Decoder &decoder, size_t index, int count, Reg *registers,
                   bool isDestination) {
  const Operand &operand = decoder.operand(index);
  const bool isVector = operand.kind == Operand::Kind::Vector;
  if (int(isVector ? operand.elements.size() : 1) != count)
    return decoder.refuse("fragment " + std::to_string(index) + " is not of " +
                          std::to_string(count) + " registers");
  for (int i = 0; i < count; ++i) {
    const Operand &part = isVector ? operand.elements[size_t(i)] : operand;
    registers[i] =
        isDestination ? decoder.destination(part, 4) : decoder.source(part, 4);
  }
}

void mmaRule(Decoder &decoder) {
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Mma;
  if (!decoder.take("sync") || !decoder.take("aligned") ||
      !decoder.take("row") || !decoder.take("col") || !decoder.take("s32") ||
      !decoder.take("s32"))
    return decoder.refuse("only .sync.aligned.row.col with s32 sums");
  instr.flags |= decoder.take("satfinite") ? Saturate : 0;
  const MmaShape *shape = nullptr;
  const bool four = decoder.hasModifier("s4") || decoder.hasModifier("u4");
  for (const MmaShape &row : shapes)
    if (row.bits == (four ? 4 : 8) && decoder.take(row.name))
      shape = &row;
  if (!shape)
    return decoder.refuse("unknown shape");
  if (takeMatrixTypes(decoder) != shape->bits)
    return decoder.refuse("only matrices of s8, u8, s4, u4");
  if (!decoder.expectOperands(4))
    return;
  placeFragment(decoder, 0, shape->registersC, instr.dst.data(), true);
  Reg *sources = instr.src.data();
  placeFragment(decoder, 1, shape->registersA, sources, false);
  sources += shape->registersA;
  placeFragment(decoder, 2, shape->registersB, sources, false);
  sources += shape->registersB;
  placeFragment(decoder, 3, shape->registersC, sources, false);
  instr.exec = shape->exec;
}

// `vector` matrices of 8 rows of 16 bytes; lane 8 * m + r has the address of
// row r of matrix m. A lane gets columns 2 * (lane % 4) and the next of row
// lane / 4, transposed: of column lane / 4 the rows 2 * (lane % 4) and the
// next.
template <bool transposed>
void loadMatrices(Warp &warp, const Instr &instr, uint32_t mask) {
  if (!warp.expectLanes(mask, allLanes))
    return;
  const int count = instr.vector;
  const uint32_t givers = count == 4 ? allLanes : (1u << 8 * count) - 1;
  uint64_t addresses[warpSize];
  std::byte *rows[warpSize];
  computeAddresses(warp, instr.src[0], instr.offset, instr.flags & wideAddress,
                   addresses);
  if (warp.block.launch.options.statistics)
    countShared(warp.block.statistics.ldmatrix, addresses, givers, 16);
  if (!resolve(warp, Space::Shared, addresses, givers, 16, Access::Read, rows))
    return;
  for (int m = 0; m < count; ++m) {
    uint32_t *to = warp.lanes<uint32_t>(instr.dst[size_t(m)]);
    for (int lane = 0; lane < warpSize; ++lane) {
      const int major = lane / 4, minor = 2 * (lane % 4);
      if (!transposed) {
        memcpy(&to[lane], rows[8 * m + major] + 2 * minor, 4);
        continue;
      }
      uint16_t low, high;
      memcpy(&low, rows[8 * m + minor] + 2 * major, 2);
      memcpy(&high, rows[8 * m + minor + 1] + 2 * major, 2);
      to[lane] = uint32_t(high) << 16 | low;
    }
  }
}

void ldmatrixRule(Decoder &decoder) {
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Ldmatrix;
  const bool known = decoder.take("sync") && decoder.take("aligned") &&
                     decoder.take("m8n8") && decoder.take("b16");
  const int count = decoder.takeOneOf({"x1", "x2", "x4"});
  const bool transposed = decoder.take("trans");
  if (decoder.takeOneOf({"shared", "shared::cta"}) < 0 || !known || count < 0)
    return decoder.refuse("only .sync.aligned.m8n8 of b16 in shared memory");
  if (!decoder.expectOperands(2))
    return;
  instr.vector = uint8_t(1 << count);
  placeFragment(decoder, 0, instr.vector, instr.dst.data(), true);
  placeAddress(decoder, 1);
  instr.exec = transposed ? loadMatrices<true> : loadMatrices<false>;
}

} // namespace

void ptxsim::addMatrixRules(RuleTable &table) {
  table["mma"] = mmaRule;
  table["ldmatrix"] = ldmatrixRule;
}
