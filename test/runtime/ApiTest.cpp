// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The public C API of qrt/qrt.h.

#include "qrt/qrt.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <set>
#include <string>

namespace {

TEST(Status, EveryStatusHasItsOwnText) {
  std::set<std::string> texts;
  for (int status = QRT_OK; status <= QRT_ERR_CUDA; ++status)
    texts.insert(qrt_status_string(static_cast<qrt_status>(status)));
  EXPECT_EQ(texts.size(), size_t(QRT_ERR_CUDA) + 1);
  EXPECT_EQ(texts.count("unknown status"), 0u);
  EXPECT_STREQ(qrt_status_string(QRT_ERR_CPU),
               "the processor lacks a feature the code needs");
  EXPECT_STREQ(qrt_status_string(static_cast<qrt_status>(QRT_ERR_CUDA + 1)),
               "unknown status");
}

TEST(Status, NumbersAreFixed) {
  EXPECT_EQ(QRT_OK, 0);
  EXPECT_EQ(QRT_ERR_NULL, 1);
  EXPECT_EQ(QRT_ERR_ARENA, 2);
  EXPECT_EQ(QRT_ERR_CPU, 3);
  EXPECT_EQ(QRT_ERR_SELFTEST, 4);
  EXPECT_EQ(QRT_ERR_ARGUMENT, 5);
  EXPECT_EQ(QRT_ERR_THREAD, 6);
  EXPECT_EQ(QRT_ERR_DEVICE, 7);
  EXPECT_EQ(QRT_ERR_CUDA, 8);
}

TEST(Arena, SizeAndAlignment) {
  alignas(QRT_ARENA_ALIGNMENT) unsigned char arena[256] = {};
  EXPECT_EQ(qrt_check_arena(arena, 256, 256), QRT_OK);
  EXPECT_EQ(qrt_check_arena(arena, 255, 256), QRT_ERR_ARENA);
  EXPECT_EQ(qrt_check_arena(arena + 64, 192, 192), QRT_OK);
  for (int misfit : {1, 4, 16, 32, 63})
    EXPECT_EQ(qrt_check_arena(arena + misfit, 128, 100), QRT_ERR_ARENA);
  EXPECT_EQ(qrt_check_arena(nullptr, 256, 256), QRT_ERR_NULL);
  EXPECT_EQ(qrt_check_arena(nullptr, 0, 0), QRT_OK);
}

TEST(TensorInfo, ElementsAndBytes) {
  const int32_t shape[] = {1, 224, 224, 3};
  qrt_tensor_info info{"input", QRT_S8, 4, shape, 0.02f, -1};
  EXPECT_EQ(qrt_tensor_elements(&info), 224 * 224 * 3);
  info.rank = 0;
  EXPECT_EQ(qrt_tensor_elements(&info), 1);
  const int32_t large[] = {65536, 65536, 4};
  info = {"large", QRT_F32, 3, large, 1, 0};
  EXPECT_EQ(qrt_tensor_elements(&info), int64_t(1) << 34);
  EXPECT_EQ(qrt_element_bytes(QRT_F32), 4u);
  EXPECT_EQ(qrt_element_bytes(QRT_S8), 1u);
  EXPECT_EQ(qrt_element_bytes(QRT_S32), 4u);
  EXPECT_EQ(qrt_element_bytes(QRT_S64), 8u);
}

using Event = std::tuple<qrt_profile_event, int32_t, std::string>;

void record(void *user, qrt_profile_event event, int32_t layer,
            const char *name) {
  static_cast<std::vector<Event> *>(user)->emplace_back(event, layer, name);
}

TEST(Profile, CallsOnlyAHookThatIsSet) {
  std::vector<Event> events;
  qrt_profile profile{record, &events};
  qrt_profile_layer(&profile, QRT_LAYER_BEGIN, 3, "conv");
  qrt_profile_layer(&profile, QRT_LAYER_END, 3, "conv");
  EXPECT_THAT(events, testing::ElementsAre(Event{QRT_LAYER_BEGIN, 3, "conv"},
                                           Event{QRT_LAYER_END, 3, "conv"}));
  profile.hook = nullptr;
  qrt_profile_layer(&profile, QRT_LAYER_BEGIN, 4, "add");
  qrt_profile_layer(nullptr, QRT_LAYER_BEGIN, 4, "add");
  EXPECT_EQ(events.size(), 2u);
}

// Check value of the CRC catalogue, and zlib.crc32 of Python for the others.
TEST(Crc32, KnownValues) {
  EXPECT_EQ(qrt_crc32(0, "123456789", 9), 0xCBF43926u);
  EXPECT_EQ(qrt_crc32(0, nullptr, 0), 0u);
  EXPECT_EQ(qrt_crc32(0, "a", 1), 0xE8B7BE43u);
  std::string every;
  for (int byte = 0; byte < 256; ++byte)
    every.push_back(static_cast<char>(byte));
  EXPECT_EQ(qrt_crc32(0, every.data(), every.size()), 0x29058C73u);
}

TEST(Crc32, ContinuesWhereItStopped) {
  uint32_t head = qrt_crc32(0, "1234", 4);
  EXPECT_EQ(qrt_crc32(head, "56789", 5), 0xCBF43926u);
}

} // namespace
