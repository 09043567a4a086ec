// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of an emitted file that its kernels share: plain C++ helpers and the
// inline functions behind the verbs.

#include "codegen/kernels/schedules/Channels.h"
#include "codegen/kernels/schedules/DepthwiseWeights.h"
#include "codegen/kernels/schedules/NarrowFilter.h"
#include "codegen/kernels/schedules/Schedule.h"
#include "codegen/kernels/schedules/Winograd.h"

namespace quench::kernels {

namespace {

// Kept as text: there is nothing to vary in them.
constexpr const char *byteHelpers = R"(
// Four activations as one number.
QUENCH_INLINE int32_t load_s32(const int8_t *x) {
  int32_t value;
  __builtin_memcpy(&value, x, 4);
  return value;
}

// Copies exactly `count` bytes; meant for short runs.
QUENCH_INLINE void copy_bytes(int8_t *y, const int8_t *x, ptrdiff_t count) {
  for (; count >= 16; count -= 16, x += 16, y += 16)
    __builtin_memcpy(y, x, 16);
  if (count & 8) {
    __builtin_memcpy(y, x, 8);
    x += 8, y += 8;
  }
  if (count & 4) {
    __builtin_memcpy(y, x, 4);
    x += 4, y += 4;
  }
  for (count &= 3; count > 0; --count)
    *y++ = *x++;
}
)";

constexpr const char *pairHelpers = R"(
QUENCH_INLINE int32_t load_u16(const int8_t *x) {
  uint16_t value;
  __builtin_memcpy(&value, x, 2);
  return value;
}
)";

constexpr const char *windowHelpers = R"(
// Taps first <= k < last of a window have 0 <= origin + k * dilation < size.
struct clipped_taps {
  int32_t first, last;
};

QUENCH_INLINE clipped_taps clip_taps(int32_t origin, int32_t dilation,
                                     int32_t kernel, int32_t size) {
  clipped_taps taps = {0, 0};
  if (origin < 0)
    taps.first = (dilation - 1 - origin) / dilation;
  if (origin < size)
    taps.last = (size - 1 - origin) / dilation + 1;
  if (taps.last > kernel)
    taps.last = kernel;
  if (taps.last < taps.first)
    taps.last = taps.first;
  return taps;
}
)";

constexpr const char *tileHelper = R"(
// A panel of a convolution: tiles of mr pixels x nr channels, one below the
// other.
struct conv_panel {
  const int8_t *const *rows; // [tiles][taps][mr]: activations of tap and pixel
  ptrdiff_t taps;
  ptrdiff_t depth;      // bytes of activations a tap, a multiple of 4
  const int8_t *filter; // one block of the packed filter
  ptrdiff_t ahead;      // how far behind it those are that come to L2 meanwhile
  const int8_t *ones;   // [depth]: 1 for a product, 0 for padding
  const int32_t *bias;
  const float *mul;
  const int8_t *residual; // or null
  int8_t *y;
  ptrdiff_t stride; // of y and residual, between pixels
  int32_t pixels;   // of all tiles, the last one maybe in part
  int32_t channels; // how many of nr are stored
};
)";

constexpr const char *convHelpers = R"(
// A convolution whose windows are single pixels is a matrix product: all its
// pixels become one row, so that tiles need not stop at row ends.
QUENCH_INLINE qrt_conv2d conv_flatten(const qrt_conv2d *p) {
  qrt_conv2d flat = *p;
  if (p->kernel_h == 1 && p->kernel_w == 1 && p->stride_h == 1 &&
      p->stride_w == 1 && p->in_h == p->out_h && p->in_w == p->out_w &&
      p->pad_top == 0 && p->pad_left == 0) {
    flat.in_w = flat.out_w = p->batch * p->out_h * p->out_w;
    flat.batch = flat.in_h = flat.out_h = 1;
  }
  return flat;
}
)";

