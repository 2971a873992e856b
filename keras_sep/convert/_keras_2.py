"""Files of weights that Keras 2 wrote: HDF5, a group for every layer."""

import os
from pathlib import Path

import h5py
import numpy as np

from keras_sep._brief import one_line
from keras_sep._weights_file import check_weights_file

SUFFIX = ".h5"


def read_keras_2(path: Path) -> dict[str, np.ndarray]:
    """The weights of a file by their paths in it, such as `dense/dense/kernel:0`.

    Nothing but numbers that lie in the file is read; a model beside them, and the state of an
    optimizer, are not.

    Raises:
        ValueError: If it is damaged, or no such file.
    """
    try:
        check_weights_file(path, os.path.getsize(path))
        weights: dict[str, np.ndarray] = {}

        def take(name: str, found: h5py.Dataset | h5py.Group) -> None:
            if isinstance(found, h5py.Dataset):
                weights[name] = found[()]

        with h5py.File(path, "r") as file:
            file.visititems(take)
    except (ValueError, OSError, RuntimeError, KeyError, MemoryError) as error:
        raise ValueError(
            f"{str(path)!r} must be a file of weights of Keras. Received: {one_line(error)}"
        ) from error
    return weights
