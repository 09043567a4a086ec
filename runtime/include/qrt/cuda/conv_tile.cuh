// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolution as an implicit matrix product on tensor cores: M output pixels
// times N output channels, summed over K = taps x input channels.
//
// A block computes Tile::m x Tile::n outputs. Steps of 64 bytes of K of both
// operands go through shared memory in Tile::stages buffers, of which all but
// one are being filled. Rows of 64 bytes are stored with their 16-byte chunks
// exchanged, chunk ^ (row / 2 % 4), so that the eight rows of a matrix lie in
// different banks. The filter is stored in the order in which blocks read it
// (codegen/kernels/cuda/ConvPack.cpp): [N / n][K / 64][n][64], exchanged alike,
// rows of 32 channels permuted so that a lane has eight neighbouring channels
// of a pixel in its accumulators and stores them at once.

#ifndef QRT_CUDA_CONV_TILE_CUH
#define QRT_CUDA_CONV_TILE_CUH

#include "qrt/cuda/tensor.cuh"

namespace qrt::cuda {

/// How a convolution is cut.
template <int M, int N, int WarpM, int WarpN, int Stages, int Parts, int Chunk,
          int Exact22, int Store, int Residual>
struct ConvTile {
  static constexpr int m = M, n = N;                   ///< outputs of a block
  static constexpr int warp_m = WarpM, warp_n = WarpN; ///< of a warp
  static constexpr int stages = Stages;
  /// Parts of K, computed by different blocks and summed by a second kernel.
  static constexpr int parts = Parts;
  /// Bytes of an input pixel copied at once, to which channels, the width of a
  /// pixel and the tensor are aligned: 16, 8 or 4; 1: bytes are gathered.
  static constexpr int chunk = Chunk;
  /// The compiler has proved |acc| < 2^22: accumulators are floats from the
  /// start.
  static constexpr bool exact22 = Exact22 != 0;
  /// Neighbouring channels stored at once, 8 or 1.
  static constexpr int store = Store;
  /// Whether a residual is added.
  static constexpr bool residual = Residual != 0;

