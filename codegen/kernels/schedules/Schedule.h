// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A schedule is a loop nest written once: which problems it computes, what they
// cost, how constants are packed, and the text it emits in the vocabulary of an
// Isa. A catalogue row is a schedule at one ISA and tile.

#ifndef QUENCH_CODEGEN_KERNELS_SCHEDULES_SCHEDULE_H
#define QUENCH_CODEGEN_KERNELS_SCHEDULES_SCHEDULE_H

#include "codegen/kernels/Catalogue.h"
#include "codegen/kernels/isa/Isa.h"
#include "codegen/targets/Dot.h"

namespace quench::kernels {

/// Parts of the prelude a kernel needs beyond the includes.
enum Helper : unsigned {
  HelperNone = 0,
  HelperBytes = 1u << 0,   // load_s32, copy_bytes, fill_bytes
  HelperVerbs = 1u << 1,   // the inline functions of the kernel's Isa
  HelperAddRun = 1u << 2,  // add_run_<level>
  HelperConv = 1u << 3,    // pixel tables
  HelperRows = 1u << 4,    // conv_rows_<level>: padded copies of input rows
  HelperWindow = 1u << 5,  // clip_taps
  HelperWords = 1u << 6,   // add_run_words_<level>
  HelperGroups = 1u << 7,  // scale_groups_<level>
  HelperUnpack4 = 1u << 8, // unpack4_<level>, unpack2_<level>: narrow filters
  HelperUnpack2 = 1u << 9,
  HelperArrange = 1u << 10,     // arrange_weights_<level>, of every width
  HelperChannels = 1u << 11,    // take_channels_<level>
  HelperTapChannels = 1u << 12, // take_tap_channels_<level>, of every width
  HelperTile = 1u << 13,        // conv_panel
  HelperWinograd = 1u << 14,    // winograd_pixels
  HelperPairs = 1u << 15,       // load_u16, arrange_pairs_<level>
};

class Schedule {
public:
  virtual ~Schedule() = default;
  virtual bool isEmitted() const { return true; }
  virtual bool accepts(const Kernel &kernel, const Problem &problem,
                       std::string *why) const = 0;
  virtual double cost(const Kernel &kernel, const Problem &problem,
                      const targets::Target &target) const = 0;
  /// What the cost of a call is made of, for the reader; may be empty.
  virtual std::string bound(const Problem &, const targets::Target &) const {
    return "";
  }
  /// Why a row that could lose bits of `problem` does not; else empty.
  virtual std::string proof(const Problem &) const { return ""; }
  virtual size_t scratchBytes(const Kernel &, const Problem &) const {
    return 0;
  }
  /// Kernel::facts.
  virtual std::vector<int32_t> facts(const Problem &) const { return {}; }
  virtual PackedFilter pack(const Kernel &kernel, const qrt_conv2d &conv,
                            const int8_t *filter, const int32_t *bias,
                            const float *mul) const;
  /// Kernel::unpackedChannels of a row that unpacks.
  virtual int unpackedChannels(const Kernel &kernel, const Problem &) const {
    return kernel.tile.nr;
  }
  /// Kernel::rowsTogether.
  virtual int rowsTogether(const Problem &) const { return 1; }
  /// Kernel::filterColumn, of filters of 8 bits.
  virtual int32_t filterColumn(const Kernel &, const qrt_conv2d &) const {
    return 0;
  }
  virtual unsigned helpers(const Kernel &) const { return HelperNone; }
  /// The functions behind `kernel.inner`, before the entry point, for schedules
  /// with rows that share them.
  virtual void emitInner(CppWriter &, const Kernel &) const {}
  virtual void emit(CppWriter &, const Kernel &, std::string_view) const {}
};

/// One per file of this folder.
const Schedule &referenceSchedule();
const Schedule &convTileSchedule(bool copiesRows);
const Schedule &convPairsSchedule();
const Schedule &convWinogradSchedule();
const Schedule &depthwiseRowsSchedule();
const Schedule &depthwiseBandSchedule();
const Schedule &depthwiseSlideSchedule();
const Schedule &addSchedule();
const Schedule &mulSchedule();
const Schedule &lutSchedule();
const Schedule &requantizeSchedule();
const Schedule &interpolateSchedule();
const Schedule &quantizeSchedule();
const Schedule &dequantizeSchedule();
const Schedule &maxPoolSchedule();
const Schedule &avgPoolSchedule();

/// Writes the parts named in the mask of Helper, for one Isa where they speak
/// its vocabulary. `HelperBytes`, `HelperConv`, `HelperWindow` are plain C++.
void emitPlainHelpers(CppWriter &writer, unsigned mask);
void emitIsaHelpers(CppWriter &writer, const Isa &isa, unsigned mask);

/// add_run_<level>(const qrt_add *p, a, b, y, n): y = qrt_add_codes(a, b).
void emitAddRun(CppWriter &writer, const Isa &isa);
/// add_run_words_<level>: the same for 16-bit codes, aligned, passed as bytes.
void emitAddRunWords(CppWriter &writer, const Isa &isa);
/// The one of the two for the codes that a convolution writes.
std::string addRunOf(const Kernel &kernel);
/// conv_rows_<level>.
void emitConvRows(CppWriter &writer, const Isa &isa);
/// arrange_pairs_<level>, repeat_pairs_<level>.
void emitArrangePairs(CppWriter &writer, const Isa &isa);

/// x / y rounded up.
constexpr int64_t divideUp(int64_t x, int64_t y) { return (x + y - 1) / y; }
constexpr int64_t roundUp(int64_t x, int64_t y) { return divideUp(x, y) * y; }

/// Sets `*why` when asked for and returns false.
inline bool decline(std::string *why, std::string reason) {
  if (why)
    *why = std::move(reason);
  return false;
}

/// The ISA of a row at full width, in the vocabulary of its input's codes and
/// its products.
inline const Isa &isaOf(const Kernel &kernel) {
  const Isa &isa =
      findIsa(kernel.isa, 0, kernel.codes.a)->withProducts(kernel.tile.kr);
  return kernel.near ? isa.nearResults() : isa;
}

/// Whether the weights of `problem` are within what a row multiplies.
inline bool fitsDots(const Kernel &kernel, const Problem &problem,
                     std::string *why) {
  const int largest = kernel.largestWeight();
  return problem.filterMax <= largest ||
         decline(why, "weights of " + std::to_string(-problem.filterMax) +
                          ", wants at least " + std::to_string(-largest));
}

/// The dot-product instruction of a row, by the products of its tile.
const targets::DotInstruction &dotOf(const Kernel &kernel);

/// "int8_t", "int16_t": a code in the emitted language.
inline std::string codeType(int bits) {
  return "int" + std::to_string(bits) + "_t";
}

/// The parameters all emitted Conv2D kernels have, of the types of its codes.
std::vector<std::string> convParameters(const Kernel &kernel);
/// The pointers to 16-bit codes once more, as bytes: `x_bytes`,
/// `residual_bytes`, `y_bytes`.
void declareBytes(CppWriter &writer, const Kernel &kernel);
/// Names of a pointer parameter as bytes: `x_bytes` or, with 8 bits, `x`.
std::string asBytes(std::string_view name, int bits);
/// "attribute linkage void" of an entry point.
std::string entryPrefix(const Kernel &kernel, std::string_view linkage);

/// Estimated cycles of requantizing and storing `count` outputs at a level:
/// about eight instructions a vector, plus one store.
double outputCycles(const Kernel &kernel, double count);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_SCHEDULES_SCHEDULE_H
