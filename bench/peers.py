# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# One contender in a process of its own, so that memory and start-up are its own.
# Speaks a line protocol with compare.py: prints `ready <seconds to first
# result>`, then for every line `<iterations>` read from standard input one line
# with that many latencies in microseconds; at the end of input its peak memory.

import argparse
import resource
import sys
import time

START = time.perf_counter()


def onnxruntime_session(path, threads):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: x})


def openvino_session(path, threads):
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
    return lambda x: request.infer([x])


ENGINES = {"onnxruntime": onnxruntime_session, "openvino": openvino_session}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("model")
    parser.add_argument("input", help=".npy")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()

    import numpy as np

    x = np.load(args.input)
    run = ENGINES[args.engine](args.model, args.threads)
    run(x)
    print(f"ready {time.perf_counter() - START:.6f}", flush=True)
    for line in sys.stdin:
        latencies = []
        for _ in range(int(line)):
            begin = time.perf_counter_ns()
            run(x)
            latencies.append((time.perf_counter_ns() - begin) / 1000)
        print(" ".join(f"{t:.2f}" for t in latencies), flush=True)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main()
