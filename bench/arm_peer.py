# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Runs a .tflite network in LiteRT so often, on one thread and made-up input. For a
# Python that an emulator runs: bench/arm counts its instructions.
#
#   arm_peer.py int8.tflite TIMES

import sys

import numpy as np
from ai_edge_litert import interpreter

network = interpreter.Interpreter(sys.argv[1], num_threads=1)
network.allocate_tensors()
given = network.get_input_details()[0]
network.set_tensor(given["index"], np.random.default_rng(1).normal(
    size=given["shape"]).astype(given["dtype"]))
for _ in range(int(sys.argv[2])):
    network.invoke()
