// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rows, the choice among them, and the frame of an emitted file.

#include "codegen/kernels/Catalogue.h"
#include "codegen/kernels/Reach.h"
#include "codegen/kernels/Split.h"
#include "codegen/kernels/Timings.h"
#include "codegen/kernels/cuda/Cuda.h"
#include "codegen/kernels/schedules/NarrowFilter.h"
#include "codegen/kernels/schedules/Schedule.h"
#include "codegen/targets/Dot.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

namespace quench::kernels {

namespace {

/// How the widths of codes tell the kernels of an op apart.
enum class Widths {
  None,    ///< no codes, or any
  Same,    ///< one width
  Unary,   ///< of the operand and of the result
  FromS8,  ///< the same, operands of 8 bits only
  FromS16, ///< of 16 bits only
  Binary,  ///< of both operands and of the result
};

/// Name of an op in symbols, and its function in libqrt; @ is where the widths
/// go.
struct OpRow {
  Op op;
  std::string_view name;
  std::string_view reference;
  Widths widths;
};

constexpr OpRow opTable[] = {
    {Op::Conv2D,          "conv2d",           "conv2d_@",           Widths::Unary  },
    {Op::ConvTranspose2D, "conv_transpose2d", "conv_transpose2d_@",
     Widths::Unary                                                                 },
    {Op::MatMul,          "matmul",           "matmul_@",           Widths::Binary },
    {Op::Add,             "add",              "add_@",              Widths::Binary },
    {Op::Mul,             "mul",              "mul_@",              Widths::Binary },
    {Op::Lut,             "lut",              "lut_@",              Widths::FromS8 },
    {Op::Interpolate,     "interpolate",      "interpolate_@",      Widths::FromS16},
    {Op::Requantize,      "requantize",       "requantize_@",       Widths::FromS16},
    {Op::MaxPool2D,       "max_pool2d",       "max_pool2d_@",       Widths::Same   },
    {Op::AvgPool2D,       "avg_pool2d",       "avg_pool2d_@",       Widths::Unary  },
    {Op::ReduceSum,       "reduce_sum",       "reduce_sum_@",       Widths::Unary  },
    {Op::ReduceMax,       "reduce_max",       "reduce_max_@",       Widths::Same   },
    {Op::ArgMax,          "arg_max",          "arg_max_@",          Widths::Same   },
    {Op::Copy,            "copy",             "copy",               Widths::None   },
    {Op::Fill,            "fill",             "fill_@",             Widths::Same   },
    {Op::ResizeNearest,   "resize_nearest",   "resize_nearest_@",   Widths::Same   },
    {Op::ResizeBilinear,  "resize_bilinear",  "resize_bilinear_@",  Widths::Unary  },
    {Op::QuantizeF32,     "quantize_f32",     "quantize_f32_@",     Widths::Same   },
    {Op::Dequantize,      "dequantize",       "dequantize_@_f32",   Widths::Same   },
    {Op::SoftmaxF32,      "softmax_f32",      "softmax_f32",        Widths::None   },
    {Op::LayerNormF32,    "layer_norm_f32",   "layer_norm_f32",     Widths::None   },
};

/// Layers kept float: one kernel each, on every target.
constexpr OpRow floatTable[] = {
    {Op::Conv2DF32,          "conv2d_f32",           "conv2d_f32", Widths::None},
    {Op::ConvTranspose2DF32, "conv_transpose2d_f32",
     "conv_transpose2d_f32", Widths::None},
    {Op::MatMulF32,          "matmul_f32",           "matmul_f32", Widths::None},
    {Op::AddF32,             "add_f32",              "add_f32", Widths::None},
    {Op::SubF32,             "sub_f32",              "sub_f32", Widths::None},
    {Op::MulF32,             "mul_f32",              "mul_f32", Widths::None},
    {Op::AvgPool2DF32,       "avg_pool2d_f32",       "avg_pool2d_f32", Widths::None},
    {Op::MaxPool2DF32,       "max_pool2d_f32",       "max_pool2d_f32", Widths::None},
    {Op::ReduceSumF32,       "reduce_sum_f32",       "reduce_sum_f32", Widths::None},
    {Op::ReduceMeanF32,      "reduce_mean_f32",      "reduce_mean_f32", Widths::None},
    {Op::ReduceMaxF32,       "reduce_max_f32",       "reduce_max_f32", Widths::None},
    {Op::ResizeNearestF32,   "resize_nearest_f32",   "resize_nearest_f32", Widths::None},
    {Op::ResizeBilinearF32,  "resize_bilinear_f32",
     "resize_bilinear_f32", Widths::None},
    {Op::PReluF32,           "prelu_f32",            "prelu_f32", Widths::None},
    {Op::ClipF32,            "clip_f32",             "clip_f32", Widths::None},
    {Op::LeakyReluF32,       "leaky_relu_f32",       "leaky_relu_f32", Widths::None},
    {Op::SigmoidF32,         "sigmoid_f32",          "sigmoid_f32", Widths::None},
    {Op::TanhF32,            "tanh_f32",             "tanh_f32", Widths::None},
    {Op::HardSigmoidF32,     "hard_sigmoid_f32",     "hard_sigmoid_f32", Widths::None},
    {Op::HardSwishF32,       "hard_swish_f32",       "hard_swish_f32", Widths::None},
    {Op::SiluF32,            "silu_f32",             "silu_f32", Widths::None},
    {Op::GeluF32,            "gelu_f32",             "gelu_f32", Widths::None},
    {Op::GeluTanhF32,        "gelu_tanh_f32",        "gelu_tanh_f32", Widths::None},
    {Op::ErfF32,             "erf_f32",              "erf_f32", Widths::None},
    {Op::ExpF32,             "exp_f32",              "exp_f32", Widths::None},
    {Op::SqrtF32,            "sqrt_f32",             "sqrt_f32", Widths::None},
    {Op::AbsF32,             "abs_f32",              "abs_f32", Widths::None},
};
const OpRow &rowOf(Op op) {
  for (const OpRow &row : opTable)
    if (row.op == op)
      return row;
  for (const OpRow &row : floatTable)
    if (row.op == op)
      return row;
  assert(false && "every op has a row");
  return opTable[0];
}

/// "s8", "s8_s16", "s16_s8_s8": one width where all are equal, else those that
/// tell the kernels apart.
std::string codesName(Widths widths, const Codes &codes) {
  auto one = [](int bits) { return "s" + std::to_string(bits); };
  if (codes.a == codes.b && codes.a == codes.y)
    return one(codes.a);
  const std::string second =
      widths == Widths::Binary ? one(codes.b) + "_" : std::string();
  return one(codes.a) + "_" + second + one(codes.y);
}

/// How the codes of a filter are stored.
struct Storage {
  int bits;
  bool grouped;
};

/// "", "w4", "w4g": of filters whose codes are stored with less than 8 bits.
std::string storageName(const Storage &storage) {
  if (storage.bits == 8)
    return "";
  return "w" + std::to_string(storage.bits) + (storage.grouped ? "g" : "");
}

/// All combinations that the kernels of an op exist for, 8 bits first.
std::vector<Codes> combinations(Widths widths) {
  std::vector<Codes> all;
  for (int a : {8, 16})
    for (int b : {8, 16})
      for (int y : {8, 16}) {
        const Codes codes = {a, b, y};
        bool exists = false;
        switch (widths) {
        case Widths::None:
          exists = codes == Codes();
          break;
        case Widths::Same:
          exists = a == b && a == y;
          break;
        case Widths::Unary:
          exists = a == b;
          break;
        case Widths::FromS8:
          exists = a == b && a == 8;
          break;
        case Widths::FromS16:
          exists = a == b && a == 16;
          break;
        case Widths::Binary:
          exists = true;
          break;
        }
        if (exists)
          all.push_back(codes);
      }
  return all;
}

/// Register tiles of the convolutions, best ISA first. Accumulators and
/// operands fit the registers of the ISA: mr * nr / lanes, nr / lanes weights,
/// one activation, the sign constant (VNNI) or one product (AVX2); with a
/// filter zero point mr row sums and the ones besides.
struct ConvRow {
  enum Kind { Direct, Rows, Depthwise, Slide, Band, Winograd, Pairs } kind;
  std::string_view isa;
  int mr, nr;
  bool filterZero;
  /// Kernel::special.
  bool special = false;
};

constexpr ConvRow convTable[] = {
    // Few B loads a dot; 7 x 48 divides the 7 * 2^k pixels of image nets; wide
    // rows of few channels want many pixels; one row is a matrix-vector
    // product.
    {ConvRow::Direct,    "x86_avx512vnni", 6,  64,  false},
    {ConvRow::Direct,    "x86_avx512vnni", 7,  48,  false, true},
    {ConvRow::Direct,    "x86_avx512vnni", 12, 32,  false, true},
    {ConvRow::Direct,    "x86_avx512vnni", 1,  128, false, true},
    {ConvRow::Rows,      "x86_avx512vnni", 6,  64,  false},
    {ConvRow::Rows,      "x86_avx512vnni", 12, 32,  false, true},
    {ConvRow::Direct,    "x86_avx512vnni", 4,  64,  true },
    {ConvRow::Rows,      "x86_avx512vnni", 4,  64,  true },
    {ConvRow::Winograd,  "x86_avx512vnni", 12, 32,  false, true},
    {ConvRow::Slide,     "x86_avx512vnni", 1,  64,  false, true},
    {ConvRow::Band,      "x86_avx512vnni", 4,  64,  false, true},
    {ConvRow::Depthwise, "x86_avx512vnni", 4,  64,  false},
    {ConvRow::Depthwise, "x86_avx512vnni", 2,  64,  true },
    {ConvRow::Direct,    "x86_avxvnni",    6,  16,  false},
    {ConvRow::Direct,    "x86_avxvnni",    4,  16,  false, true},
    {ConvRow::Direct,    "x86_avxvnni",    1,  32,  false, true},
    {ConvRow::Rows,      "x86_avxvnni",    6,  16,  false},
    {ConvRow::Direct,    "x86_avxvnni",    3,  16,  true },
    {ConvRow::Rows,      "x86_avxvnni",    3,  16,  true },
    {ConvRow::Winograd,  "x86_avxvnni",    6,  16,  false, true},
    {ConvRow::Slide,     "x86_avxvnni",    1,  32,  false, true},
    {ConvRow::Band,      "x86_avxvnni",    2,  32,  false, true},
    {ConvRow::Depthwise, "x86_avxvnni",    2,  32,  false},
    {ConvRow::Depthwise, "x86_avxvnni",    1,  32,  true },
    {ConvRow::Rows,      "x86_avx2",       6,  16,  false},
    {ConvRow::Rows,      "x86_avx2",       4,  16,  false, true},
    {ConvRow::Rows,      "x86_avx2",       1,  32,  false, true},
    {ConvRow::Rows,      "x86_avx2",       3,  16,  true },
    {ConvRow::Pairs,     "x86_avx2",       3,  24,  false, true},
    {ConvRow::Winograd,  "x86_avx2",       6,  16,  false, true},
    {ConvRow::Slide,     "x86_avx2",       1,  16,  false, true},
    {ConvRow::Band,      "x86_avx2",       4,  16,  false, true},
    {ConvRow::Depthwise, "x86_avx2",       4,  16,  false},
    {ConvRow::Depthwise, "x86_avx2",       2,  16,  true },
    {ConvRow::Direct,    "arm_i8mm",       6,  16,  false},
    {ConvRow::Direct,    "arm_i8mm",       8,  12,  false, true},
    {ConvRow::Rows,      "arm_i8mm",       6,  16,  false, true},
    // Activations of sixteen products stay in registers beside the
    // accumulators.
    {ConvRow::Direct,    "arm_dotprod",    6,  16,  false},
    {ConvRow::Direct,    "arm_dotprod",    8,  8,   false, true},
    {ConvRow::Direct,    "arm_dotprod",    1,  32,  false, true},
    {ConvRow::Rows,      "arm_dotprod",    6,  16,  false},
    {ConvRow::Slide,     "arm_dotprod",    1,  16,  false, true},
    {ConvRow::Band,      "arm_dotprod",    4,  16,  false, true},
    {ConvRow::Depthwise, "arm_dotprod",    4,  16,  false},
    {ConvRow::Direct,    "arm_neon",       4,  16,  false},
    {ConvRow::Direct,    "arm_neon",       1,  32,  false, true},
    {ConvRow::Rows,      "arm_neon",       4,  16,  false},
    {ConvRow::Winograd,  "arm_neon",       4,  16,  false, true},
    {ConvRow::Slide,     "arm_neon",       1,  16,  false, true},
    {ConvRow::Band,      "arm_neon",       4,  16,  false, true},
    {ConvRow::Depthwise, "arm_neon",       4,  16,  false},
    // Sixteen registers.
    {ConvRow::Direct,    "armv7_neon",     4,  8,   false},
    {ConvRow::Direct,    "armv7_neon",     1,  16,  false, true},
    {ConvRow::Rows,      "armv7_neon",     4,  8,   false},
    {ConvRow::Winograd,  "armv7_neon",     4,  8,   false, true},
    {ConvRow::Slide,     "armv7_neon",     1,  16,  false, true},
    {ConvRow::Depthwise, "armv7_neon",     2,  16,  false},
};

/// Every convolution from 8-bit to 8-bit codes has a row for each. With 16-bit
/// codes on either side there is no reference that unpacks, so filters are
/// stored with 8 bits there, whatever their range.
constexpr Storage storages[] = {
    {8, false},
    {4, false},
    {2, false},
    {4, true },
    {2, true }
};

/// Groups are input channels of one tap, which depthwise filters have one of;
/// and our own quantizer makes them, which knows no filter zero points.
bool canGroup(const ConvRow &row) {
  return !row.filterZero &&
         (row.kind == ConvRow::Direct || row.kind == ConvRow::Rows);
}

/// Winograd transforms its filter as it is stored, in 8 bits; pairs have more
/// than weights in theirs.
bool canStore(const ConvRow &row, const Storage &storage) {
  return storage.bits == 8 ||
         (row.kind != ConvRow::Winograd && row.kind != ConvRow::Pairs &&
          (!storage.grouped || canGroup(row)));
}

bool hasFilter(Op op) { return op == Op::Conv2D || op == Op::ConvTranspose2D; }

/// The rows of 16-bit input, each for results of 8 and of 16 bits. Weights are
/// widened when they are loaded, so there is no sign constant, and a dot has
/// two products.
constexpr ConvRow wideConvTable[] = {
    {ConvRow::Direct,    "x86_avx512vnni", 6,  64,  false},
    {ConvRow::Direct,    "x86_avx512vnni", 12, 32,  false},
    {ConvRow::Direct,    "x86_avx512vnni", 1,  128, false},
    {ConvRow::Rows,      "x86_avx512vnni", 6,  64,  false},
    {ConvRow::Rows,      "x86_avx512vnni", 12, 32,  false},
    {ConvRow::Depthwise, "x86_avx512vnni", 4,  32,  false},
    {ConvRow::Direct,    "x86_avxvnni",    6,  16,  false},
    {ConvRow::Direct,    "x86_avxvnni",    1,  32,  false},
    {ConvRow::Rows,      "x86_avxvnni",    6,  16,  false},
    {ConvRow::Depthwise, "x86_avxvnni",    4,  16,  false},
    {ConvRow::Direct,    "x86_avx2",       6,  16,  false},
    {ConvRow::Direct,    "x86_avx2",       1,  32,  false},
    {ConvRow::Rows,      "x86_avx2",       6,  16,  false},
    {ConvRow::Depthwise, "x86_avx2",       4,  16,  false},
    {ConvRow::Direct,    "arm_neon",       6,  16,  false},
    {ConvRow::Direct,    "arm_neon",       1,  32,  false},
    {ConvRow::Rows,      "arm_neon",       6,  16,  false},
    {ConvRow::Depthwise, "arm_neon",       4,  8,   false},
};

/// The rows from 8 to 16 bits.
constexpr ConvRow wideningConvTable[] = {
    {ConvRow::Direct,    "x86_avx512vnni", 6,  64,  false},
    {ConvRow::Direct,    "x86_avx512vnni", 1,  128, false},
    {ConvRow::Rows,      "x86_avx512vnni", 6,  64,  false},
    {ConvRow::Rows,      "x86_avx512vnni", 12, 32,  false},
    {ConvRow::Depthwise, "x86_avx512vnni", 4,  64,  false},
    {ConvRow::Direct,    "x86_avxvnni",    6,  16,  false},
    {ConvRow::Rows,      "x86_avxvnni",    6,  16,  false},
    {ConvRow::Depthwise, "x86_avxvnni",    2,  32,  false},
    {ConvRow::Rows,      "x86_avx2",       6,  16,  false},
    {ConvRow::Rows,      "x86_avx2",       1,  32,  false},
    {ConvRow::Depthwise, "x86_avx2",       4,  16,  false},
    {ConvRow::Direct,    "arm_dotprod",    6,  16,  false},
    {ConvRow::Direct,    "arm_dotprod",    1,  32,  false},
    {ConvRow::Rows,      "arm_dotprod",    6,  16,  false},
    {ConvRow::Depthwise, "arm_dotprod",    4,  16,  false},
    {ConvRow::Direct,    "arm_neon",       4,  16,  false},
    {ConvRow::Direct,    "arm_neon",       1,  32,  false},
    {ConvRow::Rows,      "arm_neon",       4,  16,  false},
    {ConvRow::Depthwise, "arm_neon",       4,  16,  false},
};

/// Everything else: one schedule per op and ISA.
struct FlatRow {
  Op op;
  std::string_view isa;
  const Schedule &(*schedule)();
  /// Codes of 16 bits, too.
  bool wide = true;
};

constexpr FlatRow flatTable[] = {
    {Op::Add,         "x86_avx512vnni", addSchedule        },
    {Op::Add,         "x86_avx2",       addSchedule        },
    {Op::Mul,         "x86_avx512vnni", mulSchedule        },
    {Op::Mul,         "x86_avx2",       mulSchedule        },
    {Op::Lut,         "x86_avx2",       lutSchedule        },
    {Op::Interpolate, "x86_avx2",       interpolateSchedule},
    {Op::Requantize,  "x86_avx2",       requantizeSchedule },
    {Op::MaxPool2D,   "x86_avx512vnni", maxPoolSchedule    },
    {Op::MaxPool2D,   "x86_avx2",       maxPoolSchedule    },
    {Op::AvgPool2D,   "x86_avx512vnni", avgPoolSchedule    },
    {Op::AvgPool2D,   "x86_avx2",       avgPoolSchedule    },
    {Op::QuantizeF32, "x86_avx2",       quantizeSchedule   },
    {Op::Dequantize,  "x86_avx2",       dequantizeSchedule },
    {Op::Add,         "arm_neon",       addSchedule},
    {Op::Mul,         "arm_neon",       mulSchedule},
    {Op::MaxPool2D,   "arm_neon",       maxPoolSchedule},
    {Op::AvgPool2D,   "arm_neon",       avgPoolSchedule},
    {Op::Lut,         "arm_neon",       lutSchedule,         false},
    {Op::Requantize,  "arm_neon",       requantizeSchedule},
    {Op::QuantizeF32, "arm_neon",       quantizeSchedule},
    {Op::Dequantize,  "arm_neon",       dequantizeSchedule},
    {Op::Add,         "armv7_neon",     addSchedule,         false},
    {Op::Mul,         "armv7_neon",     mulSchedule,         false},
    {Op::MaxPool2D,   "armv7_neon",     maxPoolSchedule,     false},
    {Op::AvgPool2D,   "armv7_neon",     avgPoolSchedule,     false},
    {Op::Dequantize,  "armv7_neon",     dequantizeSchedule,  false},
};

/// Whether `row` has a twin for near results (Kernel::near): on AArch64, which
/// takes one instruction where it else takes FCVTNS and saturates.
bool hasNearTwin(const ConvRow &row) {
  const Isa *isa = findIsa(row.isa);
  return !row.filterZero && &isa->nearResults() != isa;
}

Kernel makeConv(const ConvRow &row, const Codes &codes,
                const Storage &storage = {8, false}, bool near = false) {
  static const struct {
    std::string_view prefix;
    const Schedule &(*schedule)();
    int products = 0; // of a dot; 0: as the vocabulary of the input says
  } kinds[] = {
      {"conv2d_",          []() -> auto & { return convTileSchedule(false); }},
      {"conv2d_rows_",     []() -> auto & { return convTileSchedule(true); } },
      {"depthwise_",       depthwiseRowsSchedule                             },
      {"depthwise3x3_",    depthwiseSlideSchedule                            },
      {"depthwise5x5_",    depthwiseBandSchedule                             },
      {"conv2d_winograd_", convWinogradSchedule,                            2},
      {"conv2d_pairs_",    convPairsSchedule,                               4},
  };
  const auto &kind = kinds[row.kind];
  Kernel kernel;
  kernel.op = Op::Conv2D;
  kernel.isa = row.isa;
  kernel.codes = codes;
  kernel.tile = {row.mr, row.nr,
                 kind.products ? kind.products
                               : findIsa(row.isa, 0, codes.a)->kr()};
  kernel.filterZero = row.filterZero;
  kernel.special = row.special || near;
  kernel.near = near;
  kernel.filterBits = storage.bits;
  kernel.grouped = storage.grouped;
  kernel.schedule = &kind.schedule();
  const std::string prefix =
      std::string(kind.prefix) + codesName(Widths::Unary, codes);
  const std::string tail = "_" + std::to_string(row.mr) + "x" +
                           std::to_string(row.nr) + "x" +
                           std::to_string(kernel.tile.kr) + "_" +
                           std::string(row.isa) +
                           (row.filterZero ? "_fz" : near ? "_near" : "");
  kernel.symbol = prefix + storageName(storage) + tail;
  // Direct and copied rows fill different tables for the same tiles.
  kernel.inner = row.kind == ConvRow::Rows
                     ? std::string(kinds[ConvRow::Direct].prefix) +
                           codesName(Widths::Unary, codes) + tail
                     : prefix + tail;
  return kernel;
}

/// The widths for which an op has a flat schedule: all but tables of 16-bit
/// entries.
std::vector<Codes> flatCodes(const OpRow &row) {
  return row.op == Op::Lut ? std::vector<Codes>{{}} : combinations(row.widths);
}

Kernel makeFlat(const FlatRow &row, const Codes &codes) {
  const Isa &isa = *findIsa(row.isa, 0, codes.a);
  Kernel kernel;
  kernel.op = row.op;
  kernel.isa = row.isa;
  kernel.codes = codes;
  kernel.tile = {1, isa.naturalVectors() * isa.lanes(), 1};
  kernel.schedule = &row.schedule();
  const bool fromFloat = row.op == Op::QuantizeF32 && codes == Codes();
  kernel.symbol = std::string(opName(row.op)) + "_";
  if (!fromFloat)
    kernel.symbol += codesName(rowOf(row.op).widths, codes) + "_";
  kernel.symbol += row.isa;
  return kernel;
}

Kernel makeReference(const OpRow &row, const Codes &codes,
                     const Storage &storage = {8, false}) {
  Kernel kernel;
  kernel.symbol = "qrt_ref_" + std::string(row.reference);
  if (const size_t at = kernel.symbol.find('@'); at != std::string::npos)
    kernel.symbol.replace(at, 1, codesName(row.widths, codes));
  kernel.symbol += storageName(storage);
  kernel.op = row.op;
  kernel.isa = "scalar";
  kernel.codes = codes;
  kernel.filterBits = storage.bits;
  kernel.grouped = storage.grouped;
  kernel.schedule = &referenceSchedule();
  return kernel;
}

std::vector<Kernel> makeRows() {
  std::vector<Kernel> rows;
  for (const OpRow &op : opTable) {
    if (op.op == Op::Conv2D) {
      for (const ConvRow &row : convTable) {
        // The first of equal costs is taken.
        if (hasNearTwin(row))
          rows.push_back(makeConv(row, {}, {8, false}, true));
        for (const Storage &storage : storages)
          if (canStore(row, storage))
            rows.push_back(makeConv(row, {}, storage));
      }
      for (const ConvRow &row : wideningConvTable)
        rows.push_back(makeConv(row, {8, 8, 16}));
      for (int y : {16, 8})
        for (const ConvRow &row : wideConvTable)
          rows.push_back(makeConv(row, {16, 16, y}));
    }
    if (op.op == Op::Conv2D)
      addCudaConvs(rows);
    for (const Codes &codes : combinations(op.widths))
      addCudaFlat(rows, op.op, codes,
                  op.widths == Widths::None ? "" : codesName(op.widths, codes));
    for (const FlatRow &row : flatTable)
      if (row.op == op.op)
        for (const Codes &codes : flatCodes(op))
          if (row.wide || codes == Codes())
            rows.push_back(makeFlat(row, codes));
    for (const Codes &codes : combinations(op.widths))
      for (const Storage &storage : storages)
        if (storage.bits == 8 || (hasFilter(op.op) && codes == Codes()))
          rows.push_back(makeReference(op, codes, storage));
  }
  for (const OpRow &op : floatTable) {
    addCudaFlat(rows, op.op, {}, "");
    rows.push_back(makeReference(op, {}));
  }
  return rows;
}

/// A macro, on one line or two.
void define(CppWriter &writer, const std::string &name,
            const std::string &value) {
  std::string line = "#define " + name;
  if (value.empty()) {
    writer.raw(line);
    return;
  }
  if (line.size() + 1 + value.size() <= size_t(CppWriter::columns)) {
    writer.raw(line + " " + value);
    return;
  }
  line.resize(CppWriter::columns - 1, ' ');
  writer.raw(line + "\\\n  " + value);
}

std::string formatNumber(double number) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, number < 1e12 ? "%.0f" : "%.3g", number);
  return buffer;
}

