// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rows, the choice among them, and the frame of an emitted file.

#include "codegen/kernels/Catalogue.h"
#include "codegen/kernels/schedules/NarrowFilter.h"
#include "codegen/kernels/schedules/Schedule.h"
#include "codegen/targets/Dot.h"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <set>

namespace quench::kernels {

namespace {

/// Name of an op in symbols, and its function in libqrt.
struct OpRow {
  Op op;
  std::string_view name;
  std::string_view reference;
};

constexpr OpRow opTable[] = {
    {Op::Conv2D,          "conv2d",           "qrt_ref_conv2d_s8"          },
    {Op::ConvTranspose2D, "conv_transpose2d", "qrt_ref_conv_transpose2d_s8"},
    {Op::MatMul,          "matmul",           "qrt_ref_matmul_s8"          },
    {Op::Add,             "add",              "qrt_ref_add_s8"             },
    {Op::Mul,             "mul",              "qrt_ref_mul_s8"             },
    {Op::Lut,             "lut",              "qrt_ref_lut_s8"             },
    {Op::MaxPool2D,       "max_pool2d",       "qrt_ref_max_pool2d_s8"      },
    {Op::AvgPool2D,       "avg_pool2d",       "qrt_ref_avg_pool2d_s8"      },
    {Op::ReduceSum,       "reduce_sum",       "qrt_ref_reduce_sum_s8"      },
    {Op::ReduceMax,       "reduce_max",       "qrt_ref_reduce_max_s8"      },
    {Op::ArgMax,          "arg_max",          "qrt_ref_arg_max_s8"         },
    {Op::Copy,            "copy",             "qrt_ref_copy"               },
    {Op::Fill,            "fill",             "qrt_ref_fill_s8"            },
    {Op::ResizeNearest,   "resize_nearest",   "qrt_ref_resize_nearest_s8"  },
    {Op::ResizeBilinear,  "resize_bilinear",  "qrt_ref_resize_bilinear_s8" },
    {Op::QuantizeF32,     "quantize_f32",     "qrt_ref_quantize_f32_s8"    },
    {Op::DequantizeS8,    "dequantize",       "qrt_ref_dequantize_s8_f32"  },
    {Op::SoftmaxF32,      "softmax_f32",      "qrt_ref_softmax_f32"        },
    {Op::LayerNormF32,    "layer_norm_f32",   "qrt_ref_layer_norm_f32"     },
};

/// Layers kept float: one kernel each, on every target.
constexpr OpRow floatTable[] = {
    {Op::Conv2DF32,          "conv2d_f32",           "qrt_ref_conv2d_f32"        },
    {Op::ConvTranspose2DF32, "conv_transpose2d_f32",
     "qrt_ref_conv_transpose2d_f32"                                              },
    {Op::MatMulF32,          "matmul_f32",           "qrt_ref_matmul_f32"        },
    {Op::AddF32,             "add_f32",              "qrt_ref_add_f32"           },
    {Op::SubF32,             "sub_f32",              "qrt_ref_sub_f32"           },
    {Op::MulF32,             "mul_f32",              "qrt_ref_mul_f32"           },
    {Op::AvgPool2DF32,       "avg_pool2d_f32",       "qrt_ref_avg_pool2d_f32"    },
    {Op::MaxPool2DF32,       "max_pool2d_f32",       "qrt_ref_max_pool2d_f32"    },
    {Op::ReduceSumF32,       "reduce_sum_f32",       "qrt_ref_reduce_sum_f32"    },
    {Op::ReduceMeanF32,      "reduce_mean_f32",      "qrt_ref_reduce_mean_f32"   },
    {Op::ReduceMaxF32,       "reduce_max_f32",       "qrt_ref_reduce_max_f32"    },
    {Op::ResizeNearestF32,   "resize_nearest_f32",   "qrt_ref_resize_nearest_f32"},
    {Op::ResizeBilinearF32,  "resize_bilinear_f32",
     "qrt_ref_resize_bilinear_f32"                                               },
    {Op::PReluF32,           "prelu_f32",            "qrt_ref_prelu_f32"         },
    {Op::ClipF32,            "clip_f32",             "qrt_ref_clip_f32"          },
    {Op::LeakyReluF32,       "leaky_relu_f32",       "qrt_ref_leaky_relu_f32"    },
    {Op::SigmoidF32,         "sigmoid_f32",          "qrt_ref_sigmoid_f32"       },
    {Op::TanhF32,            "tanh_f32",             "qrt_ref_tanh_f32"          },
    {Op::HardSigmoidF32,     "hard_sigmoid_f32",     "qrt_ref_hard_sigmoid_f32"  },
    {Op::HardSwishF32,       "hard_swish_f32",       "qrt_ref_hard_swish_f32"    },
    {Op::SiluF32,            "silu_f32",             "qrt_ref_silu_f32"          },
    {Op::GeluF32,            "gelu_f32",             "qrt_ref_gelu_f32"          },
    {Op::GeluTanhF32,        "gelu_tanh_f32",        "qrt_ref_gelu_tanh_f32"     },
    {Op::ErfF32,             "erf_f32",              "qrt_ref_erf_f32"           },
    {Op::ExpF32,             "exp_f32",              "qrt_ref_exp_f32"           },
    {Op::SqrtF32,            "sqrt_f32",             "qrt_ref_sqrt_f32"          },
    {Op::AbsF32,             "abs_f32",              "qrt_ref_abs_f32"           },
};

/// Register tiles of the convolutions, best ISA first. Accumulators and
/// operands fit the registers of the ISA: mr * nr / lanes, nr / lanes weights,
/// one activation, the sign constant (VNNI) or one product (AVX2); with a
/// filter zero point mr row sums and the ones besides.
struct ConvRow {
  enum Kind { Direct, Rows, Depthwise, Slide } kind;
  std::string_view isa;
  int mr, nr;
  bool filterZero;
};

constexpr ConvRow convTable[] = {
    // Few B loads a dot; 7 x 48 divides the 7 * 2^k pixels of image nets; wide
    // rows of few channels want many pixels; one row is a matrix-vector
    // product.
    {ConvRow::Direct,    "x86_avx512vnni", 6,  64,  false},
    {ConvRow::Direct,    "x86_avx512vnni", 7,  48,  false},
    {ConvRow::Direct,    "x86_avx512vnni", 12, 32,  false},
    {ConvRow::Direct,    "x86_avx512vnni", 1,  128, false},
    {ConvRow::Rows,      "x86_avx512vnni", 6,  64,  false},
    {ConvRow::Rows,      "x86_avx512vnni", 12, 32,  false},
    {ConvRow::Direct,    "x86_avx512vnni", 4,  64,  true },
    {ConvRow::Rows,      "x86_avx512vnni", 4,  64,  true },
    {ConvRow::Slide,     "x86_avx512vnni", 1,  64,  false},
    {ConvRow::Depthwise, "x86_avx512vnni", 4,  64,  false},
    {ConvRow::Depthwise, "x86_avx512vnni", 2,  64,  true },
    {ConvRow::Direct,    "x86_avxvnni",    6,  16,  false},
    {ConvRow::Direct,    "x86_avxvnni",    4,  16,  false},
    {ConvRow::Direct,    "x86_avxvnni",    1,  32,  false},
    {ConvRow::Rows,      "x86_avxvnni",    6,  16,  false},
    {ConvRow::Direct,    "x86_avxvnni",    3,  16,  true },
    {ConvRow::Rows,      "x86_avxvnni",    3,  16,  true },
    {ConvRow::Slide,     "x86_avxvnni",    1,  32,  false},
    {ConvRow::Depthwise, "x86_avxvnni",    2,  32,  false},
    {ConvRow::Depthwise, "x86_avxvnni",    1,  32,  true },
    {ConvRow::Rows,      "x86_avx2",       6,  16,  false},
    {ConvRow::Rows,      "x86_avx2",       4,  16,  false},
    {ConvRow::Rows,      "x86_avx2",       1,  32,  false},
    {ConvRow::Rows,      "x86_avx2",       3,  16,  true },
    {ConvRow::Slide,     "x86_avx2",       1,  16,  false},
    {ConvRow::Depthwise, "x86_avx2",       4,  16,  false},
    {ConvRow::Depthwise, "x86_avx2",       2,  16,  true },
};

/// Bits of stored filter codes; every convolution has a row for each.
constexpr int filterBits[] = {8, 4, 2};

/// "s8", "s8w4": types of activations and, where they differ, of weights.
std::string typesOf(int bits) {
  return bits == 8 ? "s8" : "s8w" + std::to_string(bits);
}

bool hasFilter(Op op) { return op == Op::Conv2D || op == Op::ConvTranspose2D; }

/// Everything else: one schedule per op and ISA.
struct FlatRow {
  Op op;
  std::string_view isa;
  const Schedule &(*schedule)();
};

constexpr FlatRow flatTable[] = {
    {Op::Add,          "x86_avx512vnni", addSchedule       },
    {Op::Add,          "x86_avx2",       addSchedule       },
    {Op::Mul,          "x86_avx512vnni", mulSchedule       },
    {Op::Mul,          "x86_avx2",       mulSchedule       },
    {Op::Lut,          "x86_avx2",       lutSchedule       },
    {Op::MaxPool2D,    "x86_avx512vnni", maxPoolSchedule   },
    {Op::MaxPool2D,    "x86_avx2",       maxPoolSchedule   },
    {Op::AvgPool2D,    "x86_avx512vnni", avgPoolSchedule   },
    {Op::AvgPool2D,    "x86_avx2",       avgPoolSchedule   },
    {Op::QuantizeF32,  "x86_avx2",       quantizeSchedule  },
    {Op::DequantizeS8, "x86_avx2",       dequantizeSchedule},
};

Kernel makeConv(const ConvRow &row, int bits) {
  static constexpr std::string_view prefixes[] = {
      "conv2d_", "conv2d_rows_", "depthwise_", "depthwise3x3_"};
  Kernel kernel;
  kernel.op = Op::Conv2D;
  kernel.isa = row.isa;
  kernel.tile = {row.mr, row.nr, findIsa(row.isa)->kr()};
  kernel.filterZero = row.filterZero;
  kernel.filterBits = bits;
  kernel.schedule = row.kind == ConvRow::Depthwise ? &depthwiseRowsSchedule()
                    : row.kind == ConvRow::Slide
                        ? &depthwiseSlideSchedule()
                        : &convTileSchedule(row.kind == ConvRow::Rows);
  const std::string tail = "_" + std::to_string(row.mr) + "x" +
                           std::to_string(row.nr) + "x" +
                           std::to_string(kernel.tile.kr) + "_" +
                           std::string(row.isa) + (row.filterZero ? "_fz" : "");
  kernel.symbol = std::string(prefixes[row.kind]) + typesOf(bits) + tail;
  kernel.inner = std::string(prefixes[row.kind]) + typesOf(8) + tail;
  return kernel;
}

Kernel makeReference(const OpRow &op, int bits) {
  Kernel kernel;
  kernel.symbol = op.reference;
  if (bits < 8) // all end in "_s8"
    kernel.symbol += "w" + std::to_string(bits);
  kernel.op = op.op;
  kernel.isa = "scalar";
  kernel.filterBits = bits;
  kernel.schedule = &referenceSchedule();
  return kernel;
}

Kernel makeFlat(const FlatRow &row) {
  const Isa &isa = *findIsa(row.isa);
  Kernel kernel;
  kernel.op = row.op;
  kernel.isa = row.isa;
  kernel.tile = {1, isa.naturalVectors() * isa.lanes(), 1};
  kernel.schedule = &row.schedule();
  const bool fromFloat = row.op == Op::QuantizeF32;
  kernel.symbol = std::string(opName(row.op)) + (fromFloat ? "_" : "_s8_") +
                  std::string(row.isa);
  return kernel;
}

std::vector<Kernel> makeRows() {
  std::vector<Kernel> rows;
  for (const OpRow &op : opTable) {
    if (op.op == Op::Conv2D)
      for (const ConvRow &row : convTable)
        for (int bits : filterBits)
          rows.push_back(makeConv(row, bits));
    for (const FlatRow &row : flatTable)
      if (row.op == op.op)
        rows.push_back(makeFlat(row));
    for (int bits : filterBits)
      if (bits == 8 || hasFilter(op.op))
        rows.push_back(makeReference(op, bits));
  }
  for (const OpRow &op : floatTable)
    rows.push_back(makeReference(op, 8));
  return rows;
}

/// A macro, on one line or two.
void define(CppWriter &writer, const std::string &name,
            const std::string &value) {
  std::string line = "#define " + name;
  if (line.size() + 1 + value.size() <= size_t(CppWriter::columns)) {
    writer.raw(line + " " + value);
    return;
  }
  line.resize(CppWriter::columns - 1, ' ');
  writer.raw(line + "\\\n  " + value);
}

std::string formatCycles(double cycles) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.0f cycles", cycles);
  return buffer;
}

} // namespace

