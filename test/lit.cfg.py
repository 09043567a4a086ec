# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The lit suite: where the tools are, what %names stand for, and which features
# this machine has. A feature that is missing says why, once, at the start.

import glob
import importlib.util
import os
import platform
import shutil
import subprocess
import sys

import lit.formats

config.name = "Quench"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "models", "unit"]
config.test_source_root = os.path.join(config.quench_source, "test")
config.test_exec_root = os.path.join(config.quench_build, "test")

bin_dir = os.path.join(config.quench_build, "bin")
lib_dir = os.path.join(config.quench_build, "lib")
shared = os.path.join(os.path.dirname(config.quench_source), "shared")
python = os.path.join(config.quench_venv, "bin", "python")
asan = config.quench_build_type == "Asan"


def missing(feature, reason, is_tool=False):
    """Reports a feature that this run goes without."""
    if is_tool and config.quench_require_tools:
        lit_config.fatal("%s is required: %s" % (feature, reason))
    lit_config.note("no '%s': %s" % (feature, reason))


def linked_models():
    """One folder of all models: ours, and those of the shared folder."""
    folder = os.path.join(config.quench_build, "test", "models")
    os.makedirs(folder, exist_ok=True)
    wanted = {}
    for source in (
        os.path.join(shared, "models"),
        os.path.join(config.test_source_root, "models"),
    ):
        if os.path.isdir(source):
            for name in os.listdir(source):
                wanted[name] = os.path.join(source, name)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if wanted.get(name) != os.readlink(path):
            os.remove(path)
        else:
            del wanted[name]
    for name, target in wanted.items():
        os.symlink(target, os.path.join(folder, name))
    return folder