std::string formatCycles(double cycles) {
  return formatNumber(cycles) + " cycles";
}

} // namespace

std::string_view opName(Op op) { return rowOf(op).name; }

Codes codesOf(Op op, int a, int b, int y) {
  switch (rowOf(op).widths) {
  case Widths::None:
    return {};
  case Widths::Same: {
    const int width = a ? a : y;
    return {width, width, width};
  }
  case Widths::Unary:
  case Widths::FromS8:
  case Widths::FromS16:
    return {a, a, y};
  case Widths::Binary:
    return {a, b, y};
  }
  return {};
}

bool Kernel::isEmitted() const { return schedule->isEmitted(); }

int Kernel::largestWeight() const {
  if (!isEmitted() || isCuda())
    return 128;
  // Winograd multiplies words.
  const Isa &vocabulary = isaOf(*this);
  return tile.kr == vocabulary.kr() ? vocabulary.largestWeight() : 128;
}

/// Whether results are as Kernel::near says, of a convolution.
static bool isNear(const Problem &problem, std::string *why) {
  const auto *conv = std::get_if<qrt_conv2d>(&problem.params);
  if (!conv)
    return decline(why, "another op");
  const qrt_output &out = conv->out;
  if (out.zero % 2)
    return decline(why, "zero point is odd");
  if (out.min != -128 || out.max != 127)
    return decline(why, "results are clamped");
  if (problem.largestProduct == 0)
    return decline(why, "unknown accumulators");
  if (problem.largestProduct > nearLimit)
    return decline(why, "accumulators times multipliers reach " +
                            formatNumber(problem.largestProduct) +
                            ", wants at most " + formatNumber(nearLimit));
  return true;
}

