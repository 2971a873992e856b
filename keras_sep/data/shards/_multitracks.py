"""Data sets whose stems are sums of several files: MoisesDB and Slakh2100."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_sep import _yaml
from keras_sep._brief import brief
from keras_sep._source_names import MIXTURE, require_source_names
from keras_sep.data.layouts.audio_files import audio_files, folders_in
from keras_sep.data.layouts.split_folder import TRAIN
from keras_sep.data.shards._listed import ListedTrack, split_name

_MOST_BYTES = 4 << 20  # of a description
_SLAKH, _MOISESDB = "metadata.yaml", "data.json"


def is_slakh(root: Path) -> bool:
    """Whether there are tracks with `metadata.yaml` and `stems`, as in Slakh2100."""
    return any(True for _ in _slakh_tracks(root))


def is_moisesdb(root: Path) -> bool:
    """Whether there are tracks with `data.json` and folders of files, as in MoisesDB."""
    return any(True for _ in _moisesdb_tracks(root))


def slakh(root: Path) -> list[ListedTrack]:
    """The tracks of Slakh2100: `<split>/<track>/{mix,stems/S00,stems/S01,...}.flac`.

    A stem is the sum of the instruments of one class, as `metadata.yaml` states it.

    Reference: Manilow et al., "Cutting music source separation some Slakh: a dataset to study the
    impact of training data quality and quantity" (2019).
    """
    return [_slakh(folder, split_name(folder.parent.name)) for folder in _slakh_tracks(root)]


def moisesdb(root: Path) -> list[ListedTrack]:
    """The tracks of MoisesDB: `<track>/<stem>/<file>.wav`, with a `data.json` each.

    A stem is the sum of all the files in its folder.

    Reference: Pereira et al., "MoisesDB: a dataset for source separation beyond 4-stems" (2023).
    """
    found = []
    for folder in _moisesdb_tracks(root):
        described, problem = _described(folder / _MOISESDB)
        song, artist = (str(described.get(key) or "") for key in ("song", "artist"))
        name = re.sub(r"[/\\\x00-\x1f]", " ", f"{artist} - {song}" if artist and song else "")
        stems = {place.name: tuple(audio_files(place)) for place in folders_in(folder)}
        stems = {stem: files for stem, files in stems.items() if files}
        problems = [problem] if problem else []
        if not stems and not problem:
            problems = [f"{folder}: has no folders of audio"]
        found.append(
            ListedTrack(
                split_name(folder.parent.name) if folder.parent != root else TRAIN,
                name.strip(" .") or folder.name,
                folder,
                stems,
                None,
                True,
                tuple(problems),
            )
        )
    return _in_one_split(found)


def _in_one_split(tracks: list[ListedTrack]) -> list[ListedTrack]:
    """MoisesDB has no splits: the folder of its version is none."""
    if len({track.split for track in tracks}) == 1:
        return [track._replace(split=TRAIN) for track in tracks]
    return tracks


def _slakh_tracks(root: Path) -> Iterator[Path]:
    for place in [root, *folders_in(root)]:
        for folder in folders_in(place):
            if (folder / _SLAKH).is_file() and (folder / "stems").is_dir():
                yield folder


def _moisesdb_tracks(root: Path) -> Iterator[Path]:
    for place in [root, *folders_in(root)]:
        for folder in folders_in(place):
            if (folder / _MOISESDB).is_file():
                yield folder


def _slakh(folder: Path, split: str) -> ListedTrack:
    described, problem = _described(folder / _SLAKH)
    classes = described.get("stems")
    files = {path.stem: path for path in audio_files(folder / "stems")}
    stems: dict[str, tuple[Path, ...]] = {}
    problems = [problem] if problem else []
    for name, path in files.items():
        one = classes.get(name) if isinstance(classes, dict) else None
        of_class = one.get("inst_class") if isinstance(one, dict) else None
        if not isinstance(of_class, str):
            problems.append(f"{folder}: {_SLAKH} has no `inst_class` of {brief(name)}")
            continue
        source = re.sub(r"\W+", "_", of_class.lower()).strip("_")
        stems[source] = (*stems.get(source, ()), path)
    if not files:
        problems.append(f"{folder}: has no audio in `stems`")
    if not problems:
        require_source_names([*stems], "inst_class")
    mixtures = [path for path in audio_files(folder) if path.stem in ("mix", MIXTURE)]
    mixture = mixtures[0] if mixtures else None
    return ListedTrack(
        split, folder.name, folder, dict(sorted(stems.items())), mixture, True, tuple(problems[:1])
    )


def _described(path: Path) -> tuple[dict[str, Any], str]:
    """What a description says, and what is wrong with it."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return {}, f"{path}: is too large for a description"
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else _yaml.load(text)
    except OSError as error:
        return {}, f"{path}: {error.strerror}"
    except (ValueError, RecursionError) as error:
        return {}, f"{path}: cannot be read ({brief(str(error))})"
    return (content, "") if isinstance(content, dict) else ({}, f"{path}: is not a description")
