// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// classify LIBRARY PIXELS: calls the example's library as Java would.

#include "classify.h"

#include <dlfcn.h>
#include <stdio.h>

static uint8_t pixels[classify_side * classify_side * 3];

int main(int count, char **arguments) {
  void *library = count == 3 ? dlopen(arguments[1], RTLD_NOW) : NULL;
  FILE *file = count == 3 ? fopen(arguments[2], "rb") : NULL;
  if (!library || !file || fread(pixels, sizeof(pixels), 1, file) != 1) {
    fprintf(stderr, "classify: %s\n", library ? "no pixels" : dlerror());
    return 1;
  }
  int32_t (*function)(const uint8_t *, float *);
  *(void **)&function = dlsym(library, "classify");
  float logit = 0;
  const int32_t class = function(pixels, &logit);
  printf("%d %.6g\n", (int)class, (double)logit);
  return class < 0;
}