  static constexpr int k = 64;
  static constexpr int threads = M / WarpM * (N / WarpN) * warpLanes;
  static constexpr int stage_bytes = (M + N) * k;
  static constexpr int shared_bytes = stages * stage_bytes;
  static_assert(WarpM % 16 == 0 && WarpN % 32 == 0 && M % WarpM == 0 &&
                N % WarpN == 0);
  static_assert(shared_bytes <= 48 << 10, "what every device has");
};

/// What follows from the parameters of a layer.
template <class Layer>
struct ConvSizes {
  static constexpr qrt_conv2d p = Layer::p;
  static constexpr int taps = p.kernel_h * p.kernel_w;
  static constexpr int k = taps * p.in_c;
  static constexpr int steps = static_cast<int>(divide_up(k, 64));
  static constexpr int64_t pixels = int64_t{p.batch} * p.out_h * p.out_w;
  static constexpr int x_pixel = p.in_c + p.x_gap;
  static constexpr int y_pixel = p.out_c + p.y_gap;
  /// A product of two matrices, without windows.
  static constexpr bool pointwise =
      taps == 1 && p.stride_h == 1 && p.stride_w == 1 && p.pad_top == 0 &&
      p.pad_left == 0 && p.in_h == p.out_h && p.in_w == p.out_w;
  /// Offset in the input of channel 0 under a tap, from that under tap 0.
  static __device__ __forceinline__ int tap_offset(int tap) {
    return (tap / p.kernel_w * p.dilation_h * p.in_w +
            tap % p.kernel_w * p.dilation_w) *
           x_pixel;
  }
};

/// An output pixel as the copies of the input see it.
struct ConvRow {
  int offset;     ///< of channel 0 under tap 0, which may lie outside
  uint64_t valid; ///< bit t: tap t lies inside
};

template <class Layer>
QRT_DEVICE ConvRow conv_row(int64_t pixel) {
  using S = ConvSizes<Layer>;
  constexpr qrt_conv2d p = S::p;
  if (pixel >= S::pixels)
    return {0, 0};
  const auto m = static_cast<uint32_t>(pixel);
  if constexpr (S::pointwise)
    return {static_cast<int>(m) * S::x_pixel, 1};
  const int ow = static_cast<int>(m % p.out_w);
  const int oh = static_cast<int>(m / p.out_w % p.out_h);
  const int n = static_cast<int>(m / p.out_w / p.out_h);
  const int ih = oh * p.stride_h - p.pad_top, iw = ow * p.stride_w - p.pad_left;
  uint64_t valid = 0;
#pragma unroll
  for (int tap = 0; tap < S::taps; ++tap) {
    const int h = ih + tap / p.kernel_w * p.dilation_h;
    const int w = iw + tap % p.kernel_w * p.dilation_w;
    const bool inside =
        static_cast<unsigned>(h) < static_cast<unsigned>(p.in_h) &&
        static_cast<unsigned>(w) < static_cast<unsigned>(p.in_w);
    valid |= uint64_t{inside} << tap;
  }
  return {((n * p.in_h + ih) * p.in_w + iw) * S::x_pixel, valid};
}

/// Copies one step of K of the input to shared memory, again and again.
template <class Layer, class Tile>
class ConvInput {
  using S = ConvSizes<Layer>;
  static constexpr qrt_conv2d p = S::p;
  static constexpr bool gathers = Tile::chunk == 1;
  static constexpr int unit = gathers ? 4 : Tile::chunk; // bytes a copy
  static constexpr int units = Tile::k / unit;           // of a row
  static constexpr int rowsApart = Tile::threads / units;
  /// Of a thread; a low tile has more threads than units.
  static constexpr int copies = static_cast<int>(divide_up(Tile::m, rowsApart));
  static_assert(Tile::threads % units == 0 &&
                (Tile::m % rowsApart == 0 || copies == 1) &&
                (rowsApart & (rowsApart - 1)) == 0 && rowsApart % 2 == 0);
  static constexpr uint32_t outside = repeat_code(p.in_zero);
  static constexpr bool mayBeOutside = p.in_zero != 0 && !S::pointwise;

public:
  __device__ __forceinline__ ConvInput(const int8_t *x, int64_t first, int step)
      : x(x) {
    const int u = static_cast<int>(threadIdx.x) % units;
    const int row = static_cast<int>(threadIdx.x) / units;
#pragma unroll
    for (int i = 0; i < copies; ++i)
      rows[i] = conv_row<Layer>(first + row + i * rowsApart);
    const int chunk = u * unit / 16 ^ row / 2 % 4;
    to = row * Tile::k + chunk * 16 + u * unit % 16;
    seek(step * Tile::k + u * unit);
  }

  /// Copies the next step to the buffer at `stage`.
  __device__ __forceinline__ void copy(uint32_t stage) {
    if (rowsApart > Tile::m && static_cast<int>(threadIdx.x) / units >= Tile::m)
      return;
    if constexpr (gathers) {
      gather(stage);
      seek(k + Tile::k);
      return;
    }
    const int delta = S::pointwise ? channel : S::tap_offset(tap) + channel;
#pragma unroll
    for (int i = 0; i < copies; ++i) {
      const bool valid = inK() && isInside(rows[i], tap);
      const int8_t *from = x + (valid ? rows[i].offset + delta : 0);
      const uint32_t address = stage + place(i);
      if (mayBeOutside && !valid)
        fill_shared<unit>(address, outside);
      else
        copy_or_zero<unit>(address, from, valid);
    }
    advance();
  }

private:
  /// Of copy `i` in a buffer: the exchange of chunks repeats every 8 rows.
  __device__ __forceinline__ uint32_t place(int i) const {
    return (to ^ i * rowsApart / 2 % 4 * 16) + i * rowsApart * Tile::k;
  }
  __device__ __forceinline__ bool inK() const {
    return S::k % Tile::k == 0 || k < S::k;
  }
  static __device__ __forceinline__ bool isInside(const ConvRow &row, int tap) {
    if constexpr (S::pointwise)
      return row.valid != 0;
    if constexpr (S::taps <= 31)
      return (static_cast<uint32_t>(row.valid) >> tap & 1) != 0;
    return (row.valid >> tap & 1) != 0;
  }

