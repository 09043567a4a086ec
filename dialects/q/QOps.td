// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The integer level. docs/spec.md numbers the rules that decide every bit; the
// descriptions below name them.

#ifndef QUENCH_DIALECTS_Q_QOPS_TD
#define QUENCH_DIALECTS_Q_QOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Q_Dialect : Dialect {
  let name = "q";
  let cppNamespace = "::quench::q";
  let summary = "Integer neural-network graphs";
  let description = [{
    Ops on tensors of upstream `!quant.uniform` element types: activations are
    s8, or s16 with zero point 0, per tensor, and an op may read and write
    both; filters s8, per tensor or one scale per output channel;
    biases i32 with scale f32(sx * sw) and zero point 0. Every scale is an exact
    f32 value. `output stage` below means, for an accumulator acc:
    `clamp(rne((float)acc * M) + zy, clamp[0], clamp[1])` (spec A3), with M in
    the attribute `multiplier` (one f32, or one per output channel) and `clamp`
    in codes.
  }];
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::quant::QuantDialect"];
}

class Q_Op<string mnemonic, list<Trait> traits = []>
    : Op<Q_Dialect, mnemonic, traits>;

/// Any of the three below (constants).
def Q_Tensor : Type<CPred<"::quench::q::isQuantizedTensor($_self)">,
    "static tensor of uniform quantized values">;

/// Activation: s8 or s16, per tensor.
def Q_Act : Type<CPred<"::quench::q::isActivation($_self)">,
    "ranked tensor of per-tensor 8-bit or 16-bit quantized values">;

/// Filter: s8, per tensor or per axis 0.
def Q_Filter : Type<CPred<"::quench::q::isFilter($_self)">,
    "ranked tensor of 8-bit quantized values, per tensor or per axis 0">;

/// Bias: i32, zero point 0, per tensor or per axis 0.
def Q_Bias : Type<CPred<"::quench::q::isBias($_self)">,
    "rank-1 tensor of 32-bit quantized values with zero point 0">;

def Q_Float : Type<And<[StaticShapeTensorOf<[F32]>.predicate, CPred<
    "::quench::nn::isCountable(::llvm::cast<::mlir::RankedTensorType>($_self).getShape())">]>,
    "static tensor of 1 to 2^31 - 1 elements of 32-bit float",
    "::mlir::RankedTensorType">;

//===----------------------------------------------------------------------===//
// Constants and border
//===----------------------------------------------------------------------===//