bool Kernel::accepts(const Problem &problem, std::string *why) const {
  if (problem.op == op && problem.codes != codes)
    return decline(why, "other widths of codes");
  if (filterBits != problem.filterBits)
    return decline(why, "stores weights of " + std::to_string(filterBits) +
                            " bits, the filter has " +
                            std::to_string(problem.filterBits));
  if (grouped != (problem.filterGroup != 0))
    return decline(why, grouped ? "the filter has no groups"
                                : "the filter has groups");
  if (const double bound = productBound(problem);
      isEmitted() && !isCuda() && bound >= convertibleLimit)
    return decline(why, "accumulators times multipliers reach " +
                            formatNumber(bound) + ", beyond int32");
  if (near && !isNear(problem, why))
    return false;
  return schedule->accepts(*this, problem, why);
}

double Kernel::cost(const Problem &problem,
                    const targets::Target &target) const {
  return schedule->cost(*this, problem, target);
}

size_t Kernel::scratchBytes(const Problem &problem) const {
  return schedule->scratchBytes(*this, problem);
}

std::vector<int32_t> Kernel::facts(const Problem &problem) const {
  return schedule->facts(problem);
}

int Kernel::unpackedChannels(const Problem &problem) const {
  return filterBits == 8 ? 0 : schedule->unpackedChannels(*this, problem);
}

