"""Requests that a server runs at the same time do not know of each other."""

import json
import subprocess

import numpy as np
import pytest

LENGTHS = (401, 1601, 787, 2503, 149, 1201, 3001)


@pytest.mark.parametrize("model", ["mask_inference", "chimera", "conv_tasnet", "scnet"])
def test_answers_at_once_are_those_one_at_a_time(program, exported, tmp_path, model):
    separator, folder = exported(model)
    channels = separator.channels
    noise = np.random.default_rng(23).normal(size=(max(LENGTHS), channels))
    (0.1 * np.cumsum(noise, axis=0)).astype("float32").tofile(tmp_path / "noise.f32")
    answer = subprocess.run(
        [
            *(
                program("concurrent"),
                folder,
                "16",
                "2",
                "48",
                str(channels),
                tmp_path / "noise.f32",
            ),
            *map(str, LENGTHS),
        ],
        check=True,
        timeout=500,
        capture_output=True,
        text=True,
    )
    found = json.loads(answer.stdout)
    assert found["peak"] > 0.01
    assert len(found["last_round_seconds"]) == 48
    # a product that other threads have work of may be added up in another order
    assert found["deviation"] <= 1e-6 * max(1, found["peak"])