constexpr const char *convPixelsHelper = R"(
// Pointers to the input pixel of every tap, for `count` output pixels of one
// image from number `first` on: table[tile][tap][mr]. Taps outside the input
// read `zeros`; the last tile repeats its last pixel.
[[maybe_unused]] static void conv_pixels(const qrt_conv2d *p, const int8_t *x,
                                         const int8_t *zeros, int32_t first,
                                         int32_t count, int32_t mr,
                                         const int8_t **table) {
  if (p->out_h == 1 && p->kernel_h == 1 && p->kernel_w == 1 &&
      p->pad_top == 0 && p->pad_left == 0) {
    // Pixels in a row, as conv_flatten makes them.
    const ptrdiff_t pixel = p->stride_w * qrt_x_pixel(p);
    int32_t i = 0;
    for (x += first * pixel; i < count; ++i, x += pixel)
      table[i] = x;
    for (; i % mr != 0; ++i)
      table[i] = x - pixel;
    return;
  }
  const ptrdiff_t row = p->dilation_h * p->in_w * qrt_x_pixel(p);
  const ptrdiff_t column = p->dilation_w * qrt_x_pixel(p);
  const int32_t span_h = (p->kernel_h - 1) * p->dilation_h;
  const int32_t span_w = (p->kernel_w - 1) * p->dilation_w;
  const int32_t taps = p->kernel_h * p->kernel_w;
  int32_t oh = first / p->out_w, ow = first % p->out_w;
  for (int32_t i = 0; i < count; i += mr, table += taps * mr) {
    ptrdiff_t origin[16];
    int32_t top[16], left[16];
    bool whole[16], all = true;
    for (int32_t j = 0; j < mr; ++j) {
      top[j] = oh * p->stride_h - p->pad_top;
      left[j] = ow * p->stride_w - p->pad_left;
      origin[j] = ((ptrdiff_t)top[j] * p->in_w + left[j]) * qrt_x_pixel(p);
      whole[j] = top[j] >= 0 && left[j] >= 0 && top[j] + span_h < p->in_h &&
                 left[j] + span_w < p->in_w;
      all = all && whole[j];
      if (i + j + 1 < count && ++ow == p->out_w) {
        ow = 0;
        ++oh;
      }
    }
    const int8_t **slot = table;
    for (int32_t kh = 0; kh < p->kernel_h; ++kh)
      for (int32_t kw = 0; kw < p->kernel_w; ++kw, slot += mr) {
        const ptrdiff_t tap = kh * row + kw * column;
        if (all) {
          for (int32_t j = 0; j < mr; ++j)
            slot[j] = x + (origin[j] + tap);
          continue;
        }
        for (int32_t j = 0; j < mr; ++j) {
          const int32_t h = top[j] + kh * p->dilation_h;
          const int32_t w = left[j] + kw * p->dilation_w;
          const bool inside =
              whole[j] || (h >= 0 && h < p->in_h && w >= 0 && w < p->in_w);
          slot[j] = inside ? x + (origin[j] + tap) : zeros;
        }
      }
  }
}
)";

constexpr const char *convRowsHelper = R"(
// The rectangle of padded input that some output pixels of one image read, as
// a copy: `rows` rows of `columns` pixels. Pixel (0, 0) is input pixel
// (row, column), which may lie outside the input.
struct conv_window {
  int32_t row, column;
  int32_t rows, columns;
  int32_t first_h, first_w; // output pixel of (0, 0)
};

// The rectangle of output pixels first ... first + count - 1.
QUENCH_INLINE conv_window conv_window_of(const qrt_conv2d *p, int32_t first,
                                         int32_t count) {
  const int32_t last = first + count - 1;
  const int32_t oh = first / p->out_w, last_h = last / p->out_w;
  const int32_t ow = oh == last_h ? first % p->out_w : 0;
  const int32_t last_w = oh == last_h ? last % p->out_w : p->out_w - 1;
  conv_window w;
  w.row = oh * p->stride_h - p->pad_top;
  w.column = ow * p->stride_w - p->pad_left;
  w.rows = (last_h - oh) * p->stride_h + (p->kernel_h - 1) * p->dilation_h + 1;
  w.columns =
      (last_w - ow) * p->stride_w + (p->kernel_w - 1) * p->dilation_w + 1;
  w.first_h = oh;
  w.first_w = ow;
  return w;
}

// Like conv_pixels, for a copy with `size` bytes a code. `merged`: the taps of
// a kernel row lie side by side and count as one.
[[maybe_unused]] static void
conv_window_pixels(const qrt_conv2d *p, const conv_window *w,
                   const int8_t *copy, bool merged, int32_t size, int32_t first,
                   int32_t count, int32_t mr, const int8_t **table) {
  const ptrdiff_t pixel = (ptrdiff_t)p->in_c * size;
  const ptrdiff_t row = w->columns * pixel;
  const int32_t taps_w = merged ? 1 : p->kernel_w;
  const ptrdiff_t step = p->stride_w * pixel;
  const ptrdiff_t wrap = p->stride_h * row - (p->out_w - 1) * step;
  int32_t ow = first % p->out_w;
  const int8_t *at = copy + (ow - w->first_w) * step;
  for (int32_t i = 0; i < count; i += mr) {
    const int8_t *origin[16];
    for (int32_t j = 0; j < mr; ++j) {
      origin[j] = at;
      if (i + j + 1 >= count)
        continue;
      const bool last = ++ow == p->out_w;
      ow = last ? 0 : ow;
      at += last ? wrap : step;
    }
    for (int32_t kh = 0; kh < p->kernel_h; ++kh)
      for (int32_t kw = 0; kw < taps_w; ++kw, table += mr) {
        const ptrdiff_t tap =
            kh * p->dilation_h * row + kw * p->dilation_w * pixel;
        for (int32_t j = 0; j < mr; ++j)
          table[j] = origin[j] + tap;
      }
  }
}
)";

} // namespace

