// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel texts around single instructions.

#include "test/tools/ptxsim/test/Harness.h"

#include <random>
#include <sstream>

using namespace ptxsim;
using namespace ptxsim::test;

std::string test::kernelText(const std::string &body,
                             const std::string &before) {
  return ".version 9.0\n.target sm_80\n.address_size 64\n" + before +
         R"(
.visible .entry k(.param .u64 k_out, .param .u64 k_in)
{
  .reg .pred %p<10>;
  .reg .b16 %h<10>;
  .reg .b32 %r<40>;
  .reg .f32 %f<10>;
  .reg .b64 %rd<20>;
  .reg .f64 %fd<10>;
  ld.param.u64 %rd0, [k_out];
  ld.param.u64 %rd1, [k_in];
  mov.u32 %r0, %tid.x;
)" + body +
         "\n  ret;\n}\n";
}

Program::Program(const std::string &text) {
  module = Module::parse(text, error);
  device.memory.add(output.data(), output.size(), "out");
  device.memory.add(input.data(), input.size(), "in");
  if (module)
    device.load(*module);
}

std::string Program::run(int threads, int blocks, uint32_t sharedBytes) {
  if (!module)
    return error;
  const void *params[] = {output.data(), input.data()};
  return device.launch(*module->kernels.front(), {uint32_t(blocks), 1, 1},
                       {uint32_t(threads), 1, 1}, sharedBytes,
                       std::as_bytes(std::span(params)));
}

// Each operand has its own register, loaded from in with its own type.
std::vector<uint64_t>
test::evaluate(const Operation &operation,
               const std::vector<std::array<uint64_t, 3>> &rows) {
  std::ostringstream body;
  body << "  mov.u32 %r1, %ctaid.x;\n  mad.lo.s32 %r0, %r1, 32, %r0;\n"
          "  mul.wide.s32 %rd2, %r0, 24;\n  add.s64 %rd1, %rd1, %rd2;\n"
          "  mul.wide.s32 %rd3, %r0, 8;\n  add.s64 %rd0, %rd0, %rd3;\n";
  const std::string names[] = {"a", "b", "c"};
  const std::string types[] = {operation.a, operation.b, operation.c};
  for (int i = 0; i < 3; ++i) {
    if (types[i].empty())
      continue;
    const std::string place = "[%rd1+" + std::to_string(8 * i) + "]";
    body << "  .reg ." << types[i] << " " << names[i] << ";\n";
    if (types[i] == "pred")
      body << "  ld.global.u32 %r2, " << place << ";\n  setp.ne.s32 "
           << names[i] << ", %r2, 0;\n";
    else
      body << "  ld.global." << types[i] << " " << names[i] << ", " << place
           << ";\n";
  }
  body << "  .reg ." << operation.result << " d;\n  " << operation.text << "\n";
  if (operation.result == "pred")
    body << "  selp.b32 %r3, 1, 0, d;\n  st.global.u32 [%rd0], %r3;\n";
  else
    body << "  st.global." << operation.result << " [%rd0], d;\n";

  std::vector<uint64_t> results;
  Program program(kernelText(body.str()));
  EXPECT_EQ(program.error, "");
  constexpr size_t most = 512; // rows that fit into the buffers
  for (size_t begin = 0; begin < rows.size(); begin += most) {
    const size_t count = std::min(most, rows.size() - begin);
    for (size_t i = 0; i < count; ++i)
      memcpy(program.in<uint64_t>() + 3 * i, rows[begin + i].data(), 24);
    program.output.fill(std::byte(0));
    EXPECT_EQ(program.run(32, int(most / 32)), "");
    for (size_t i = 0; i < count; ++i)
      results.push_back(program.out<uint64_t>()[i]);
  }
  return results;
}

std::vector<uint64_t> test::interesting(int bits) {
  const uint64_t mask = bits == 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
  std::vector<uint64_t> values = {0, 1, 2, 3, 7, 31, 32, 33, 63, 64, 127, 128};
  for (uint64_t near : {mask, mask >> 1, (mask >> 1) + 1, mask - 1, mask / 3})
    values.push_back(near);
  std::mt19937_64 random(bits);
  for (int i = 0; i < 8; ++i)
    values.push_back(random());
  for (uint64_t &value : values)
    value &= mask;
  return values;
}

std::vector<uint32_t> test::interestingFloats() {
  std::vector<uint32_t> values = {
      0,          0x80000000, 1,          0x807fffff, 0x00800000, 0x3f800000,
      0xbf800000, 0x3f000000, 0x3fc00000, 0xc0200000, 0x7f800000, 0xff800000,
      0x7fc00000, 0xffc12345, 0x7f7fffff, 0x4b400000, 0x4f000000, 0xcf000000,
      0x4effffff, 0x42fe8000, 0xc3008000, 0x477fe000, 0x477ff000, 0x33000000};
  std::mt19937 random(7);
  for (int i = 0; i < 8; ++i)
    values.push_back(0x3f000000 + (random() & 0x00ffffff));
  return values;
}

std::vector<std::array<uint64_t, 3>>
test::combine(const std::vector<uint64_t> &a, const std::vector<uint64_t> &b,
              const std::vector<uint64_t> &c) {
  std::vector<std::array<uint64_t, 3>> rows;
  size_t turn = 0;
  for (uint64_t x : a)
    for (uint64_t y : b)
      for (size_t i = 0; i < std::min<size_t>(c.size(), 4); ++i)
        rows.push_back({x, y, c[turn++ % c.size()]});
  return rows;
}
