// What --threads changes in the emitted files, and that it changes nothing else.

// RUN: rm -rf %t && mkdir %t
// RUN: quench compile %S/Inputs/wide.mlir --quiet --target=scalar --threads=3 --no-bands --main -o %t/a
// RUN: FileCheck %s --check-prefix=HEADER --input-file=%t/a/wide.h
// RUN: FileCheck %s --check-prefix=SOURCE --input-file=%t/a/wide.cpp
// RUN: FileCheck %s --check-prefix=CMAKE --input-file=%t/a/CMakeLists.txt

// HEADER:      // Options {{.*}}--threads=3 --no-bands
// HEADER:      #include "qrt/threads.h"
// HEADER:      // The most workers of one run.
// HEADER-NEXT: #define WIDE_THREADS 3
// HEADER:      qrt_status wide_run_with(
// HEADER:      qrt_status wide_run_threads(
// HEADER-NEXT:     const wide_inputs *inputs, const wide_outputs *outputs, void *arena,
// HEADER-NEXT:     int32_t isa, const qrt_profile *profile, qrt_threads *pool);

// SOURCE:      #include "qrt/split.h"
// SOURCE:      qrt_threads *pool; // null: the calling thread alone
// SOURCE:      static void split(const Tensors &t, int32_t count, int32_t step,
// SOURCE-NEXT: ptrdiff_t scratch,
// SOURCE:        const Job &job = *static_cast<const Job *>(context);
// SOURCE-NEXT:   job.run(qrt_items(range, job.step, job.count), worker * job.share);
// SOURCE:        qrt_parallel_for(t.pool, units, task, &job);
// SOURCE:      static void run_scalar(

// Elements, rows, pixels, the outermost axis; one row of a mean cannot be cut.
// SOURCE:      begin(profile, 0);
// SOURCE-NEXT: split(t, 32768, 64, 0, [&](qrt_range elements, ptrdiff_t) {
// SOURCE-NEXT:   const qrt_border_part part = qrt_border_elements(&image_params, elements);
// SOURCE-NEXT:   qrt_ref_quantize_f32_s8(&part.p, t.pool_2 + part.planes,
// SOURCE-NEXT:                           t.image + part.codes);
// SOURCE-NEXT: });
// SOURCE-NEXT: end(profile, 0);
// SOURCE:      split(t, 128, 1, 0, [&](qrt_range rows, ptrdiff_t) {
// SOURCE-NEXT:   const qrt_conv2d_part part = qrt_conv2d_rows(&stem_params, rows);
// SOURCE-NEXT:   qrt_ref_conv2d_s8(&part.p, t.image + part.x, w.stem_filter, w.stem_bias,
// SOURCE-NEXT:                     w.stem_mul, nullptr, t.stem + part.y);
// SOURCE:      split(t, 1024, 1, 0, [&](qrt_range pixels, ptrdiff_t) {
// SOURCE-NEXT:   const qrt_conv2d_part part = qrt_conv2d_pixels(&project_params, pixels);
// SOURCE:      split(t, 64, 1, 0, [&](qrt_range rows, ptrdiff_t) {
// SOURCE-NEXT:   const qrt_pool2d_part part = qrt_pool2d_rows(&{{one|other}}_params, rows);
// SOURCE:      split(t, 64, 1, 0, [&](qrt_range outermost, ptrdiff_t) {
// SOURCE-NEXT:   const qrt_add_nd_part part = qrt_add_nd_outermost(&sum_params, outermost);
// SOURCE-NEXT:   qrt_ref_add_s8(&part.p, {{t[.][a-z0-9_]+}} + part.a, {{t[.][a-z0-9_]+}} + part.b,
// SOURCE:      {{^}}  qrt_ref_avg_pool2d_s8(&mean_params,
// SOURCE:      split(t, 1000, 1, 0, [&](qrt_range channels, ptrdiff_t) {
// SOURCE:          qrt_conv2d_channels(&fc_params, channels, 1000);
// SOURCE-NEXT:   qrt_ref_conv2d_s8(&part.p, t.{{[a-z0-9_]+}} + part.x, w.{{[a-z0-9_]+}} + part.filter,

// A thousand numbers are not worth it.
// SOURCE:      {{^}}  qrt_ref_dequantize_s8_f32(&logits_params, t.

// SOURCE:      qrt_status wide_run_threads(
// SOURCE:        if (qrt_threads_count(pool) > WIDE_THREADS)
// SOURCE-NEXT:     return QRT_ERR_ARGUMENT;
// SOURCE:      qrt_status wide_run_with(
// SOURCE:        return wide_run_threads(inputs, outputs, arena, isa, profile, nullptr);

