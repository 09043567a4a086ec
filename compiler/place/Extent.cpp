// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accesses of each kernel family, from the comments of qrt/kernels.h.

#include "compiler/place/Extent.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Casting.h"

#include <algorithm>
#include <initializer_list>

namespace quench::place {

namespace {

using kernels::Op;
using Extents = std::vector<Extent>;
using Result = llvm::FailureOr<Extents>;

/// Bytes of the codes of a problem.
struct CodeBytes {
  int64_t a, b, y;
  explicit CodeBytes(const kernels::Codes &codes)
      : a(codes.a / 8), b(codes.b / 8), y(codes.y / 8) {}
};

/// Product of sizes, or -1 if one is not positive or it exceeds int32.
int64_t count(llvm::ArrayRef<int32_t> sizes) {
  int64_t product = 1;
  for (int64_t size : sizes) {
    if (size < 1 || size > INT32_MAX / product)
      return -1;
    product *= size;
  }
  return product;
}

/// Of runs of `length` with gaps between them, or -1 like count().
int64_t elements(int64_t runs, int32_t length, int32_t gap) {
  if (runs < 0 || length < 1 || gap < 0)
    return -1;
  const int64_t all = runs * (int64_t{length} + gap) - gap;
  return all > INT32_MAX ? -1 : all;
}

int64_t planes(const qrt_border &p) {
  return elements(count({p.batch, p.channels}), p.pixels, p.plane_gap);
}

/// Pixels of `channels` elements of `bytes` with gaps between.
Extent withGaps(Extent extent, int32_t channels, int32_t gap, int64_t bytes) {
  if (gap > 0) {
    extent.run = bytes * channels;
    extent.step = bytes * (int64_t{channels} + gap);
  }
  return extent;
}

Extent reads(int64_t bytes) { return {0, bytes, false, false}; }
Extent writes(int64_t bytes) { return {0, bytes, true, false}; }
Extent optional(int64_t bytes) { return {0, bytes, false, true}; }

/// x and y of a pooling or resize.
template <typename Struct>
Extent xOf(const Struct &p, int64_t bytes) {
  const int64_t all =
      elements(count({p.batch, p.in_h, p.in_w}), p.channels, p.x_gap);
  return withGaps(reads(bytes * all), p.channels, p.x_gap, bytes);
}
template <typename Struct>
Extent yOf(const Struct &p, int64_t bytes) {
  const int64_t all =
      elements(count({p.batch, p.out_h, p.out_w}), p.channels, p.y_gap);
  return withGaps(writes(bytes * all), p.channels, p.y_gap, bytes);
}

bool isSpace(const qrt_space &space) {
  return space.rank >= 0 && space.rank <= QRT_MAX_RANK &&
         count({space.size, static_cast<size_t>(space.rank)}) > 0;
}

/// Elements reached by strides over a space, from `offset`.
Extent strided(const qrt_space &space, const int32_t *strides, int64_t offset,
               int64_t elementBytes) {
  int64_t low = offset, high = offset;
  for (int32_t axis = 0; axis < space.rank; ++axis) {
    const int64_t reach = (int64_t{space.size[axis]} - 1) * strides[axis];
    (reach < 0 ? low : high) += reach;
  }
  return {low * elementBytes, (high + 1) * elementBytes, false, false};
}

/// Where strides step over channels of others, says so.
Extent inPixels(Extent extent, const qrt_space &space, const int32_t *strides,
                int32_t bytes) {
  const int32_t last = space.rank - 1;
  if (last < 1 || strides[last] != 1 || strides[last - 1] <= space.size[last])
    return extent;
  const int32_t step = strides[last - 1];
  for (int32_t axis = 0; axis < last; ++axis)
    if (strides[axis] % step)
      return extent;
  return withGaps(extent, space.size[last], step - space.size[last], bytes);
}

Extent written(Extent extent) {
  extent.written = true;
  return extent;
}

/// Fails where a count was -1.
Result checked(Extents extents) {
  for (const Extent &extent : extents)
    if (extent.begin < extent.end)
      continue;
    else
      return llvm::failure();
  return extents;
}

Result filtered(const kernels::Kernel &kernel, int group, const qrt_conv2d &p,
                CodeBytes bytes) {
  if (p.groups < 1 || p.in_c % p.groups || p.out_c % p.groups)
    return llvm::failure();
  const int64_t x =
      bytes.a * elements(count({p.batch, p.in_h, p.in_w}), p.in_c, p.x_gap);
  const int64_t y =
      bytes.y * elements(count({p.batch, p.out_h, p.out_w}), p.out_c, p.y_gap);
  const int64_t depth = p.in_c / p.groups;
  if (count({p.out_c, p.kernel_h, p.kernel_w, p.in_c / p.groups}) < 0)
    return llvm::failure();
  // The reference begins a byte with every output channel of a narrow filter.
  const int64_t row = depth * p.kernel_h * p.kernel_w * kernel.filterBits;
  const int64_t codes =
      kernel.isEmitted() ? (p.out_c * row + 7) / 8 : p.out_c * ((row + 7) / 8);
  const int64_t w =
      codes + p.out_c * (group ? qrt_filter_groups(&p, group) : 0);
  if (p.bias_bits != 0 && p.bias_bits != 16 && p.bias_bits != 24)
    return llvm::failure();
  const int64_t biasBytes = p.bias_bits ? p.bias_bits / 8 : 4;
  Extents extents = {withGaps(reads(x), p.in_c, p.x_gap, bytes.a), reads(w),
                     optional(biasBytes * p.out_c),
                     reads(int64_t{4} * p.out_c)};
  extents[2].optional = !kernel.isEmitted();
  if (kernel.op == Op::Conv2D)
    extents.push_back(withGaps(optional(y), p.out_c, p.y_gap, bytes.y));
  extents.push_back(withGaps(writes(y), p.out_c, p.y_gap, bytes.y));
  return checked(extents);
}

Result binary(const qrt_space &space, const int32_t *a, const int32_t *b,
              CodeBytes bytes) {
  if (!isSpace(space))
    return llvm::failure();
  return checked({strided(space, a, 0, bytes.a), strided(space, b, 0, bytes.b),
                  writes(bytes.y * count({space.size, size_t(space.rank)}))});
}

Result reduction(const qrt_reduce &p, int64_t xBytes, int64_t resultBytes) {
  if (!isSpace(p.outer) || !isSpace(p.inner))
    return llvm::failure();
  const Extent outer = strided(p.outer, p.outer_stride, 0, xBytes);
  const Extent inner = strided(p.inner, p.inner_stride, 0, xBytes);
  const Extent x = {outer.begin + inner.begin, outer.end + inner.end - xBytes,
                    false, false};
  return checked(
      {x, writes(resultBytes * count({p.outer.size, size_t(p.outer.rank)}))});
}

Result resize(const qrt_resize2d &p, bool bilinear, CodeBytes bytes) {
  const Extent x = xOf(p, bytes.a);
  const Extent y = yOf(p, bytes.y);
  const Extent rows = reads(int64_t{4} * p.out_h);
  const Extent cols = reads(int64_t{4} * p.out_w);
  return bilinear ? checked({rows, rows, cols, cols, x, y})
                  : checked({rows, cols, x, y});
}

// Layers kept float: everything has four bytes.

Result floatFiltered(const qrt_conv2d_f32 &p) {
  if (p.groups < 1 || p.in_c % p.groups || p.out_c % p.groups)
    return llvm::failure();
  return checked(
      {reads(4 * count({p.batch, p.in_h, p.in_w, p.in_c})),
       reads(4 * count({p.out_c, p.kernel_h, p.kernel_w, p.in_c / p.groups})),
       optional(4 * count({p.out_c})),
       writes(4 * count({p.batch, p.out_h, p.out_w, p.out_c}))});
}

Result floatMatmul(const qrt_matmul_f32 &p) {
  if (!isSpace(p.batch))
    return llvm::failure();
  // From the first matrix to the end of the last one.
  auto operand = [&](const int32_t *strides, int64_t size) {
    Extent extent = strided(p.batch, strides, 0, 4);
    extent.end += 4 * (size - 1);
    return extent;
  };
  const int64_t a = count({p.m, p.k}), b = count({p.k, p.n});
  const int64_t y = count({p.m, p.n});
  const int64_t batches = count({p.batch.size, size_t(p.batch.rank)});
  if (a < 0 || b < 0 || y < 0 || y > INT32_MAX / batches)
    return llvm::failure();
  return checked({operand(p.a_stride, a), operand(p.b_stride, b),
                  writes(4 * y * batches)});
}

Result floatBinary(const qrt_binary_f32 &p) {
  if (!isSpace(p.space))
    return llvm::failure();
  return checked({strided(p.space, p.a_stride, 0, 4),
                  strided(p.space, p.b_stride, 0, 4),
                  writes(4 * count({p.space.size, size_t(p.space.rank)}))});
}

Result floatReduction(const qrt_reduce &p) {
  if (!isSpace(p.outer) || !isSpace(p.inner))
    return llvm::failure();
  const Extent outer = strided(p.outer, p.outer_stride, 0, 4);
  const Extent inner = strided(p.inner, p.inner_stride, 0, 4);
  return checked({
      {outer.begin + inner.begin, outer.end + inner.end - 4, false, false},
      writes(4 * count({p.outer.size, size_t(p.outer.rank)}
      ))
  });
}

Result floatPool(const qrt_pool2d &p) {
  return checked({xOf(p, 4), yOf(p, 4)});
}

Result floatResize(const qrt_resize2d &p, bool bilinear) {
  const Extent x = xOf(p, 4);
  const Extent y = yOf(p, 4);
  const Extent rows = reads(int64_t{4} * p.out_h);
  const Extent cols = reads(int64_t{4} * p.out_w);
  return bilinear ? checked({rows, rows, cols, cols, x, y})
                  : checked({rows, cols, x, y});
}

} // namespace

Result extentsOf(const kernels::Kernel &kernel,
                 const kernels::Problem &problem) {
  const kernels::Params &params = problem.params;
  const CodeBytes bytes(problem.codes);
  switch (problem.op) {
  case Op::Conv2D:
  case Op::ConvTranspose2D:
    return filtered(kernel, problem.filterGroup, std::get<qrt_conv2d>(params),
                    bytes);
  case Op::MatMul: {
    const auto &p = std::get<qrt_matmul>(params);
    const int64_t last = int64_t{p.batch} - 1;
    const int64_t a = count({p.m, p.k}), b = count({p.k, p.n});
    if (a < 0 || b < 0)
      return llvm::failure();
    return checked({reads(bytes.a * (last * p.a_batch_stride + a)),
                    reads(bytes.b * (last * p.b_batch_stride + b)),
                    writes(bytes.y * count({p.batch, p.m, p.n}))});
  }
  case Op::Add: {
    const auto &p = std::get<qrt_add_nd>(params);
    return binary(p.space, p.a_stride, p.b_stride, bytes);
  }
  case Op::Mul: {
    const auto &p = std::get<qrt_mul_nd>(params);
    return binary(p.space, p.a_stride, p.b_stride, bytes);
  }
  case Op::Lut: {
    const auto &p = std::get<qrt_lut>(params);
    return checked({reads(p.count), reads(bytes.y * 256 * int64_t{p.channels}),
                    writes(bytes.y * p.count)});
  }
  case Op::Interpolate: {
    const auto &p = std::get<qrt_interpolate>(params);
    // A line has two ends, and the last channel ends where x does.
    if (p.shift < 0 || p.shift > 7 || p.channels < 1 || p.count % p.channels)
      return llvm::failure();
    return checked({reads(bytes.a * p.count),
                    reads(int64_t{4} * 513 * p.channels),
                    writes(bytes.y * p.count)});
  }
  case Op::Requantize: {
    const auto &p = std::get<qrt_rescale>(params);
    return checked({reads(bytes.a * p.count), writes(bytes.y * p.count)});
  }
  case Op::MaxPool2D:
  case Op::AvgPool2D: {
    const auto &p = std::get<qrt_pool2d>(params);
    return checked({xOf(p, bytes.a), yOf(p, bytes.y)});
  }
  case Op::ReduceSum:
  case Op::ReduceMax:
    return reduction(std::get<qrt_reduce>(params), bytes.a, bytes.y);
  case Op::ArgMax:
    return reduction(std::get<qrt_reduce>(params), bytes.a, 8);
  case Op::Copy: {
    const auto &p = std::get<qrt_copy>(params);
    if (!isSpace(p.space) || p.element_bytes < 1)
      return llvm::failure();
    return checked({strided(p.space, p.x_stride, p.x_offset, p.element_bytes),
                    written(inPixels(strided(p.space, p.y_stride, p.y_offset,
                                             p.element_bytes),
                                     p.space, p.y_stride, p.element_bytes))});
  }
  case Op::Fill:
    return checked(
        {writes(bytes.y * std::get<kernels::FillParams>(params).count)});
  case Op::ResizeNearest:
    return resize(std::get<qrt_resize2d>(params), false, bytes);
  case Op::ResizeBilinear:
    return resize(std::get<qrt_resize2d>(params), true, bytes);
  case Op::QuantizeF32: {
    const auto &p = std::get<qrt_border>(params);
    const int64_t n = count({p.batch, p.channels, p.pixels});
    return checked({reads(4 * planes(p)), writes(bytes.y * n)});
  }
  case Op::Dequantize: {
    const auto &p = std::get<qrt_border>(params);
    const int64_t n = count({p.batch, p.channels, p.pixels});
    return checked({reads(bytes.a * n), writes(4 * planes(p))});
  }
  case Op::SoftmaxF32: {
    const auto &p = std::get<qrt_rows>(params);
    const int64_t n = 4 * count({p.outer, p.length, p.inner});
    return checked({reads(n), writes(n)});
  }
  case Op::LayerNormF32: {
    const auto &p = std::get<qrt_rows>(params);
    const int64_t n = 4 * count({p.outer, p.length, p.inner});
    const int64_t row = int64_t{4} * p.length;
    return checked({reads(n), reads(row), optional(row), writes(n)});
  }
  case Op::Conv2DF32:
  case Op::ConvTranspose2DF32:
    return floatFiltered(std::get<qrt_conv2d_f32>(params));
  case Op::MatMulF32:
    return floatMatmul(std::get<qrt_matmul_f32>(params));
  case Op::AddF32:
  case Op::SubF32:
  case Op::MulF32:
    return floatBinary(std::get<qrt_binary_f32>(params));
  case Op::AvgPool2DF32:
  case Op::MaxPool2DF32:
    return floatPool(std::get<qrt_pool2d>(params));
  case Op::ReduceSumF32:
  case Op::ReduceMeanF32:
  case Op::ReduceMaxF32:
    return floatReduction(std::get<qrt_reduce>(params));
  case Op::ResizeNearestF32:
    return floatResize(std::get<qrt_resize2d>(params), false);
  case Op::ResizeBilinearF32:
    return floatResize(std::get<qrt_resize2d>(params), true);
  case Op::PReluF32: {
    const auto &p = std::get<qrt_unary_f32>(params);
    if (p.channels < 1 || p.count % p.channels)
      return llvm::failure();
    const int64_t n = int64_t{4} * p.count;
    return checked({reads(n), reads(int64_t{4} * p.channels), writes(n)});
  }
  case Op::ClipF32:
  case Op::LeakyReluF32:
  case Op::SigmoidF32:
  case Op::TanhF32:
  case Op::HardSigmoidF32:
  case Op::HardSwishF32:
  case Op::SiluF32:
  case Op::GeluF32:
  case Op::GeluTanhF32:
  case Op::ErfF32:
  case Op::ExpF32:
  case Op::SqrtF32:
  case Op::AbsF32: {
    const int64_t n = int64_t{4} * std::get<qrt_unary_f32>(params).count;
    return checked({reads(n), writes(n)});
  }
  }
  return llvm::failure();
}

} // namespace quench::place