def Q_ConstantOp : Q_Op<"constant", [Pure, ConstantLike]> {
  let summary = "Codes known at compile time";
  let description = [{
    A filter may have groups (spec T5): its codes are narrow codes of
    `group_bits` bits, each times the multiplier of the `group_size` input
    channels it stands among. Arithmetic reads the codes as they are; `place`
    stores the factors.
    ```mlir
    %w = q.constant dense<[1, -2]> : tensor<2xi8> as tensor<2x!quant.uniform<i8:f32, 0.5>>
    %f = q.constant dense<-21> : tensor<8x32xi8> as tensor<8x32x!quant.uniform<i8:f32, 0.5>>
         {group_bits = 4, group_size = 16, group_multipliers = dense<3> : tensor<8x2xi8>}
    ```
  }];
  let arguments = (ins ElementsAttr:$codes, OptionalAttr<I64Attr>:$group_bits,
                       OptionalAttr<I64Attr>:$group_size,
                       OptionalAttr<ElementsAttr>:$group_multipliers);
  let results = (outs Q_Tensor:$output);
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::ElementsAttr":$codes), [{
    build($_builder, $_state, type, codes, ::mlir::IntegerAttr(),
          ::mlir::IntegerAttr(), ::mlir::ElementsAttr());
  }]>];
  let assemblyFormat = "$codes `as` type($output) attr-dict";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Q_QuantizeOp : Q_Op<"quantize", [Pure]> {
  let summary = "Real numbers to codes (spec A5)";
  let description = "`y = clamp(rne(x / s) + z)`; a division, ties to even.";
  let arguments = (ins Q_Float:$input);
  let results = (outs Q_Act:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Q_DequantizeOp : Q_Op<"dequantize", [Pure]> {
  let summary = "Codes to real numbers (spec A6)";
  let description = "`y = (x - z) * s` in float.";
  let arguments = (ins Q_Act:$input);
  let results = (outs Q_Float:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Q_RequantizeOp : Q_Op<"requantize", [Pure]> {
  let summary = "Codes of one scale to codes of another (spec Q-REQ)";
  let description = "`y = clamp(rne((float)(x - zx) * f32(sx / sy)) + zy)`.";
  let arguments = (ins Q_Act:$input);
  let results = (outs Q_Act:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Convolution and matrix products
//===----------------------------------------------------------------------===//

def Q_Conv2DOp : Q_Op<"conv2d", [Pure, AttrSizedOperandSegments]> {
  let summary = "Integer convolution with bias, output stage and residual";
  let description = [{
    ```
    acc = bias[oc] + sum over kh, kw, ic of (x - zx) * (filter - zw)
    y   = output stage of acc (spec Q-CONV); outside the picture x is zx
    ```
    With a `residual` r the result of the output stage t, a code of `fused_type`,
    is added to r as `q.add` does (spec Q-ADD) with `clamp` for t and `add_clamp`
    for y: the bytes of the two separate ops. `acc` never wraps: the verifier
    proves it where filter and bias are constants (spec Q-WRAP).
  }];
  let arguments = (ins
    Q_Act:$input,                   // [N, H, W, IC]
    Q_Filter:$filter,               // [OC, KH, KW, IC / groups]
    Optional<Q_Bias>:$bias,         // [OC]
    Optional<Q_Act>:$residual,      // [N, OH, OW, OC]
    DenseI64ArrayAttr:$strides,     // [h, w]
    DenseI64ArrayAttr:$pads,        // [top, left, bottom, right]
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<I64Attr, "1">:$groups,
    ElementsAttr:$multiplier,
    DenseI64ArrayAttr:$clamp,
    OptionalAttr<TypeAttr>:$fused_type,
    OptionalAttr<DenseI64ArrayAttr>:$add_clamp);
  let results = (outs Q_Act:$output);  // [N, OH, OW, OC]
  let assemblyFormat = [{
    $input `,` $filter `` custom<BiasAndResidual>($bias, $residual)
    `strides` $strides `pads` $pads `clamp` $clamp attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Q_ConvTranspose2DOp : Q_Op<"conv_transpose2d", [Pure]> {
  let summary = "Integer transposed convolution (spec Q-CONVT)";
  let description = [{
    The accumulator is that of `nn.conv_transpose2d` on (x - zx) and
    (filter - zw), plus bias; then the output stage.
  }];
  let arguments = (ins
    Q_Act:$input, Q_Filter:$filter, Optional<Q_Bias>:$bias,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0}">:$output_pads,
    DefaultValuedAttr<I64Attr, "1">:$groups,
    ElementsAttr:$multiplier, DenseI64ArrayAttr:$clamp);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    operands `strides` $strides `pads` $pads `clamp` $clamp attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Q_LinearOp : Q_Op<"linear", [Pure]> {
  let summary = "Integer matrix product with a constant filter (spec Q-CONV)";
  let description = [{
    `acc = bias[n] + sum over k of (x[..., k] - zx) * (filter[n, k] - zw)`, then
    the output stage: a 1x1 convolution.
  }];
  let arguments = (ins Q_Act:$input, Q_Filter:$filter, Optional<Q_Bias>:$bias,
                       ElementsAttr:$multiplier, DenseI64ArrayAttr:$clamp);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    operands `clamp` $clamp attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Q_MatMulOp : Q_Op<"matmul", [Pure]> {
  let summary = "Integer product of two activations (spec Q-MATMUL)";
  let description = [{
    `acc = sum over k of (lhs - zl) * (rhs - zr)`, then the output stage with
    M = f32(f32(sl * sr) / sy).
  }];
  let arguments = (ins Q_Act:$lhs, Q_Act:$rhs, F32Attr:$multiplier,
                       DenseI64ArrayAttr:$clamp);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    operands `clamp` $clamp attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

class Q_BinaryOp<string mnemonic, list<Trait> traits = []>
    : Q_Op<mnemonic, !listconcat([Pure], traits)> {
  let arguments = (ins Q_Act:$lhs, Q_Act:$rhs, DenseI64ArrayAttr:$clamp);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    operands `clamp` $clamp attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def Q_AddOp : Q_BinaryOp<"add"> {
  let summary = "Integer addition with broadcasting (spec Q-ADD)";
  let description = [{
    `acc = (a - za) * rne(sa / sy * 2^t) + (b - zb) * rne(sb / sy * 2^t)`, then
    the output stage with M = 2^-t; t is the largest for which both factors
    stay within 2^22, or 2^15 - 1 with 16-bit operands, so acc fits int32.
  }];
}
def Q_SubOp : Q_BinaryOp<"sub"> {
  let summary = "Integer subtraction with broadcasting (spec Q-ADD)";
  let description = "`q.add` with the factor of rhs negated.";
}
def Q_MulOp : Q_BinaryOp<"mul"> {
  let summary = "Integer product with broadcasting (spec Q-MUL)";
  let description = [{
    `acc = (a - za) * (b - zb)`, then the output stage with
    M = f32(f32(sa * sb) / sy).
  }];
}

def Q_LutOp : Q_Op<"lut", [Pure]> {
  let summary = "Any unary function as a table (spec Q-LUT, Q-LUT16)";
  let description = [{
    `y = table[c][x + 128]`, c the last axis for a [C, 256] table, 0 for [256].
    For 16-bit x the table has 513 i32 entries, and y lies on a line between two
    of them.
    `function` names the nn op that the table was made of, in double.
  }];
  let arguments = (ins Q_Act:$input, ElementsAttr:$table, StrAttr:$function);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    $input `function` $function attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Pooling and reductions
//===----------------------------------------------------------------------===//

class Q_PoolOp<string mnemonic, dag attrs> : Q_Op<mnemonic, [Pure]> {
  let arguments = !con((ins
    Q_Act:$input,
    DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$pads,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<BoolAttr, "false">:$ceil_mode), attrs);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    $input `kernel` $kernel `strides` $strides `pads` $pads attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def Q_MaxPool2DOp : Q_PoolOp<"max_pool2d", (ins)> {
  let summary = "Largest code of each window (spec Q-MAXPOOL)";
  let description = "Input and result have the same scale and zero point.";
}
def Q_AvgPool2DOp : Q_PoolOp<"avg_pool2d", (ins
    DefaultValuedAttr<BoolAttr, "false">:$count_include_pad,
    DenseI64ArrayAttr:$clamp)> {
  let summary = "Mean of each window (spec Q-AVGPOOL)";
  let description = [{
    acc = sum (x - zx), then the output stage with M = sx / f32(sy * count).
  }];
}

class Q_ReduceOp<string mnemonic> : Q_Op<mnemonic, [Pure]> {
  let arguments = (ins Q_Act:$input, DenseI64ArrayAttr:$axes,
                       DefaultValuedAttr<BoolAttr, "true">:$keepdims);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    $input `axes` $axes attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def Q_ReduceMeanOp : Q_ReduceOp<"reduce_mean"> {
  let summary = "Mean over axes (spec Q-REDUCE)";
  let description = "acc = sum (x - zx); M = sx / f32(sy * count).";
}
def Q_ReduceSumOp : Q_ReduceOp<"reduce_sum"> {
  let summary = "Sum over axes (spec Q-REDUCE)";
  let description = "acc = sum (x - zx); M = sx / sy.";
}
def Q_ReduceMaxOp : Q_ReduceOp<"reduce_max"> {
  let summary = "Largest code over axes (spec Q-REDUCE)";
  let description = "Input and result have the same scale and zero point.";
}

def Q_ArgMaxOp : Q_Op<"arg_max", [Pure]> {
  let summary = "Index of the largest code along an axis (spec Q-ARGMAX)";
  let description = "The first one on ties, or the last with `select_last`.";
  let arguments = (ins Q_Act:$input, I64Attr:$axis,
                       DefaultValuedAttr<BoolAttr, "true">:$keepdims,
                       DefaultValuedAttr<BoolAttr, "false">:$select_last);
  let results = (outs StaticShapeTensorOf<[I64]>:$output);
  let assemblyFormat = [{
    $input `axis` $axis attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Data movement: codes are copied, so operand and result types have the same
// quantized element type (spec Q-MOVE)
//===----------------------------------------------------------------------===//

def Q_ConcatOp : Q_Op<"concat", [Pure]> {
  let summary = "Joins tensors along an axis";
  let arguments = (ins Variadic<Q_Act>:$inputs, I64Attr:$axis);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    $inputs `axis` $axis attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def Q_SliceOp : Q_Op<"slice", [Pure]> {
  let summary = "A strided box of a tensor";
  let description = "As `nn.slice`.";
  let arguments = (ins Q_Act:$input, DenseI64ArrayAttr:$starts,
                       DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$steps);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    $input `starts` $starts `sizes` $sizes `steps` $steps attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def Q_PadOp : Q_Op<"pad", [Pure]> {
  let summary = "Adds elements around a tensor";
  let description = "As `nn.pad`; `code` is the constant, as a code.";
  let arguments = (ins Q_Act:$input, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$high,
                       DefaultValuedAttr<StrAttr, "\"constant\"">:$mode,
                       I64Attr:$code);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    $input `low` $low `high` $high attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def Q_ReshapeOp : Q_Op<"reshape", [Pure]> {
  let summary = "Same elements in the same order, other shape";
  let arguments = (ins Q_Act:$input);
  let results = (outs Q_Act:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}
def Q_TransposeOp : Q_Op<"transpose", [Pure]> {
  let summary = "Permutes axes";
  let description = "Axis i of the result is axis `perm[i]` of the input.";
  let arguments = (ins Q_Act:$input, DenseI64ArrayAttr:$perm);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    $input `perm` $perm attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}
def Q_ResizeOp : Q_Op<"resize", [Pure]> {
  let summary = "Resizes a feature map (spec Q-RESIZE)";
  let description = [{
    As `nn.resize`. Nearest copies codes (equal types); linear mixes with 11-bit
    integer weights and one requantization, M = f32(sx / sy) * 2^-22.
  }];
  let arguments = (ins Q_Act:$input, StrAttr:$mode, StrAttr:$coordinates,
                       DefaultValuedAttr<StrAttr, "\"round_prefer_floor\"">:$rounding,
                       DenseF32ArrayAttr:$scales);
  let results = (outs Q_Act:$output);
  let assemblyFormat = [{
    $input `mode` $mode `coordinates` $coordinates `scales` $scales attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Float islands
//===----------------------------------------------------------------------===//

def Q_YieldOp : Q_Op<"yield", [Pure, Terminator, ReturnLike,
                               HasParent<"FloatIslandOp">]> {
  let summary = "Ends a float island";
  let arguments = (ins Q_Float:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def Q_FloatIslandOp : Q_Op<"float_island", [Pure, IsolatedFromAbove,
    SingleBlock]> {
  let summary = "Declared stretch of float arithmetic inside an integer graph";
  let description = [{
    What 8 bits do not suit (softmax, layer normalization) and what a QConfig
    keeps float. The region holds `nn` ops only; `reason` says in words why it is float. Quantized operands are
    dequantized on entry by q.dequantize outside; the op sees f32 only.
    ```mlir
    %p = q.float_island "softmax has no int8 form" (%x) : (tensor<1x10xf32>) -> tensor<1x10xf32> {
    ^bb0(%a: tensor<1x10xf32>):
      %0 = nn.softmax %a axis 1 : tensor<1x10xf32>
      q.yield %0 : tensor<1x10xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$reason, Variadic<Q_Float>:$inputs);
  let results = (outs Q_Float:$output);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $reason `(` $inputs `)` attr-dict `:` functional-type(operands, results) $body
  }];
  // The region, not the op: a yield is verified before it is looked at.
  let hasRegionVerifier = 1;
}

#endif // QUENCH_DIALECTS_Q_QOPS_TD