std::string_view opName(Op op) {
  for (const OpRow &row : opTable)
    if (row.op == op)
      return row.name;
  for (const OpRow &row : floatTable)
    if (row.op == op)
      return row.name;
  assert(false && "every op has a row");
  return "";
}

bool Kernel::isEmitted() const { return schedule->isEmitted(); }

bool Kernel::accepts(const Problem &problem, std::string *why) const {
  if (filterBits != problem.filterBits)
    return decline(why, "stores weights of " + std::to_string(filterBits) +
                            " bits, the filter has " +
                            std::to_string(problem.filterBits));
  return schedule->accepts(*this, problem, why);
}

double Kernel::cost(const Problem &problem,
                    const targets::Target &target) const {
  return schedule->cost(*this, problem, target);
}

size_t Kernel::scratchBytes(const Problem &problem) const {
  return schedule->scratchBytes(*this, problem);
}

int Kernel::unpackedChannels(const Problem &problem) const {
  return filterBits == 8 ? 0 : schedule->unpackedChannels(*this, problem);
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

Selection select(const Problem &problem, const targets::Target &target) {
  Selection best;
  std::string others;
  for (const targets::Target *level : targets::isaChain(target)) {
    for (const Kernel &kernel : kernels()) {
      // Rows for filters of other widths are no candidates worth a line.
      if (kernel.op != problem.op || kernel.isa != level->name ||
          kernel.filterBits != problem.filterBits)
        continue;
      std::string line, why;
      if (!kernel.accepts(problem, &why)) {
        line = kernel.symbol + ": " + why + "\n";
      } else {
        const double cost = kernel.cost(problem, target);
        line = kernel.symbol + ": " + formatCycles(cost) + "\n";
        if (!best.kernel || cost < best.cost * closeCosts) {
          // What was best becomes one of the others.
          if (best.kernel)
            others += best.reason;
          best = {&kernel, cost, line};
          continue;
        }
      }
      others += line;
    }
  }
  assert(best.kernel && "the reference accepts every problem");
  best.reason += others;
  best.reason.pop_back();
  return best;
}

PackedFilter pack(const Kernel &kernel, const qrt_conv2d &conv,
                  const int8_t *filter, const int32_t *bias, const float *mul) {
  PackedFilter packed = kernel.schedule->pack(kernel, conv, filter, bias, mul);
  if (kernel.filterBits < 8)
    storeNarrow(packed, kernel.filterBits,
                kernel.isEmitted() ? isaOf(kernel).vectorBytes() : 1);
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
  writer.blank().raw("#include <immintrin.h>\n#include <stddef.h>\n"
                     "#include <stdint.h>\n");
  writer.blank();
  writer.comment("GCC 12 takes the undefined operand of its own AVX-512 "
                 "intrinsics for an uninitialized variable (GCC bug 105593).");
  writer.raw("#if defined(__GNUC__) && !defined(__clang__)\n"
             "#pragma GCC diagnostic ignored \"-Wmaybe-uninitialized\"\n"
             "#pragma GCC diagnostic ignored \"-Wuninitialized\"\n"
             "#endif");
  writer.blank();
  define(writer, "QUENCH_INLINE",
         "[[maybe_unused]] static inline __attribute__((always_inline))");
  emitPlainHelpers(writer, all);
  for (const targets::Target &level : targets::targetTable) {
    unsigned mask = HelperNone;
    for (const Kernel *kernel : kernels)
      if (kernel->isEmitted() && kernel->isa == level.name)
        mask |= kernel->schedule->helpers(*kernel);
    if (mask == HelperNone)
      continue;
    const Isa &isa = *findIsa(level.name);
    writer.blank();
    writer.comment(std::string(level.description) + ".");
    define(writer, isa.attributeMacro(),
           "__attribute__((target(\"" + std::string(level.attribute) + "\")))");
    emitIsaHelpers(writer, isa, mask);
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
