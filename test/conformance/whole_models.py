# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole float models: import and interpret, against onnxruntime.

Usage: whole_models.py <folder with models> [<model>...]

Inputs are random with a fixed seed (three per model). The error is
max |ours - theirs| / max(1, max |theirs|) over all elements of an output; float
sums in another order differ by a few units of 1e-7, a wrong formula by far more.
The 1 is for probabilities, where onnxruntime's sigmoid is off by up to 1.5e-7
however small its result.
"""

import os
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime

# Model and the largest error allowed, about four times what was measured.
MODELS = {
    "ad01_autoencoder": 2e-6,
    "efficientnet_lite0": 4e-6,
    "fmnist_mbv2": 2e-6,
    "fmnist_mbv2_bn": 2e-6,
    "fmnist_mbv2_spread": 2e-6,
    "fmnist_mbv2_spread_bn": 2e-6,
    "fmnist_resnet": 1e-6,
    "fmnist_resnet_bn": 1e-6,
    "kws_dscnn": 1e-6,
    "mobilenet_v2_224": 5e-6,
    "ppocr_v2_cls": 1e-6,
    "ppocr_v4_det_320": 1e-6,
    "resnet20_cifar10_bn": 2e-6,
    "resnet56_cifar10": 2e-6,
    "resnet8_cifar10": 1e-6,
    "ultraface_rfb320_bn": 5e-6,
    "yunet_n_320": 4e-6,
}
SAMPLES = 3


def error_of(model, folder):
    """Largest relative error over samples and outputs."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options)
    text = os.path.join(folder, "model.mlir")
    with open(text, "wb") as out:
        subprocess.run(["quench-import", model], stdout=out, check=True)
    worst = 0.0
    for seed in range(SAMPLES):
        random = np.random.default_rng(seed)
        feed = {}
        command = ["quench-run", text, "--output-dir", folder]
        for index, argument in enumerate(session.get_inputs()):
            shape = [s if isinstance(s, int) else 1 for s in argument.shape]
            feed[argument.name] = random.standard_normal(shape, np.float32)
            path = os.path.join(folder, "in%d.npy" % index)
            np.save(path, feed[argument.name])
            command.append("--input=%s=%s" % (argument.name, path))
        subprocess.run(command, check=True)
        names = [output.name for output in session.get_outputs()]
        for name, theirs in zip(names, session.run(names, feed)):
            path = os.path.join(folder, name.replace("/", "_") + ".npy")
            ours = np.load(path)
            assert ours.shape == theirs.shape, (name, ours.shape, theirs.shape)
            scale = max(np.abs(theirs).max(), 1.0)
            worst = max(worst, float(np.abs(ours - theirs).max() / scale))
    return worst


def main():
    folder, wanted = sys.argv[1], sys.argv[2:]
    failed = 0
    for name, limit in MODELS.items():
        model = os.path.join(folder, name + ".onnx")
        if (wanted and name not in wanted) or not os.path.exists(model):
            continue
        with tempfile.TemporaryDirectory() as temporary:
            error = error_of(model, temporary)
        verdict = "ok" if error <= limit else "FAIL"
        failed += error > limit
        print("%-4s %-24s error %.1e, limit %.0e" % (verdict, name, error, limit))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
