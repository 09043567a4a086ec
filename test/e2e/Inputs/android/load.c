// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// load LIBRARY INPUT OUTPUT: loads the shared library of a model and runs it on
// a file of raw floats, as an application does; prints the level it chose.

#include "net.h"

#include <dlfcn.h>
#include <stdio.h>

static float input[NET_INPUT_IMAGE_ELEMENTS];
static float output[NET_OUTPUT_LOGITS_ELEMENTS];
static _Alignas(64) unsigned char arena[NET_ARENA_BYTES];

static int fail(const char *what) {
  fprintf(stderr, "load: %s\n", what);
  return 1;
}

int main(int count, char **arguments) {
  if (count != 4)
    return fail("usage: load LIBRARY INPUT OUTPUT");
  void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return fail(dlerror());
  qrt_status (*run_with)(const net_inputs *, const net_outputs *, void *,
                         int32_t, const qrt_profile *);
  *(void **)&run_with = dlsym(library, "net_run_with");
  const char *const *levels =
      (const char *const *)dlsym(library, "net_isa_names");
  if (!run_with || !levels)
    return fail(dlerror());

  FILE *file = fopen(arguments[2], "rb");
  if (!file || fread(input, sizeof(input), 1, file) != 1)
    return fail("cannot read the input");
  fclose(file);
  const net_inputs inputs = {input};
  const net_outputs outputs = {output};
  for (int32_t i = 0; i < NET_ISAS; ++i) {
    const qrt_status status = run_with(&inputs, &outputs, arena, i, 0);
    if (status == QRT_ERR_CPU)
      continue;
    if (status != QRT_OK)
      return fail("the model failed");
    file = fopen(arguments[3], "wb");
    if (!file || fwrite(output, sizeof(output), 1, file) != 1 || fclose(file))
      return fail("cannot write the output");
    printf("%s\n", levels[i]);
    return 0;
  }
  return fail("no level for this processor");
}
