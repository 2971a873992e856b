"""Checking HDF5 files of weights: numbers must lie in the file itself, each once."""

import os
from typing import IO, NamedTuple

import h5py


class Held(NamedTuple):
    """Content of a file of weights."""

    tensors: int
    numbers: int


def check_weights_file(
    file: str | os.PathLike[str] | IO[bytes], size: int, text: str | None = None
) -> Held:
    """Check every link and dataset of a file of weights before anything is read from it.

    HDF5 can read numbers from other files of the machine, compute them, or unpack many from few.
    Keras writes plain datasets, and only those pass.

    Args:
        file: HDF5 file written by Keras, as a path or an open file.
        size: Size of the file in bytes.
        text: Name of a dataset that may be a text, or None. Default None.

    Returns:
        Number of tensors in the file, and total number of their values.

    Raises:
        ValueError: If a link leads elsewhere, a dataset is not plain, or all together are larger
            than the file; the text is one to follow "Received:".
        OSError: If it is not an HDF5 file, or a damaged one.
    """
    datasets: list[h5py.Dataset] = []
    with h5py.File(file, "r") as root:
        groups, seen = [root["/"]], {root["/"]}
        while groups:
            group = groups.pop()
            for key in group:
                link, name = group.get(key, getlink=True), f"{group.name}/{key}".lstrip("/")
                if not isinstance(link, h5py.HardLink):
                    raise ValueError(f"a {type(link).__name__} at {name!r} in HDF5")
                found = group[key]
                if found in seen:
                    raise ValueError(f"a second name {name!r} of one thing in HDF5")
                seen.add(found)
                if isinstance(found, h5py.Group):
                    groups.append(found)
                elif name != text or not _is_text(found):
                    _require_plain(found, name)
                    datasets.append(found)
        numbers = sum(dataset.size for dataset in datasets)
        stored = sum(dataset.nbytes for dataset in datasets)
    if stored > size:
        raise ValueError(f"{stored} bytes of weights in a file of {size}")
    return Held(len(datasets), numbers)


def _is_text(found):
    """Whether this is a single text, which HDF5 stores in the file itself."""
    string = h5py.check_string_dtype(found.dtype)
    return string is not None and string.length is None and found.shape == ()


def _require_plain(found, name):
    """Raise unless this is an array of fixed size, stored complete and unpacked in the file."""
    if not isinstance(found, h5py.Dataset) or found.shape is None or found.dtype.hasobject:
        raise ValueError(f"something other than numbers at {name!r} in HDF5")
    if found.external or found.is_virtual:
        raise ValueError(f"numbers of another file at {name!r} in HDF5")
    if found.chunks is not None or found.id.get_storage_size() != found.nbytes:
        raise ValueError(f"numbers that are packed or missing at {name!r} in HDF5")
