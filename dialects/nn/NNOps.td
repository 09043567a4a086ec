// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The float level: neural-network ops on f32 tensors, channels last.

#ifndef QUENCH_DIALECTS_NN_NNOPS_TD
#define QUENCH_DIALECTS_NN_NNOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::quench::nn";
  let summary = "Float neural-network graphs";
  let description = [{
    Ops of a float network, on ranked, static f32 tensors. Feature maps are
    NHWC; filters are [OC, KH, KW, IC / groups]. Each op has one integer form
    in the `q` dialect. Where an op has a `clamp`, it is applied to the result:
    `y = min(max(y, clamp[0]), clamp[1])`; +-infinity leaves a side open.
  }];
  let hasConstantMaterializer = 1;
}

class NN_Op<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, traits>;

/// An op whose result type follows from operands and attributes. The builders
/// infer it; the parser checks it, since the type is printed for the reader.
class NN_InferredOp<string mnemonic, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<InferTypeOpInterface>], traits)> {
  /// Element type of the result, from that of the first operand's type.
  string inferElement = "::llvm::cast<::mlir::RankedTensorType>(type).getElementType()";
  let extraClassDeclaration = "static ::mlir::Type inferElement(::mlir::Type type) { return " # inferElement # "; }";
}

class NN_TensorOf<Type element>
    : Type<And<[StaticShapeTensorOf<[element]>.predicate, CPred<
        "::quench::nn::isCountable(::llvm::cast<::mlir::RankedTensorType>($_self).getShape())">]>,
      "static tensor of 1 to 2^31 - 1 elements of " # element.summary,
      "::mlir::RankedTensorType">;
def NN_Tensor : NN_TensorOf<F32>;
def NN_IndexTensor : NN_TensorOf<I64>;

//===----------------------------------------------------------------------===//
// Constant
//===----------------------------------------------------------------------===//