def cpu_flags():
    """The processor's feature flags, as Linux spells them."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
            for line in info:
                if line.startswith(("flags", "Features")):
                    return set(line.split(":", 1)[1].split())
    except OSError:
        pass
    return set()


# Tools and environment.
config.environment["PATH"] = os.pathsep.join(
    [bin_dir, config.llvm_bin, config.environment["PATH"]]
)
config.environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
# lit runs as many tests as there are processors; waiting threads would spin.
config.environment["OMP_NUM_THREADS"] = "1"
for name in ("HOME", "ASAN_OPTIONS", "CCACHE_DIR"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
lit_config.maxIndividualTestTime = 0
if lit_config.maxIndividualTestTimeIsSupported[0]:
    lit_config.maxIndividualTestTime = 900
else:
    missing("timeout", "python3-psutil is not installed", is_tool=True)

# Substitutions. Code compiled against a sanitized libqrt.a needs the flags too.
models = linked_models()
sanitize = " -fsanitize=address,undefined" if asan else ""
config.substitutions += [
    ("%shared", shared),
    ("%models", models),
    ("%python", python),
    ("%lit_python", sys.executable),
    ("%cc", os.path.join(config.llvm_bin, "clang") + sanitize),
    ("%cxx", os.path.join(config.llvm_bin, "clang++") + sanitize),
    ("%gxx", "g++"),
    # For `quench compile --emit=exe`.
    (
        "%quench_cxx",
        "--cxx=" + os.path.join(config.llvm_bin, "clang++")
        + (" --cxxflag=-fsanitize=address,undefined" if asan else ""),
    ),
    ("%qrt_include", os.path.join(config.quench_source, "runtime", "include")),
    ("%qrt_lib", os.path.join(lib_dir, "libqrt.a")),
    ("%root", config.quench_source),
    ("%build", config.quench_build),
]

# Features.
if asan:
    config.available_features.add("asan")

if os.path.isdir(shared):
    config.available_features.add("shared")
else:
    missing("shared", "no folder ../shared beside the checkout")
for name in os.listdir(models):
    if name.endswith((".onnx", ".tflite")):
        config.available_features.add("model-" + os.path.splitext(name)[0])

packages = "import numpy, onnx, onnxruntime"
if not os.path.exists(python):
    missing("python-onnx", "no %s: run scripts/setup" % python, is_tool=True)
elif subprocess.run(
    [python, "-c", packages], stderr=subprocess.DEVNULL, check=False
).returncode:
    missing("python-onnx", "'%s' fails in the venv" % packages, is_tool=True)
else:
    config.available_features.add("python-onnx")

# Debian's torch belongs to the system's python, which runs lit too.
if importlib.util.find_spec("torch"):
    config.available_features.add("torch")
else:
    missing("torch", "python3-torch is not installed", is_tool=True)

if asan:
    missing("gxx", "g++ cannot link a runtime that clang sanitized")
elif not shutil.which("g++"):
    missing("gxx", "g++ is not in PATH", is_tool=True)
else:
    config.available_features.add("gxx")

if shutil.which("chromium"):
    config.available_features.add("chromium")
else:
    missing("chromium", "chromium is not in PATH: run scripts/setup", is_tool=True)

# Other architectures: a program that is one file, for the emulator.
for family, triple, emulator, cross_flags in (
    ("aarch64", "aarch64-linux-gnu", "qemu-aarch64", ""),
    ("armv7", "arm-linux-gnueabihf", "qemu-arm", " -march=armv7-a -mfpu=neon"),
):
    absent = [t for t in (triple + "-g++", emulator) if not shutil.which(t)]
    if not os.path.isdir("/usr/src/googletest"):
        absent.append("/usr/src/googletest")
    if absent:
        missing(
            family,
            "no %s: run scripts/setup --cross=%s" % (", ".join(absent), family),
            is_tool=True,
        )
        continue
    config.available_features.add(family)
    config.substitutions += [
        (
            "%" + family + "_cxx",
            "%s --target=%s -fuse-ld=lld -static -Wno-unused-command-line-argument%s"
            % (os.path.join(config.llvm_bin, "clang++"), triple, cross_flags),
        ),
        (
            "%" + family + "_qrt_lib",
            os.path.join(
                config.quench_build,
                "test/codegen/kernels/%s/build/runtime/libqrt.a" % family,
            ),
        ),
        # The emulator with the cross compiler's C library, for programs that
        # load it.
        (
            "%%qemu_%s_dynamic" % family,
            "%s -L /usr/%s" % (emulator, triple),
        ),
    ]

platform_runtime = os.path.join(lib_dir, "quench", "aarch64-linux-android", "libqrt.a")
if not os.path.exists(platform_runtime):
    missing(
        "android",
        "no %s: clang-22 or ld.lld-22 was missing" % platform_runtime,
        is_tool=True,
    )
else:
    config.available_features.add("android")
    # A program without a C library.
    alone = "%s -ffreestanding -nostdlibinc -nostdlib -static-pie -fuse-ld=lld -fno-stack-protector -I%s" % (
        os.path.join(config.llvm_bin, "clang"),
        os.path.join(config.quench_source, "runtime", "include"),
    )
    config.substitutions.append(("%android_clang", alone))
    if {"aarch64", "armv7"} <= config.available_features:
        config.environment["QUENCH_ANDROID_CLANG"] = alone  # test/e2e/check_model.py

# CUDA sources: compiled by nvcc, executed by ptxsim in the place of the CUDA
# runtime, or by a device.
if not os.path.exists(config.nvcc):
    missing("nvcc", "nvcc is not in PATH: CUDA sources are not compiled")
elif asan:
    missing("nvcc", "CUDA is tested without sanitizers")
else:
    config.available_features.add("nvcc")
    config.substitutions += [
        ("%nvcc", config.nvcc),
        ("%ptxsim_cudart", os.path.join(lib_dir, "libptxsim_cudart.a")),
    ]
    config.environment["QUENCH_NVCC"] = config.nvcc  # test/e2e/cuda.py
    config.environment["QUENCH_CUDA_INCLUDE"] = config.cuda_include
    config.environment["QUENCH_CUDART"] = os.path.join(
        lib_dir, "libptxsim_cudart.a")
    config.environment["QUENCH_CXX"] = os.path.join(config.llvm_bin, "clang++")
    config.environment["QUENCH_QRT"] = os.path.join(lib_dir, "libqrt.a")
    disassemblers = glob.glob(os.path.join(
        config.quench_source, ".venv-cuda", "nvidia", "cu*", "bin", "nvdisasm"))
    if not disassemblers:
        missing("nvdisasm", "not in .venv-cuda: run scripts/setup --cuda",
                is_tool=True)
    else:
        config.available_features.add("nvdisasm")
        config.environment["QUENCH_NVDISASM"] = disassemblers[0]
    cutlass = os.path.join(config.quench_source, ".venv-cuda",
                           "cutlass_library", "source", "include")
    if not os.path.isdir(cutlass):
        missing("cutlass", "not in .venv-cuda: run scripts/setup --cuda",
                is_tool=True)
    else:
        config.available_features.add("cutlass")
        config.substitutions.append(("%cutlass", cutlass))
    if not shutil.which("nvidia-smi") or subprocess.run(
        ["nvidia-smi", "-L"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, check=False).returncode:
        missing("gpu", "no NVIDIA GPU here: ptxsim alone runs the kernels")
    else:
        config.available_features.add("gpu")
        config.environment["QUENCH_GPU"] = "1"

if platform.machine() == "x86_64":
    config.available_features.add("x86_64")
flags = cpu_flags()
for feature, needed in (
    ("avx2", {"avx2"}),
    ("avxvnni", {"avx2", "avx_vnni"}),
    ("avx512vnni", {"avx512f", "avx512bw", "avx512vl", "avx512_vnni"}),
):
    if needed <= flags:
        config.available_features.add(feature)
    else:
        lacking = ", ".join(sorted(needed - flags))
        missing(feature, "this processor has no %s" % lacking)
