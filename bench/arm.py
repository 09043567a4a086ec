# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Instructions and modelled cycles of our programs for AArch64; see instructions.py.

import argparse
import collections
import pathlib
import re
import sys
import tempfile

import compare
import instructions
import models

ROOT = instructions.HERE.parent
QUENCH = ROOT / "build/dev/bin/quench"
SYSROOT = ROOT / ".venv-bench-aarch64"

# Of each level: the emulated processor, which has no more than the level wants, and
# the processors whose cycles llvm-mca models.
LEVELS = {
    "arm_neon": ("cortex-a72", ["cortex-a55", "cortex-a72"]),
    "arm_i8mm": ("max,sve=off", ["cortex-a510", "neoverse-n2", "neoverse-v1"]),
    "arm_dotprod": ("cortex-a76", ["cortex-a55", "neoverse-n1", "neoverse-v1"]),
}
SINGLE = "conv3x3_16x16x32_64"
# Functions of arm_driver.cpp that stand between layers.
MARK = "_ZN12_GLOBAL__N_14markILi"


def networks():
    """{name: its shape of input}."""
    return {"mobilenet_v2_224": (1, 3, 224, 224), "efficientnet_lite0": (1, 3, 224, 224),
            "resnet20_cifar10_bn": (1, 3, 32, 32), SINGLE: (1, 32, 16, 16)}


def parse():
    parser = argparse.ArgumentParser(
        prog="bench/arm", description="Instructions that our int8 programs for AArch64 "
        "execute for one inference, counted on an emulator beside those of LiteRT "
        "(XNNPACK) and, of the single layer, ncnn, and the cycles of processors' models. "
        "Emulated and modelled, not measured on a processor.")
    names = ",".join(networks())
    parser.add_argument("--models", default=names, metavar="NAME,NAME",
                        help="default: %(default)s")
    parser.add_argument("--levels", default=",".join(LEVELS), metavar="NAME,NAME",
                        help="default: %(default)s")
    parser.add_argument("--layers", action="store_true", help="print each layer, too")
    parser.add_argument("--float", action="store_true",
                        help="also our own kernels for layers kept float, which are those "
                        "of the reference")
    parser.add_argument("--no-peers", action="store_true", help="ours only")
    parser.add_argument("--work", type=pathlib.Path, metavar="FOLDER",
                        help="keep programs here")
    args = parser.parse_args(compare.arguments())
    for option, known in (("models", networks()), ("levels", LEVELS)):
        wanted = getattr(args, option).split(",")
        if unknown := set(wanted) - set(known):
            parser.error(f"--{option}: unknown are {', '.join(sorted(unknown))}")
        setattr(args, option, wanted)
    compare.end_of_check()
    return args