def NN_ConstantOp : NN_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "output"]>]> {
  let summary = "f32 tensor known at compile time";
  let description = [{
    `value` is dense up to 1 KiB and a dense resource above.
    ```mlir
    %w = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "attr-dict $value";
  let hasVerifier = 1;
  let hasFolder = 1;
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value), [{
    build($_builder, $_state, ::llvm::cast<::mlir::TypedAttr>(value).getType(), value);
  }]>];
}

//===----------------------------------------------------------------------===//
// Convolution and matrix products
//===----------------------------------------------------------------------===//

def NN_Conv2DOp : NN_InferredOp<"conv2d"> {
  let summary = "2-D convolution with bias and clamp";
  let description = [{
    ```
    y[n, i, j, oc] = clamp(bias[oc] + sum over kh, kw, ic of
        x[n, i*sh - top + kh*dh, j*sw - left + kw*dw, g*IC/groups + ic]
        * filter[oc, kh, kw, ic])          with g = oc / (OC / groups)
    ```
    Outside the picture x is 0. `pads` is [top, left, bottom, right]; `strides`
    and `dilations` are [h, w]. Depthwise: groups = IC.
  }];
  let arguments = (ins
    NN_Tensor:$input,               // [N, H, W, IC]
    NN_Tensor:$filter,              // [OC, KH, KW, IC / groups]
    Optional<NN_Tensor>:$bias,      // [OC]
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$pads,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<I64Attr, "1">:$groups,
    OptionalAttr<DenseF32ArrayAttr>:$clamp);
  let results = (outs NN_Tensor:$output);  // [N, OH, OW, OC]
  let assemblyFormat = [{
    operands `strides` $strides `pads` $pads (`clamp` custom<Bounds>($clamp)^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_ConvTranspose2DOp : NN_InferredOp<"conv_transpose2d"> {
  let summary = "2-D transposed convolution with bias and clamp";
  let description = [{
    The adjoint of `nn.conv2d`: x[n, i, j, ic] * filter[oc, kh, kw, ic] is added
    to y[n, i*sh - top + kh*dh, j*sw - left + kw*dw, oc]. Output height is
    `sh*(H-1) + output_pads[0] + dh*(KH-1) + 1 - top - bottom`.
  }];
  let arguments = (ins
    NN_Tensor:$input,               // [N, H, W, IC]
    NN_Tensor:$filter,              // [OC, KH, KW, IC / groups]
    Optional<NN_Tensor>:$bias,      // [OC]
    DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$pads,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0}">:$output_pads,
    DefaultValuedAttr<I64Attr, "1">:$groups,
    OptionalAttr<DenseF32ArrayAttr>:$clamp);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    operands `strides` $strides `pads` $pads (`clamp` custom<Bounds>($clamp)^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_LinearOp : NN_InferredOp<"linear"> {
  let summary = "Matrix product with a filter that is usually constant";
  let description = [{
    `y[..., n] = clamp(bias[n] + sum over k of x[..., k] * filter[n, k])`.
  }];
  let arguments = (ins
    NN_Tensor:$input,               // [..., K]
    NN_Tensor:$filter,              // [N, K]
    Optional<NN_Tensor>:$bias,      // [N]
    OptionalAttr<DenseF32ArrayAttr>:$clamp);
  let results = (outs NN_Tensor:$output);  // [..., N]
  let assemblyFormat = [{
    operands (`clamp` custom<Bounds>($clamp)^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_MatMulOp : NN_InferredOp<"matmul"> {
  let summary = "Batched matrix product of two activations";
  let description = [{
    `y[..., m, n] = sum over k of lhs[..., m, k] * rhs[..., k, n]`; leading axes
    broadcast as in NumPy; both ranks are at least 2.
  }];
  let arguments = (ins NN_Tensor:$lhs, NN_Tensor:$rhs);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

class NN_BinaryOp<string mnemonic, string symbol, list<Trait> traits = []>
    : NN_InferredOp<mnemonic, traits> {
  let summary = "Elementwise lhs " # symbol # " rhs with NumPy broadcasting";
  let description = "`y = clamp(lhs " # symbol # " rhs)`.";
  let arguments = (ins NN_Tensor:$lhs, NN_Tensor:$rhs,
                       OptionalAttr<DenseF32ArrayAttr>:$clamp);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    operands (`clamp` custom<Bounds>($clamp)^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def NN_AddOp : NN_BinaryOp<"add", "+", [Commutative]>;
def NN_SubOp : NN_BinaryOp<"sub", "-">;
def NN_MulOp : NN_BinaryOp<"mul", "*", [Commutative]>;

/// y[i] = f(x[i]); result type equals the operand type.
class NN_UnaryOp<string mnemonic, string formula, dag attrs = (ins)>
    : NN_Op<mnemonic, [Pure, SameOperandsAndResultType]> {
  let summary = "Elementwise " # formula;
  let description = "`y = " # formula # "`, elementwise.";
  let arguments = !con((ins NN_Tensor:$input), attrs);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` type($output)";
}
def NN_ReluOp : NN_UnaryOp<"relu", "max(x, 0)">;
def NN_ClipOp : NN_UnaryOp<"clip", "min(max(x, min), max)",
                           (ins F32Attr:$min, F32Attr:$max)> {
  let hasVerifier = 1;
}
def NN_LeakyReluOp : NN_UnaryOp<"leaky_relu", "x < 0 ? alpha * x : x",
                                (ins F32Attr:$alpha)> {
  let hasVerifier = 1;
}
def NN_SigmoidOp : NN_UnaryOp<"sigmoid", "1 / (1 + exp(-x))">;
def NN_TanhOp : NN_UnaryOp<"tanh", "tanh(x)">;
def NN_HardSigmoidOp : NN_UnaryOp<"hard_sigmoid",
    "min(max(alpha * x + beta, 0), 1)", (ins F32Attr:$alpha, F32Attr:$beta)> {
  let hasVerifier = 1;
}
def NN_HardSwishOp : NN_UnaryOp<"hard_swish", "x * min(max(x / 6 + 0.5, 0), 1)">;
def NN_SiluOp : NN_UnaryOp<"silu", "x / (1 + exp(-x))">;
def NN_GeluOp : NN_UnaryOp<"gelu",
    "x * 0.5 * (1 + erf(x / sqrt(2))), or its tanh approximation",
    (ins DefaultValuedAttr<BoolAttr, "false">:$approximate)>;
def NN_ErfOp : NN_UnaryOp<"erf", "erf(x)">;
def NN_ExpOp : NN_UnaryOp<"exp", "exp(x)">;
def NN_SqrtOp : NN_UnaryOp<"sqrt", "sqrt(x)">;
def NN_AbsOp : NN_UnaryOp<"abs", "|x|">;

def NN_PReluOp : NN_InferredOp<"prelu"> {
  let summary = "Leaky relu with a slope per channel";
  let description = [{
    `y = x < 0 ? slope[c] * x : x`, c the last axis; slope has 1 or C elements.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$slope);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Pooling and reductions
//===----------------------------------------------------------------------===//

class NN_PoolOp<string mnemonic, dag attrs> : NN_InferredOp<mnemonic> {
  let arguments = !con((ins
    NN_Tensor:$input,               // [N, H, W, C]
    DenseI64ArrayAttr:$kernel,      // [h, w]
    DenseI64ArrayAttr:$strides,     // [h, w]
    DenseI64ArrayAttr:$pads,        // [top, left, bottom, right]
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<BoolAttr, "false">:$ceil_mode), attrs);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    $input `kernel` $kernel `strides` $strides `pads` $pads attr-dict `:`
    functional-type(operands, results)
  }];
}
def NN_MaxPool2DOp : NN_PoolOp<"max_pool2d", (ins)> {
  let summary = "Largest element of each window";
  let description = [{
    Padding never wins. Output size is
    `floor_or_ceil((H + top + bottom - (dh*(KH-1) + 1)) / sh) + 1`; with
    `ceil_mode` a window that would start beyond input + top padding is dropped.
  }];
}
def NN_AvgPool2DOp : NN_PoolOp<"avg_pool2d", (ins
    DefaultValuedAttr<BoolAttr, "false">:$count_include_pad)> {
  let summary = "Mean of each window";
  let description = [{
    The divisor counts positions inside the picture, or inside picture and
    padding with `count_include_pad` (the overhang of `ceil_mode` never counts).
  }];
}

class NN_ReduceOp<string mnemonic, string what> : NN_InferredOp<mnemonic> {
  let summary = what # " over some axes";
  let description = [{
    Reduces `axes` (sorted, unique, non-negative); with `keepdims` they stay as
    size 1. Global average pooling is reduce_mean over axes [1, 2].
  }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$axes,
                       DefaultValuedAttr<BoolAttr, "true">:$keepdims);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    $input `axes` $axes attr-dict `:` functional-type(operands, results)
  }];
}
def NN_ReduceMeanOp : NN_ReduceOp<"reduce_mean", "Mean">;
def NN_ReduceMaxOp : NN_ReduceOp<"reduce_max", "Largest element">;
def NN_ReduceSumOp : NN_ReduceOp<"reduce_sum", "Sum">;

