# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Machine code of whole programs in bytes, for each way to optimize: prints it,
# and fails above the bounds. The programs' self-tests must pass, so both modes
# give the interpreter's bytes.

import argparse
import pathlib
import subprocess
import sys

BOUNDS = {"speed": 250 * 1024, "size": 60 * 1024}


def text_bytes(program):
    printed = subprocess.run(["size", "-A", program], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return next(int(line.split()[1]) for line in printed.splitlines()
                if line.startswith(".text"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path, help="quantized")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("targets", nargs="+")
    args = parser.parse_args()
    failed = False
    for target in args.targets:
        for mode, bound in BOUNDS.items():
            folder = args.out / f"{target}.{mode}"
            subprocess.run(["quench", "compile", args.model, "--quiet", "--emit=exe",
                            f"--target={target}", f"--optimize={mode}",
                            "--prefix=net", "-o", folder], check=True)
            code = text_bytes(folder / "net")
            run = subprocess.run([folder / "net", "--selftest"], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            # A level that this processor lacks is measured all the same.
            lacks = "lacks a feature" in run.stdout
            verdict = "TOO MUCH" if code > bound else "within"
            print(f"{target} --optimize={mode}: {code} bytes, {verdict} {bound}"
                  f"{', not run' if lacks else ''}")
            failed |= code > bound or (run.returncode != 0 and not lacks)
    sys.exit(failed)


if __name__ == "__main__":
    main()
