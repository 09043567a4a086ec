# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# arm_peer.py litert|ncnn TIMES FILE...: a runtime runs a network so many times, under
# the emulator, for bench/arm.

import sys

import numpy as np


def litert(times, file):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=file, num_threads=1)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]
    interpreter.set_tensor(given["index"], np.random.default_rng(1).normal(
        size=given["shape"]).astype(given["dtype"]))
    for _ in range(times):
        interpreter.invoke()


def ncnn(times, param, weights):
    import ncnn as library

    net = library.Net()
    net.opt.use_vulkan_compute = False
    net.opt.num_threads = 1
    net.opt.use_int8_inference = True
    if net.load_param(param) or net.load_model(weights):
        sys.exit("arm_peer: ncnn cannot load the layer")
    x = library.Mat(np.random.default_rng(1).normal(size=(32, 16, 16))
                    .astype(np.float32)).clone()
    for _ in range(times):
        extractor = net.create_extractor()
        extractor.input("in", x)
        status, _ = extractor.extract("out")
        if status:
            sys.exit("arm_peer: ncnn cannot run the layer")


if __name__ == "__main__":
    {"litert": litert, "ncnn": ncnn}[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
