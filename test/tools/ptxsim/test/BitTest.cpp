// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Logic, shifts and bit fields, against loops over bits.

#include "test/tools/ptxsim/test/Harness.h"

#include <functional>

using namespace ptxsim::test;

namespace {

using Formula = std::function<uint64_t(uint64_t, uint64_t, uint64_t)>;

void expectBits(const Operation &operation, const Formula &formula,
                const std::vector<std::array<uint64_t, 3>> &rows) {
  SCOPED_TRACE(operation.text);
  const auto results = evaluate(operation, rows);
  for (size_t i = 0; i < rows.size(); ++i)
    ASSERT_EQ(results[i], formula(rows[i][0], rows[i][1], rows[i][2]))
        << std::hex << rows[i][0] << ", " << rows[i][1] << ", " << rows[i][2];
}

bool bit(uint64_t value, uint64_t index) { return value >> index & 1; }

const std::vector<uint64_t> amounts = {0, 1, 7, 31, 32, 33, 63, 64, 65, 255};

TEST(PtxBits, LogicOfEveryWidth) {
  for (int width : {16, 32, 64}) {
    const std::string type = "b" + std::to_string(width);
    const uint64_t mask = width == 64 ? ~0ull : (1ull << width) - 1;
    const auto rows = combine(interesting(width), interesting(width));
    expectBits(
        {"and." + type + " d, a, b;", type, type, type},
        [](auto a, auto b, auto) { return a & b; }, rows);
    expectBits(
        {"or." + type + " d, a, b;", type, type, type},
        [](auto a, auto b, auto) { return a | b; }, rows);
    expectBits(
        {"xor." + type + " d, a, b;", type, type, type},
        [](auto a, auto b, auto) { return a ^ b; }, rows);
    expectBits(
        {"not." + type + " d, a;", type, type},
        [=](auto a, auto, auto) { return ~a & mask; }, rows);
    expectBits(
        {"cnot." + type + " d, a;", type, type},
        [=](auto a, auto, auto) { return a == 0; }, rows);
  }
}

TEST(PtxBits, LogicOfPredicates) {
  const auto rows = combine({0, 1}, {0, 1});
  expectBits(
      {"and.pred d, a, b;", "pred", "pred", "pred"},
      [](auto a, auto b, auto) { return a & b; }, rows);
  expectBits(
      {"or.pred d, a, b;", "pred", "pred", "pred"},
      [](auto a, auto b, auto) { return a | b; }, rows);
  expectBits(
      {"xor.pred d, a, b;", "pred", "pred", "pred"},
      [](auto a, auto b, auto) { return a ^ b; }, rows);
  expectBits(
      {"not.pred d, a;", "pred", "pred"}, [](auto a, auto, auto) { return !a; },
      rows);
}

TEST(PtxBits, ShiftsStopAtTheWidth) {
  for (int width : {16, 32, 64}) {
    const std::string w = std::to_string(width);
    const std::string type = "b" + w;
    const uint64_t mask = width == 64 ? ~0ull : (1ull << width) - 1;
    const auto rows = combine(interesting(width), amounts);
    expectBits(
        {"shl." + type + " d, a, b;", type, type, "b32"},
        [=](uint64_t a, uint64_t b, uint64_t) {
          return b >= uint64_t(width) ? 0 : a << b & mask;
        },
        rows);
    expectBits(
        {"shr.u" + w + " d, a, b;", type, type, "b32"},
        [=](uint64_t a, uint64_t b, uint64_t) {
          return b >= uint64_t(width) ? 0 : a >> b;
        },
        rows);
    expectBits(
        {"shr.s" + w + " d, a, b;", type, type, "b32"},
        [=](uint64_t a, uint64_t b, uint64_t) {
          uint64_t result = 0;
          for (uint64_t i = 0; i < uint64_t(width); ++i)
            result |= uint64_t(bit(a, std::min<uint64_t>(i + b, width - 1)))
                      << i;
          return result;
        },
        rows);
  }
}

TEST(PtxBits, FunnelShifts) {
  const auto rows = combine(interesting(32), interesting(32), amounts);
  for (bool left : {false, true})
    for (bool wrap : {false, true})
      expectBits(
          {std::string("shf.") + (left ? "l." : "r.") +
               (wrap ? "wrap" : "clamp") + ".b32 d, a, b, c;",
           "b32", "b32", "b32", "b32"},
          [=](uint64_t a, uint64_t b, uint64_t c) {
            const uint64_t by = wrap ? c % 32 : std::min<uint64_t>(c, 32);
            uint64_t result = 0;
            for (uint64_t i = 0; i < 32; ++i) {
              const uint64_t from = left ? i + 32 - by : i + by;
              result |= uint64_t(from < 32 ? bit(a, from) : bit(b, from - 32))
                        << i;
            }
            return result;
          },
          rows);
}

TEST(PtxBits, Lop3FollowsItsTable) {
  const auto rows = combine(interesting(32), interesting(32), interesting(32));
  for (unsigned table : {0x80u, 0xEAu, 0x96u, 0x1Bu, 0x00u, 0xFFu})
    expectBits(
        {"lop3.b32 d, a, b, c, " + std::to_string(table) + ";", "b32", "b32",
         "b32", "b32"},
        [=](uint64_t a, uint64_t b, uint64_t c) {
          uint64_t result = 0;
          for (int i = 0; i < 32; ++i)
            result |=
                uint64_t(bit(table, bit(a, i) * 4 + bit(b, i) * 2 + bit(c, i)))
                << i;
          return result;
        },
        rows);
}

TEST(PtxBits, PermuteSelectsBytesAndSigns) {
  const auto rows = combine({0x81020304, 0x7f80ff00}, {0xA5B6C7D8, 0x01234567},
                            {0x3210, 0x7654, 0x0040, 0xFEDC, 0x9B51, 0x8888});
  expectBits(
      {"prmt.b32 d, a, b, c;", "b32", "b32", "b32", "b32"},
      [](uint64_t a, uint64_t b, uint64_t c) {
        uint64_t result = 0;
        for (int i = 0; i < 4; ++i) {
          const int select = int(c >> 4 * i) & 15;
          const int index = select & 7;
          auto byte =
              uint8_t(index < 4 ? a >> 8 * index : b >> 8 * (index - 4));
          if (select >= 8)
            byte = byte >= 128 ? 255 : 0;
          result |= uint64_t(byte) << 8 * i;
        }
        return result;
      },
      rows);
}

TEST(PtxBits, FieldsAreTakenAndPut) {
  for (int width : {32, 64}) {
    const std::string w = std::to_string(width);
    const std::string type = "b" + w;
    const auto rows = combine(interesting(width), amounts, amounts);
    std::vector<std::array<uint64_t, 3>> all;
    for (uint64_t a : interesting(width))
      for (uint64_t begin : amounts)
        for (uint64_t length : amounts)
          all.push_back({a, begin, length});
    for (bool isSigned : {false, true})
      expectBits(
          {std::string("bfe.") + (isSigned ? "s" : "u") + w + " d, a, b, c;",
           type, type, "b32", "b32"},
          [=](uint64_t a, uint64_t begin, uint64_t length) {
            const uint64_t top = width - 1;
            const bool fill =
                isSigned && length &&
                bit(a, std::min<uint64_t>(begin + length - 1, top));
            uint64_t result = 0;
            for (uint64_t i = 0; i <= top; ++i)
              result |=
                  uint64_t(i < length && begin + i <= top ? bit(a, begin + i)
                                                          : fill)
                  << i;
            return result;
          },
          all);
    const uint64_t under = 0x5A5A5A5A5A5A5A5A & (width == 64 ? ~0ull : ~0u);
    expectBits(
        {"bfi." + type + " d, a, " + std::to_string(under) + ", b, c;", type,
         type, "b32", "b32"},
        [=](uint64_t a, uint64_t begin, uint64_t length) {
          uint64_t result = under;
          for (uint64_t i = 0; i < length && begin + i < uint64_t(width); ++i)
            result = (result & ~(1ull << (begin + i))) | uint64_t(bit(a, i))
                                                             << (begin + i);
          return result;
        },
        all);
  }
}

TEST(PtxBits, BitsAreCounted) {
  for (int width : {32, 64}) {
    const std::string w = std::to_string(width);
    const std::string type = "b" + w;
    const auto rows = combine(interesting(width));
    auto top = [=](uint64_t a) {
      int index = width - 1;
      while (index >= 0 && !bit(a, uint64_t(index)))
        --index;
      return index;
    };
    expectBits(
        {"popc." + type + " d, a;", "b32", type},
        [=](uint64_t a, auto, auto) {
          uint64_t count = 0;
          for (int i = 0; i < width; ++i)
            count += bit(a, uint64_t(i));
          return count;
        },
        rows);
    expectBits(
        {"clz." + type + " d, a;", "b32", type},
        [=](uint64_t a, auto, auto) { return width - 1 - top(a); }, rows);
    expectBits(
        {"bfind.u" + w + " d, a;", "b32", type},
        [=](uint64_t a, auto, auto) { return uint32_t(top(a)); }, rows);
    expectBits(
        {"brev." + type + " d, a;", type, type},
        [=](uint64_t a, auto, auto) {
          uint64_t result = 0;
          for (int i = 0; i < width; ++i)
            result |= uint64_t(bit(a, uint64_t(i))) << (width - 1 - i);
          return result;
        },
        rows);
  }
}

TEST(PtxBits, DotProductsOfBytes) {
  const auto rows =
      combine({0x80FF017F, 0x12345678, 0xFEDCBA98},
              {0x7F8001FF, 0x80808080, 0x01020304}, {0, 0xFFFFFFFF, 1000});
  for (bool signedA : {false, true})
    for (bool signedB : {false, true}) {
      const std::string types =
          std::string(signedA ? ".s32" : ".u32") + (signedB ? ".s32" : ".u32");
      auto byteOf = [](uint64_t word, int i, bool isSigned) {
        const auto byte = uint8_t(word >> 8 * i);
        return isSigned ? int64_t(int8_t(byte)) : int64_t(byte);
      };
      expectBits(
          {"dp4a" + types + " d, a, b, c;", "b32", "b32", "b32", "b32"},
          [=](uint64_t a, uint64_t b, uint64_t c) {
            int64_t sum = int64_t(c);
            for (int i = 0; i < 4; ++i)
              sum += byteOf(a, i, signedA) * byteOf(b, i, signedB);
            return uint32_t(sum);
          },
          rows);
      for (bool high : {false, true})
        expectBits(
            {std::string("dp2a.") + (high ? "hi" : "lo") + types +
                 " d, a, b, c;",
             "b32", "b32", "b32", "b32"},
            [=](uint64_t a, uint64_t b, uint64_t c) {
              int64_t sum = int64_t(c);
              for (int i = 0; i < 2; ++i) {
                const auto half = uint16_t(a >> 16 * i);
                sum += (signedA ? int64_t(int16_t(half)) : int64_t(half)) *
                       byteOf(b, i + (high ? 2 : 0), signedB);
              }
              return uint32_t(sum);
            },
            rows);
    }
}

} // namespace
