"""Loads saved models in a process that imports keras_sep and the models' own modules, no more.

Run as `python _reload.py FOLDER MODULE...`; FOLDER has 0.keras, 0.npz, 1.keras, ...
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_sep  # noqa: F401 - registers its classes


def answer(path: Path) -> dict[str, Any]:
    """What the model of a file makes of the inputs beside it, and the config of its loss."""
    model = keras.saving.load_model(path)
    with np.load(path.with_suffix(".npz")) as data:
        inputs = [data[f"arr_{i}"] for i in range(len(data.files))]
    outputs = keras.tree.flatten(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    found = {str(i): keras.ops.convert_to_numpy(output) for i, output in enumerate(outputs)}
    if isinstance(getattr(model, "loss", None), keras.losses.Loss):
        found["loss"] = np.array(json.dumps(model.loss.get_config(), sort_keys=True))
    return found


def main(folder: str, *modules: str) -> None:
    for module in modules:
        importlib.import_module(module)
    for path in Path(folder).glob("*.keras"):
        try:
            found = answer(path)
        except Exception as error:  # whatever a layer does: one must not hide the others
            found = {"error": np.array(str(error))}
        np.savez(path.with_suffix(".answer.npz"), **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
