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

    What a batch_norm says about the values behind it (mean beta, deviation
    |gamma| per channel, before any clamp) stays on the op that it became part
    of, for data-free ranges and for equalization:
    `quench.statistics = {deviation = array<f32: ...>, mean = array<f32: ...>}`.

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
// nn -> nn: values that are easier to quantize
//===----------------------------------------------------------------------===//

def Equalize : Pass<"nn-equalize", "::mlir::func::FuncOp"> {
  let summary = "Make the channels of consecutive filters alike";
  let description = [{
    Cross-layer equalization (Nagel et al., *Data-Free Quantization Through
    Weight Equalization and Bias Correction*, ICCV 2019, section 4.1). Where the
    result of a conv2d, conv_transpose2d or linear is read, through ops that
    pass a positive factor per channel on, by other filters only, output channel
    c of the first is multiplied by 1 / s and input channel c of the others by s:

        r1 = max |w1[c, ...]|,  r2 = max |w2[..., c]|,  s = sqrt(r1 / r2)

    Passing on are relu, clip and clamps from 0, leaky_relu, prelu, max and
    average pools, means and maxima over space, resize, and movement that leaves
    channels whole. All pairs are swept until nothing changes.

    An upper clamp stays one number for all channels. A channel that it may act
    on keeps s = 1; others grow at most up to it. What values may reach is known
    from data (the function `equalize`; in this pass there is none) or from
    `quench.statistics`; a path with an upper clamp and neither is left alone.

    Scales are powers of two unless `powers-of-two=false`: the float graph then
    computes the same bits as before. Each decision is a note on the op.

    ```mlir
    %0 = nn.conv2d %x, dense<[[...8.0...], [...]]> ... clamp [0.0, inf]
    %1 = nn.conv2d %0, dense<[[..., 0.5, ...]]> ...
    =>                        // channel 0: s = sqrt(8.0 / 0.5) = 4
    %0 = nn.conv2d %x, dense<[[...2.0...], [...]]> ... clamp [0.0, inf]
    %1 = nn.conv2d %0, dense<[[..., 2.0, ...]]> ...
    ```
  }];
  let options = [
    Option<"powersOfTwo", "powers-of-two", "bool", /*default=*/"true",
           "Scales are powers of two, which change no float result">,
    Option<"maxSweeps", "max-sweeps", "int64_t", /*default=*/"50",
           "Sweeps over all pairs at most">,
    Option<"headroom", "headroom", "double", /*default=*/"1.5",
           "A channel's maximum times this must stay below an upper clamp">,
    Option<"deviations", "deviations", "double", /*default=*/"6.0",
           "Statistics stand for values up to mean + this * deviation">,
    Option<"keepRange", "keep-range", "bool", /*default=*/"true",
           "No channel grows beyond the largest of its tensor">];
  let statistics = [
    Statistic<"numPaths", "num-paths", "Producers that were equalized">,
    Statistic<"numChannels", "num-channels",
              "Channels with a scale other than 1">];
}

def Smooth : Pass<"nn-smooth", "::mlir::func::FuncOp"> {
  let summary = "Move outliers of activations into filters";
  let description = [{
    SmoothQuant's migration (Xiao et al., *SmoothQuant: Accurate and Efficient
    Post-Training Quantization for Large Language Models*, ICML 2023, section
    4). Channel j of the values X between a producer (layer_norm, conv2d,
    conv_transpose2d, linear, or mul with a constant per channel) and the
    filters that read it, W, is divided by

        s[j] = max |X[j]| ^ alpha / max |W[:, j]| ^ (1 - alpha)

    (over its geometric mean, so that the tensor as a whole keeps its size), and
    input channel j of the filters is multiplied by it. The factor becomes part
    of the producer's constants: no op is added. What passes a scale on, and
    where an upper clamp forbids one, is as in nn-equalize.

    max |X[j]| is known from data (the function `smooth`; in this pass there is
    none), from `quench.statistics`, or from the scale and bias of a layer_norm;
    a path without is left alone. Each decision is a note on the op.
  }];
  let options = [
    Option<"alpha", "alpha", "double", /*default=*/"0.5",
           "How much moves: 0 evens out filters, 1 activations">,
    Option<"powersOfTwo", "powers-of-two", "bool", /*default=*/"true",
           "Scales are powers of two, which change no float result">,
    Option<"headroom", "headroom", "double", /*default=*/"1.5",
           "A channel's maximum times this must stay below an upper clamp">,
    Option<"deviations", "deviations", "double", /*default=*/"6.0",
           "Statistics stand for values up to mean + this * deviation">];
  let statistics = [
    Statistic<"numPaths", "num-paths", "Producers that were smoothed">,
    Statistic<"numChannels", "num-channels",
              "Channels with a scale other than 1">];
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

    Filters of conv2d, conv_transpose2d and linear are observed too. Which
    observer and which scheme says the QConfig in the module's attribute
    `quench.qconfig`; an override of it that matches nothing is an error. An op
    that it keeps float gets `quench.keep_float` and is an island; a move that it
    matches stays float where all its neighbours are. Ops that cannot stay float
    are named in one error.

    Functions with a known range get it here, as observer "passive", which no
    data changes: sigmoid and softmax [0, 255/256], tanh and erf [-1, 127/128]
    (scales that are powers of two), hard_sigmoid [0, 1].

    ```mlir
    %0 = nn.conv2d %x, %w ...    =>   %0 = nn.conv2d %x, %w ...
                                      %1 = qf.observe %0 with "min_max"
    ```
  }];
  let dependentDialects = ["::quench::qf::QFDialect"];
  let options = [Option<"qconfig", "qconfig", "std::string",
                        /*default=*/"\"fast\"",
                        "Preset for modules without quench.qconfig">];
  let statistics = [
    Statistic<"numObservers", "num-observers", "Observers inserted">];
}

