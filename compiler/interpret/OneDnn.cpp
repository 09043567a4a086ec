// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The oneDNN primitives behind conv2d, conv_transpose2d, linear and matmul.

#include "compiler/interpret/OneDnn.h"

#include "oneapi/dnnl/dnnl.h"

#include <array>

using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

namespace quench::interpret {
namespace {

/// Owns a oneDNN handle.
template <class T, dnnl_status_t (*destroy)(T)>
class Handle {
public:
  Handle() = default;
  Handle(Handle &&other) : value(other.value) { other.value = nullptr; }
  Handle &operator=(Handle &&other) {
    std::swap(value, other.value);
    return *this;
  }
  ~Handle() {
    if (value)
      destroy(value);
  }
  T get() const { return value; }
  T *out() { return &value; }

private:
  T value = nullptr;
};
using Memory = Handle<dnnl_memory_t, dnnl_memory_destroy>;
using Primitive = Handle<dnnl_primitive_t, dnnl_primitive_destroy>;
using Description = Handle<dnnl_primitive_desc_t, dnnl_primitive_desc_destroy>;

Error check(dnnl_status_t status, llvm::StringRef what) {
  if (status == dnnl_success)
    return Error::success();
  return createStringError("oneDNN cannot " + what + " (status " +
                           llvm::Twine(int(status)) + ")");
}

/// The processor and one in-order stream on it, for the whole process.
struct Processor {
  dnnl_engine_t engine = nullptr;
  dnnl_stream_t stream = nullptr;
  Processor() {
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success)
      dnnl_stream_create(&stream, engine, dnnl_stream_in_order);
  }
};
const Processor &processor() {
  static const Processor instance;
  return instance;
}

dnnl_memory_desc_t describe(SizesRef sizes, SizesRef strides) {
  dnnl_memory_desc_t description;
  dnnl_memory_desc_init_by_strides(&description, int(sizes.size()),
                                   sizes.data(), dnnl_f32, strides.data());
  return description;
}

/// The same tensor in whatever layout the primitive likes best.
dnnl_memory_desc_t anyLayout(SizesRef sizes) {
  dnnl_memory_desc_t description;
  dnnl_memory_desc_init_by_tag(&description, int(sizes.size()), sizes.data(),
                               dnnl_f32, dnnl_format_tag_any);
  return description;
}

} // namespace

struct MatrixKernel::State {
  Primitive primitive;
  Memory source, filter, bias, result;
  std::vector<dnnl_exec_arg_t> arguments;
  dnnl_memory_desc_t sourceDesc, filterDesc, biasDesc, resultDesc;
  bool filterIsPacked = false;
};

MatrixKernel::MatrixKernel(std::unique_ptr<State> state)
    : state(std::move(state)) {}
MatrixKernel::MatrixKernel(MatrixKernel &&) = default;
MatrixKernel &MatrixKernel::operator=(MatrixKernel &&) = default;
MatrixKernel::~MatrixKernel() = default;

/// Copies a constant operand into the layout the primitive asked for.
static Error pack(const dnnl_memory_desc_t &from, const float *values,
                  const dnnl_memory_desc_t &to, Memory &packed) {
  const dnnl_engine_t engine = processor().engine;
  Memory plain;
  Description reorder;
  Primitive primitive;
  if (Error error = check(dnnl_memory_create(plain.out(), &from, engine,
                                             const_cast<float *>(values)),
                          "describe the filter"))
    return error;
  if (Error error = check(
          dnnl_memory_create(packed.out(), &to, engine, DNNL_MEMORY_ALLOCATE),
          "allocate the packed filter"))
    return error;
  if (Error error =
          check(dnnl_reorder_primitive_desc_create(reorder.out(), &from, engine,
                                                   &to, engine, nullptr),
                "pack the filter"))
    return error;
  if (Error error = check(dnnl_primitive_create(primitive.out(), reorder.get()),
                          "pack the filter"))
    return error;
  const dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_FROM, plain.get() },
      {DNNL_ARG_TO,   packed.get()}
  };
  if (Error error =
          check(dnnl_primitive_execute(primitive.get(), processor().stream, 2,
                                       arguments),
                "pack the filter"))
    return error;
  return check(dnnl_stream_wait(processor().stream), "pack the filter");
}

Expected<MatrixKernel> MatrixKernel::finish(std::unique_ptr<State> state,
                                            const void *descriptor,
                                            const float *filter) {
  const dnnl_engine_t engine = processor().engine;
  if (!processor().stream)
    return createStringError("oneDNN finds no processor to run on");
  Description description;
  if (Error error =
          check(dnnl_primitive_desc_create(description.out(), descriptor,
                                           nullptr, engine, nullptr),
                "run an op of these sizes"))
    return std::move(error);
  if (Error error = check(
          dnnl_primitive_create(state->primitive.out(), description.get()),
          "create the primitive"))
    return std::move(error);
  if (filter) {
    const dnnl_memory_desc_t *wanted = dnnl_primitive_desc_query_md(
        description.get(), dnnl_query_weights_md, 0);
    if (Error error = pack(state->filterDesc, filter, *wanted, state->filter))
      return std::move(error);
    state->filterIsPacked = true;
  }
  // The pointers are set by each run.
  auto bind = [&](int argument, const dnnl_memory_desc_t &desc,
                  Memory &memory) -> Error {
    if (!memory.get())
      if (Error error = check(
              dnnl_memory_create(memory.out(), &desc, engine, DNNL_MEMORY_NONE),
              "describe an operand"))
        return error;
    state->arguments.push_back({argument, memory.get()});
    return Error::success();
  };
  Error error = bind(DNNL_ARG_SRC, state->sourceDesc, state->source);
  if (!error)
    error = bind(DNNL_ARG_WEIGHTS, state->filterDesc, state->filter);
  if (!error && state->biasDesc.ndims)
    error = bind(DNNL_ARG_BIAS, state->biasDesc, state->bias);
  if (!error)
    error = bind(DNNL_ARG_DST, state->resultDesc, state->result);
  if (error)
    return std::move(error);
  return MatrixKernel(std::move(state));
}

