"""Groups of tracks that are stored together, and the writing of one."""

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_sep._hidden_folder import hidden_folder
from keras_sep._whole_files import replace_whole, writing
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.read_audio import seeks_exactly
from keras_sep.data.shards._examine import PlannedTrack, problem, versions
from keras_sep.data.shards._measure import SEGMENT_SECONDS, MixtureMeasure, SourceMeasure
from keras_sep.data.shards._storage import DTYPES, ShardWriter, encode

PARTS = "unfinished"
SUFFIX = ".audio"
OF_A_GROUP = re.compile(rf"-[0-9a-f]{{16}}-\d+{re.escape(SUFFIX)}$")
_VERSION = 1  # raise it when what is stored or measured changes
_BLOCK_SEGMENTS = 8


class Stopped(Exception):
    """Another group failed, or the user stopped the command."""


class Group(NamedTuple):
    """Tracks of one split that are stored together."""

    key: str
    tracks: tuple[PlannedTrack, ...]


def groups(tracks: Iterable[PlannedTrack], dtype: str, shard_bytes: int) -> list[Group]:
    """Group tracks in their order, so that each group, but one of a single track, fits a shard."""
    found: list[list[PlannedTrack]] = []
    free, split = 0, None
    for track in tracks:
        size = stored_bytes(track, dtype)
        if track.listed.split != split or size > free:
            found.append([])
            free, split = shard_bytes, track.listed.split
        found[-1].append(track)
        free -= size
    return [Group(_key(tuple(group), dtype, shard_bytes), tuple(group)) for group in found]


def stored_bytes(track: PlannedTrack, dtype: str) -> int:
    """Number of bytes of all its sources."""
    return len(track.stored) * track.samples * track.channels * DTYPES[dtype].itemsize


def _key(tracks: tuple[PlannedTrack, ...], dtype: str, shard_bytes: int) -> str:
    """A name of a group that changes with all that its content depends on."""
    what: list[Any] = [_VERSION, dtype, shard_bytes, SEGMENT_SECONDS]
    for track in tracks:
        names = {
            name: [os.path.relpath(file, track.listed.folder) for file in files]
            for name, files in (*track.stored.items(), *track.heard.items())
        }
        what += [track.listed.name, track.sample_rate_hz, track.channels, track.samples]
        what += [names, [*track.stored], [*track.heard], versions(track)]
    digest = hashlib.sha256(json.dumps(what).encode()).hexdigest()
    return f"{tracks[0].listed.split}-{digest[:16]}"


def write_group(
    group: Group, out: Path, dtype: str, shard_bytes: int, stop: threading.Event
) -> dict[str, Any]:
    """Store and measure the tracks of a group; its entry of the index is also left in `PARTS`.

    Files get their names when they are complete, and the entry is written last: a process that is
    killed leaves either all of a group or nothing that counts.
    """
    address, stored, bad = 0, [], []
    with writing(out), hidden_folder(out) as hidden:
        with ShardWriter(hidden, shard_bytes) as writer:
            for track in group.tracks:
                try:
                    entry, problems = _store(track, dtype, writer, address, stop)
                except AudioError as error:  # the next track takes its place
                    bad.append(problem("left out", track.listed, str(error)))
                    continue
                bad += problems
                stored.append(entry)
                address += stored_bytes(track, dtype)
            files = []
            for number, path in enumerate(writer.finish(address)):
                with path.open("rb") as opened:
                    digest = hashlib.file_digest(opened, "sha256").hexdigest()
                name = f"{group.key}-{number}{SUFFIX}"
                files.append({"name": name, "bytes": path.stat().st_size, "sha256": digest})
        for number, file in enumerate(files):
            os.replace(hidden / str(number), out / str(file["name"]))
    entry = {
        "key": group.key,
        "split": group.tracks[0].listed.split,
        "files": files,
        "tracks": stored,
        "problems": bad,
    }
    text = json.dumps(entry)
    replace_whole(out / PARTS / f"{group.key}.json", lambda path: path.write_text(text))
    return entry


def _store(
    track: PlannedTrack, dtype: str, writer: ShardWriter, address: int, stop: threading.Event
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rate, channels = track.sample_rate_hz, track.channels
    frame = channels * DTYPES[dtype].itemsize
    measures = {name: SourceMeasure(rate, channels) for name in track.stored}
    whole = MixtureMeasure(rate)
    block = _BLOCK_SEGMENTS * SEGMENT_SECONDS * rate
    mixture_file = track.listed.mixture
    # what cannot be read in parts is decoded once
    decoded = {file: track.read(file, 0, track.samples) for file in _without_parts(track)}
    for start in range(0, track.samples, block):
        if stop.is_set():
            raise Stopped
        count = min(block, track.samples - start)
        arrays = {
            file: decoded[file][start : start + count]
            if file in decoded
            else track.read(file, start, count)
            for file in track.lengths
        }
        for place, (name, files) in enumerate(track.stored.items()):
            array = sum_of(arrays[file] for file in files)
            samples, beyond = encode(array, dtype)
            data = samples.reshape(-1).view(np.uint8).data
            writer.write(address + (place * track.samples + start) * frame, data)
            measures[name].add(array, samples.tobytes(), beyond)
        total = sum_of(arrays[file] for files in track.heard.values() for file in files)
        whole.add(total, None if mixture_file is None else arrays[mixture_file])
    entry = {
        "name": track.listed.name,
        "address": address,
        "samples": track.samples,
        "sources": {name: measure.record() for name, measure in measures.items()},
        "mixture": mixture_file is not None,
        "residual_db": whole.residual_db(),
        "envelope": whole.envelope(),
    }
    beyond_all = {name: measure.beyond for name, measure in measures.items() if measure.beyond}
    problems = [
        problem(
            "beyond 16 bits",
            track.listed,
            f"{name}: {samples} samples beyond full scale were clamped; --dtype float32 keeps them",
        )
        for name, samples in beyond_all.items()
    ]
    return entry, problems


def _without_parts(track: PlannedTrack) -> list[Path]:
    return [file for file in track.lengths if not seeks_exactly(file)]


def sum_of(arrays: Iterable[np.ndarray]) -> np.ndarray:
    """The sum of arrays, added in their order."""
    total, *more = arrays
    for array in more:
        total = total + array
    return total