int Kernel::rowsTogether(const Problem &problem) const {
  return schedule->rowsTogether(problem);
}

int32_t Kernel::filterColumn(const qrt_conv2d &conv) const {
  return filterBits == 8 && !filterZero ? schedule->filterColumn(*this, conv)
                                        : 0;
}

const std::vector<Kernel> &kernels() {
  static const std::vector<Kernel> rows = makeRows();
  return rows;
}

const Kernel *findKernel(std::string_view symbol) {
  for (const Kernel &kernel : kernels())
    if (kernel.symbol == symbol)
      return &kernel;
  return nullptr;
}

/// Costs this near count as equal: the model is no better, and layers that
/// share a kernel share its code.
static constexpr double closeCosts = 0.98;

/// The model is never as wrong as this: what costs so many times more than the
/// cheapest is not worth measuring.
static constexpr double hopelessCosts = 3;

/// The emitted rows that accept `problem` as it is and have hope.
static std::vector<const Kernel *>
hopefulRows(const Problem &problem, const targets::Target &target) {
  std::vector<const Kernel *> rows;
  double least = HUGE_VAL;
  for (const targets::Target *level : targets::isaChain(target))
    for (const Kernel &kernel : kernels())
      if (kernel.op == problem.op && kernel.isa == level->name &&
          kernel.isEmitted() && kernel.accepts(problem)) {
        rows.push_back(&kernel);
        least = std::min(least, kernel.cost(problem, target));
      }
  auto isHopeless = [&](const Kernel *kernel) {
    return kernel->cost(problem, target) > hopelessCosts * least;
  };
  rows.erase(std::remove_if(rows.begin(), rows.end(), isHopeless), rows.end());
  return rows;
}

