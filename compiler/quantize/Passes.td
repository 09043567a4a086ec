// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes from nn to qf to q, in the order in which the pipelines run them.

#ifndef QUENCH_COMPILER_QUANTIZE_PASSES_TD
#define QUENCH_COMPILER_QUANTIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// nn -> nn: fewer values to quantize
//===----------------------------------------------------------------------===//

def FoldBatchNorm : Pass<"nn-fold-batch-norm", "::mlir::func::FuncOp"> {
  let summary = "Fold batch normalization and constant factors into weights";
  let description = [{
    Each value that stays in the graph is rounded to 8 bits later, so that what
    can be part of the weights should be. An affine map per channel,
    `y = a[c] * x + b[c]` (a batch_norm, or a mul, add or sub with a constant of
    one element or one per channel), moves

    1. into the filter and bias of the convolution or linear that makes x, if
       that has no other use and no clamp;
    2. else into the filter and bias of the convolution or linear that is the
       only user of y, if that is exact: b needs a consumer without padding;
    3. a batch_norm that neither takes becomes a mul and an add with constants.

    The factors and the products are computed in double, each weight is rounded
    to float once.

    ```mlir
    %0 = nn.conv2d %x, %w ...              =>  %1 = nn.conv2d %x, %w2, %b2 ...
    %1 = nn.batch_norm %0, %s, %b, %m, %v
    ```
  }];
  let statistics = [
    Statistic<"numProducer", "num-into-producer",
              "Maps folded into a producer">,
    Statistic<"numConsumer", "num-into-consumer",
              "Maps folded into a consumer">,
    Statistic<"numMulAdd", "num-mul-add",
              "batch_norm ops turned into mul + add">];
}

def RecognizeActivations : Pass<"nn-recognize-activations",
                                "::mlir::func::FuncOp"> {
  let summary = "Find activation functions written as arithmetic";
  let description = [{
    Exporters spell hard_swish, hard_sigmoid, silu and gelu out. One unary op is
    one table of 256 codes, rounded once; its spelling would be four ops, each
    rounded. Products are taken apart into factors, so the order and nesting of
    the multiplications do not matter:

    | factors | becomes |
    |---|---|
    | x, clip(x + 3, 0, 6), 1/6 | hard_swish(x) |
    | x, hard_sigmoid(x) with alpha 1/6, beta 0.5 | hard_swish(x) |
    | clip(x + 3, 0, 6), 1/6 | hard_sigmoid(x), alpha 1/6, beta 0.5 |
    | x, sigmoid(x) | silu(x) |
    | x, erf(x / sqrt 2) + 1, 1/2 | gelu(x) |

    Constants may differ by 1e-5 of their value. Only values without another use
    are taken apart.
  }];
  let statistics = [
    Statistic<"numRecognized", "num-recognized", "Activations recognized">];
}

def FuseActivation : Pass<"nn-fuse-activation", "::mlir::func::FuncOp"> {
  let summary = "Fold relu and clip into the clamp of the producing op";
  let description = [{
    The result before a relu is never needed in 8 bits: half of its codes would
    be spent on values that relu drops. A relu or clip that is the only user of
    a conv2d, conv_transpose2d, linear, add, sub or mul becomes its `clamp`, and
    the op takes the name of the relu.

    ```mlir
    %0 = nn.conv2d %x, %w ...
    %1 = nn.clip %0 {0.0, 6.0}
    =>
    %1 = nn.conv2d %x, %w ... clamp [0.0, 6.0]
    ```
    Consecutive clamps intersect; a clip with an empty intersection is left.
    What is left has a note that says why.
  }];
  let statistics = [
    Statistic<"numFused", "num-fused", "Activations folded into a clamp">];
}

//===----------------------------------------------------------------------===//
// nn -> qf
//===----------------------------------------------------------------------===//