// In bands, workers share what a band has. Rows that the next band reads again are
// moved to the front.
// RUN: quench compile %S/Inputs/wide.mlir --quiet --target=scalar --threads=3 -o %t/bands
// RUN: FileCheck %s --check-prefix=BANDS --input-file=%t/bands/wide.cpp
// RUN: %cxx -std=c++17 -Wall -Wextra -Wshadow -Wconversion -Werror -I%qrt_include -c %t/bands/wide.cpp -o %t/bands.o
// BANDS:      int8_t *stem; // [1, 46, 8, 32], layers 0 to 6, rows of a band
// BANDS:      // Layers 0 to 6 in 3 bands of rows.
// BANDS-NEXT: for (int32_t band = 0; band < 3; ++band) {
// BANDS-NEXT:   if (band > 0) {
// BANDS-NEXT:     __builtin_memcpy(t.image, t.image + 11264, 768);
// BANDS-NEXT:     __builtin_memcpy(t.stem, t.stem + 11264, 512);
// BANDS-NEXT:     __builtin_memcpy(t.project, t.project + 11264, 256);
// BANDS-NEXT:   }
// BANDS:          const qrt_range all = qrt_band(128, 44, 0, band);
// BANDS-NEXT:     const qrt_conv2d_part slice = qrt_conv2d_rows(&depthwise_params, all);
// BANDS-NEXT:     split(t, all.end - all.begin, 1, 0, [&](qrt_range rows, ptrdiff_t) {
// BANDS-NEXT:       const qrt_conv2d_part part = qrt_conv2d_rows(&slice.p, rows);
// BANDS-NEXT:       qrt_ref_conv2d_s8(&part.p,
// BANDS-NEXT:                         t.stem + (slice.x - band * 11264 + 256) + part.x,
// BANDS-NEXT:                         w.depthwise_filter, nullptr, w.depthwise_mul, nullptr,
// BANDS-NEXT:                         t.depthwise + (slice.y - band * 11264) + part.y);
// BANDS:          const qrt_add_nd_part slice =
// BANDS-NEXT:         qrt_add_nd_outermost(&sum_params, qrt_band(64, 22, 0, band));
// BANDS-NEXT:     qrt_ref_add_s8(&slice.p, t.one + (slice.a - band * 2816),
// BANDS-NEXT:                    t.other + (slice.b - band * 2816), t.sum + slice.y);

// CMAKE: libqrt_threads.a, $QUENCH/lib/libqrt.a and -pthread
// CMAKE: if(NOT TARGET qrt::qrt_threads)
// CMAKE: target_link_libraries(wide PUBLIC qrt::qrt_threads)

// One thread: no word of them.
// RUN: quench compile %S/Inputs/block.mlir --quiet --target=host,scalar --threads=1 --main -o %t/one
// RUN: quench compile %S/Inputs/block.mlir --quiet --target=host,scalar --main -o %t/default
// RUN: diff -r %t/one %t/default
// RUN: not grep -ri 'thread' %t/one

// Warning-free, with the host's kernels as well.
// RUN: %cxx -std=c++17 -Wall -Wextra -Wshadow -Wconversion -Werror -I%qrt_include -c %t/a/wide.cpp -o %t/scalar.o
// RUN: quench compile %S/Inputs/wide.mlir --quiet --target=host,scalar --threads=3 --main -o %t/b
// RUN: %cxx -std=c++17 -Wall -Wextra -Wconversion -Werror -I%qrt_include -c %t/b/wide.cpp -o %t/wide.o
// RUN: %cxx -std=c++17 -Wall -Wextra -Wconversion -Werror -I%qrt_include -c %t/b/wide_main.cpp -o %t/main.o

// The program: the same bytes for each number of threads, and what it refuses.
// RUN: quench compile %S/Inputs/wide.mlir --quiet --target=host,scalar --threads=3 --emit=exe %quench_cxx -o %t
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.random.default_rng(1).normal(size=(1, 128, 8, 32)).astype(np.float32))"
// RUN: quench run %S/Inputs/wide.mlir %t/x.npy --quiet -o %t/y.npy
// RUN: %t/wide %t/x.npy -o %t/y0.npy && cmp %t/y.npy %t/y0.npy
// RUN: %t/wide %t/x.npy -o %t/y2.npy --threads 2 && cmp %t/y.npy %t/y2.npy
// RUN: %t/wide %t/x.npy -o %t/y3.npy --threads 3 && cmp %t/y.npy %t/y3.npy
// RUN: %t/wide %t/x.npy -o %t/ys.npy --threads 3 --isa scalar && cmp %t/y.npy %t/ys.npy
// RUN: %t/wide --bench 3 --threads 2 | FileCheck %s --check-prefix=BENCH
// BENCH-COUNT-3: {{^[0-9]+\.[0-9]+$}}
// RUN: %t/wide --selftest
// RUN: %t/wide --help | FileCheck %s --check-prefix=HELP
// HELP: --threads N {{.*}} up to 3
// RUN: not %t/wide %t/x.npy --threads 4 2>&1 | FileCheck %s --check-prefix=FOUR
// FOUR: wide: --threads expects at most 3, found 4

// A larger pool is refused, a null one is the calling thread.
// RUN: %cxx -std=c++17 -I%qrt_include -I%t/b %S/Inputs/pool.cpp %t/wide.o %t/b/wide_weights.S -I%t/b %build/lib/libqrt_threads.a %qrt_lib -pthread -o %t/pool
// RUN: %t/pool | FileCheck %s --check-prefix=POOL
// POOL: null: 0
// POOL: 3 workers: 0
// POOL: 4 workers: QRT_ERR_ARGUMENT