class DataFreePass<string flag> : Pass<flag, "::mlir::func::FuncOp"> {
  let options = [
    Option<"deviations", "deviations", "double", /*default=*/"6.0",
           "Values lie in mean +- this * deviation">,
    ListOption<"inputLow", "input-low", "double",
               "Least number of the inputs, or one per channel">,
    ListOption<"inputHigh", "input-high", "double",
               "Largest number of the inputs, or one per channel">];
}

def DataFreeRanges : DataFreePass<"quantize-data-free-ranges"> {
  let summary = "Give observers ranges from batch-norm statistics, not data";
  let description = [{
    Data-free quantization (Nagel et al., *Data-Free Quantization Through Weight
    Equalization and Bias Correction*, ICCV 2019). What nn-fold-batch-norm left
    as `quench.statistics` says what a value is before its clamp: per channel
    N(beta, gamma^2). The clamp makes it a clipped normal variable, whose mean
    and variance go on through sums, pools, concatenations, unary functions and
    filters without statistics (taken for sums of independent variables). An
    observer gets mean +- `deviations` * deviation, united over the channels,
    inside the clamp and inside what interval arithmetic allows; `samples` is 0.

    At most three filters in a row may be without statistics. In a file whose
    batch norms were folded by the exporter that is an error, which names the
    first node and the way out.
  }];
  let dependentDialects = ["::quench::qf::QFDialect"];
}

def AssignParameters : Pass<"qf-assign-parameters", "::mlir::func::FuncOp"> {
  let summary = "Turn calibrated observers into fake quantizers";
  let description = [{
    Activations, by the scheme of their observer. The range is the union over
    the group (see quantize-insert-observers), widened to contain 0. With codes
    low..high, asymmetric: `scale = f32((max - min) / (high - low))`,
    `zero = rne(low - min / scale)`; symmetric: `scale = f32(max |x| / s)` with
    s half of the steps. An empty range [0, 0] gets scale 1. Of the schemes of a
    group the one with most bits counts, and asymmetric before symmetric. Codes
    of 16 bits end where the accumulator of a consumer could wrap (spec Q-WRAP):
    `reach * sum |w| + |bias| < 2^31`.

    Filters, by the scheme of theirs, or without one 8 bits in [-127, 127] and
    one scale per output channel: `sw = f32(clip / s)`, with the observer's range
    as clip (min_max: max |w|), but at least `|bias| / (sx * 2^22)`: a channel
    that batch normalization has switched off has weights near 0 and a bias, and
    its bias code would overflow. With groups the scale is that of 8 bits, and
    each group of input channels gets a multiplier,
    `m = clamp(rne(clip / (sw * max)), 1, 127 / max)` with max the largest narrow
    code; such a filter becomes a `qf.constant` at once. Biases: i32 codes of scale f32(sx * sw). Other
    constants: symmetric, 8 bits, per tensor.

    A NaN or infinite constant, and an observer without a range, is an error
    that names the node.

    ```mlir
    %1 = qf.observe %0 with "min_max" {range = array<f32: -1.0, 3.0>}
    =>
    %1 = qf.fake_quant %0 as !quant.uniform<i8:f32, 0.0156...:-64>
    ```
  }];
  let dependentDialects = ["::quench::qf::QFDialect"];
  let statistics = [
    Statistic<"numActivations", "num-activations", "Activations quantized">,
    Statistic<"numFilters", "num-filters", "Filters quantized">,
    Statistic<"numFloored", "num-floored",
              "Filter scales raised because of the bias">];
}

def CorrectBiasAnalytically : DataFreePass<"qf-correct-bias-analytically"> {
  let summary = "Take the mean error of quantized weights out of biases";
  let description = [{
    Section 4.2 of the paper named at quantize-data-free-ranges: quantized
    weights wq compute a mean that is off by `sum (wq - w) * E[x]`, and E[x] is
    known from statistics.

        bias[oc] -= sum over kh, kw, ic of (wq - w)[oc, ...] * E[x[ic]]

    Runs behind qf-assign-parameters and before qf-fold-constants, where both
    w and its grid are there. Errors are those of quantize-data-free-ranges.
  }];
  let dependentDialects = ["::quench::qf::QFDialect"];
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
