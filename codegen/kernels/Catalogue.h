// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels Quench can call or emit, one row each, and the choice among them.
// Declarations, selection, packing, unit tests and benchmarks all come from
// these rows. No MLIR: problems are the parameter structs of qrt/kernels.h.

#ifndef QUENCH_CODEGEN_KERNELS_CATALOGUE_H
#define QUENCH_CODEGEN_KERNELS_CATALOGUE_H

#include "codegen/kernels/CppWriter.h"
#include "codegen/targets/Targets.h"
#include "qrt/kernels.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace quench::kernels {

class Schedule;
class Timings;

enum class Op {
  Conv2D,
  ConvTranspose2D,
  MatMul,
  Add,
  Mul,
  Lut,
  Interpolate,
  Requantize,
  MaxPool2D,
  AvgPool2D,
  ReduceSum,
  ReduceMax,
  ArgMax,
  Copy,
  Fill,
  ResizeNearest,
  ResizeBilinear,
  QuantizeF32,
  Dequantize,
  SoftmaxF32,
  LayerNormF32,
  // Layers kept float.
  Conv2DF32,
  ConvTranspose2DF32,
  MatMulF32,
  AddF32,
  SubF32,
  MulF32,
  AvgPool2DF32,
  MaxPool2DF32,
  ReduceSumF32,
  ReduceMeanF32,
  ReduceMaxF32,
  ResizeNearestF32,
  ResizeBilinearF32,
  PReluF32,
  ClipF32,
  LeakyReluF32,
  SigmoidF32,
  TanhF32,
  HardSigmoidF32,
  HardSwishF32,
  SiluF32,
  GeluF32,
  GeluTanhF32,
  ErfF32,
  ExpF32,
  SqrtF32,
  AbsF32,
};

/// The last enumerator.
inline constexpr Op lastOp = Op::AbsF32;

/// "conv2d", "max_pool2d", ...: the middle of a kernel symbol.
std::string_view opName(Op op);

/// Parameters of Op::Fill, whose reference takes plain arguments.
struct FillParams {
  int32_t count;
  int32_t code;
};

using Params =
    std::variant<qrt_conv2d, qrt_matmul, qrt_add_nd, qrt_mul_nd, qrt_lut,
                 qrt_interpolate, qrt_rescale, qrt_pool2d, qrt_reduce, qrt_copy,
                 FillParams, qrt_resize2d, qrt_border, qrt_rows, qrt_conv2d_f32,
                 qrt_matmul_f32, qrt_binary_f32, qrt_unary_f32>;

/// Widths in bits, 8 or 16, of the codes that a kernel reads (a, then b) and
/// writes (y).
struct Codes {
  int a = 8, b = 8, y = 8;

  bool operator==(const Codes &other) const {
    return a == other.a && b == other.b && y == other.y;
  }
  bool operator!=(const Codes &other) const { return !(*this == other); }
};

/// The widths by which the kernels of `op` are told apart, from those of the
/// tensors: an op of one operand has b = a, an op that keeps the width or turns
/// numbers into codes (a width of 0) has one width, a copy or an op on floats
/// has none, which is {8, 8, 8}.
Codes codesOf(Op op, int a, int b, int y);

/// One call to be placed: the op, its parameters, and what the parameters do
/// not say. Depthwise, 1x1 and fully connected layers are Conv2D problems.
struct Problem {
  Op op;
  Params params;
  bool hasBias = false;
  bool hasResidual = false;
  /// Largest |w| of a constant filter, for proofs; 128 when unknown.
  int64_t filterMax = 128;
  /// Largest |acc * mul| of a filtered op, for proofs; 0 when unknown.
  double largestProduct = 0;
  /// Largest sum of |w| of an output channel, for proofs; -1 when unknown.
  int64_t filterSum = -1;
  /// Most pairs of weights in a block of output channels that VPMADDUBSW must
  /// not sum (SafePairs.h); -1 when unknown.
  int splitPairs = -1;
  /// Bits a code of the filter is stored with: 8, or 4 and 2 where its type is
  /// as narrow (q::filterBits) and all other codes have 8 bits.
  int filterBits = 8;
  /// Input channels of a tap whose codes share a multiplier (spec T5); 0: none.
  int filterGroup = 0;
  Codes codes = {};
  /// Bytes of which the addresses of all tensors are multiples; read by kernels
  /// for GPUs.
  int alignment = 1;
  /// Largest |acc| of a filtered op, for proofs; -1 when unknown.
  double accumulatorMax = -1;
};

