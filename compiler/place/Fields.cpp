// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One list of fields per struct serves the writer and the reader.

#include "compiler/place/Fields.h"

#include "dialects/q/GroupSizes.h"

#include "llvm/Support/MathExtras.h"

#include <cassert>
#include <type_traits>

using namespace mlir;

namespace quench::place {

namespace {

template <typename V>
void visit(V &v, qrt_output &p) {
  v(p.zero, p.min, p.max);
}
template <typename V>
void visit(V &v, qrt_add &p) {
  v(p.a_zero, p.b_zero, p.a_mul, p.b_mul, p.scale, p.out);
}
template <typename V>
void visit(V &v, qrt_conv2d &p) {
  v(p.batch, p.in_h, p.in_w, p.in_c, p.out_h, p.out_w, p.out_c, p.kernel_h,
    p.kernel_w, p.stride_h, p.stride_w, p.dilation_h, p.dilation_w, p.pad_top,
    p.pad_left, p.groups, p.in_zero, p.filter_zero, p.bias_bits, p.x_gap,
    p.y_gap, p.out, p.add);
}
template <typename V>
void visit(V &v, qrt_matmul &p) {
  v(p.batch, p.m, p.k, p.n, p.a_batch_stride, p.b_batch_stride, p.a_zero,
    p.b_zero, p.mul, p.out);
}
template <typename V>
void visit(V &v, qrt_space &p) {
  v(p.rank, p.size);
}
template <typename V>
void visit(V &v, qrt_add_nd &p) {
  v(p.space, p.a_stride, p.b_stride, p.add);
}
template <typename V>
void visit(V &v, qrt_mul_nd &p) {
  v(p.space, p.a_stride, p.b_stride, p.a_zero, p.b_zero, p.mul, p.out);
}
template <typename V>
void visit(V &v, qrt_lut &p) {
  v(p.count, p.channels);
}
template <typename V>
void visit(V &v, qrt_interpolate &p) {
  v(p.count, p.channels, p.shift, p.out);
}
template <typename V>
void visit(V &v, qrt_rescale &p) {
  v(p.count, p.mul, p.out);
}
template <typename V>
void visit(V &v, qrt_pool2d &p) {
  v(p.batch, p.in_h, p.in_w, p.channels, p.out_h, p.out_w, p.kernel_h,
    p.kernel_w, p.stride_h, p.stride_w, p.dilation_h, p.dilation_w, p.pad_top,
    p.pad_left, p.x_gap, p.y_gap, p.in_zero, p.in_scale, p.out_scale,
    p.count_include_pad, p.padded_h, p.padded_w, p.out);
}
template <typename V>
void visit(V &v, qrt_reduce &p) {
  v(p.outer, p.inner, p.outer_stride, p.inner_stride, p.in_zero, p.mul, p.out);
}
template <typename V>
void visit(V &v, qrt_copy &p) {
  v(p.space, p.x_stride, p.y_stride, p.x_offset, p.y_offset, p.element_bytes);
}
template <typename V>
void visit(V &v, kernels::FillParams &p) {
  v(p.count, p.code);
}
template <typename V>
void visit(V &v, qrt_resize2d &p) {
  v(p.batch, p.in_h, p.in_w, p.channels, p.out_h, p.out_w, p.x_gap, p.y_gap,
    p.in_zero, p.mul, p.out);
}
template <typename V>
void visit(V &v, qrt_border &p) {
  v(p.batch, p.channels, p.pixels, p.scale, p.out, p.plane_gap);
}
template <typename V>
void visit(V &v, qrt_rows &p) {
  v(p.outer, p.length, p.inner, p.epsilon);
}
template <typename V>
void visit(V &v, qrt_conv2d_f32 &p) {
  v(p.batch, p.in_h, p.in_w, p.in_c, p.out_h, p.out_w, p.out_c, p.kernel_h,
    p.kernel_w, p.stride_h, p.stride_w, p.dilation_h, p.dilation_w, p.pad_top,
    p.pad_left, p.groups, p.min, p.max);
}
template <typename V>
void visit(V &v, qrt_matmul_f32 &p) {
  v(p.batch, p.a_stride, p.b_stride, p.m, p.k, p.n);
}
template <typename V>
void visit(V &v, qrt_binary_f32 &p) {
  v(p.space, p.a_stride, p.b_stride, p.min, p.max);
}
template <typename V>
void visit(V &v, qrt_unary_f32 &p) {
  v(p.count, p.channels, p.alpha, p.beta);
}

/// Appends an attribute per field. Every field has four bytes, so a struct that
/// grew without its list here is noticed.
struct Writer {
  Builder &builder;
  SmallVector<Attribute> fields;
  size_t bytes = 0;