def single_layer(file):
    """The layer that runtimes are compared with in one number."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(1)
    weights = random.normal(size=(64, 32, 3, 3)).astype(np.float32)
    bias = random.normal(size=64).astype(np.float32)
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[3, 3],
                          strides=[1, 1], pads=[1, 1, 1, 1], dilations=[1, 1], group=1),
         helper.make_node("Relu", ["c"], ["y"])], "conv",
        [info("x", TensorProto.FLOAT, (1, 32, 16, 16))],
        [info("y", TensorProto.FLOAT, (1, 64, 16, 16))],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)],
                                ir_version=8), file)


def model_file(name, work):
    if name != SINGLE:
        return models.SHARED / f"models/{name}.onnx"
    file = work / f"{name}.onnx"
    if not file.exists():
        single_layer(file)
    return file


def build_runtime(work):
    """libqrt.a for AArch64."""
    folder = work / "qrt"
    instructions.run("cmake", "-S", ROOT / "runtime", "-B", folder, "-G", "Ninja",
                     "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_SYSTEM_NAME=Linux",
                     "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
                     "-DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc")
    instructions.run("cmake", "--build", folder)
    return folder / "libqrt.a"


def program(model, name, level, work, library, *options):
    """Our program of one network for one level."""
    import numpy as np

    folder = work / "-".join([name, level, *options]).replace("--keep-float=.*", "float")
    folder.mkdir(parents=True, exist_ok=True)
    sample = work / f"{name}.npy"
    np.save(sample, np.random.default_rng(1).normal(size=networks()[name])
            .astype(np.float32))
    instructions.run(
        QUENCH, "compile", model, "--quiet", f"--calibrate={sample}", "--qconfig=fast",
        f"--target={level}", "--prefix=net", *options, "-o", folder)
    file = folder / "net"
    instructions.run(
        "clang++-22", "--target=aarch64-linux-gnu", "-fuse-ld=lld", "-std=c++17", "-O2",
        "-ffp-contract=off", "-static", f"-I{ROOT / 'runtime/include'}", f"-I{folder}",
        folder / "net.cpp", instructions.HERE / "arm_driver.cpp",
        folder / "net_weights.S", library, "-o", file)
    return file


def tflite(model, name, work):
    """The int8 network that LiteRT runs, as bench/run makes it."""
    import numpy as np

    file = work / f"{name}.tflite"
    if not file.exists():
        samples = work / f"{name}-samples"
        samples.mkdir(exist_ok=True)
        np.save(samples / "0.npy", np.load(work / f"{name}.npy"))
        int8 = work / f"{name}-int8.onnx"
        instructions.run(sys.executable, instructions.HERE / "quantize_peer.py", model,
                         samples, int8)
        instructions.run(sys.executable, instructions.HERE / "write_tflite.py", int8,
                         file)
    return file


def ncnn_layer(model, work):
    """The single layer as ncnn's text and weights: codes of 8 bits with a scale for each
    channel, as ncnn's own quantizer writes them."""
    import numpy as np
    import onnx
    from onnx import numpy_helper

    param, weights = work / "layer.param", work / "layer.bin"
    tensors = {t.name: numpy_helper.to_array(t)
               for t in onnx.load(model).graph.initializer}
    w = tensors["w"]
    scales = 127 / np.abs(w).max(axis=(1, 2, 3))
    codes = np.round(w * scales[:, None, None, None]).astype(np.int8)
    param.write_text("7767517\n2 2\nInput in 0 1 in 0=16 1=16 2=32\nConvolution conv 1 1 "
                     f"in out 0=64 1=3 4=1 5=1 6={codes.size} 8=1 9=1\n")
    one = np.float32
    weights.write_bytes(b"".join([
        (0x000D4B38).to_bytes(4, "little"), codes.tobytes(), tensors["b"].tobytes(),
        scales.astype(one).tobytes(), np.array([32], one).tobytes()]))
    return [param, weights]


def peer(plugin, processor, runtime, files, macs):
    """Instructions of one inference: of some more than one, less one, to leave out the
    start. That differs by some millions from run to run, with the addresses of objects,
    and is spread over a billion MACs."""
    python = SYSROOT / "root/usr/bin/python3.11"
    libraries = SYSROOT / "root/usr/lib/aarch64-linux-gnu"
    environment = {
        "QEMU_LD_PREFIX": SYSROOT / "root",
        "QEMU_SET_ENV": f"PYTHONHOME={SYSROOT / 'root/usr'},PYTHONHASHSEED=0,"
                        f"PYTHONPATH={SYSROOT / 'site'},LD_LIBRARY_PATH={libraries}",
    }
    more = max(4, round(1e9 / macs))
    some, all_ = (instructions.instructions(instructions.count(
        plugin, processor,
        [python, instructions.HERE / "arm_peer.py", runtime, times, *files],
        environment=environment)[0]) for times in (1, 1 + more))
    return (all_ - some) / more


def count_float(plugin, emulated, model, name, work, library, processors):
    """Blocks of our program with all layers kept float, and their costs."""
    file = program(model, name, "arm_neon", work, library, "--keep-float=.*")
    blocks, _ = instructions.count(plugin, emulated, [file, "arm_neon"], mark=MARK)
    blocks = [b for b in blocks if re.match(r"\d+", b.window)]
    return blocks, {p: instructions.cycles_of(blocks, p) for p in processors}


