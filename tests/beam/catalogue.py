"""A catalogue of short songs, some of them faulty, and a pipeline over it."""

import json
import os
from pathlib import Path

import apache_beam as beam
import keras
import numpy as np

import keras_sep
from keras_sep.beam import Separate
from keras_sep.data import write_audio

RATE = 2000
SOURCES = ("vocals", "drums")
GOOD = 200


def separator():
    """Each source has its share, unlike the others', per bin: it traces fast."""
    mixture = keras.Input((None, 33, 2))
    bins = np.linspace(0, 3, 33)[:, None]
    shares = [np.cos(bins + source) ** 2 for source in range(len(SOURCES))]
    network = keras.Model(mixture, keras.ops.stack([mixture * x for x in shares], axis=-1))
    front_end = keras_sep.layers.STFT(64, 32)
    return keras_sep.Separator(network, RATE, SOURCES, front_end, license="CC0-1.0")


def noise(seed, samples, channels=2):
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal((samples, channels))).astype("float32")


def good_songs(root, count=GOOD):
    """Songs of 0.2 to 1 s: most alike, some of other rates, channels, formats and names."""
    rng = np.random.default_rng(11)
    songs = []
    for number in range(count):
        folder = root / f"album {number % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        samples, channels, rate, suffix = int(rng.integers(400, 2000)), 2, RATE, "wav"
        if number % 20 == 3:
            channels, suffix = 1, "flac"
        if number % 40 == 5:
            rate, samples = 3000, samples * 3 // 2
        path = folder / f"song [{number:03}].{suffix}"
        audio_format = "flac" if suffix == "flac" else "wav16"
        write_audio(path, noise(number, samples, channels), rate, audio_format)
        songs.append(path)
    silence = root / "silence.wav"
    write_audio(silence, np.zeros((700, 2), "float32"), RATE)
    latin = Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.wav"))
    write_audio(latin, noise(1001, 700), RATE)
    twin = root / "album 0" / "song [000].flac"  # of a name that another song has
    write_audio(twin, noise(1002, 701), RATE, "flac")
    return [*songs, silence, latin, twin]


def bad_songs(root):
    """Songs that cannot be separated, each with a part of what must be said of it."""
    whole = noise(3, 1500)
    write_audio(root / "cut.wav", whole, RATE)
    (root / "cut.wav").write_bytes((root / "cut.wav").read_bytes()[:900])
    (root / "empty.wav").write_bytes(b"")
    (root / "text.mp3").write_text("not audio\n" * 40)
    whole[700] = np.nan
    write_audio(root / "whole.wav", noise(3, 1500), RATE, "float")
    content = (root / "whole.wav").read_bytes()
    (root / "nan.wav").write_bytes(content[:-4000] + np.float32(np.nan).tobytes() * 1000)
    (root / "whole.wav").unlink()
    (root / "folder.wav").mkdir()
    return {
        root / "cut.wav": "cut short",
        root / "empty.wav": "empty",
        root / "text.mp3": "not a readable audio file",
        root / "nan.wav": "NaN",
        root / "folder.wav": "directory",
        root / "missing.wav": "No such file",
    }


def separate(paths, model, out, **options):
    """Run a pipeline over paths on Beam's own runner."""
    with beam.Pipeline("FnApiRunner", argv=[]) as pipeline:
        given = pipeline | beam.Create([os.fsencode(path) for path in paths], reshuffle=False)
        _ = given | Separate(str(model), str(out), **options)


def run(paths, model, out, **options):
    """Separate, and return the rows of the manifest and of the failures by input."""
    separate(paths, model, out, **options)
    return rows(out, "manifest"), rows(out, "failures")


def rows(out, name):
    """Rows by input, of all files of this name."""
    files = sorted(Path(out).glob(f"{name}*.jsonl"))
    lines = [line for file in files for line in file.read_bytes().decode("ascii").splitlines()]
    found = {Path(row["input"]): row for row in map(json.loads, lines)}
    assert files
    assert len(found) == len(lines)
    return found