const targets::DotInstruction &dotOf(const Kernel &kernel) {
  return *targets::findDot(kernel.isa, kernel.tile.kr);
}

std::vector<std::string> convParameters(const Kernel &kernel) {
  const std::string x = codeType(kernel.codes.a), y = codeType(kernel.codes.y);
  std::vector<std::string> parameters = {"const qrt_conv2d *p"};
  if (kernel.grouped)
    parameters.push_back("int32_t group");
  const std::string pointers[] = {
      "const " + x + " *x", "const int8_t *filter",      "const void *bias",
      "const float *mul",   "const " + y + " *residual", y + " *y",
      "uint8_t *scratch"};
  parameters.insert(parameters.end(), std::begin(pointers), std::end(pointers));
  return parameters;
}

std::string asBytes(std::string_view name, int bits) {
  return std::string(name) + (bits == 16 ? "_bytes" : "");
}

void declareBytes(CppWriter &writer, const Kernel &kernel) {
  if (kernel.codes.a == 16)
    writer.line("const int8_t *x_bytes = (const int8_t *)x;");
  if (kernel.codes.y != 16)
    return;
  writer.line("const int8_t *residual_bytes = (const int8_t *)residual;");
  writer.line("int8_t *y_bytes = (int8_t *)y;");
}

std::string addRunOf(const Kernel &kernel) {
  return isaOf(kernel).helper(kernel.codes.y == 16 ? "add_run_words"
                                                   : "add_run");
}

std::string entryPrefix(const Kernel &kernel, std::string_view linkage) {
  return std::string(linkage) + " " + isaOf(kernel).attributeMacro() + " void";
}

void emitPlainHelpers(CppWriter &writer, unsigned mask) {
  if (mask & HelperBytes)
    writer.raw(byteHelpers);
  if (mask & HelperPairs)
    writer.raw(pairHelpers);
  if (mask & HelperWindow)
    writer.raw(windowHelpers);
  if (mask & (HelperConv | HelperRows | HelperTile))
    writer.raw(tileHelper);
  if (mask & (HelperConv | HelperRows))
    writer.raw(convHelpers);
  if (mask & HelperConv)
    writer.raw(convPixelsHelper);
  if (mask & HelperRows)
    writer.raw(convRowsHelper);
  if (mask & HelperWinograd)
    winograd::emitPixels(writer);
}

void emitIsaHelpers(CppWriter &writer, const Isa &isa, unsigned mask) {
  if (mask & (HelperVerbs | HelperAddRun | HelperConv | HelperRows))
    isa.helpers(writer);
  if (mask & HelperAddRun)
    emitAddRun(writer, isa);
  if (mask & HelperWords)
    emitAddRunWords(writer, isa);
  if (mask & HelperRows)
    emitConvRows(writer, isa);
  if (mask & HelperPairs)
    emitArrangePairs(writer, isa);
  for (int bits : {4, 2})
    if (mask & (bits == 4 ? HelperUnpack4 : HelperUnpack2))
      emitUnpack(writer, isa, bits);
  if (mask & HelperGroups)
    emitScaleGroups(writer, isa);
  if (mask & HelperChannels)
    emitTakeChannels(writer, isa);
  if (mask & HelperTapChannels)
    emitTakeTapChannels(writer, isa);
  if (mask & HelperArrange)
    for (int bytes = isa.vectorBytes(); bytes >= 16; bytes /= 2)
      emitArrangeWeights(writer, isa.atWidth(bytes));
}

double outputCycles(const Kernel &kernel, double count) {
  const Isa &isa = isaOf(kernel);
  // Zen 4 issues four 256-bit or two 512-bit operations a cycle.
  const double operations = kernel.near ? 6 : 8;
  return count / isa.lanes() * operations * isa.vectorBytes() / (4 * 32);
}

} // namespace quench::kernels
