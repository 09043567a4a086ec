# Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# docs/qconfig.schema.json against the compiler: every preset is valid and listed,
# and for small changes schema and compiler agree.
#
#   qconfig.py SCHEMA FOLDER

import json
import pathlib
import subprocess
import sys

import jsonschema
import yaml

CASES = [
    ({}, True),
    ({"base": "fast", "weight": {"bits": 4}}, True),
    ({"weight": {"bits": 9}}, False),
    ({"weight": {"bits": 1}}, False),
    ({"weight": {"symmetry": "asymmetric"}}, False),
    ({"weight": {"granularity": "tensor"}}, True),
    ({"weight": {"bits": 4, "granularity": "group"}}, True),
    ({"weight": {"bits": 2, "granularity": "group", "group_size": 16}}, True),
    ({"weight": {"bits": 4, "granularity": "group", "group_size": 24}}, False),
    ({"activation": {"granularity": "group"}}, False),
    ({"activation": {"group_size": 16}}, False),
    ({"weight": {"observer": "passive"}}, False),
    ({"weight": {"range": [0, 1]}}, False),
    ({"activation": {"bits": 16, "symmetry": "symmetric"}}, True),
    ({"activation": {"bits": 12}}, False),
    ({"activation": {"granularity": "channel"}}, False),
    ({"activation": {"observer": "statistics"}}, True),
    ({"activation": {"fake_quant": "lsq"}}, True),
    ({"activation": {"fake_quant": "none"}}, False),
    ({"algorithms": {"smooth": 0.5, "adaround": 10}}, True),
    ({"algorithms": {"smooth": 1.5}}, False),
    ({"algorithms": {"samples": 0}}, False),
    ({"algorithms": {"bias_correction": "some"}}, False),
    ({"percentile": 99.9}, True),
    ({"percentile": 50}, False),
    ({"momentum": 1}, False),
    ({"overrides": [{"name": "a", "activation": {"range": [0, 1]}}]}, True),
    ({"overrides": [{"name": "a", "activation": {"range": [0]}}]}, False),
    ({"overrides": [{"ops": ["add"], "keep_float": True}]}, True),
    ({"overrides": [{"op": "add"}]}, False),
    ({"base": "bets"}, False),
    ({"bits": 8}, False),
]


def main():
    schema = json.load(open(sys.argv[1]))
    out = pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)

    listed = subprocess.run(["quench", "qconfig"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    presets = [line.split()[0] for line in listed.splitlines()]
    assert presets == schema["properties"]["base"]["enum"], presets
    for preset in presets:
        text = subprocess.run(["quench", "qconfig", preset], check=True,
                              text=True, stdout=subprocess.PIPE).stdout
        validator.validate(yaml.safe_load(text))
        print("valid:", preset)

    for index, (case, expected) in enumerate(CASES):
        assert validator.is_valid(case) == expected, ("schema", case)
        # JSON and YAML of the same.
        for suffix, dump in ((".json", json.dumps), (".yaml", yaml.safe_dump)):
            file = out / f"{index}{suffix}"
            file.write_text(dump(case))
            done = subprocess.run(["quench", "qconfig", file], text=True,
                                  capture_output=True)
            assert (done.returncode == 0) == expected, (case, done.stderr)
            assert done.returncode in (0, 2), done
    print(len(CASES), "cases agree")


main()
