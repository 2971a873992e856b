"""What the tests of training share: recipes changed, the script started, its log read."""

import csv
import dataclasses
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

from keras_sep.training import Recipe

SMALL = {"hidden": 4, "layers": 1, "bidirectional": False}
SCRIPT = Path(__file__).resolve().parents[2] / "training" / "train.py"


def small_recipe(arguments=SMALL, **fit):
    """An Open-Unmix of which an epoch takes a tenth of a second."""
    return Recipe.from_mapping(
        {
            "model": {"name": "open_unmix", "arguments": arguments},
            "sources": ["drums", "bass", "other", "vocals"],
            "targets": ["vocals"],
            "sample_rate_hz": 4000,
            "stft": {"frame_length": 64, "hop_length": 32},
            "data": {"excerpt_seconds": 0.4, "excerpts_per_track": 4},
            "fit": {"batch_size": 4, "epochs": 2, "tensorboard": False, "page": False, **fit},
        }
    )


def log(out):
    with (out / "log.csv").open(newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def arrays(out):
    """All arrays of a checkpoint: weights, their average, the optimizer's moments."""
    found = {}
    with h5py.File(out / "last.weights.h5") as file:
        file.visititems(
            lambda name, item: (
                found.__setitem__(name, item[()])
                if isinstance(item, h5py.Dataset) and item.dtype != object
                else None
            )
        )
    return found


def assert_close(out, other, columns=("loss", "val_loss")):
    """Both are the same training but for sums in another order, in float32, through its steps."""
    mine, theirs = arrays(out), arrays(other)
    assert mine.keys() == theirs.keys()
    for name, values in mine.items():
        np.testing.assert_allclose(values, theirs[name], rtol=1e-5, atol=1e-5, err_msg=name)
    rows, expected = log(out), log(other)
    assert [row["epoch"] for row in rows] == [row["epoch"] for row in expected]
    for name in columns:
        np.testing.assert_allclose(
            [row[name] for row in rows], [row[name] for row in expected], rtol=1e-5
        )


def with_fit(recipe, **changes):
    return dataclasses.replace(recipe, fit=dataclasses.replace(recipe.fit, **changes))


def with_data(recipe, **changes):
    return dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, **changes))


def start(recipe, album, out, *arguments):
    out.parent.mkdir(exist_ok=True)
    path = out.with_suffix(".yaml")
    path.write_text(recipe.to_yaml())
    command = [sys.executable, SCRIPT, path, "--data", album, "--out", out, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
