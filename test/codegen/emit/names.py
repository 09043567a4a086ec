# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Prints a model whose tensors have the names that emitted code uses: the first
# half as inputs, the second as outputs.

NAMES = """
arena base begin best_level bind code end event expected features have i
index in out inputs int8_t int32_t isa layer layer_names level levels memory
none outputs profile run scratch size_t status t uint8_t uint32_t value w
weights word std qrt_status qrt_crc32 qrt_profile net net_inputs net_outputs
net_run net_weights errno stdin assert int class typeof concept main memcpy
net_run_threads part pool qrt_range qrt_threads split
""".split()

half = len(NAMES) // 2
inputs = NAMES[:half]
outputs = NAMES[half : 2 * half]
T = "tensor<1x4xf32>"
U = "tensor<1x4x!quant.uniform<i8:f32, 0.03125:-4>>"
arguments = [f'%a{i}: {T} {{quench.name = "{n}"}}' for i, n in enumerate(inputs)]
results = [f'{T} {{quench.name = "{n}"}}' for n in outputs]
print('module attributes {quench.model = "net"} {')
print("func.func @main(" + ", ".join(arguments) + ") -> (" + ", ".join(results) + ") {")
for i, name in enumerate(outputs):
    print(f'  %q{i} = q.quantize %a{i} : ({T}) -> {U} loc("q_{name}")')
    print(f'  %r{i} = q.dequantize %q{i} : ({U}) -> {T} loc("{name}")')
print("  return " + ", ".join(f"%r{i}" for i in range(half)) + " : " + ", ".join([T] * half))
print("}\n}")
