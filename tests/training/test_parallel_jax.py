"""Several devices of one process: large kernels split among them, or each a share of the batch."""

import ast
import subprocess
import sys

import keras
import numpy as np
import pytest
from small_runs import assert_close

from keras_sep import data
from keras_sep.training import Recipe, train

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="`keras.distribution` is JAX's"
)

# a process with two devices on the CPU, which JAX makes before it begins
TWO_DEVICES = """
import dataclasses, os, sys
flags = os.environ.get("XLA_FLAGS", "")
os.environ["XLA_FLAGS"] = f"{flags} --xla_force_host_platform_device_count=2"
import keras
from keras_sep import training

recipe, album, folder = sys.argv[1:]
recipe = training.Recipe.from_yaml(recipe)

class Look(keras.callbacks.Callback):
    def on_train_end(self, logs=None):
        for variable in [*self.model.weights, *self.model.optimizer.variables]:
            shards = {shard.data.shape for shard in variable.value.addressable_shards}
            print(variable.path, tuple(variable.shape), *shards, sep=";")

training.train(recipe, album, folder + "/shares", mirrored=True, verbose=0)
split = dataclasses.replace(recipe.fit, model_parallel=2)
split = dataclasses.replace(recipe, fit=split)
training.train(split, album, folder + "/split", verbose=0, callbacks=[Look()])
odd = training.Named(recipe.model.name, {**recipe.model.arguments, "hidden": 33})
for wrong in (
    dataclasses.replace(split, model=odd),
    dataclasses.replace(split, fit=dataclasses.replace(split.fit, model_parallel=4)),
    dataclasses.replace(split, model=training.Named("conv_tasnet", {"blocks": 1, "repeats": 1})),
):
    try:
        training.train(wrong, album, folder + "/wrong", verbose=0)
    except ValueError as error:
        print("refused:", error)
"""


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    root = tmp_path_factory.mktemp("album")
    return data.synthetic_band(root, train=2, valid=1, test=0, seconds=1.0, sample_rate_hz=4000)


@pytest.fixture(scope="module")
def recipe():
    return Recipe.from_mapping(
        {
            "model": {"name": "bs_roformer", "arguments": {
                "features": 8, "blocks": 1, "heads": 2, "head_size": 4, "frame_length": 64,
                "hop_length": 32, "mask_layers": 2, "dropout": 0.1}},
            "sources": ["drums", "bass", "other", "vocals"],
            "targets": ["vocals"],
            "sample_rate_hz": 4000,
            "stft": None,
            "loss": {"name": "WaveformLoss", "arguments": {"norm": "l1"}},
            "data": {"excerpt_seconds": 0.1, "excerpts_per_track": 4},
            "fit": {"batch_size": 4, "epochs": 2, "clip_norm": 1.0, "tensorboard": False,
                    "learning_rate": 0.05,
                    "optimizer": {"name": "SGD", "arguments": {"momentum": 0.9}},
                    "page": False},
        }
    )  # fmt: skip


def test_two_devices_are_one(album, recipe, tmp_path):
    """With shares of the batch, and with parts of the kernels: what one device computes."""
    train(recipe, album, tmp_path / "one", verbose=0)
    path = tmp_path / "recipe.yaml"
    path.write_text(recipe.to_yaml())
    command = [sys.executable, "-c", TWO_DEVICES, path, album, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for other in ("shares", "split"):
        assert_close(tmp_path / other, tmp_path / "one")

    # each device has half of the large kernels, and of their moments
    shapes = [line.split(";") for line in done.stdout.splitlines() if line.count(";") == 2]
    kernels = [line for line in shapes if "query_key_value" in line[0]]
    assert len(kernels) == 2 * 2  # of two transformers, and their momenta
    assert {tuple(line[1:]) for line in kernels} == {("(8, 24)", "(8, 12)")}
    sizes = [
        (np.prod(ast.literal_eval(whole)), np.prod(ast.literal_eval(part)))
        for _, whole, part in shapes
    ]
    whole, part = np.sum(sizes, axis=0)
    assert 0.5 <= part / whole < 0.7

    refused = [line for line in done.stdout.splitlines() if line.startswith("refused: ")]
    assert "must divide the sizes of the large kernels. Received: 2, and block_1" in refused[0]
    assert "must divide the number of devices, 2. Received: 4" in refused[1]
    assert "must be 1 for this network: only the kernels of bs_roformer" in refused[2]