  __device__ __forceinline__ void seek(int to_k) {
    k = to_k;
    tap = k / p.in_c;
    channel = k % p.in_c;
  }
  __device__ __forceinline__ void advance() {
    k += Tile::k;
    channel += Tile::k % p.in_c;
    tap += Tile::k / p.in_c;
    if constexpr (Tile::k % p.in_c != 0)
      if (channel >= p.in_c) {
        channel -= p.in_c;
        ++tap;
      }
  }

  /// Word by word of four products that need not be neighbours.
  __device__ __forceinline__ void gather(uint32_t stage) {
    int delta[4], taps[4];
#pragma unroll
    for (int e = 0; e < 4; ++e) {
      taps[e] = (k + e) / p.in_c;
      delta[e] = S::tap_offset(taps[e]) + (k + e) % p.in_c;
    }
#pragma unroll
    for (int i = 0; i < copies; ++i) {
      int32_t codes[4];
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const bool valid = k + e < S::k && isInside(rows[i], taps[e]);
        codes[e] = valid ? x[rows[i].offset + delta[e]] : p.in_zero;
      }
      store_shared(stage + place(i),
                   pack_codes(codes[0], codes[1], codes[2], codes[3]));
    }
  }

  const int8_t *x;
  ConvRow rows[copies];
  int to;              // in a buffer
  int k, tap, channel; // of this thread's unit in the next step
};

/// Sums of one warp, [16 rows][8 columns] a multiplication.
template <class Tile>
struct ConvSums {
  static constexpr int high = Tile::warp_m / 16, wide = Tile::warp_n / 8;
  int32_t of[high][wide][4];
};

/// Requantizes eight neighbouring channels of a pixel and stores them.
template <class Layer, class Tile>
QRT_DEVICE void store_channels(const int32_t (&acc)[8], int64_t pixel,
                               int channel, const int32_t (&bias)[8],
                               const float (&mul)[8], const int8_t *residual,
                               int8_t *y) {
  using S = ConvSizes<Layer>;
  constexpr qrt_conv2d p = S::p;
  const int64_t at = pixel * S::y_pixel + channel;
  uint32_t other[2] = {0, 0};
  if constexpr (Tile::residual) {
    if constexpr (Tile::store == 8) {
      const uint2 words = *reinterpret_cast<const uint2 *>(residual + at);
      other[0] = words.x;
      other[1] = words.y;
    } else {
#pragma unroll
      for (int e = 0; e < 8; ++e)
        if (channel + e < p.out_c)
          other[e / 4] |=
              static_cast<uint32_t>(static_cast<uint8_t>(residual[at + e]))
              << (8 * (e % 4));
    }
  }
  int32_t codes[8];
#pragma unroll
  for (int e = 0; e < 8; ++e) {
    const int32_t sum = acc[e] + bias[e];
    // The sum's bits are those of 1.5 * 2^23 + sum.
    const float real = Tile::exact22
                           ? __fsub_rn(__int_as_float(sum), roundingFloat)
                           : __int2float_rn(sum);
    codes[e] = round_to_code(__fmul_rn(real, mul[e]), p.out);
    if constexpr (Tile::residual)
      codes[e] = add_codes(p.add, codes[e], code_of(other[e / 4], e % 4));
  }
  if constexpr (Tile::store == 8) {
    *reinterpret_cast<uint2 *>(y + at) =
        uint2{pack_codes(codes[0], codes[1], codes[2], codes[3]),
              pack_codes(codes[4], codes[5], codes[6], codes[7])};
  } else {
#pragma unroll
    for (int e = 0; e < 8; ++e)
      if (channel + e < p.out_c)
        y[at + e] = static_cast<int8_t>(codes[e]);
  }
}

