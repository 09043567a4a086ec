// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The placed level: addresses and kernel calls, nothing left to decide.

#ifndef QUENCH_DIALECTS_PLAN_PLANOPS_TD
#define QUENCH_DIALECTS_PLAN_PLANOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Plan_Dialect : Dialect {
  let name = "plan";
  let cppNamespace = "::quench::plan";
  let summary = "A placed model: buffers with addresses, calls with kernels";
  let description = [{
    A `plan.model` is a straight list. Every tensor is an input, an output, a
    constant in the weights blob, or a slot of the arena with its offset; every
    call names its kernel and carries the kernel's parameter struct
    (runtime/include/qrt/kernels.h) field by field. `emit` prints this and
    decides nothing.
  }];
  let useDefaultTypePrinterParser = 1;
}

class Plan_Op<string mnemonic, list<Trait> traits = []>
    : Op<Plan_Dialect, mnemonic, traits>;

def Plan_BufferType : TypeDef<Plan_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "Address of a dense tensor: shape and element type";
  let description = [{
    `!plan.buffer<1x8x8x16xi8>`. Element types: i8, i16, i32, i64, f32.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getNumElements() const;
    int64_t getNumBytes() const;
  }];
}

def Plan_ModelOp : Plan_Op<"model", [IsolatedFromAbove, Symbol, NoTerminator,
                                     SingleBlock, NoRegionArguments]> {
  let summary = "A placed model";
  let description = [{
    `arena_bytes` is the exact size of the arena. `targets` lists the ISAs in
    order of preference; there is one list of calls per ISA (`plan.variant`), all
    on the same buffers. `threads` is the most workers that share a call which
    has a `split`, 1 if it is absent. `whole_arena_bytes` is what the arena would
    be without `bands`; for the reader.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$arena_bytes,
                       StrArrayAttr:$targets,
                       OptionalAttr<StrAttr>:$source,
                       OptionalAttr<StrAttr>:$sha256,
                       OptionalAttr<StrAttr>:$options,
                       OptionalAttr<I64Attr>:$threads,
                       OptionalAttr<I64Attr>:$whole_arena_bytes);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `arena` $arena_bytes `targets` $targets attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
}

def Plan_InputOp : Plan_Op<"input"> {
  let summary = "A tensor that the caller passes in";
  let description = [{
    Scale and zero point are set for quantized inputs, and `range` where codes
    may not be all that the element type holds.
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$index,
                       OptionalAttr<F32Attr>:$scale,
                       OptionalAttr<I64Attr>:$zero_point,
                       OptionalAttr<DenseI64ArrayAttr>:$range);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$index $name attr-dict `:` type($buffer)";
}

def Plan_OutputOp : Plan_Op<"output"> {
  let summary = "A tensor that the caller receives";
  let arguments = (ins StrAttr:$name, I64Attr:$index,
                       OptionalAttr<F32Attr>:$scale,
                       OptionalAttr<I64Attr>:$zero_point,
                       OptionalAttr<DenseI64ArrayAttr>:$range);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$index $name attr-dict `:` type($buffer)";
}

def Plan_SlotOp : Plan_Op<"slot"> {
  let summary = "A tensor in the arena";
  let description = [{
    `offset` in bytes, a multiple of 64; `first` and `last` are the numbers of
    the first and last call that use it (its lifetime). Slots that are alive
    together do not overlap, except a `view`, which shares bytes of another.

    A `window` `{before = 1, rows = 56, step = 8}` is a tensor `[1][56][W][C]`
    between calls with `bands`, and the slot has only the rows of a band: in band
    k, row r of the tensor is row r - 8 * k + 1 of the slot. Rows from 8 on move
    to the front before the next band.
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$offset, I64Attr:$first,
                       I64Attr:$last, DefaultValuedAttr<BoolAttr, "false">:$view,
                       OptionalAttr<DictionaryAttr>:$window);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = [{
    $name `at` $offset `live` `[` $first `,` $last `]` attr-dict `:` type($buffer)
  }];
}

def Plan_WeightsOp : Plan_Op<"weights"> {
  let summary = "A constant, packed as its kernel reads it";
  let description = [{
    `packing` names the layout in words ("oc16k4": [OC/16][K/4][16][4]; "oc16k4,
    4 bits a code") for the reader; what decides is the kernel that reads it.
    `value` has i8, i16, i32, f32 or i64 elements. The weights file has the
    constants in the order of the plan, each at the next multiple of its
    `alignment` in bytes (absent: an element).
  }];
  let arguments = (ins StrAttr:$name, ElementsAttr:$value,
                       DefaultValuedAttr<StrAttr, "\"dense\"">:$packing,
                       OptionalAttr<I64Attr>:$alignment);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$name $value attr-dict `:` type($buffer)";
  let hasVerifier = 1;
}

def Plan_CallOp : Plan_Op<"call"> {
  let summary = "One kernel call";
  let description = [{
    `kernel` is a symbol of the catalogue; `params` names the parameter struct
    ("qrt_conv2d") and `fields` its values in order of declaration, nested
    structs as nested arrays; integers as i64, floats as f32 attributes.
    Operands follow the kernel's parameter list after the struct; an absent
    pointer is `present` = false at its place. `variant` is the index into the
    model's `targets`, or -1 for a call that is the same on all of them.
    `why` is the selection's reason, `cost` its estimate in cycles, `macs` the
    multiply-accumulates, `source` the ops of the source graph.

    A kernel that needs scratch has `scratch_bytes` of the arena at
    `scratch_offset` while it runs.

    `split` says how the call is cut for several workers (qrt/split.h):
    `{axis = "rows", count = 28, step = 1}` are parts of 28 output rows that
    begin at multiples of 1; output `channels` have the bytes of one in the
    packed filter as `column`. A call without runs on one worker. A pool of n
    workers divides the scratch in n equal multiples of 64 bytes.

    `bands` says how the call is computed together with its neighbours:
    `{ahead = 1, axis = "rows", count = 56, first = 3, number = 7, step = 8}` are
    7 parts along that axis, the first of 9 rows, then of 8, until there are 56
    (qrt_band). Calls of the same `first`, the step of the first of them, make a
    group: band 0 of all of them runs, then band 1.
  }];
  let arguments = (ins StrAttr:$kernel, StrAttr:$params, ArrayAttr:$fields,
                       Variadic<Plan_BufferType>:$operands,
                       DenseBoolArrayAttr:$present,
                       I64Attr:$step, I64Attr:$variant,
                       OptionalAttr<I64Attr>:$scratch_bytes,
                       OptionalAttr<I64Attr>:$scratch_offset,
                       StrAttr:$source, StrAttr:$why, F64Attr:$cost,
                       DefaultValuedAttr<I64Attr, "0">:$macs,
                       OptionalAttr<ArrayAttr>:$leading,
                       OptionalAttr<DictionaryAttr>:$split,
                       OptionalAttr<DictionaryAttr>:$bands);
  let assemblyFormat = [{
    $step `variant` $variant $kernel `(` $operands `)`
    (`scratch` $scratch_bytes^ `at` $scratch_offset)? attr-dict
    `:` type($operands)
  }];
  let hasVerifier = 1;
}

#endif // QUENCH_DIALECTS_PLAN_PLANOPS_TD