/// What was measured of the candidates, by kernel; empty unless all have times.
/// Measured are filters without split pairs, and whole calls: the model says how
/// much longer the problem takes, or how much shorter a part of it.
static std::map<const Kernel *, double>
timesOf(const Problem &problem, const targets::Target &target,
        const SelectOptions &options) {
  std::map<const Kernel *, double> times;
  if (!options.timings || options.size)
    return times;
  const std::string text = problemText(problem);
  Problem measured = problem;
  measured.splitPairs = std::min(problem.splitPairs, 0);
  for (const Kernel *kernel : hopefulRows(problem, target)) {
    const std::optional<double> time = options.timings->find(text, kernel->symbol);
    if (!time)
      return {};
    const double cost = kernel->cost(problem, target);
    times[kernel] = *time * sharedCost(*kernel, problem, cost, options.threads) /
                    kernel->cost(measured, target);
  }
  return times;
}

/// Puts the fastest in the place of the model's choice, `reason` included.
static void chooseFastest(Selection &best, const Problem &problem,
                          const targets::Target &target,
                          const std::map<const Kernel *, double> &times) {
  const auto model = times.find(best.kernel);
  if (model == times.end())
    return;
  best.time = best.modelTime = model->second;
  // In the order of the rows: maps of pointers have none.
  const Kernel *fastest = best.kernel;
  for (const Kernel *kernel : hopefulRows(problem, target))
    if (times.at(kernel) < times.at(fastest))
      fastest = kernel;
  if (times.at(fastest) >= best.modelTime * closeCosts)
    return;
  best.kernel = fastest;
  best.cost = fastest->cost(problem, target);
  best.time = times.at(fastest);
  const size_t begin = best.reason.find("\n" + fastest->symbol + ": ") + 1;
  const size_t end = best.reason.find('\n', begin) + 1;
  const std::string line = best.reason.substr(begin, end - begin);
  best.reason = line + best.reason.erase(begin, end - begin);
}