/// `filter`, `bias` and `mul` as packed, [N rounded up to n] channels; with
/// parts, `sums` is [parts][M][N rounded up], else null.
template <class Layer, class Tile>
__global__ void __launch_bounds__(Tile::threads)
    conv_tile_kernel(const int8_t *x, const int8_t *filter, const int32_t *bias,
                     const float *mul, const int8_t *residual, int8_t *y,
                     int32_t *sums) {
  using S = ConvSizes<Layer>;
  using Sums = ConvSums<Tile>;
  constexpr qrt_conv2d p = S::p;
  extern __shared__ __align__(128) int8_t buffers[];
  const uint32_t shared = shared_address(buffers);
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % warpLanes, warp = thread / warpLanes;
  const int warp_row = warp % (Tile::m / Tile::warp_m) * Tile::warp_m;
  const int warp_column = warp / (Tile::m / Tile::warp_m) * Tile::warp_n;
  const int64_t first_pixel = int64_t{blockIdx.x} * Tile::m;
  const int first_channel = static_cast<int>(blockIdx.y) * Tile::n;
  const int part = static_cast<int>(blockIdx.z);
  const int first_step = S::steps * part / Tile::parts;
  const int steps = S::steps * (part + 1) / Tile::parts - first_step;

  constexpr int filter_step = Tile::n * Tile::k;
  constexpr int filter_copies = filter_step / (16 * Tile::threads);
  static_assert(filter_step % (16 * Tile::threads) == 0);
  ConvInput<Layer, Tile> input(x, first_pixel, first_step);
  const int8_t *next_filter =
      filter + (int64_t{blockIdx.y} * S::steps + first_step) * filter_step +
      thread * 16;
  auto copy = [&](uint32_t stage) {
    input.copy(stage);
#pragma unroll
    for (int i = 0; i < filter_copies; ++i)
      copy_or_zero<16>(stage + Tile::m * Tile::k + thread * 16 +
                           i * Tile::threads * 16,
                       next_filter + i * Tile::threads * 16, true);
    next_filter += filter_step;
  };

  Sums acc;
#pragma unroll
  for (int i = 0; i < Sums::high; ++i)
#pragma unroll
    for (int j = 0; j < Sums::wide; ++j)
#pragma unroll
      for (int e = 0; e < 4; ++e)
        acc.of[i][j][e] = Tile::exact22 && Tile::parts == 1 ? roundingBits : 0;

#pragma unroll
  for (int stage = 0; stage < Tile::stages - 1; ++stage) {
    if (stage < steps)
      copy(shared + stage * Tile::stage_bytes);
    end_copy_group();
  }

  // Rows and chunks of the matrices that this lane addresses.
  const int a_row = warp_row + lane % 16,
            b_row = warp_column + lane % 8 + lane / 16 * 8;
  uint32_t a_at[2], b_at[2];
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    a_at[half] =
        a_row * Tile::k + ((half * 2 + lane / 16) ^ a_row / 2 % 4) * 16;
    b_at[half] = (Tile::m + b_row) * Tile::k +
                 ((half * 2 + lane / 8 % 2) ^ b_row / 2 % 4) * 16;
  }

  uint32_t reads = shared,
           writes = shared + (Tile::stages - 1) * Tile::stage_bytes;
  const uint32_t end = shared + Tile::shared_bytes;
#pragma unroll 1
  for (int step = 0; step < steps; ++step) {
    wait_for_copies<Tile::stages - 2>();
    __syncthreads();
    // Into the buffer that all have read before the barrier.
    if (step + Tile::stages - 1 < steps)
      copy(writes);
    end_copy_group();
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      uint32_t a[Sums::high][4], b[Sums::wide / 2][4];
#pragma unroll
      for (int i = 0; i < Sums::high; ++i)
        load_matrices(a[i], reads + a_at[half] + i * 16 * Tile::k);
#pragma unroll
      for (int j = 0; j < Sums::wide / 2; ++j)
        load_matrices(b[j], reads + b_at[half] + j * 16 * Tile::k);
#pragma unroll
      for (int i = 0; i < Sums::high; ++i)
#pragma unroll
        for (int j = 0; j < Sums::wide; ++j)
          multiply_16x8x32(acc.of[i][j], a[i], b[j / 2][j % 2 * 2],
                           b[j / 2][j % 2 * 2 + 1]);
    }
    reads += Tile::stage_bytes;
    writes += Tile::stage_bytes;
    reads = reads == end ? shared : reads;
    writes = writes == end ? shared : writes;
  }