  template <typename... Fields>
  void operator()(Fields &...values) {
    (add(values), ...);
  }
  template <typename T>
  void add(T &value) {
    if constexpr (std::is_same_v<T, int32_t>) {
      fields.push_back(builder.getI64IntegerAttr(value));
      bytes += sizeof(T);
    } else if constexpr (std::is_same_v<T, float>) {
      fields.push_back(builder.getF32FloatAttr(value));
      bytes += sizeof(T);
    } else {
      Writer inner{builder, {}, 0};
      inner.addAll(value);
      fields.push_back(builder.getArrayAttr(inner.fields));
      bytes += inner.bytes;
    }
  }
  template <typename T>
  void addAll(T &value) {
    if constexpr (std::is_array_v<T>) {
      for (auto &element : value)
        add(element);
    } else {
      visit(*this, value);
    }
    assert(bytes == sizeof(T) && "a field is missing from the list above");
  }
};

/// Takes the same attributes apart; `good` turns false where they do not fit.
struct Reader {
  ArrayRef<Attribute> fields;
  bool good = true;

  template <typename... Fields>
  void operator()(Fields &...values) {
    (take(values), ...);
  }
  template <typename T>
  void take(T &value) {
    if (fields.empty()) {
      good = false;
      return;
    }
    Attribute field = fields.front();
    fields = fields.drop_front();
    if constexpr (std::is_same_v<T, int32_t>) {
      auto integer = dyn_cast<IntegerAttr>(field);
      good &= integer && integer.getType().isInteger(64) &&
              llvm::isInt<32>(integer.getInt());
      if (good)
        value = static_cast<int32_t>(integer.getInt());
    } else if constexpr (std::is_same_v<T, float>) {
      auto real = dyn_cast<FloatAttr>(field);
      good &= real && real.getType().isF32();
      if (good)
        value = real.getValue().convertToFloat();
    } else {
      auto nested = dyn_cast<ArrayAttr>(field);
      if (!nested) {
        good = false;
        return;
      }
      Reader inner{nested.getValue(), true};
      inner.takeAll(value);
      good &= inner.good;
    }
  }
  template <typename T>
  void takeAll(T &value) {
    if constexpr (std::is_array_v<T>) {
      for (auto &element : value)
        take(element);
    } else {
      visit(*this, value);
    }
    good &= fields.empty();
  }
};

/// An empty struct of the alternative that the op's kernels take.
kernels::Params emptyParams(kernels::Op op) {
  using kernels::Op;
  switch (op) {
  case Op::Conv2D:
  case Op::ConvTranspose2D:
    return qrt_conv2d{};
  case Op::MatMul:
    return qrt_matmul{};
  case Op::Add:
    return qrt_add_nd{};
  case Op::Mul:
    return qrt_mul_nd{};
  case Op::Lut:
    return qrt_lut{};
  case Op::Interpolate:
    return qrt_interpolate{};
  case Op::Requantize:
    return qrt_rescale{};
  case Op::MaxPool2D:
  case Op::AvgPool2D:
    return qrt_pool2d{};
  case Op::ReduceSum:
  case Op::ReduceMax:
  case Op::ArgMax:
    return qrt_reduce{};
  case Op::Copy:
    return qrt_copy{};
  case Op::Fill:
    return kernels::FillParams{};
  case Op::ResizeNearest:
  case Op::ResizeBilinear:
    return qrt_resize2d{};
  case Op::QuantizeF32:
  case Op::Dequantize:
    return qrt_border{};
  case Op::SoftmaxF32:
  case Op::LayerNormF32:
    return qrt_rows{};
  case Op::Conv2DF32:
  case Op::ConvTranspose2DF32:
    return qrt_conv2d_f32{};
  case Op::MatMulF32:
    return qrt_matmul_f32{};
  case Op::AddF32:
  case Op::SubF32:
  case Op::MulF32:
    return qrt_binary_f32{};
  case Op::AvgPool2DF32:
  case Op::MaxPool2DF32:
    return qrt_pool2d{};
  case Op::ReduceSumF32:
  case Op::ReduceMeanF32:
  case Op::ReduceMaxF32:
    return qrt_reduce{};
  case Op::ResizeNearestF32:
  case Op::ResizeBilinearF32:
    return qrt_resize2d{};
  case Op::PReluF32:
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
  case Op::AbsF32:
    return qrt_unary_f32{};
  }
  llvm_unreachable("every op of the catalogue has a struct");
}

/// In the order of kernels::Params.
constexpr const char *structNames[] = {"qrt_conv2d",
                                       "qrt_matmul",
                                       "qrt_add_nd",
                                       "qrt_mul_nd",
                                       "qrt_lut",
                                       "qrt_interpolate",
                                       "qrt_rescale",
                                       "qrt_pool2d",
                                       "qrt_reduce",
                                       "qrt_copy",
                                       "",
                                       "qrt_resize2d",
                                       "qrt_border",
                                       "qrt_rows",
                                       "qrt_conv2d_f32",
                                       "qrt_matmul_f32",
                                       "qrt_binary_f32",
                                       "qrt_unary_f32"};
static_assert(std::size(structNames) == std::variant_size_v<kernels::Params>,
              "one name per alternative");

} // namespace

StringRef structName(const kernels::Params &params) {
  return structNames[params.index()];
}

ArrayAttr structFields(Builder &builder, const kernels::Params &params) {
  Writer writer{builder, {}, 0};
  if (!std::holds_alternative<kernels::FillParams>(params)) {
    kernels::Params copy = params;
    std::visit([&](auto &value) { writer.addAll(value); }, copy);
  }
  return builder.getArrayAttr(writer.fields);
}

DictionaryAttr splitAttr(Builder &builder, const kernels::Split &split) {
  NamedAttrList attrs;
  attrs.set("axis", builder.getStringAttr(split.axis));
  attrs.set("count", builder.getI64IntegerAttr(split.count));
  attrs.set("step", builder.getI64IntegerAttr(split.step));
  if (split.column)
    attrs.set("column", builder.getI64IntegerAttr(split.column));
  return attrs.getDictionary(builder.getContext());
}

DictionaryAttr bandsAttr(Builder &builder, const kernels::Bands &bands,
                         int64_t first) {
  NamedAttrList attrs;
  attrs.set("ahead", builder.getI64IntegerAttr(bands.ahead));
  attrs.set("axis", builder.getStringAttr(bands.axis));
  attrs.set("count", builder.getI64IntegerAttr(bands.count));
  attrs.set("first", builder.getI64IntegerAttr(first));
  attrs.set("number", builder.getI64IntegerAttr(bands.number));
  attrs.set("step", builder.getI64IntegerAttr(bands.step));
  return attrs.getDictionary(builder.getContext());
}

std::optional<kernels::Bands> bandsOf(plan::CallOp call) {
  DictionaryAttr given = call.getBandsAttr();
  const kernels::Kernel *kernel = kernels::findKernel(call.getKernel());
  if (!given || !kernel)
    return std::nullopt;
  auto number = [&](StringRef name) {
    auto value = given.getAs<IntegerAttr>(name);
    return value && llvm::isInt<32>(value.getInt())
               ? static_cast<int32_t>(value.getInt())
               : 0;
  };
  kernels::Bands bands;
  auto axis = given.getAs<StringAttr>("axis");
  const kernels::SplitRow *row =
      axis ? kernels::findSplit(kernel->op, std::string_view(axis.getValue()))
           : nullptr;
  if (row)
    bands.axis = row->axis;
  bands.number = number("number");
  bands.count = number("count");
  bands.step = number("step");
  bands.ahead = number("ahead");
  return bands;
}

std::optional<kernels::Problem> problemOf(plan::CallOp call) {
  const kernels::Kernel *kernel = kernels::findKernel(call.getKernel());
  if (!kernel)
    return std::nullopt;
  kernels::Problem problem{};
  problem.op = kernel->op;
  problem.filterBits = kernel->filterBits;
  problem.codes = kernel->codes;
  problem.params = emptyParams(kernel->op);
  if (call.getParams() != structName(problem.params))
    return std::nullopt;

  // Fill has its values among the plain parameters.
  const bool plain = call.getParams().empty();
  ArrayRef<Attribute> fields = call.getFields().getValue();
  if (plain)
    fields = call.getLeadingAttr() ? call.getLeadingAttr().getValue()
                                   : ArrayRef<Attribute>();
  if (kernel->grouped) {
    ArrayAttr leading = call.getLeadingAttr();
    auto group = leading && leading.size() == 1
                     ? dyn_cast<IntegerAttr>(leading[0])
                     : IntegerAttr();
    if (!group || !group.getType().isInteger(64) ||
        !q::isGroupSize(group.getInt()))
      return std::nullopt;
    problem.filterGroup = static_cast<int>(group.getInt());
  }
  Reader reader{fields, true};
  std::visit([&](auto &value) { reader.takeAll(value); }, problem.params);
  if (!reader.good)
    return std::nullopt;

  ArrayRef<bool> present = call.getPresent();
  if (kernel->op == kernels::Op::Conv2D && present.size() == 6) {
    problem.hasBias = present[2];
    problem.hasResidual = present[4];
  }
  return problem;
}

} // namespace quench::place
