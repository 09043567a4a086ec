// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The fake-quantized level: nn ops with observers and fake quantizers on edges.

#ifndef QUENCH_DIALECTS_QF_QFOPS_TD
#define QUENCH_DIALECTS_QF_QFOPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def QF_Dialect : Dialect {
  let name = "qf";
  let cppNamespace = "::quench::qf";
  let summary = "Quantization seen from the float side";
  let description = [{
    A QFloat graph is an `nn` graph whose edges carry these ops. Observers only
    record and never change a value; fake quantizers only truncate and record
    nothing. Arithmetic stays that of the `nn` ops; decision 0002 says why the
    ops are not mirrored a third time. The parameters are upstream
    `!quant.uniform` types, not `quant.qcast`/`quant.dcast` pairs, because
    canonicalization folds such a pair away.
  }];
  let dependentDialects = ["::mlir::quant::QuantDialect"];
  let useDefaultAttributePrinterParser = 1;
}

def QF_SchemeAttr : AttrDef<QF_Dialect, "Scheme"> {
  let mnemonic = "scheme";
  let summary = "How one tensor is to be quantized";
  let description = [{
    `bits`: 2 to 8, or 16. `symmetry`: `asymmetric` (any zero point),
    `symmetric` (zero point 0, codes [-2^(bits-1), 2^(bits-1) - 1]) or `narrow`
    (the same without the lowest code). `granularity`: one scale per `tensor`,
    one per output `channel` of a filter, or that and a multiplier per `group` of
    so many input channels (spec T5; 2 to 4 bits, narrow). `fake_quant` names a
    row of the fake-quantizer registry, which makes the scale of a range.
    ```mlir
    #qf.scheme<8, asymmetric, tensor>
    #qf.scheme<4, narrow, channel, "tqt">
    #qf.scheme<4, narrow, group, 16>
    ```
  }];
  let parameters = (ins "int":$bits, "::quench::qf::Symmetry":$symmetry,
                        "::quench::qf::Granularity":$granularity,
                        "int64_t":$group_size,
                        StringRefParameter<"", "\"plain\"">:$fake_quant);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    Scheme getScheme() const {
      return {getBits(), getSymmetry(), getGranularity(), getGroupSize()};
    }
  }];
  let builders = [AttrBuilder<(ins "const ::quench::qf::Scheme &":$scheme,
                                   "::llvm::StringRef":$fake_quant), [{
    return $_get($_ctxt, scheme.bits, scheme.symmetry, scheme.granularity,
                scheme.groupSize, fake_quant);
  }]>];
}

class QF_Op<string mnemonic, list<Trait> traits = []>
    : Op<QF_Dialect, mnemonic, traits>;

def QF_Tensor : Type<And<[StaticShapeTensorOf<[F32]>.predicate, CPred<
    "::quench::nn::isCountable(::llvm::cast<::mlir::RankedTensorType>($_self).getShape())">]>,
    "static tensor of 1 to 2^31 - 1 elements of 32-bit float",
    "::mlir::RankedTensorType">;

def QF_ObserveOp : QF_Op<"observe", [SameOperandsAndResultType]> {
  let summary = "Records the range of a tensor and passes it on";
  let description = [{
    `observer` names a row of the observer registry ("min_max", "ema", ...).
    After calibration `range` holds [min, max] and `samples` the number of
    inputs seen. `scheme` says what the tensor becomes; without it, 8 bits,
    asymmetric, per tensor. The observer of a constant needs no calibration. Not
    pure: dead-code elimination must not drop it.
    ```mlir
    %y = qf.observe %x with "min_max" {range = array<f32: -1.0, 2.0>} : tensor<1x8xf32>
    %v = qf.observe %w with "mse" {scheme = #qf.scheme<4, narrow, channel>} : tensor<4x8xf32>
    ```
  }];
  let arguments = (ins QF_Tensor:$input, StrAttr:$observer,
                       OptionalAttr<DenseF32ArrayAttr>:$range,
                       OptionalAttr<I64Attr>:$samples,
                       OptionalAttr<QF_SchemeAttr>:$scheme);
  let results = (outs QF_Tensor:$output);
  let assemblyFormat = "$input `with` $observer attr-dict `:` type($output)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The attribute, or what it stands for when it is absent.
    SchemeAttr getSchemeOrDefault() {
      SchemeAttr scheme = getSchemeAttr();
      return scheme ? scheme : SchemeAttr::get(getContext(), Scheme(), "plain");
    }
  }];
}

def QF_FakeQuantOp : QF_Op<"fake_quant", [Pure, SameOperandsAndResultType]> {
  let summary = "Rounds a tensor to the grid of a quantized type";
  let description = [{
    ```
    code = clamp(rne(x / s) + z, storage min, storage max)
    y    = (code - z) * s
    ```
    When x is the result of an `nn` op on fake-quantized inputs, code is what
    the integer op gives (docs/spec.md), so QFloat predicts Q bit for bit.
    ```mlir
    %y = qf.fake_quant %x as !quant.uniform<i8:f32, 0.5:-3> : tensor<1x8xf32>
    ```
  }];
  let arguments = (ins QF_Tensor:$input, TypeAttr:$qtype);
  let results = (outs QF_Tensor:$output);
  let assemblyFormat = "$input `as` $qtype attr-dict `:` type($output)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def QF_ConstantOp : QF_Op<"constant", [Pure]> {
  let summary = "A constant given by its codes";
  let description = [{
    `y = (code - z) * s`, elementwise. Weights (i8) and biases (i32) of a QFloat
    graph; a fake_quant of an nn.constant folds to it. A filter may have groups,
    as that of `q.constant`.
    ```mlir
    %w = qf.constant dense<[1, -2]> : tensor<2xi8> as !quant.uniform<i8:f32, 0.5> : tensor<2xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$codes, TypeAttr:$qtype,
                       OptionalAttr<I64Attr>:$group_bits,
                       OptionalAttr<I64Attr>:$group_size,
                       OptionalAttr<ElementsAttr>:$group_multipliers);
  let results = (outs QF_Tensor:$output);
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::ElementsAttr":$codes,
                                 "::mlir::TypeAttr":$qtype), [{
    build($_builder, $_state, type, codes, qtype, ::mlir::IntegerAttr(),
          ::mlir::IntegerAttr(), ::mlir::ElementsAttr());
  }]>];
  let assemblyFormat = "$codes `as` $qtype attr-dict `:` type($output)";
  let hasVerifier = 1;
}

#endif // QUENCH_DIALECTS_QF_QFOPS_TD
