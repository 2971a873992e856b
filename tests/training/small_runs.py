"""What the tests of training share: recipes changed, the script started, its log read."""

import csv
import dataclasses
import subprocess
import sys
from pathlib import Path

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
