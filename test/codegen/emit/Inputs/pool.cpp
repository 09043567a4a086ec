// Runs the model `wide` with pools of several sizes, and says what it returns.

#include "wide.h"

#include <cstdio>
#include <vector>

alignas(64) static unsigned char arena[WIDE_ARENA_BYTES];

int main() {
  static float in[32 * 32 * 32], out[1000];
  const wide_inputs inputs = {in};
  const wide_outputs outputs = {out};
  std::printf("null: %d\n", int(wide_run_threads(&inputs, &outputs, arena, -1,
                                                 nullptr, nullptr)));
  for (int workers : {WIDE_THREADS, WIDE_THREADS + 1}) {
    std::vector<unsigned char> storage(qrt_threads_bytes(workers));
    qrt_threads *pool = nullptr;
    if (qrt_threads_create(storage.data(), storage.size(), workers, &pool) !=
        QRT_OK)
      return 1;
    const qrt_status status =
        wide_run_threads(&inputs, &outputs, arena, -1, nullptr, pool);
    std::printf("%d workers: %s\n", workers,
                status == QRT_ERR_ARGUMENT ? "QRT_ERR_ARGUMENT"
                : status == QRT_OK         ? "0"
                                           : "?");
    qrt_threads_destroy(pool);
  }
}
