// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A plugin for qemu's user mode: how often every straight piece of code ran
// (a translation block: instructions up to a branch), apart for the layers of a
// program. It counts instructions, which repeat exactly from run to run; an
// emulator's time says nothing about a processor's.
//
//   qemu-aarch64 -plugin libinstructions.so,out=FILE[,mark=PREFIX] program
//
// Where the code of a function begins whose symbol starts with PREFIX, a new
// window begins with the rest of the symbol as its name; windows of one name
// are one. FILE has a line for each block of each window,
//
//   WINDOW ADDRESS RUNS INSTRUCTIONS SYMBOL BYTES-IN-HEX
//
// "-" for no window or symbol. One thread only: the counters are not atomic.
//
// Debian has qemu's plugins but not their header; what is used of version 1 of
// the interface (qemu 7.2, docs/devel/tcg-plugins) is declared here.
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *,
                                                 size_t);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *,
                                              enum qemu_plugin_op, void *,
                                              uint64_t);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *,
                                          void (*)(unsigned, void *),
                                          enum qemu_plugin_cb_flags, void *);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t,
                                           void (*)(qemu_plugin_id_t,
                                                    struct qemu_plugin_tb *));
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t,
                                    void (*)(qemu_plugin_id_t, void *), void *);
EXPORTED int qemu_plugin_version = 1;

enum { Windows = 512, Buckets = 1 << 14 };

// A block of code, and its runs: all, those accounted for, those of each
// window.
typedef struct Block {
  struct Block *next;  // of its bucket
  struct Block *older; // of all
  uint64_t address, runs, accounted;
  uint64_t *ofWindow;
  size_t instructions, bytes;
  char *symbol;
  unsigned char *code;
} Block;

static Block *buckets[Buckets], *newest;
static char *windows[Windows];
static int windowCount, window; // 0: before the first mark
static const char *out, *mark;

static void *must(void *memory) {
  if (!memory) {
    fputs("instructions: out of memory\n", stderr);
    exit(1);
  }
  return memory;
}

static Block *blockAt(uint64_t address, size_t instructions) {
  Block **bucket = &buckets[(address >> 2) % Buckets];
  for (Block *block = *bucket; block; block = block->next)
    if (block->address == address && block->instructions == instructions)
      return block;
  Block *block = must(calloc(1, sizeof *block));
  block->address = address;
  block->instructions = instructions;
  block->ofWindow = must(calloc(Windows, sizeof *block->ofWindow));
  block->next = *bucket;
  *bucket = block;
  block->older = newest;
  newest = block;
  return block;
}

// What ran since the last call belongs to the window.
static void account(void) {
  for (Block *block = newest; block; block = block->older) {
    block->ofWindow[window] += block->runs - block->accounted;
    block->accounted = block->runs;
  }
}

static int windowOf(const char *name) {
  for (int i = 0; i < windowCount; ++i)
    if (strcmp(windows[i], name) == 0)
      return i;
  if (windowCount == Windows) {
    fputs("instructions: too many windows\n", stderr);
    exit(1);
  }
  windows[windowCount] = must(strdup(name));
  return windowCount++;
}

static void onMark(unsigned cpu, void *name) {
  (void)cpu;
  account();
  window = windowOf(name);
}

static void onTranslation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(tb);
  Block *block = blockAt(qemu_plugin_tb_vaddr(tb), count);
  if (!block->code) {
    const char *symbol =
        qemu_plugin_insn_symbol(qemu_plugin_tb_get_insn(tb, 0));
    block->symbol = must(strdup(symbol ? symbol : "-"));
    block->code = must(malloc(count * 16));
    for (size_t i = 0; i < count; ++i) {
      struct qemu_plugin_insn *one = qemu_plugin_tb_get_insn(tb, i);
      const size_t size = qemu_plugin_insn_size(one);
      memcpy(block->code + block->bytes, qemu_plugin_insn_data(one), size);
      block->bytes += size;
    }
  }
  if (mark && strncmp(block->symbol, mark, strlen(mark)) == 0)
    qemu_plugin_register_vcpu_tb_exec_cb(tb, onMark, QEMU_PLUGIN_CB_NO_REGS,
                                         block->symbol + strlen(mark));
  qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
                                           &block->runs, 1);
}

static void atExit(qemu_plugin_id_t id, void *user) {
  (void)id;
  (void)user;
  account();
  FILE *file = fopen(out, "w");
  if (!file) {
    fprintf(stderr, "instructions: cannot create '%s'\n", out);
    return;
  }
  for (const Block *block = newest; block; block = block->older)
    for (int i = 0; i < windowCount; ++i) {
      if (!block->ofWindow[i])
        continue;
      fprintf(file, "%s %" PRIx64 " %" PRIu64 " %zu %s ", windows[i],
              block->address, block->ofWindow[i], block->instructions,
              block->symbol);
      for (size_t byte = 0; byte < block->bytes; ++byte)
        fprintf(file, "%02x", block->code[byte]);
      fputc('\n', file);
    }
  fclose(file);
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
                                 int argc, char **argv) {
  (void)info;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "out=", 4) == 0)
      out = must(strdup(argv[i] + 4));
    else if (strncmp(argv[i], "mark=", 5) == 0)
      mark = must(strdup(argv[i] + 5));
  }
  if (!out) {
    fputs("instructions: wants out=FILE\n", stderr);
    return 1;
  }
  windowCount = 1;
  windows[0] = must(strdup("-"));
  qemu_plugin_register_vcpu_tb_trans_cb(id, onTranslation);
  qemu_plugin_register_atexit_cb(id, atExit, NULL);
  return 0;
}
