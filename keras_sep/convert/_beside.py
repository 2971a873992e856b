"""What publishers write into small files beside their weights."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_sep._brief import brief, brief_names
from keras_sep.convert.checkpoint import CHECKPOINT_SUFFIXES, index_of

SEPFORMER_PARTS = ("encoder", "masknet", "decoder")  # published in a file each
OPEN_UNMIX, SPEECHBRAIN = "separator.json", "hyperparams.yaml"
MOST_BYTES = 1 << 18
MOST = 10**6  # of a sample rate in Hz, or a length in samples
# names of theirs to ours
OF_OPEN_UNMIX = {"sample_rate": "sample_rate_hz", "nfft": "frame_length", "nhop": "hop_length"}
OF_SPEECHBRAIN = {"sample_rate": "sample_rate_hz", "K": "chunk_length", "nhead": "heads"}


def checkpoint_files(path: Path) -> list[Path]:
    """Return the files of a checkpoint, given one of them or the folder that holds them.

    Raises:
        ValueError: If a folder does not hold the files of one network.
    """
    if not path.is_dir() or index_of(path) is not None:
        return [path]
    parts = [path / f"{part}.ckpt" for part in SEPFORMER_PARTS]
    if all(part.is_file() for part in parts):
        return parts
    found = sorted(file for file in path.iterdir() if file.suffix in CHECKPOINT_SUFFIXES)
    if found and ((path / OPEN_UNMIX).is_file() or len(found) == 1):
        return found
    listed = ", ".join(file.name for file in found[:4]) or "none"
    raise ValueError(
        f"{str(path)!r} must contain the files of one network ({', '.join(CHECKPOINT_SUFFIXES)}, "
        f"or one .index of TensorFlow). Received: {listed}; name the files themselves"
    )


def named_settings(given: Sequence[Path]) -> Path | None:
    """The one YAML file of settings that the user names, or None.

    Raises:
        ValueError: If there are several.
    """
    if len(given) > 1:
        raise ValueError(
            "The settings of a network must be one YAML file. "
            f"Received: {brief_names(file.name for file in given)}"
        )
    return given[0] if given else None


def beside_open_unmix(path: Path) -> dict[str, int]:
    """Sample rate in Hz, frame length and hop in samples, as far as `separator.json` says them."""
    file = path.with_name(OPEN_UNMIX)
    try:
        said = json.loads(_start(file))
    except (ValueError, RecursionError):
        raise ValueError(f"{str(file)!r} must be JSON. Received: something else") from None
    found = said if isinstance(said, dict) else {}
    return {
        ours: _size(file, name, found[name])
        for name, ours in OF_OPEN_UNMIX.items()
        if found.get(name) is not None
    }


def beside_sepformer(path: Path) -> dict[str, int]:
    """Sample rate in Hz, frames in a chunk and heads, as far as `hyperparams.yaml` says them.

    That file holds programs, too; only its plain numbers are read.
    """
    file = path.with_name(SPEECHBRAIN)
    text = _start(file).decode(errors="replace")
    found = re.findall(r"(?m)^\s*(sample_rate|K|nhead):\s*(\d{1,9})\s*(?:#.*)?$", text)
    return {OF_SPEECHBRAIN[name]: _size(file, name, int(value)) for name, value in found}


def _start(file: Path) -> bytes:
    """The first bytes of a file, `{}` of one that is not there."""
    if not file.is_file():
        return b"{}"
    with file.open("rb") as stream:
        return stream.read(MOST_BYTES)


def _size(file: Path, name: str, value: Any) -> int:
    if type(value) not in (int, float) or not 1 <= value <= MOST or value != int(value):
        raise ValueError(
            f"`{name}` of {str(file)!r} must be an integer from 1 to {MOST}. "
            f"Received: {name}={brief(value)}"
        )
    return int(value)
