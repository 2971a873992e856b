"""Requests that a server runs at the same time do not know of each other, and leave nothing."""

import json
import subprocess

import numpy as np
import pytest

LENGTHS = (401, 1601, 787, 2503, 149, 1201, 3001)
THREADS, ROUNDS, REQUESTS = 16, 3, 150


@pytest.mark.parametrize("model", ["mask_inference", "deep_clustering", "conv_tasnet", "scnet"])
def test_answers_at_once_are_those_one_at_a_time(program, exported, tmp_path, model):
    separator, folder = exported(model)
    noise = np.random.default_rng(23).normal(size=(max(LENGTHS), separator.channels))
    (0.1 * np.cumsum(noise, axis=0)).astype("float32").tofile(tmp_path / "noise.f32")
    command = [program("concurrent"), folder, THREADS, ROUNDS, REQUESTS, separator.channels]
    command += [tmp_path / "noise.f32", *LENGTHS]
    answer = subprocess.run(
        [*map(str, command)], check=True, timeout=500, capture_output=True, text=True
    )
    found = json.loads(answer.stdout)
    assert found["peak"] > 0.01
    assert len(found["last_round_seconds"]) == REQUESTS
    # a product that other threads have work of may be added up in another order
    assert found["deviation"] <= 1e-6 * max(1, found["peak"])
    # if a request's share of what a network computes with were kept, it would be more
    assert found["mebibytes"][-1] - found["mebibytes"][0] < 32