static std::string formatTime(double microseconds) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.3f us, ", microseconds);
  return buffer;
}

/// None where no row has the problem's codes and storage.
static Selection cheapest(const Problem &problem, const targets::Target &target,
                          const SelectOptions &options) {
  const auto times = timesOf(problem, target, options);
  Selection best;
  double least = 0;
  std::string others;
  for (const targets::Target *level : targets::isaChain(target)) {
    for (const Kernel &kernel : kernels()) {
      // Rows for codes or filters of other widths are no candidates worth a
      // line.
      if (kernel.op != problem.op || kernel.codes != problem.codes ||
          kernel.isa != level->name ||
          kernel.filterBits != problem.filterBits ||
          kernel.grouped != (problem.filterGroup != 0))
        continue;
      std::string line, why;
      if (options.size && kernel.special) {
        line = kernel.symbol + ": costs code\n";
      } else if (!kernel.accepts(problem, &why)) {
        line = kernel.symbol + ": " + why + "\n";
      } else {
        const double cost = kernel.cost(problem, target);
        const double part = sharedCost(kernel, problem, cost, options.threads);
        const std::string proof = kernel.schedule->proof(problem);
        const std::string bound = kernel.schedule->bound(problem, target);
        const auto time = times.find(&kernel);
        line = kernel.symbol + ": " +
               (time == times.end() ? "" : formatTime(time->second)) +
               formatCycles(cost) +
               (part < cost ? ", largest part " + formatNumber(part) : "") +
               (bound.empty() ? "" : ", " + bound) +
               (proof.empty() ? "" : ", " + proof) + "\n";
        if (!best.kernel || part < least * closeCosts) {
          // What was best becomes one of the others.
          if (best.kernel)
            others += best.reason;
          best = {&kernel, cost, line};
          least = part;
          continue;
        }
      }
      others += line;
    }
  }
  best.reason += others;
  chooseFastest(best, problem, target, times);
  if (best.kernel)
    best.reason.pop_back();
  return best;
}

