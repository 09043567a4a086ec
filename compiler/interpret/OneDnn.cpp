// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The oneDNN primitives behind conv2d, conv_transpose2d, linear and matmul.

#include "compiler/interpret/OneDnn.h"

#include "oneapi/dnnl/dnnl.h"

#include <array>

// Of the OpenMP runtime that oneDNN is built with. <omp.h> would be that of the
// compiler, which may be another one.
extern "C" int omp_get_max_threads(void);
extern "C" void omp_set_num_threads(int);

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
using Attributes = Handle<dnnl_primitive_attr_t, dnnl_primitive_attr_destroy>;
using Description = Handle<dnnl_primitive_desc_t, dnnl_primitive_desc_destroy>;

Error check(dnnl_status_t status, llvm::StringRef what) {
  if (status == dnnl_success)
    return Error::success();
  return createStringError("oneDNN cannot " + what + " (status " +
                           llvm::Twine(int(status)) + ")");
}

/// The processor, for the whole process.
dnnl_engine_t processor() {
  static const dnnl_engine_t engine = [] {
    dnnl_engine_t created = nullptr;
    dnnl_engine_create(&created, dnnl_cpu, 0);
    return created;
  }();
  return engine;
}

/// An in-order stream on it, one for each thread.
dnnl_stream_t stream() {
  struct Stream {
    dnnl_stream_t handle = nullptr;
    Stream() {
      if (processor())
        dnnl_stream_create(&handle, processor(), dnnl_stream_in_order);
    }
    ~Stream() {
      if (handle)
        dnnl_stream_destroy(handle);
    }
  };
  static thread_local const Stream instance;
  return instance.handle;
}

/// oneDNN divides its work among the threads that OpenMP offers the calling
/// thread, and the order of some sums with it. One: the same bits on every
/// machine, and callers may run samples side by side, which gains more.
class OneThread {
public:
  OneThread() : before(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before); }
  OneThread(const OneThread &) = delete;
  OneThread &operator=(const OneThread &) = delete;

private:
  const int before;
};

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

/// Nothing here changes in a run: several threads may share it.
struct MatrixKernel::State {
  Primitive primitive;
  Memory filter; // packed, if it was known
  dnnl_memory_desc_t sourceDesc, filterDesc, biasDesc, resultDesc;
  dnnl_memory_desc_t scratchDesc;
};

MatrixKernel::MatrixKernel(std::unique_ptr<State> state)
    : state(std::move(state)) {}
MatrixKernel::MatrixKernel(MatrixKernel &&) = default;
MatrixKernel &MatrixKernel::operator=(MatrixKernel &&) = default;
MatrixKernel::~MatrixKernel() = default;

/// Copies a constant operand into the layout the primitive asked for.
static Error pack(const dnnl_memory_desc_t &from, const float *values,
                  const dnnl_memory_desc_t &to, Memory &packed) {
  const dnnl_engine_t engine = processor();
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
          check(dnnl_primitive_execute(primitive.get(), stream(), 2, arguments),
                "pack the filter"))
    return error;
  return check(dnnl_stream_wait(stream()), "pack the filter");
}

Expected<MatrixKernel> MatrixKernel::finish(std::unique_ptr<State> state,
                                            const void *descriptor,
                                            const float *filter) {
  const OneThread oneThread;
  const dnnl_engine_t engine = processor();
  if (!stream())
    return createStringError("oneDNN finds no processor to run on");
  // The library's own scratch memory belongs to the thread that created the
  // primitive.
  Attributes attributes;
  if (Error error = check(dnnl_primitive_attr_create(attributes.out()),
                          "create the attributes"))
    return std::move(error);
  if (Error error = check(dnnl_primitive_attr_set_scratchpad_mode(
                              attributes.get(), dnnl_scratchpad_mode_user),
                          "take scratch memory"))
    return std::move(error);
  Description description;
  if (Error error =
          check(dnnl_primitive_desc_create(description.out(), descriptor,
                                           attributes.get(), engine, nullptr),
                "run an op of these sizes"))
    return std::move(error);
  if (Error error = check(
          dnnl_primitive_create(state->primitive.out(), description.get()),
          "create the primitive"))
    return std::move(error);
  state->scratchDesc = *dnnl_primitive_desc_query_md(
      description.get(), dnnl_query_scratchpad_md, 0);
  if (filter) {
    const dnnl_memory_desc_t *wanted = dnnl_primitive_desc_query_md(
        description.get(), dnnl_query_weights_md, 0);
    if (Error error = pack(state->filterDesc, filter, *wanted, state->filter))
      return std::move(error);
  }
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
  const OneThread oneThread;
  Memory operands[5];
  dnnl_exec_arg_t arguments[5];
  int count = 0;
  auto bind = [&](int argument, const dnnl_memory_desc_t &desc, void *data) {
    dnnl_memory_create(operands[count].out(), &desc, processor(), data);
    arguments[count] = {argument, operands[count].get()};
    ++count;
  };
  bind(DNNL_ARG_SRC, state->sourceDesc, const_cast<float *>(x));
  if (!state->filter.get())
    bind(DNNL_ARG_WEIGHTS, state->filterDesc, const_cast<float *>(filter));
  else
    arguments[count++] = {DNNL_ARG_WEIGHTS, state->filter.get()};
  if (state->biasDesc.ndims)
    bind(DNNL_ARG_BIAS, state->biasDesc, const_cast<float *>(bias));
  bind(DNNL_ARG_DST, state->resultDesc, y);
  if (dnnl_memory_desc_get_size(&state->scratchDesc))
    bind(DNNL_ARG_SCRATCHPAD, state->scratchDesc, DNNL_MEMORY_ALLOCATE);
  dnnl_primitive_execute(state->primitive.get(), stream(), count, arguments);
  dnnl_stream_wait(stream());
}

void multiply(Transposed transposed, int64_t m, int64_t n, int64_t k,
              const float *a, const float *b, float *c) {
  const OneThread one;
  const bool isA = transposed == Transposed::A;
  const bool isB = transposed == Transposed::B;
  const dnnl_status_t status =
      dnnl_sgemm(isA ? 'T' : 'N', isB ? 'T' : 'N', m, n, k, 1.0f, a,
                 isA ? m : k, b, isB ? k : n, 0.0f, c, n);
  assert(status == dnnl_success && "sizes are positive");
  (void)status;
}

} // namespace quench::interpret
