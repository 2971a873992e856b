"""The file of low-rank adapters: small, and applied to the weights that they were trained from."""

import math
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from keras_sep._brief import brief_names, one_line
from keras_sep._printable import printable
from keras_sep._weights_file import check_weights_file
from keras_sep._whole_files import replace_whole
from keras_sep.training.lora import LoRA

ADAPTERS = "adapters.h5"
_SCALE = "keras_sep_lora_scale"


def save_adapters(adapted: LoRA, path: str | Path) -> None:
    """Write the adapters of a `LoRA` model, and the weights that are trained beside them.

    The file is HDF5: for every kernel `<path>/a` and `<path>/b`, and for every other trained weight
    `<path>/whole`, by the path of the weight in the network.

    Args:
        adapted: Model from `enable_lora`.
        path: Path of the file, which is replaced at once.
    """

    def write(partial: Path) -> None:
        with h5py.File(partial, "w") as file:
            file.attrs[_SCALE] = adapted.alpha / adapted.rank
            for name, (a, b) in adapted.adapters().items():
                file[f"{name}/a"], file[f"{name}/b"] = a, b
            for weight in adapted.whole():
                file[f"{weight.path}/whole"] = keras.ops.convert_to_numpy(weight)

    replace_whole(Path(path), write)


def apply_adapters(network: keras.Model, path: str | Path) -> None:
    """Change a network by adapters that were trained from its weights.

    Args:
        network: Network with those weights, changed in place.
        path: File that `save_adapters` wrote, such as `adapters.h5` of a training.

    Raises:
        ValueError: If it is not such a file, or is of another network.

    Example:

    >>> network = keras_sep.zoo.open_unmix(("vocals",), bins=65, hidden=16, layers=1)
    >>> adapted = keras_sep.training.enable_lora(network, rank=2)
    >>> keras_sep.training.save_adapters(adapted, "adapters.h5")
    >>> other = keras.models.clone_model(network)
    >>> other.set_weights(network.get_weights())
    >>> keras_sep.training.apply_adapters(other, "adapters.h5")
    """
    path = Path(path)
    weights = {weight.path: weight for weight in network.weights}
    try:
        check_weights_file(path, path.stat().st_size)
        with h5py.File(path, "r") as file:
            scale = float(file.attrs[_SCALE])
            found = {name: _arrays(group) for name, group in _groups(file)}
        unknown = [name for name in found if name not in weights]
        if unknown:
            raise ValueError(f"the network has no {brief_names(unknown)}")
        changed = {name: _changed(weights[name], scale, found[name]) for name in found}
    except Exception as error:  # HDF5 raises many kinds
        raise ValueError(
            f"{printable(path)}: not adapters of this network ({one_line(error)})"
        ) from None
    for name, value in changed.items():
        weights[name].assign(value)


def _groups(file: h5py.File) -> list[tuple[str, h5py.Group]]:
    found = list[tuple[str, h5py.Group]]()

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Group) and any(isinstance(x, h5py.Dataset) for x in item.values()):
            found.append((name, item))

    file.visititems(add)
    return found


def _arrays(group: h5py.Group) -> dict[str, np.ndarray]:
    return {
        key: np.asarray(item[...], "float32")
        for key, item in group.items()
        if isinstance(item, h5py.Dataset)
    }


def _changed(weight: Any, scale: float, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The value of a weight with its change."""
    shape = tuple(weight.shape)
    if set(arrays) == {"whole"}:
        value = arrays["whole"]
        fits = value.shape == shape
    elif set(arrays) == {"a", "b"}:
        a, b = arrays["a"], arrays["b"]
        rows = math.prod(shape[:-1])
        fits = a.ndim == b.ndim == 2 and (len(a), b.shape[1]) == (rows, shape[-1])
        fits = fits and a.shape[1] == len(b)
        if fits:
            value = keras.ops.convert_to_numpy(weight) + scale * (a @ b).reshape(shape)
    else:
        raise ValueError(f"{weight.path} has {brief_names(arrays)}")
    if not fits:
        raise ValueError(f"{weight.path} has another shape, {shape}")
    if not np.isfinite(value).all():
        raise ValueError(f"{weight.path} has NaN or infinite numbers")
    return value
