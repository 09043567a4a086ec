// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Inputs by name and in order, results as files, tensors by name.
//
// RUN: rm -rf %t && mkdir %t
// RUN: quench-run %s --function=make_inputs --output-dir %t
// RUN: quench-run %s --input=b=%t/two.npy --input=a=%t/one.npy | FileCheck %s
// RUN: quench-run %s --input=%t/one.npy --input=%t/two.npy | FileCheck %s
// RUN: quench-run %s --input=%t/one.npy --input=b=%t/two.npy --print-tensors \
// RUN:   | FileCheck %s --check-prefix=TENSORS
// RUN: quench-run %s --input=%t/one.npy --input=b=%t/two.npy --print-ranges \
// RUN:   | FileCheck %s --check-prefix=RANGES
// RUN: quench-run %s --input=%t/one.npy --input=b=%t/two.npy --hex-float \
// RUN:   | FileCheck %s --check-prefix=HEX

// CHECK: out/put: 2 f32 [2.5, 3.5]

// The check sum is that of the codes as bytes: zlib.crc32(bytes([251, 254])).
// TENSORS: in 2 i8 crc32 0x{{[0-9a-f]+}}
// TENSORS: sum 2 i8 crc32 0x{{[0-9a-f]+}}
// RANGES: in 2 i8 [-1, 1]
// RANGES: sum 2 i8 [2, 4]
// HEX: out/put: 2 f32 [0x1.4p+1, 0x1.cp+1]

!x = !quant.uniform<i8:f32, 0.5:-3>

func.func @main(%a: tensor<2xf32> {quench.name = "a"}, %b: tensor<1xf32> {quench.name = "b"})
    -> (tensor<2xf32> {quench.name = "out/put"}) {
  %0 = qf.fake_quant %a as !x : tensor<2xf32> loc("in")
  %1 = qf.fake_quant %b as !x : tensor<1xf32> loc("other")
  %2 = nn.add %0, %1 : (tensor<2xf32>, tensor<1xf32>) -> tensor<2xf32>
  %3 = qf.fake_quant %2 as !x : tensor<2xf32> loc("sum")
  return %3 : tensor<2xf32>
}

func.func @make_inputs() -> (tensor<2xf32> {quench.name = "one"}, tensor<1xf32> {quench.name = "two"}) {
  %0 = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = nn.constant dense<1.5> : tensor<1xf32>
  return %0, %1 : tensor<2xf32>, tensor<1xf32>
}

// A slash of a name cannot be in a file's name.
// RUN: quench-run %s --input=%t/one.npy --input=%t/two.npy --output-dir %t/deep/er
// RUN: ls %t/deep/er | FileCheck %s --check-prefix=FILES
// FILES: out_put.npy

// Random inputs depend on the seed only.
// RUN: quench-run %s --random-seed 1 > %t/first
// RUN: quench-run %s --random-seed 1 > %t/again
// RUN: quench-run %s --random-seed 2 > %t/second
// RUN: cmp %t/first %t/again
// RUN: not cmp %t/first %t/second

// Errors say what is missing or too much.
// RUN: not quench-run %s 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: quench-run: error: argument 'a' has no value: give --input or --random-seed
// RUN: not quench-run %s --input=c=%t/one.npy 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: no argument is named 'c'
// RUN: not quench-run %s --input=%t/one.npy --input=%t/one.npy --input=%t/one.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=MANY
// MANY: the function has only 2 arguments
// RUN: not quench-run %s --input=%t/two.npy --input=%t/two.npy 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: input 0 expects 'tensor<2xf32>', but found 1 of f32
// RUN: not quench-run %s --input=%s --input=%t/two.npy 2>&1 | FileCheck %s --check-prefix=NPY
// NPY: options.mlir': not a .npy file
// RUN: not quench-run %s --function=nowhere 2>&1 | FileCheck %s --check-prefix=FUNCTION
// FUNCTION: has no function @nowhere
// RUN: not quench-run %s --random-seed 1 --output-dir %s 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: quench-run: error: '{{.*}}options.mlir{{.*}}': Not a directory
