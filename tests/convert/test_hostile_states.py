"""State dicts that no network has: each is refused in words, soon, and before memory is taken."""

import re
import time

import numpy as np
import pytest
from converted import CONVERTED, golden, state_dict

from keras_sep import convert

pytestmark = pytest.mark.fault


def refusal(converter, state, seconds=20):
    began = time.process_time()
    with pytest.raises(ValueError) as error:
        converter(state)
    assert time.process_time() - began < seconds
    assert "\n" not in str(error.value)
    return str(error.value)


def open_unmix(state):
    return convert.open_unmix({"vocals": state})


CONVERTERS = CONVERTED | {"open_unmix": open_unmix}


def state_of(name):
    return state_dict() if name == "open_unmix" else dict(golden(name)[0])


@pytest.mark.parametrize("name", CONVERTERS)
def test_a_number_in_a_name_builds_no_layers(name):
    """A hundred million layers, blocks or the like."""
    state = state_of(name)
    numbered = [key for key in state if re.search(r"\d", key)]
    for key in (numbered[0], numbered[-1])[: 1 + (name == "open_unmix")]:
        large = re.sub(r"\d+", "100000000", key, count=1)
        assert "must have" in refusal(CONVERTERS[name], state | {large: state[key]})


@pytest.mark.parametrize("name", ["open_unmix", "tasnet"])
def test_empty_or_infinite_weights_are_named(name):
    state = state_of(name)
    weights = [key for key in state if key.endswith(("weight", "_filters", "output_mean"))]
    for key in (weights[0], weights[-1]):
        shape = np.shape(state[key])
        empty = state | {key: np.zeros((0, *shape[1:]), "f4")}
        assert f"{key!r}" in refusal(CONVERTERS[name], empty)
    first = state[weights[0]]
    for value in (np.nan, -np.inf, 1e300):
        strange = np.array(first, "f8")
        strange.flat[0] = value
        said = refusal(CONVERTERS[name], state | {weights[0]: strange})
        assert f"{weights[0]!r}" in said
        assert f"1 of {first.size} that are NaN or infinite" in said


def test_tensors_that_multiply_build_no_large_network():
    """Four megabytes of an Open-Unmix whose recurrent layers would have 10^13 numbers."""
    state = state_dict() | {"fc1.weight": np.zeros((10**6, 1), "f4")}
    assert "far more numbers than its file has weights for" in refusal(open_unmix, state)


def test_names_without_end_make_no_long_message():
    long = {"x" * 100_000 + str(n): np.zeros(1) for n in range(20)}
    assert len(refusal(open_unmix, state_dict() | long)) < 2000
    assert len(refusal(open_unmix, long)) < 2000
    prefixed = {f"{'y' * 100_000}.fc1.weight": np.zeros((2, 2))}
    assert len(refusal(open_unmix, prefixed)) < 2000