def against_float(ours, costs, blocks, float_costs):
    """How many times as many instructions, and cycles of each processor."""
    times = instructions.instructions(blocks) / instructions.instructions(ours)
    cycles = [f"{p} {instructions.cycles(blocks, float_costs[p]) / instructions.cycles(ours, costs[p]):.1f}"
              for p in costs]
    return ", ".join([f"{times:.1f}", *cycles])


def by_layer(blocks, names):
    """{layer: its blocks}; the last is what runs between layers."""
    windows = collections.defaultdict(list)
    for block in blocks:
        if number := re.match(r"\d+", block.window):
            if int(number[0]) <= len(names):
                windows[int(number[0])].append(block)
    return windows


def print_layers(windows, names, costs, processors):
    columns = ["layer", "function with most of them", "instructions", *processors]
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    for number, blocks in sorted(windows.items()):
        if number == len(names):
            continue
        share = collections.Counter()
        for block in blocks:
            share[block.symbol] += block.runs * block.instructions
        cells = [names[number], share.most_common(1)[0][0],
                 instructions.instructions(blocks)]
        cells += [round(instructions.cycles(blocks, costs[p])) for p in processors]
        print("| " + " | ".join(map(str, cells)) + " |")


def main():
    args = parse()
    with tempfile.TemporaryDirectory() as name:
        work = args.work.resolve() if args.work else pathlib.Path(name)
        work.mkdir(parents=True, exist_ok=True)
        plugin, library = instructions.plugin(work), build_runtime(work)
        for model_name in args.models:
            model = model_file(model_name, work)
            macs = models.macs_of(model)
            print(f"\n### {model_name}, {macs / 1e6:.2f} million MACs\n")
            columns = ["level", "instructions, thousands", "LiteRT", "ours / LiteRT",
                       "MACs each", "thousand cycles (llvm-mca)"]
            if model_name == SINGLE:
                columns[4:4] = ["ncnn", "ours / ncnn"]
            if args.float:
                columns.append("own fp32, instructions and cycles / these")
            print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
            tables = []
            for level in args.levels:
                emulated, processors = LEVELS[level]
                file = program(model, model_name, level, work, library)
                blocks, printed = instructions.count(
                    plugin, emulated, [file, level], mark=MARK)
                names = printed.splitlines()
                windows = by_layer(blocks, names)
                ours = [b for part in windows.values() for b in part]
                costs = {p: instructions.cycles_of(ours, p) for p in processors}
                total = instructions.instructions(ours)
                said = ", ".join(
                    f"{p} {instructions.cycles(ours, costs[p]) / 1e3:.0f}"
                    for p in processors)
                cells = [level, f"{total / 1e3:.0f}", "", ""]
                if not args.no_peers:
                    theirs = peer(plugin, emulated, "litert",
                                  [tflite(model, model_name, work)], macs)
                    cells[2:] = [f"{theirs / 1e3:.0f}", f"{total / theirs:.2f}"]
                if model_name == SINGLE:
                    cells += ["", ""]
                if model_name == SINGLE and not args.no_peers:
                    theirs = peer(plugin, emulated, "ncnn", ncnn_layer(model, work), macs)
                    cells[-2:] = [f"{theirs / 1e3:.0f}", f"{total / theirs:.2f}"]
                cells += [f"{macs / total:.2f}", said]
                if args.float:
                    cells.append(against_float(ours, costs, *count_float(
                        plugin, emulated, model, model_name, work, library, processors)))
                print("| " + " | ".join(cells) + " |", flush=True)
                tables.append((level, windows, names, costs, processors))
            for level, *table in tables if args.layers else []:
                print(f"\n{level}:\n")
                print_layers(*table)


if __name__ == "__main__":
    main()
