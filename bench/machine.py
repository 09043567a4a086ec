# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What the machine can do at best, as peak.cpp measures it on one core.

import subprocess

# The instructions that may make a peak, by precision and by what a contender is
# held to.
INSTRUCTIONS = {
    ("int8", ""): ["vpdpbusd", "vpmaddubsw", "vpmaddwd"],
    ("int8", "AVX2"): ["vpmaddubsw", "vpmaddwd"],
    ("fp32", ""): ["vfmadd231ps"],
    ("fp32", "AVX2"): ["vfmadd231ps_ymm"],
}


class Machine:
    def __init__(self, program, threads=1):
        """Runs the program quench-bench-peak here and now. More threads do as
        many times as much."""
        printed = subprocess.run([program], check=True, stdout=subprocess.PIPE,
                                 text=True).stdout
        self.rates = {name: threads * float(rate) for name, rate in
                      (line.split() for line in printed.splitlines())}

    def peak(self, precision, isa=""):
        """GMAC/s; None where it is not known."""
        prefixes = tuple(INSTRUCTIONS[precision, isa])
        return max((rate for name, rate in self.rates.items()
                    if name.startswith(prefixes)), default=None)

    def __str__(self):
        def of(part):
            return ", ".join(f"{name.removeprefix('read_')} {rate:.0f}"
                             for name, rate in self.rates.items()
                             if name.startswith("read_") == part)
        return f"GMAC/s at best: {of(False)}; GB/s read: {of(True)}"
