"""The layout of the DNS Challenge: noisy speech, and what it was mixed of."""

import re
from collections import defaultdict
from pathlib import Path

from keras_sep._brief import counted
from keras_sep.data.layouts.audio_files import audio_files
from keras_sep.data.shards._listed import ListedTrack

_NOISY, _CLEAN, _NOISE = "noisy", "clean", "noise"
_NUMBER = re.compile(r"fileid_(\d+)(?=\.)")


def is_noisy_speech(folder: Path) -> bool:
    """Whether a folder has those of noisy and of clean speech."""
    return (folder / _NOISY).is_dir() and (folder / _CLEAN).is_dir()


def noisy_speech(folder: Path, split: str) -> list[ListedTrack]:
    """The mixtures of a folder: `{noisy,clean,noise}/<...>fileid_<n>.wav`.

    Files of one number belong together, and without a number those of one name. Where there is no
    folder of noise, speech is the only stem.

    Reference: Reddy et al., "The INTERSPEECH 2020 deep noise suppression challenge: datasets,
    subjective testing framework, and challenge results" (2020).
    """
    kinds = [name for name in (_NOISY, _CLEAN, _NOISE) if (folder / name).is_dir()]
    found: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for kind in kinds:
        for path in audio_files(folder / kind):
            number = _NUMBER.search(path.name)
            found[f"fileid_{number[1]}" if number else path.stem][kind].append(path)
    return [_track(folder, split, name, found[name], kinds) for name in sorted(found)]


def _track(
    folder: Path, split: str, name: str, files: dict[str, list[Path]], kinds: list[str]
) -> ListedTrack:
    problems = [
        f"{folder}: {name} must be one file in `{kind}`. "
        f"Received: {counted(len(files[kind]), 'file')}"
        for kind in kinds
        if len(files[kind]) != 1
    ]
    if problems:
        return ListedTrack(split, name, folder, {}, None, False, tuple(problems))
    stems: dict[str, tuple[Path, ...]] = {
        kind: (files[kind][0],) for kind in kinds if kind != _NOISY
    }
    return ListedTrack(split, name, folder, stems, files[_NOISY][0])