def InsertObservers : Pass<"quantize-insert-observers",
                           "::mlir::func::FuncOp"> {
  let summary = "Put a qf.observe on every value the integer graph will round";
  let description = [{
    Observed are the graph's inputs, the result of every op with an output stage
    (conv2d, linear, add, mul, pools of averages, unary functions, bilinear
    resize, ...), and the result of a float island (softmax, layer_norm) that an
    integer op uses. Not observed is what lies inside an island, and what
    the graph returns straight from one.

    Ops that only move codes (reshape, transpose, slice, pad, max_pool2d,
    reduce_max, nearest resize, concat) get no observer: operand and result are
    on one grid. Values connected through such ops form a *group*, and
    qf-assign-parameters gives the union of its ranges to the whole group, so
    that a concat never has to requantize an input.

    Functions with a known range get it here, as observer "passive", which no
    data changes: sigmoid and softmax [0, 255/256], tanh and erf [-1, 127/128]
    (scales that are powers of two), hard_sigmoid [0, 1].

    ```mlir
    %0 = nn.conv2d %x, %w ...    =>   %0 = nn.conv2d %x, %w ...
                                      %1 = qf.observe %0 with "min_max"
    ```
  }];
  let dependentDialects = ["::quench::qf::QFDialect"];
  let options = [Option<"observer", "observer", "std::string",
                        /*default=*/"\"min_max\"",
                        "Row of the observer registry for activations">];
  let statistics = [
    Statistic<"numObservers", "num-observers", "Observers inserted">];
}

def AssignParameters : Pass<"qf-assign-parameters", "::mlir::func::FuncOp"> {
  let summary = "Turn calibrated observers into fake quantizers";
  let description = [{
    Activations: asymmetric s8. The range is the union over the group (see
    quantize-insert-observers), widened to contain 0:
    `scale = f32((max - min) / 255)`, `zero = rne(-128 - min / scale)` in
    [-128, 127]. An empty range [0, 0] gets scale 1.

    Filters: symmetric, codes [-127, 127] (`narrow`), one scale per output
    channel (`per-channel`): `sw = f32(max |w| / 127)` (7 and 1 with
    `filter-bits` 4 and 2, codes [-7, 7] and [-1, 1]), but at least
    `|bias| / (sx * 2^22)`: a channel that batch normalization has switched off
    has weights near 0 and a bias, and its bias code would overflow. Biases: i32
    codes of scale f32(sx * sw). Other constants: symmetric, per tensor.

    A NaN or infinite constant, and an observer without a range, is an error
    that names the node.

    ```mlir
    %1 = qf.observe %0 with "min_max" {range = array<f32: -1.0, 3.0>}
    =>
    %1 = qf.fake_quant %0 as !quant.uniform<i8:f32, 0.0156...:-64>
    ```
  }];
  let dependentDialects = ["::quench::qf::QFDialect"];
  let options = [
    Option<"perChannel", "per-channel", "bool", /*default=*/"true",
           "One filter scale per output channel instead of one per filter">,
    Option<"narrow", "narrow", "bool", /*default=*/"true",
           "Filter codes in [-127, 127] instead of [-128, 127]">,
    Option<"filterBits", "filter-bits", "int64_t", /*default=*/"8",
           "Bits of a filter code: 8, 4 or 2">];
  let statistics = [
    Statistic<"numActivations", "num-activations", "Activations quantized">,
    Statistic<"numFilters", "num-filters", "Filters quantized">,
    Statistic<"numFloored", "num-floored",
              "Filter scales raised because of the bias">];
}

def FoldConstants : Pass<"qf-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "Replace fake quantized constants by their codes";
  let description = [{
    A fake_quant of an nn.constant becomes a qf.constant:
    `code = clamp(rne(w / s) + z)`, the division in double. A type per axis has
    one scale per index of that axis.

    ```mlir
    %0 = nn.constant dense<[0.5, 1.0]>
    %1 = qf.fake_quant %0 as !quant.uniform<i8:f32, 0.5>
    =>
    %1 = qf.constant dense<[1, 2]> : tensor<2xi8> as !quant.uniform<i8:f32, 0.5>
    ```
    Float constants that nothing uses any more are removed.
  }];
  let dependentDialects = ["::quench::qf::QFDialect"];
  let statistics = [
    Statistic<"numFolded", "num-folded", "Constants replaced by codes">];
}

def NormalizeQdq : Pass<"qf-normalize-qdq", "::mlir::func::FuncOp"> {
  let summary = "Bring a graph that was quantized elsewhere into our form";
  let description = [{
    QDQ exporters leave pairs where they like. Our form: each op with an output
    stage is followed by one fake_quant; ops that move codes need none.

    1. relu and clip between an op and its fake_quant become the op's clamp.
    2. A fake_quant behind data movement (`conv -> reshape -> fake_quant`) moves
       in front of it, through relu-free movement of single use.
    3. A fake_quant with the grid that its operand is already on is removed, and
       equal fake_quants of one value are merged.
    4. A concat whose inputs are on other grids than its result gets a
       fake_quant (a requantization) on those inputs.
    5. A float bias is given codes of scale f32(sx * sw). A bias that came as
       codes keeps them if its scale is f32(sx * sw) up to rounding (exporters
       compute it in double), else it is rounded to that scale.
  }];
  let dependentDialects = ["::quench::qf::QFDialect"];
  let statistics = [
    Statistic<"numClamps", "num-clamps", "Activations folded into a clamp">,
    Statistic<"numMoved", "num-moved", "fake_quants moved through movement">,
    Statistic<"numRemoved", "num-removed", "Redundant fake_quants removed">,
    Statistic<"numBiases", "num-biases",
              "Biases given the accumulator's scale">];
}

