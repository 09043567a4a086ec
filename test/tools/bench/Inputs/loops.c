// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two windows of known instructions: 1000 times three, and 7 times four after
// which the first window goes on with 10 times three.

__attribute__((noinline)) void window_first(void) { __asm__ volatile("nop"); }
__attribute__((noinline)) void window_second(void) {
  __asm__ volatile("nop\n\tnop");
}
__attribute__((noinline)) void window_rest(void) {
  __asm__ volatile("nop\n\tnop\n\tnop");
}

__attribute__((noinline)) static void three(long count) {
  __asm__ volatile("1: add x9, x9, #1\n\t"
                   "subs %0, %0, #1\n\t"
                   "b.ne 1b"
                   : "+r"(count)
                   :
                   : "x9", "cc");
}

__attribute__((noinline)) static void four(long count) {
  __asm__ volatile("1: add x9, x9, #1\n\t"
                   "add x10, x10, #1\n\t"
                   "subs %0, %0, #1\n\t"
                   "b.ne 1b"
                   : "+r"(count)
                   :
                   : "x9", "x10", "cc");
}

int main(void) {
  window_first();
  three(1000);
  window_second();
  four(7);
  window_first();
  three(10);
  window_rest();
  return 0;
}
