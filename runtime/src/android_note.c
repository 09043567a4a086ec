// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The note by which Android's tools know for which API level a file was linked.
// The NDK's start files bring one; this is for links without them, which ask
// for the symbol (-u qrt_android_note). Layout: ELF gABI, "Note Section"; the
// descriptor is that of bionic's crtbegin: level, version and build of the
// tools that made it, which is no NDK here.

#include "qrt/qrt.h"

#ifndef __ANDROID__
#error "for Android only: its section means nothing to other systems"
#endif

__attribute__((section(".note.android.ident"), visibility("hidden"), used,
               aligned(4))) const struct {
  uint32_t name_bytes, descriptor_bytes, type;
  char name[8];
  uint32_t api_level;
  char version[64], build[64];
} qrt_android_note = {
    8,
    4 + 64 + 64,
    1,
    "Android",
    __ANDROID_MIN_SDK_VERSION__,
    "quench " QRT_VERSION,
    "",
};