//===----------------------------------------------------------------------===//
// qf -> q
//===----------------------------------------------------------------------===//

def ConvertQFToQ : Pass<"convert-qf-to-q", "::mlir::func::FuncOp"> {
  let summary = "Replace fake quantized float ops by integer ops";
  let description = [{
    One nn op between fake_quants becomes one q op; it takes the location of the
    fake_quant, the tensor's name. `multiplier` is spec A4, `clamp` is spec A5
    of the float clamp in the result's type. Unary functions and prelu become
    q.lut, a fake_quant of a value that is already on a grid q.requantize, the
    graph's border q.quantize and q.dequantize. softmax and layer_norm become
    q.float_island between dequantize and quantize.

    Ops that cannot be converted are reported together, in one error with a note
    for each op and the reason.

    ```mlir
    %0 = nn.conv2d %x, %w, %b ... clamp [0.0, 6.0]    // %x: fake quantized
    %1 = qf.fake_quant %0 as !quant.uniform<i8:f32, 0.025:-128>
    =>
    %1 = q.conv2d %x, %w, bias %b ... clamp [-128, 112] {multiplier = ...}
    ```
  }];
  let dependentDialects = ["::quench::q::QDialect", "::quench::qf::QFDialect"];
  let statistics = [
    Statistic<"numInteger", "num-integer", "Ops in integer arithmetic">,
    Statistic<"numTables", "num-tables", "Ops that became tables">,
    Statistic<"numIslands", "num-islands", "Ops that stay float">];
}

def StripBorder : Pass<"q-strip-border", "::mlir::func::FuncOp"> {
  let summary = "Codes or channels-last tensors at the function's border";
  let description = [{
    Who has camera bytes or keeps codes between two models does not want float
    at the border. With `quantized`, a q.quantize of an argument and a
    q.dequantize of a result are removed: the function takes and gives codes.
    With `channels-last`, a transpose right behind an argument or right before a
    result is removed: the function takes and gives NHWC.

    ```mlir
    func @main(%x: tensor<1x3x8x8xf32>)        =>  func @main(%1: tensor<1x8x8x3x!a>)
      %0 = q.quantize %x : tensor<1x3x8x8x!a>
      %1 = q.transpose %0 perm [0, 2, 3, 1]
    ```
    A result that comes from a float island stays float, with a remark.
  }];
  let dependentDialects = ["::quench::q::QDialect"];
  let options = [
    Option<"quantized", "quantized", "bool", /*default=*/"true",
           "Codes instead of float at the border">,
    Option<"channelsLast", "channels-last", "bool", /*default=*/"true",
           "NHWC instead of the layout of the source model at the border">];
  let statistics = [
    Statistic<"numStripped", "num-stripped", "Border ops removed">];
}

//===----------------------------------------------------------------------===//
// Level verifiers
//===----------------------------------------------------------------------===//

def VerifyLevel : Pass<"verify-level", "::mlir::func::FuncOp"> {
  let summary = "Check that a function is at the level it claims";
  let description = [{
    `nn`: nn ops only. `qf`: nn and qf ops. `q`: q ops; float tensors only as
    arguments and results of the function, operands of q.quantize, results of
    q.dequantize, and at and in float islands; and no accumulator can wrap
    (spec Q-WRAP): for every output channel
    `sum |w - zw| * max |x - zx| + |bias| < 2^31`, for every reduction
    `count * max |x - zx| < 2^31`. With `report-inexact`, accumulators that may
    exceed 2^24, where float no longer holds every integer, get a remark.
  }];
  let options = [
    Option<"level", "level", "std::string", /*default=*/"\"q\"",
           "nn, qf or q">,
    Option<"reportInexact", "report-inexact", "bool", /*default=*/"false",
           "Remark on accumulators that may exceed 2^24">];
}

#endif // QUENCH_COMPILER_QUANTIZE_PASSES_TD
