"""The index of prepared data: one JSON file with a checksum, and what it says, checked."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from keras_sep._printable import printable
from keras_sep._source_names import require_source_names
from keras_sep._validate import is_integer
from keras_sep._whole_files import replace_whole
from keras_sep.data.shards._groups import SUFFIX
from keras_sep.data.shards._storage import DTYPES, ShardFile

INDEX = "index.json"
_FORMAT = "keras_sep shards"
_VERSION = 1
_SHARD = re.compile(rf"[^/\\\x00]+{re.escape(SUFFIX)}")


class Settings(NamedTuple):
    """What all tracks of an index have in common."""

    sample_rate_hz: int
    channels: int
    dtype: str
    shard_bytes: int
    sources: tuple[str, ...] | None  # None for each track's own
    mixture: bool


class Index(NamedTuple):
    """An index, as its file has it."""

    settings: Settings
    layout: str
    groups: list[dict[str, Any]]


def is_prepared(folder: str | Path) -> bool:
    """Whether a folder holds prepared data."""
    return (Path(folder) / INDEX).is_file()


def write_index(folder: Path, index: Index) -> None:
    """Write the index of a folder, atomically."""
    content = {
        "format": _FORMAT,
        "version": _VERSION,
        **index.settings._asdict(),
        "layout": index.layout,
        "groups": index.groups,
    }
    text = json.dumps({**content, "checksum": _checksum(content)}, indent=None) + "\n"
    replace_whole(folder / INDEX, lambda path: path.write_text(text, encoding="utf-8"))


def read_index(folder: str | Path) -> Index:
    """Read the index of a folder.

    Raises:
        ValueError: If there is none, or one that is damaged or of a later version.
    """
    path = Path(folder) / INDEX
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise ValueError("it is not an index of prepared data")
        if content.get("version") != _VERSION:
            raise ValueError(
                f"its version is {content.get('version')!r}, but this program reads {_VERSION}"
            )
        if content.pop("checksum", None) != _checksum(content):
            raise ValueError("its checksum does not match: it is damaged, or was edited by hand")
        settings = Settings(**{name: content[name] for name in Settings._fields})
        _check(settings, content["groups"])
    except OSError as error:
        raise ValueError(f"{printable(path)}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{printable(path)}: not an index that can be read ({printable(error)}); prepare the "
            "data again"
        ) from None
    return Index(settings, str(content["layout"]), content["groups"])


def shard_files(folder: Path, group: dict[str, Any]) -> tuple[ShardFile, ...]:
    """The files of a group."""
    return tuple(
        ShardFile(folder / file["name"], file["bytes"], file["sha256"]) for file in group["files"]
    )


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _check(settings: Settings, groups: list[dict[str, Any]]) -> None:
    """Refuse what would lead to files elsewhere, or beyond the end of one."""
    if settings.dtype not in DTYPES or not (
        is_integer(settings.sample_rate_hz, 1) and is_integer(settings.channels, 1)
    ):
        raise ValueError("its settings mean nothing")
    for group in groups:
        for file in group["files"]:
            if not _SHARD.fullmatch(file["name"]) or not is_integer(file["bytes"], 1):
                raise ValueError("it names a file that is not a shard")
        total = sum(file["bytes"] for file in group["files"])
        for track in group["tracks"]:
            require_source_names(track["sources"], "sources")
            size = len(track["sources"]) * track["samples"] * settings.channels
            if not (is_integer(track["address"], 0) and is_integer(track["samples"], 1)):
                raise ValueError("it has a track without samples")
            if track["address"] + size * DTYPES[settings.dtype].itemsize > total:
                raise ValueError("it has a track beyond the end of its files")