def NN_ArgMaxOp : NN_InferredOp<"arg_max"> {
  let inferElement = "::mlir::IntegerType::get(type.getContext(), 64)";
  let summary = "Index of the largest element along an axis";
  let description = "The first one on ties, or the last with `select_last`.";
  let arguments = (ins NN_Tensor:$input, I64Attr:$axis,
                       DefaultValuedAttr<BoolAttr, "true">:$keepdims,
                       DefaultValuedAttr<BoolAttr, "false">:$select_last);
  let results = (outs NN_IndexTensor:$output);
  let assemblyFormat = [{
    $input `axis` $axis attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Data movement
//===----------------------------------------------------------------------===//

def NN_ConcatOp : NN_InferredOp<"concat"> {
  let summary = "Joins tensors along an axis";
  let arguments = (ins Variadic<NN_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    $inputs `axis` $axis attr-dict `:` functional-type(operands, results)
  }];
}

def NN_SliceOp : NN_InferredOp<"slice"> {
  let summary = "A strided box of a tensor (also one output of a split)";
  let description = [{
    `y[i...] = x[starts + i * steps]`; one entry per axis; steps may be negative,
    every index must lie inside x.
  }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$starts,
                       DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$steps);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    $input `starts` $starts `sizes` $sizes `steps` $steps attr-dict `:`
    functional-type(operands, results)
  }];
}