Candidates candidates(const Problem &problem, const targets::Target &target) {
  Candidates result = {problem, hopefulRows(problem, target)};
  if (problem.filterGroup && result.kernels.empty()) {
    result.problem.filterBits = 8;
    result.problem.filterGroup = 0;
    result.kernels = hopefulRows(result.problem, target);
  }
  return result;
}

Selection select(const Problem &problem, const targets::Target &target,
                 const SelectOptions &options) {
  Selection best = cheapest(problem, target, options);
  // Kernels for GPUs read bytes.
  const bool wantsBytes =
      problem.filterBits < 8 &&
      (!best.kernel || (problem.filterGroup && !best.kernel->isEmitted()));
  if (wantsBytes) {
    Problem wide = problem;
    wide.filterBits = 8;
    wide.filterGroup = 0;
    Selection stored = cheapest(wide, target, options);
    if (!best.kernel || stored.kernel->isEmitted()) {
      stored.reason += problem.filterGroup
                           ? "\nstored with 8 bits: no kernel of these codes "
                             "unpacks groups here"
                           : "\nstored with 8 bits: no kernel unpacks here";
      if (!best.reason.empty())
        stored.reason += "\n" + best.reason;
      return stored;
    }
  }
  assert(best.kernel && "the reference accepts every problem");
  return best;
}

