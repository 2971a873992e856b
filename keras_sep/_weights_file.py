"""What Keras's HDF5 files of weights may be: numbers that lie in the file, each once."""

import os
from typing import IO, NamedTuple

import h5py


class Held(NamedTuple):
    """What a file of weights holds."""

    tensors: int
    numbers: int


def check_weights_file(
    file: str | os.PathLike[str] | IO[bytes], size: int, text: str | None = None
) -> Held:
    """Look at every link and dataset of a file of weights before anything is read from it.

    HDF5 can take numbers from other files of the machine, compute them, or unpack many from few.
    Keras writes none of that: plain datasets alone pass.

    Args:
        file: HDF5 file that Keras wrote, as a path or as an open file.
        size: Bytes that the file has.
        text: Name of a dataset that may be a text; default none.

    Returns:
        How many tensors the file holds, and how many numbers these have together.

    Raises:
        ValueError: In words that follow "Received:", where a link leads elsewhere, or a dataset is
            no plain one, or all together are larger than the file.
        OSError: Where it is no HDF5 file, or a damaged one.
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
    """A single text, which HDF5 keeps in the file itself."""
    string = h5py.check_string_dtype(found.dtype)
    return string is not None and string.length is None and found.shape == ()


def _require_plain(found, name):
    """Only an array of fixed size, whole and as it is in the file."""
    if not isinstance(found, h5py.Dataset) or found.shape is None or found.dtype.hasobject:
        raise ValueError(f"something other than numbers at {name!r} in HDF5")
    if found.external or found.is_virtual:
        raise ValueError(f"numbers of another file at {name!r} in HDF5")
    if found.chunks is not None or found.id.get_storage_size() != found.nbytes:
        raise ValueError(f"numbers that are packed or missing at {name!r} in HDF5")
