"""Files on this machine that are published weights, recognised by their hashes."""

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_sep.convert import index_of
from keras_sep.pretrained.preset import Original, Preset, all_presets


@dataclasses.dataclass(frozen=True)
class PublishedFiles:
    """Some or all of the files of a preset.

    Args:
        preset: The preset.
        files: Files by the role of what they are, in the order of the preset.
        whole: Whether all of its files are there.
    """

    preset: Preset
    files: Mapping[str | None, Path]
    whole: bool

    @property
    def facts(self) -> dict[str, Any]:
        """What the preset says of any of its files, as arguments of `from_checkpoint`."""
        preset = self.preset
        facts: dict[str, Any] = {
            "license": preset.terms,
            "sample_rate_hz": preset.sample_rate_hz,
            **{name: value for name, value in preset.network.items() if name not in NOT_OF_FILES},
        }
        if preset.front_end is not None:
            facts["hop_length"] = preset.front_end["hop_length"]
        if {*self.files} <= {*preset.sources}:
            facts["source_names"] = [*self.files]
        return facts


NOT_OF_FILES = ("converter", "weights")  # in a preset's `network`


def published_files(paths: Sequence[Path]) -> PublishedFiles | None:
    """Return the preset that all these files are of, whatever they are called, or None.

    Of presets that share their files, such as those of Spleeter at two bandwidths, it is the first.

    Args:
        paths: Files, or folders and indices of TensorFlow checkpoints.
    """
    files = [index_of(path) or path for path in paths]
    if not files or not all(file.is_file() for file in files):
        return None
    for preset in all_presets().values():
        roles = {
            original.role: path
            for original in preset.files
            for path in files
            if _is_original(path, original)
        }
        if {*roles.values()} == {*files}:
            return PublishedFiles(preset, roles, len(roles) == len(preset.files))
    return None


def _is_original(path: Path, original: Original) -> bool:
    return any(_has(path, known) for known in (original.hash, *original.members.values()))


def _has(path: Path, known: str | None) -> bool:
    algorithm, _, digest = (known or "").partition(":")
    status = path.stat()
    version = status.st_size, status.st_mtime_ns
    return bool(digest) and _digest(path, algorithm, *version).startswith(digest)


@functools.lru_cache(maxsize=64)
def _digest(path: Path, algorithm: str, size: int, changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