PackedFilter pack(const Kernel &kernel, const qrt_conv2d &conv,
                  const int8_t *filter, const int32_t *bias, const float *mul,
                  const FilterGroups &groups) {
  PackedFilter packed = kernel.schedule->pack(kernel, conv, filter, bias, mul);
  if (kernel.filterBits == 8)
    return packed;
  // Biases are folded with the products, stored are the factors.
  if (kernel.grouped) {
    const std::vector<int8_t> codes = narrowCodes(conv, filter, groups);
    packed.filter =
        kernel.schedule->pack(kernel, conv, codes.data(), bias, mul).filter;
  }
  const int chunk = kernel.isEmitted() ? isaOf(kernel).vectorBytes() : 1;
  storeNarrow(packed, kernel.filterBits, chunk,
              kernel.grouped ? multipliersOfBlocks(packed, groups, conv)
                             : std::vector<std::vector<uint8_t>>());
  // Multipliers lie between the chunks.
  packed.filterAlignment = kernel.grouped ? 1 : chunk;
  return packed;
}

void emitPrelude(CppWriter &writer,
                 const std::vector<const Kernel *> &kernels) {
  unsigned all = HelperNone;
  for (const Kernel *kernel : kernels)
    if (kernel->isEmitted())
      all |= kernel->schedule->helpers(*kernel);
  writer.raw("#include \"qrt/kernels.h\"\n");
  if (all == HelperNone)
    return;
  std::set<std::string> headers = {"stddef.h", "stdint.h"};
  for (const Kernel *kernel : kernels)
    if (kernel->isEmitted())
      headers.insert(std::string(targets::findTarget(kernel->isa)->header));
  writer.blank();
  for (const std::string &header : headers)
    writer.raw("#include <" + header + ">");
  if (headers.count("immintrin.h")) {
    writer.blank();
    writer.comment("GCC 12 takes the undefined operand of its own AVX-512 "
                   "intrinsics for an uninitialized variable (GCC bug "
                   "105593).");
    writer.raw("#if defined(__GNUC__) && !defined(__clang__)\n"
               "#pragma GCC diagnostic ignored \"-Wmaybe-uninitialized\"\n"
               "#pragma GCC diagnostic ignored \"-Wuninitialized\"\n"
               "#endif");
  }
  writer.blank();
  define(writer, "QUENCH_INLINE",
         "[[maybe_unused]] static inline __attribute__((always_inline))");
  emitPlainHelpers(writer, all);
  for (const targets::Target &level : targets::targetTable) {
    bool described = false;
    for (int bits : {8, 16}) {
      unsigned mask = HelperNone;
      for (const Kernel *kernel : kernels)
        if (kernel->isEmitted() && kernel->isa == level.name &&
            kernel->codes.a == bits)
          mask |= kernel->schedule->helpers(*kernel);
      if (mask == HelperNone)
        continue;
      const Isa &isa = *findIsa(level.name, 0, bits);
      if (!described) {
        writer.blank();
        writer.comment(std::string(level.description) + ".");
        define(writer, isa.attributeMacro(),
               level.attribute.empty()
                   ? std::string()
                   : "__attribute__((target(\"" + std::string(level.attribute) +
                         "\")))");
      }
      described = true;
      emitIsaHelpers(writer, isa, mask);
    }
  }
}

void emitKernel(CppWriter &writer, const Kernel &kernel,
                std::string_view linkage) {
  assert(kernel.isEmitted() && "reference kernels live in libqrt");
  writer.blank();
  kernel.schedule->emitInner(writer, kernel);
  kernel.schedule->emit(writer, kernel, linkage);
}

void emitKernels(CppWriter &writer,
                 const std::vector<const Kernel *> &kernels) {
  std::set<std::string> inner;
  for (const Kernel *kernel : kernels) {
    if (!kernel->isEmitted())
      continue;
    writer.blank();
    if (inner.insert(kernel->inner).second)
      kernel->schedule->emitInner(writer, *kernel);
    kernel->schedule->emit(writer, *kernel, "static");
  }
}

} // namespace quench::kernels