def NN_PadOp : NN_InferredOp<"pad"> {
  let summary = "Adds elements around a tensor";
  let description = [{
    `mode` is "constant" (`value`), "reflect" or "edge"; `low` and `high` have an
    entry per axis. Negative pads crop.
  }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$high,
                       DefaultValuedAttr<StrAttr, "\"constant\"">:$mode,
                       DefaultValuedAttr<F32Attr, "0.0f">:$value);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    $input `low` $low `high` $high attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_ReshapeOp : NN_Op<"reshape", [Pure]> {
  let summary = "Same elements in the same order, other shape";
  let description = "Flatten, squeeze and unsqueeze are reshapes.";
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_TransposeOp : NN_InferredOp<"transpose"> {
  let summary = "Permutes axes";
  let description = "Axis i of the result is axis `perm[i]` of the input.";
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$perm);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    $input `perm` $perm attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_ResizeOp : NN_Op<"resize", [Pure]> {
  let summary = "Resizes a feature map, nearest or bilinear";
  let description = [{
    Input [N, H, W, C], result [N, OH, OW, C]. `mode` is "nearest" or "linear".
    `coordinates` maps an output index to an input coordinate (ONNX names):
    "half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners";
    `scales` [h, w] are the factors used by that map. `rounding` of nearest:
    "round_prefer_floor", "round_prefer_ceil", "floor", "ceil".
  }];
  let arguments = (ins NN_Tensor:$input, StrAttr:$mode, StrAttr:$coordinates,
                       DefaultValuedAttr<StrAttr, "\"round_prefer_floor\"">:$rounding,
                       DenseF32ArrayAttr:$scales);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    $input `mode` $mode `coordinates` $coordinates `scales` $scales attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

def NN_SoftmaxOp : NN_Op<"softmax", [Pure, SameOperandsAndResultType]> {
  let summary = "exp(x - max) / sum exp(x - max) along an axis";
  let arguments = (ins NN_Tensor:$input, I64Attr:$axis);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$input `axis` $axis attr-dict `:` type($output)";
  let hasVerifier = 1;
}

def NN_BatchNormOp : NN_InferredOp<"batch_norm"> {
  let summary = "Batch normalization with stored statistics";
  let description = [{
    `y = (x - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c]`, c the
    last axis. Folded into the producing convolution before quantization.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$scale, NN_Tensor:$bias,
                       NN_Tensor:$mean, NN_Tensor:$variance, F32Attr:$epsilon);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_LayerNormOp : NN_InferredOp<"layer_norm"> {
  let summary = "Normalizes over the last axes";
  let description = [{
    `y = (x - mean) / sqrt(var + epsilon) * scale + bias`; mean and variance over
    axes `axis`..rank-1; scale and bias have the shape of those axes.
  }];
  let arguments = (ins NN_Tensor:$input, NN_Tensor:$scale,
                       Optional<NN_Tensor>:$bias, I64Attr:$axis,
                       F32Attr:$epsilon);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = [{
    operands `axis` $axis attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // QUENCH_DIALECTS_NN_NNOPS_TD
