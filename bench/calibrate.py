# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Times `quench quantize` and onnxruntime's quantize_static on the same pictures,
# A B A B ..., each run a process of its own, from start to the written model.

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from compare import cpu_name

HERE = pathlib.Path(__file__).resolve().parent


def measure(command):
    """Wall seconds, processor seconds, peak resident MiB, and what it printed."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = status
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with status {status}")
    cpu = usage.ru_utime + usage.ru_stime
    return seconds, cpu, usage.ru_maxrss / 1024, printed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quench", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--photos", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--memory", default="15,30,60,133")
    args = parser.parse_args()
    pictures = sorted(pathlib.Path(args.photos).resolve().glob("*.jpg"))

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        peer = [sys.executable, HERE / "calibrate_peer.py"]
        # What onnxruntime asks for before quantization is not counted.
        prepared = folder / "prepared.onnx"
        measure([*peer, "prepare", args.model, prepared])

        def contenders(count):
            listed = folder / f"{count}.txt"
            listed.write_text("\n".join(map(str, pictures[:count])) + "\n")
            ours = [args.quench, "quantize", args.model, "--quiet"]
            ours += [f"--calibrate={listed}", "--mean=127", "--std=128"]
            ours += ["-o", folder / "net.q.mlir"]
            # `fast` takes the same ranges as the peer; `default` searches them,
            # and corrects biases.
            return {
                "quench quantize --qconfig=fast": [*ours, "--qconfig=fast"],
                "the same, --jobs=1": [*ours, "--qconfig=fast", "--jobs=1"],
                "quench quantize": ours,
                "onnxruntime quantize_static":
                    [*peer, "quantize", prepared, folder / "int8.onnx", listed],
            }

        runs = {}
        commands = contenders(args.pictures)
        for command in commands.values():
            measure(command)  # warms the file cache
        for _ in range(args.rounds):
            for what, command in commands.items():
                runs.setdefault(what, []).append(measure(command))
        best = min(r[0] for r in runs["quench quantize --qconfig=fast"])
        print(f"### efficientnet_lite0, {args.pictures} pictures\n"
              f"{cpu_name()}, {len(os.sched_getaffinity(0))} cores, "
              f"{args.rounds} interleaved rounds\n")
        print("| | min s | median s | time / ours (min) "
              "| processor s (min) | peak RSS MiB |")
        print("|---|---|---|---|---|---|")
        for what, results in runs.items():
            seconds = [r[0] for r in results]
            print(f"| {what} | {min(seconds):.2f} | "
                  f"{statistics.median(seconds):.2f} | "
                  f"{min(seconds) / best:.1f} | "
                  f"{min(r[1] for r in results):.2f} | "
                  f"{max(r[2] for r in results):.0f} |")
            inner = [float(r[3]) for r in results if r[3].strip()]
            if inner:
                print(f"| {what}, without imports | {min(inner):.2f} | "
                      f"{statistics.median(inner):.2f} | "
                      f"{min(inner) / best:.1f} | | |")

        counts = [int(count) for count in args.memory.split(",")]
        print("\n| peak RSS in MiB by pictures | "
              + " | ".join(map(str, counts)) + " |")
        print("|---|" + "---|" * len(counts))
        rows = {}
        for count in counts:
            for what, command in contenders(count).items():
                rows.setdefault(what, []).append(f"{measure(command)[2]:.0f}")
        for what, row in rows.items():
            print(f"| {what} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