/// Largest Problem::largestProduct of rows that want results near: with a zero
/// point of 8 bits, and room for the roundings of the product, it fills 16.
inline constexpr double nearLimit = 32000;

/// Register tile: mr output pixels (or rows) x nr channels, kr products a dot.
/// Elementwise kernels: nr bytes a step, mr = kr = 1. Reference: all 1.
struct Tile {
  int mr = 1;
  int nr = 1;
  int kr = 1;
};

/// One row of the catalogue.
struct Kernel {
  /// "conv2d_s8_6x64x4_x86_avx512vnni"; "qrt_ref_conv2d_s8" for the reference.
  std::string symbol;
  /// Prefix of the inner functions. Rows share them that differ in filterBits
  /// only, or in where a tile finds its activations.
  std::string inner;
  Op op;
  /// Name of the level in codegen/targets.
  std::string_view isa;
  Tile tile;
  Codes codes = {};
  /// Conv2D: handles filter_zero != 0 (one more dot a row).
  bool filterZero = false;
  /// Filtered ops: bits a code of the stored filter has. Below 8 the kernel
  /// unpacks a block of output channels at a time into scratch.
  int filterBits = 8;
  /// Only quicker for some shapes than a row that computes them as well.
  bool special = false;
  /// Conv2D: for accumulators whose products with the multipliers are at most
  /// nearLimit, an even zero point and all codes in use, so that nothing has to
  /// be clamped.
  bool near = false;
  /// Below 8 bits: groups of codes have multipliers, and a parameter in front
  /// of the pointers, `int32_t group`, says how many codes a group has.
  bool grouped = false;
  const Schedule *schedule = nullptr;
  /// On a GPU: the function template of qrt/cuda and the header that has it. @
  /// stands for the layer, each # for one of facts().
  std::string call = {};
  std::string header = {};

  /// False: the function lives in libqrt and takes the arrays as they are.
  bool isEmitted() const;
  /// Whether the kernel computes `problem`; else `*why` says why not.
  bool accepts(const Problem &problem, std::string *why = nullptr) const;
  /// Estimated cycles of one call.
  double cost(const Problem &problem, const targets::Target &target) const;
  /// Bytes the last parameter `scratch` must point to, 64-byte aligned; 0: the
  /// pointer is not read and may be null.
  size_t scratchBytes(const Problem &problem) const;
  /// What the code has to know of `problem` besides its parameters, as numbers
  /// in front of the pointers.
  std::vector<int32_t> facts(const Problem &problem) const;
  bool isCuda() const { return !call.empty(); }
  /// Weights that it multiplies are at most so large: 127, or 128.
  int largestWeight() const;
  /// Output channels unpacked at a time; 0 where nothing is.
  int unpackedChannels(const Problem &problem) const;
  /// Output rows computed at a time: a part of a call wastes nothing where it
  /// begins at a multiple.
  int rowsTogether(const Problem &problem) const;
  /// Bytes of an output channel in the packed filter; 0 where a block of them
  /// has no address of its own.
  int32_t filterColumn(const qrt_conv2d &conv) const;
  /// Extra parameter at the end of the call, `uint8_t *scratch`: emitted
  /// Conv2D kernels, and those that unpack their filter.
  bool takesScratch() const {
    return (op == Op::Conv2D && isEmitted()) || filterBits < 8;
  }
};

/// All rows, for each op from the best ISA to the reference.
const std::vector<Kernel> &kernels();

/// The row with this symbol, or nullptr.
const Kernel *findKernel(std::string_view symbol);

