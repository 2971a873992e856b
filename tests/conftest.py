"""Shared by all tests: quiet TensorFlow, one fixed seed, and where the real audio is."""

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import pytest
from workers import shared, worker_of

# begun first, so that no worker is left with one of them while the other has nothing to do
LONGEST = (
    "tests/training/",
    "tests/test_demo.py",
    "tests/commands/",
    "tests/test_harness.py",
    "tests/export/",
    "tests/test_separator.py",
    "tests/test_loss_harness.py",
    "tests/serving/",
)

SHARED_AUDIO = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(config, items):
    """Files that take minutes come first; two workers may share the harness."""
    for item in items if shared(config) else ():
        group, *_ = item.nodeid.split("::")
        if group.endswith("test_harness.py"):
            case = getattr(item, "callspec", None) and item.callspec.params.get("name")
            group = f"{group} {worker_of(case or '')}"
        item.add_marker(pytest.mark.xdist_group(group))
    places = {start: place for place, start in enumerate(LONGEST)}
    items.sort(
        key=lambda item: next(
            (place for start, place in places.items() if item.nodeid.startswith(start)),
            len(places),
        )
    )


SEED = 7
keras.utils.set_random_seed(SEED)


@pytest.fixture(autouse=True)
def fixed_seed(monkeypatch):
    """The same random numbers in every test, whatever ran before it.

    TensorFlow's own seed is set where a test has moved it: setting it drops all compiled
    functions, and those of the LSTM take longer to compile than most tests to run. Keras draws
    without TensorFlow's state, and what shuffles in `fit` is seeded by its place in its own graph.
    """
    with monkeypatch.context() as patch:
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            if tf.compat.v1.get_seed(0)[0] == SEED:
                patch.setattr(tf.random, "set_seed", lambda seed: None)
        keras.utils.set_random_seed(SEED)


@pytest.fixture
def shared_audio() -> Path:
    """The folder of real audio, or a skip that says it is absent."""
    if not SHARED_AUDIO.is_dir():
        pytest.skip(f"real audio is absent: {SHARED_AUDIO}")
    return SHARED_AUDIO
