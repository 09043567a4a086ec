# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# One contender in a process of its own, so that memory and start-up are its own.
# Speaks a line protocol with compare.py: prints `ready <seconds to first
# result>`, then for every line `<iterations>` read from standard input one line
# with that many latencies in microseconds (after 3 runs to warm up, as our
# programs do); at the end of input its peak memory in KiB, and the bytes of model
# and shared libraries.

import argparse
import os
import pathlib
import sys
import time

START = time.perf_counter()


# Each engine: from model, threads and input to a function that runs it once and
# gives the first output. What can be done to the input before is not in it.


def onnxruntime_session(path, threads, x):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: x}
    return lambda: session.run(None, feed)[0]


def openvino_session(path, threads, x):
    import openvino as ov

    core = ov.Core()
    compiled = core.compile_model(
        path,
        "CPU",
        {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            # Its own default would turn fp32 into bf16 where the CPU has it.
            "INFERENCE_PRECISION_HINT": "f32",
        },
    )
    request = compiled.create_infer_request()
    request.set_input_tensor(ov.Tensor(x))

    def run():
        request.infer()
        return request.get_output_tensor().data

    return run


def ncnn_session(path, threads, x):
    """`path`: the .param file, beside its .bin."""
    import ncnn
    import numpy as np

    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_vulkan_compute = False
    # fp32 is fp32, as for the others.
    net.opt.use_fp16_packed = False
    net.opt.use_fp16_storage = False
    net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    net.load_param(path)
    net.load_model(str(pathlib.Path(path).with_suffix(".bin")))
    source = ncnn.Mat(x[0]).clone()

    def run():
        extractor = net.create_extractor()
        extractor.input("in0", source)
        return np.array(extractor.extract("out0")[1])

    return run


def litert_session(path, threads, x):
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(path, num_threads=threads)
    interpreter.allocate_tensors()
    index = interpreter.get_input_details()[0]["index"]
    interpreter.set_tensor(
        index, np.ascontiguousarray(x.transpose(0, 2, 3, 1)))
    output = interpreter.get_output_details()[0]["index"]

    def run():
        interpreter.invoke()
        return interpreter.get_tensor(output)

    return run


# Name -> engine, and the folder of its package.
ENGINES = {
    "onnxruntime": (onnxruntime_session, "onnxruntime"),
    "openvino": (openvino_session, "openvino"),
    "ncnn": (ncnn_session, "ncnn"),
    "litert": (litert_session, "ai_edge_litert"),
}


def library_bytes(package):
    """Of the shared libraries of a package that this process has loaded."""
    files = {line.split(maxsplit=5)[5].strip()
             for line in open("/proc/self/maps") if f"/{package}" in line}
    return sum(os.path.getsize(f) for f in files if ".so" in f)


def peak_memory():
    """KiB; resource.getrusage would count what the parent had before."""
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("model")
    parser.add_argument("input", help=".npy")
    parser.add_argument("result", help=".npy that the first result goes to")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()

    import numpy as np

    session, package = ENGINES[args.engine]
    run = session(args.model, args.threads, np.load(args.input))
    first = run()
    print(f"ready {time.perf_counter() - START:.6f}", flush=True)
    np.save(args.result, first)
    for line in sys.stdin:
        latencies = []
        for _ in range(3):
            run()
        for _ in range(int(line)):
            begin = time.perf_counter_ns()
            run()
            latencies.append((time.perf_counter_ns() - begin) / 1000)
        print(" ".join(f"{t:.2f}" for t in latencies), flush=True)
    model = pathlib.Path(args.model)
    files = [model, model.with_suffix(".bin")]
    bytes_ = sum(f.stat().st_size for f in files if f.exists())
    print(peak_memory(), bytes_ + library_bytes(package))


if __name__ == "__main__":
    main()
