// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs the model with the prefix `net` once on made-up codes, on the level
// named by the argument, and enters a function of its own around every layer:
// mark<layer>, and mark<NET_LAYERS> outside of them. bench/instructions.c
// counts apart what runs between them.

#include "net.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

namespace {

using Mark = void (*)();

/// Different code for each, or compilers fold them into one.
template <int number>
__attribute__((noinline)) void mark() {
  __asm__ volatile("nop // %0" ::"i"(number));
}

template <int... numbers>
const Mark *marksOf(std::integer_sequence<int, numbers...>) {
  static constexpr Mark marks[] = {mark<numbers>..., mark<NET_LAYERS + 1>};
  return marks;
}

const Mark *const marks =
    marksOf(std::make_integer_sequence<int, NET_LAYERS + 1>());

void onLayer(void *names, qrt_profile_event event, int32_t layer,
             const char *name) {
  static_cast<const char **>(names)[layer] = name;
  marks[event == QRT_LAYER_BEGIN ? layer : NET_LAYERS]();
}

/// Memory for the tensors of `infos`, and pointers to them.
std::vector<void *> allocate(const qrt_tensor_info *infos, int count) {
  std::vector<void *> pointers;
  for (int i = 0; i < count; ++i) {
    const auto elements = static_cast<size_t>(qrt_tensor_elements(&infos[i]));
    const bool isFloat = infos[i].element == QRT_F32;
    const size_t bytes = elements * qrt_element_bytes(infos[i].element);
    auto *memory =
        static_cast<uint8_t *>(std::aligned_alloc(64, (bytes / 64 + 1) * 64));
    for (size_t at = 0; at < elements; ++at) {
      const float value = static_cast<float>(at * 7 % 255) / 127.0f - 1.0f;
      if (isFloat)
        std::memcpy(memory + 4 * at, &value, 4);
      else
        memory[at] = static_cast<uint8_t>(at * 7 % 127);
    }
    pointers.push_back(memory);
  }
  return pointers;
}

} // namespace

int main(int argc, char **argv) {
  int32_t isa = -1;
  for (int32_t i = 0; i < NET_ISAS; ++i)
    if (argc == 2 && std::strcmp(argv[1], net_isa_names[i]) == 0)
      isa = i;
  if (isa < 0) {
    std::fprintf(stderr, "usage: net LEVEL\n");
    return 2;
  }
  const std::vector<void *> inputs = allocate(net_input_info, NET_INPUTS);
  const std::vector<void *> outputs = allocate(net_output_info, NET_OUTPUTS);
  net_inputs in;
  net_outputs out;
  std::memcpy(&in, inputs.data(), sizeof in);
  std::memcpy(&out, outputs.data(), sizeof out);
  void *arena = std::aligned_alloc(64, (NET_ARENA_BYTES / 64 + 1) * 64);
  const char *names[NET_LAYERS] = {};
  const qrt_profile profile = {onLayer, names};
  marks[NET_LAYERS]();
  const qrt_status status = net_run_with(&in, &out, arena, isa, &profile);
  marks[NET_LAYERS + 1]();
  if (status != QRT_OK) {
    std::fprintf(stderr, "net: %s\n", qrt_status_string(status));
    return 1;
  }
  for (const char *name : names)
    std::puts(name);
  return 0;
}
