"""Damaged files give plausible samples or one clear line: 300 of them, 10,000 by `make fuzz`."""

import faulthandler
import os
import resource
import time
import warnings

import av
import numpy as np
import pytest
from audio_seeds import sound_files

from keras_sep.data import AudioError, audio_info, read_audio

FILES = int(os.environ.get("FUZZ_FILES", "300"))
A_TEST = 50
MOST_SECONDS = 10
MOST_KIB = 1 << 20
# One block of a decoder: libsndfile trims what FFmpeg leaves at the end of Ogg and ADPCM.
TRIMMED_SECONDS = 0.05
# What an encoder adds to each part of a joined MP3, which FFmpeg cuts off the first alone.
ADDED_SECONDS = 0.1


@pytest.fixture(scope="module")
def seeds():
    return sound_files()


def flip(rng, content, _):
    for at in rng.integers(0, len(content), rng.integers(1, 20)):
        content[at] ^= 1 << rng.integers(8)


def flip_in_header(rng, content, _):
    for at in rng.integers(0, 200, rng.integers(1, 4)):
        content[at] ^= 1 << rng.integers(8)


def set_in_header(rng, content, _):
    """A field becomes a number that means something to someone."""
    at = int(rng.integers(0, 200))
    values = (b"\0\0\0\0", b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\x7f\xff\xff\xff")
    content[at : at + 4] = values[rng.integers(len(values))]


def truncate(rng, content, _):
    del content[rng.integers(1, len(content)) :]


def remove(rng, content, _):
    at = int(rng.integers(len(content)))
    del content[at : at + int(rng.integers(1, 5000))]


def insert(rng, content, _):
    at = int(rng.integers(len(content)))
    content[at:at] = rng.bytes(rng.integers(1, 5000))


def overwrite(rng, content, _):
    at, size = int(rng.integers(len(content))), int(rng.integers(1, 3000))
    content[at : at + size] = rng.bytes(size)


def repeat(rng, content, _):
    at, size = int(rng.integers(len(content))), int(rng.integers(1, 5000))
    content[at:at] = content[at : at + size]


def garbage_before(rng, content, _):
    content[:0] = rng.bytes(rng.integers(1, 3000))


def garbage_behind(rng, content, _):
    content += rng.bytes(rng.integers(1, 3000))


def join(rng, content, others):
    content += bytes(content) if rng.random() < 0.5 else others[rng.integers(len(others))]


DAMAGES = (
    *(flip, flip_in_header, set_in_header, truncate, remove, insert, overwrite, repeat),
    *(garbage_before, garbage_behind, join),
)


def damaged(seeds, number):
    """File `number` of them all: its suffix, what was done to it, and its content."""
    rng = np.random.default_rng(number)
    suffix = list(seeds)[number % len(seeds)]
    content = bytearray(seeds[suffix])
    damages = rng.choice(len(DAMAGES), size=1 if rng.random() < 0.7 else 2, replace=False)
    for damage in damages:
        if len(content) > 300:
            DAMAGES[damage](rng, content, list(seeds.values()))
    return suffix, [DAMAGES[damage].__name__ for damage in damages], bytes(content)


def ffmpeg_seconds(path):
    """How much sound FFmpeg decodes, passing over what it cannot."""
    seconds = 0.0
    try:
        with av.open(path, metadata_errors="replace") as container:
            for packet in container.demux(container.streams.audio[0]):
                try:
                    frames = packet.decode()
                except av.FFmpegError:
                    continue
                seconds += sum(frame.samples / frame.sample_rate for frame in frames)
    except (av.FFmpegError, IndexError):
        pass
    return seconds


def problem(path):
    """What is wrong with how a file is read: nothing, or some words."""
    start = time.monotonic()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            info = audio_info(path)
            array, rate = read_audio(path)
        except AudioError as error:
            text = str(error)
            return "" if text.startswith(f"{path}: ") and "\n" not in text else f"says {text!r}"
    if (seconds := time.monotonic() - start) > MOST_SECONDS:
        return f"took {seconds:.0f} s"
    if array.shape != (info.samples, info.channels) or rate != info.sample_rate_hz:
        return f"{info}, but an array {array.shape} at {rate} Hz"
    if not np.isfinite(array).all():
        return "samples that are not finite"
    if path.suffix == ".au":  # FFmpeg reads on behind the samples that the header counts
        return ""
    lost = ffmpeg_seconds(path) - info.samples / rate
    content = path.read_bytes() if path.suffix == ".mp3" else b""
    added = ADDED_SECONDS * max(0, content.count(b"Xing") + content.count(b"Info") - 1)
    if lost > TRIMMED_SECONDS + added and not warned:
        return f"{lost:.2f} s fewer than FFmpeg decodes, and no word"
    return ""


@pytest.mark.fault
@pytest.mark.parametrize("first", range(0, FILES, A_TEST))
def test_damaged_files_are_read_or_named(seeds, tmp_path, first):
    faulthandler.dump_traceback_later(60 * MOST_SECONDS, exit=True)  # a hang ends the process
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    problems = []
    for number in range(first, min(FILES, first + A_TEST)):
        suffix, damages, content = damaged(seeds, number)
        path = tmp_path / f"{number}.{suffix}"
        path.write_bytes(content)
        if found := problem(path):
            problems.append(f"{number}.{suffix} ({', '.join(damages)}): {found}")
        path.unlink()
    faulthandler.cancel_dump_traceback_later()
    assert not problems
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_KIB