Expected<MatrixKernel> MatrixKernel::create(const Convolution &sizes,
                                            const float *filter) {
  auto state = std::make_unique<State>();
  // oneDNN names axes N, C, H, W whatever the layout; ours is channels last.
  auto activation = [&](int64_t channels, const int64_t (&size)[2]) {
    return describe(
        {sizes.batch, channels, size[0], size[1]},
        {size[0] * size[1] * channels, 1, size[1] * channels, channels});
  };
  state->sourceDesc = activation(sizes.inC, sizes.in);
  state->resultDesc = activation(sizes.outC, sizes.out);
  const int64_t groups = sizes.groups, outC = sizes.outC;
  const int64_t (&kernel)[2] = sizes.kernel;
  const int64_t depth = sizes.inC / groups, row = kernel[1] * depth;
  Sizes filterSizes = {outC / groups, depth, kernel[0], kernel[1]};
  Sizes filterStrides = {kernel[0] * row, 1, row, depth};
  if (groups > 1) {
    filterSizes.insert(filterSizes.begin(), groups);
    filterStrides.insert(filterStrides.begin(),
                         outC / groups * kernel[0] * row);
  }
  state->filterDesc = describe(filterSizes, filterStrides);
  state->biasDesc =
      sizes.hasBias ? describe({outC}, {1}) : dnnl_memory_desc_t{};
  const dnnl_memory_desc_t weights =
      filter ? anyLayout(filterSizes) : state->filterDesc;

  // oneDNN checks the size by (in - reach + pads) / stride + 1; the far pads
  // are what makes it hold exactly, also where an output row is cut or added.
  const int64_t (&wide)[2] = sizes.transposed ? sizes.out : sizes.in;
  const int64_t (&narrow)[2] = sizes.transposed ? sizes.in : sizes.out;
  int64_t nearPads[2], farPads[2], gaps[2];
  for (int axis : {0, 1}) {
    const int64_t reach = sizes.dilations[axis] * (kernel[axis] - 1) + 1;
    nearPads[axis] = sizes.pads[axis];
    farPads[axis] = (narrow[axis] - 1) * sizes.strides[axis] + reach -
                    wide[axis] - sizes.pads[axis];
    gaps[axis] = sizes.dilations[axis] - 1;
  }
  const dnnl_memory_desc_t *bias = sizes.hasBias ? &state->biasDesc : nullptr;
  if (sizes.transposed) {
    dnnl_deconvolution_desc_t descriptor;
    if (Error error = check(dnnl_dilated_deconvolution_forward_desc_init(
                                &descriptor, dnnl_forward_inference,
                                dnnl_deconvolution_direct, &state->sourceDesc,
                                &weights, bias, &state->resultDesc,
                                sizes.strides, gaps, nearPads, farPads),
                            "describe a transposed convolution of these sizes"))
      return std::move(error);
    return finish(std::move(state), &descriptor, filter);
  }
  dnnl_convolution_desc_t descriptor;
  if (Error error =
          check(dnnl_dilated_convolution_forward_desc_init(
                    &descriptor, dnnl_forward_inference,
                    dnnl_convolution_direct, &state->sourceDesc, &weights, bias,
                    &state->resultDesc, sizes.strides, gaps, nearPads, farPads),
                "describe a convolution of these sizes"))
    return std::move(error);
  return finish(std::move(state), &descriptor, filter);
}

Expected<MatrixKernel> MatrixKernel::create(const Product &sizes,
                                            const float *b) {
  auto state = std::make_unique<State>();
  state->sourceDesc = describe(sizes.a, denseStrides(sizes.a));
  state->filterDesc = describe(sizes.b, sizes.bStrides);
  state->resultDesc = describe(sizes.y, denseStrides(sizes.y));
  state->biasDesc = {};
  if (sizes.hasBias) {
    Sizes bias(sizes.y.size(), 1);
    bias.back() = sizes.y.back();
    state->biasDesc = describe(bias, denseStrides(bias));
  }
  const dnnl_memory_desc_t weights = b ? anyLayout(sizes.b) : state->filterDesc;
  dnnl_matmul_desc_t descriptor;
  if (Error error = check(
          dnnl_matmul_desc_init(&descriptor, &state->sourceDesc, &weights,
                                sizes.hasBias ? &state->biasDesc : nullptr,
                                &state->resultDesc),
          "describe a matrix product of these sizes"))
    return std::move(error);
  return finish(std::move(state), &descriptor, b);
}

void MatrixKernel::run(const float *x, const float *filter, const float *bias,
                       float *y) const {
  auto point = [](const Memory &memory, const float *data) {
    dnnl_memory_set_data_handle(memory.get(), const_cast<float *>(data));
  };
  point(state->source, x);
  if (!state->filterIsPacked)
    point(state->filter, filter);
  if (state->bias.get())
    point(state->bias, bias);
  point(state->result, y);
  dnnl_primitive_execute(state->primitive.get(), processor().stream,
                         int(state->arguments.size()), state->arguments.data());
  dnnl_stream_wait(processor().stream);
}

} // namespace quench::interpret