/// The answer of select(). There is always a kernel: the reference accepts
/// everything of its codes.
struct Selection {
  const Kernel *kernel = nullptr;
  /// Estimated cycles.
  double cost = 0;
  /// One line per considered row, the chosen one first: symbol, cost, or why
  /// it declined. For --explain and for comments in the emitted source.
  std::string reason;
  /// Microseconds measured, of the chosen kernel and of the one that the model
  /// would have chosen; 0 where the model chose.
  double time = 0;
  double modelTime = 0;
};

/// What select() chooses by.
struct SelectOptions {
  /// Of the CPU that counts, or null. Where all candidates of a problem have
  /// times, the fastest is chosen; the model's choice if that is within 2 % of
  /// it.
  const Timings *timings = nullptr;
  /// Code counts, not speed: no special rows, so that layers share kernels, and
  /// no look at times.
  bool size = false;
  /// Workers that will share the call where it takes long enough (Split.h): the
  /// largest of their parts is what counts.
  int32_t threads = 1;
};

/// Smallest estimated cost among the rows that accept `problem` on the chain of
/// `target`; the earlier row when costs are within 2 %. A filter with groups
/// that only the reference would unpack is stored with 8 bits where that gives
/// it an emitted kernel.
Selection select(const Problem &problem, const targets::Target &target,
                 const SelectOptions &options = {});

/// The emitted kernels worth timing, which are those that accept `problem` for
/// at most three times the cycles of the cheapest; and the problem as they
/// store it: with 8 bits where select() does so.
struct Candidates {
  Problem problem;
  std::vector<const Kernel *> kernels;
};
Candidates candidates(const Problem &problem, const targets::Target &target);

/// Multipliers of a filter's groups (spec T5).
struct FilterGroups {
  int size = 0;
  /// [OC][KH][KW][IC / groups / size, rounded up].
  std::vector<int8_t> multipliers;
};

/// The constant operands of a convolution, as the kernel reads them.
struct PackedFilter {
  std::vector<uint8_t> filter;
  std::vector<int32_t> bias;
  std::vector<float> mul;
  /// Multiples of bytes at which the filter, and bias and mul, begin so that
  /// vectors do not cross cache lines; for speed only. Sizes are multiples of
  /// them, so that sorted arrays lie side by side without gaps.
  int filterAlignment = 1;
  int channelAlignment = 4;
  /// What a kernel unpacks at a time.
  struct Block {
    size_t end;       ///< in bytes of `filter` before it is stored narrow
    int first, count; ///< output channels
  };
  /// What follows the last one (the ones of row sums) is never unpacked.
  std::vector<Block> blocks;
};

/// Packs for `kernel`: filter in its layout; zero points (and the 128 of
/// VPDPBUSD) folded into the bias. The reference gets plain copies. Below 8
/// bits the filter is stored as schedules/NarrowFilter.h describes.
/// \param filter  [OC][KH][KW][IC/groups] codes
/// \param bias    [OC], or nullptr for zero
/// \param mul     [OC]
/// \param groups  read by rows that are `grouped`; `filter` has products of
///                multipliers and narrow codes.
PackedFilter pack(const Kernel &kernel, const qrt_conv2d &conv,
                  const int8_t *filter, const int32_t *bias, const float *mul,
                  const FilterGroups &groups = {});

/// What the emitted kernels of one file share, once before them: includes and
/// small inline helpers. `kernels` in any order, reference rows are ignored.
void emitPrelude(CppWriter &writer, const std::vector<const Kernel *> &kernels);

/// The static function(s) of one emitted kernel, self-contained after
/// emitPrelude, with target attributes, so that several levels live in one
/// file. `linkage` replaces `static` of the entry point ("extern \"C\"" in the
/// kernel tests).
void emitKernel(CppWriter &writer, const Kernel &kernel,
                std::string_view linkage = "static");

/// The same for all emitted rows of `kernels`, in order; inner functions that
/// several share are written once.
void emitKernels(CppWriter &writer, const std::vector<const Kernel *> &kernels);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_CATALOGUE_H