#pragma unroll
  for (int group = 0; group < Sums::wide / 4; ++group) {
    const int channel = first_channel + warp_column + group * 32 + lane % 4 * 8;
    if (channel >= p.out_c)
      continue;
    int32_t biases[8];
    float muls[8];
    if constexpr (Tile::parts == 1) {
#pragma unroll
      for (int e = 0; e < 8; ++e) {
        biases[e] = bias[channel + e];
        muls[e] = mul[channel + e];
      }
    }
#pragma unroll
    for (int i = 0; i < Sums::high; ++i)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int64_t pixel =
            first_pixel + warp_row + i * 16 + half * 8 + lane / 4;
        if (pixel >= S::pixels)
          continue;
        int32_t eight[8];
#pragma unroll
        for (int e = 0; e < 8; ++e)
          eight[e] = acc.of[i][group * 4 + e / 2][half * 2 + e % 2];
        if constexpr (Tile::parts == 1) {
          store_channels<Layer, Tile>(eight, pixel, channel, biases, muls,
                                      residual, y);
        } else {
          constexpr int64_t columns = divide_up(p.out_c, 8) * 8;
          auto *to = reinterpret_cast<int4 *>(
              sums + (part * S::pixels + pixel) * columns + channel);
          to[0] = int4{eight[0], eight[1], eight[2], eight[3]};
          to[1] = int4{eight[4], eight[5], eight[6], eight[7]};
        }
      }
  }
}

/// Adds the parts; a thread has eight channels of a pixel.
template <class Layer, class Tile>
__global__ void __launch_bounds__(blockThreads)
    conv_sum_kernel(const int32_t *sums, const int32_t *bias, const float *mul,
                    const int8_t *residual, int8_t *y) {
  using S = ConvSizes<Layer>;
  constexpr int64_t groups = divide_up(S::p.out_c, 8);
  const int64_t number = thread_number();
  if (number >= S::pixels * groups)
    return;
  const int64_t pixel = number / groups;
  const int channel = static_cast<int>(number % groups) * 8;
  int32_t acc[8], biases[8];
  float muls[8];
#pragma unroll
  for (int e = 0; e < 8; ++e) {
    acc[e] = Tile::exact22 ? roundingBits : 0;
    biases[e] = bias[channel + e];
    muls[e] = mul[channel + e];
  }
#pragma unroll
  for (int part = 0; part < Tile::parts; ++part) {
    const auto *from = reinterpret_cast<const int4 *>(
        sums + ((part * S::pixels + pixel) * groups * 8 + channel));
    const int4 low = from[0], high = from[1];
    const int32_t eight[8] = {low.x,  low.y,  low.z,  low.w,
                              high.x, high.y, high.z, high.w};
#pragma unroll
    for (int e = 0; e < 8; ++e)
      acc[e] += eight[e];
  }
  store_channels<Layer, Tile>(acc, pixel, channel, biases, muls, residual, y);
}

/// One layer. `scratch` has parts * M * (N rounded up to 8) int32 if parts > 1.
template <class Layer, class Tile>
void conv_tile(cudaStream_t stream, const int8_t *x, const int8_t *filter,
               const void *bias, const float *mul, const int8_t *residual,
               int8_t *y, uint8_t *scratch) {
  using S = ConvSizes<Layer>;
  const dim3 grid(static_cast<unsigned>(divide_up(S::pixels, Tile::m)),
                  static_cast<unsigned>(divide_up(S::p.out_c, Tile::n)),
                  Tile::parts);
  auto *sums = reinterpret_cast<int32_t *>(scratch);
  const auto *biases = static_cast<const int32_t *>(bias);
  conv_tile_kernel<Layer, Tile>
      <<<grid, Tile::threads, Tile::shared_bytes, stream>>>(
          x, filter, biases, mul, residual, y, sums);
  if constexpr (Tile::parts > 1)
    conv_sum_kernel<Layer, Tile>
        <<<blocks_for(S::pixels * divide_up(S::p.out_c, 8)), blockThreads, 0,
           stream>>>(sums, biases, mul, residual, y);
}

} // namespace qrt::cuda

#endif // QRT_CUDA_CONV_TILE_CUH
