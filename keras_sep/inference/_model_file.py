"""Checking a `.keras` file before Keras reads it."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from keras_sep._archives import require_bounded
from keras_sep._printable import printable
from keras_sep._weights_file import check_weights_file

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MEMBERS = {"metadata.json", CONFIG, WEIGHTS}
MOST_CONFIG_BYTES = 2**24  # a hundred times that of a large network of the zoo
MOST_SIZE = 2**24  # of anything a layer counts: samples, features, steps
NO_SIZES = ("seed", "shared_object_id")
OF_KERAS = ("keras", "builtins")

OTHER_FILES = {
    (".h5", ".hdf5"): "HDF5 of Keras 2 or weights alone; load it there, and `Separator.save` it",
    (".pt", ".pth", ".th", ".ckpt", ".bin", ".safetensors"): (
        "weights of PyTorch; `keras-sep convert` makes a separator of those it knows"
    ),
    (".onnx", ".tflite", ".pb"): "a network for inference elsewhere, from which none is read back",
}


def require_model_file(path: Path) -> None:
    """Raise a `ValueError` if this is not a `.keras` file, saying what it is and what to do."""
    wanted = "wanted a `.keras` file, as `Separator.save` makes"
    try:
        if path.is_dir():
            found = (
                "a SavedModel, for serving" if (path / "saved_model.pb").exists() else "a folder"
            )
            raise ValueError(f"{printable(path)}: {found} ({wanted})")
        if not path.exists():
            raise ValueError(f"{printable(path)}: no such model file")
        if not path.is_file():
            raise ValueError(f"{printable(path)}: a pipe or a device ({wanted})")
        with open(path, "rb"):
            pass
    except OSError as error:
        raise ValueError(f"{printable(path)}: cannot be opened ({error.strerror})") from error
    for suffixes, what in OTHER_FILES.items():
        if path.suffix.lower() in suffixes:
            raise ValueError(f"{printable(path)}: not a model but {what} ({wanted})")
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise ValueError(f"{printable(path)}: not a model ({wanted})")


def look_into(path: Path) -> tuple[int, int]:
    """Refuse what no separator contains, before it costs time or memory.

    Returns:
        Number of values in the file, and number of parts: tensors, layers and the like.
    """
    with zipfile.ZipFile(path) as archive:
        require_bounded(archive, path)
        if set(archive.namelist()) != MEMBERS:
            raise ValueError(f"a zip archive of other files than {', '.join(sorted(MEMBERS))}")
        if archive.getinfo(CONFIG).file_size > MOST_CONFIG_BYTES:
            raise ValueError(f"a {CONFIG} of more than {MOST_CONFIG_BYTES >> 20} MiB")
        named = _check_config(json.loads(archive.read(CONFIG)))
        size = archive.getinfo(WEIGHTS).file_size
        held = check_weights_file(io.BytesIO(archive.read(WEIGHTS)), size)
    return held.numbers, held.tensors + named


def _check_config(config: Any) -> int:
    """Number of objects with a class in the config."""
    named = 0
    for key, value in _nested(config):
        if type(value) is int and abs(value) > MOST_SIZE and key not in NO_SIZES:
            raise ValueError(f"a layer with {key!r} of more than {MOST_SIZE}")
        if isinstance(value, dict) and isinstance(value.get("module"), str):
            _require_known(value)
            named += 1
    return named


def _require_known(config: dict[str, Any]) -> None:
    """Raise unless classes from outside Keras are registered: nothing is imported to find them."""
    module, name = config["module"], config.get("class_name")
    if module.split(".")[0] in OF_KERAS or name == "function" or not isinstance(name, str):
        return
    registered = config.get("registered_name") or name
    if keras.saving.get_registered_object(registered) is None:
        raise ValueError(f"no class {name!r}: import the module that registers it, {module!r}")


def _nested(config: Any) -> Iterator[tuple[Any, Any]]:
    """Every nested value with its key, at any depth."""
    left = [("", config)]
    while left:
        key, value = left.pop()
        yield key, value
        if isinstance(value, dict):
            left += value.items()
        elif isinstance(value, list):
            left += ((key, item) for item in value)
