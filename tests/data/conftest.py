"""Small data sets of noise, of prime sizes, for the tests of this room."""

from pathlib import Path

import numpy as np
import pytest

from keras_sep import data

RATE_HZ = 8000
STEMS = ("drums", "bass", "vocals")


@pytest.fixture
def write_track():
    """Write a track of noise stems: write_track(folder, samples=..., ...) -> {stem: array}."""

    def write(
        folder: Path,
        samples: int = 10007,
        stems: tuple[str, ...] = STEMS,
        suffix: str = ".wav",
        sample_rate_hz: int = RATE_HZ,
        channels: int = 2,
        seed: int = 0,
    ) -> dict[str, np.ndarray]:
        rng = np.random.default_rng((seed, samples))
        audio_format = {".wav": "float", ".flac": "flac"}[suffix]
        arrays = {}
        for name in stems:
            arrays[name] = (0.1 * rng.standard_normal((samples, channels))).astype(np.float32)
            data.write_audio(folder / f"{name}{suffix}", arrays[name], sample_rate_hz, audio_format)
        return arrays

    return write


@pytest.fixture
def tracks(tmp_path, write_track) -> list[data.Track]:
    """Three tracks of noise of unequal lengths under `train`."""
    for number, samples in enumerate((10007, 8101, 12011)):
        write_track(tmp_path / "set" / "train" / f"track {number}", samples, seed=number)
    return data.find_tracks(tmp_path / "set", "train", STEMS)


@pytest.fixture
def write_voices(tmp_path):
    """Write recordings: write_voices({"ann/one": array}, ...) -> voices, by the first folder."""

    def write(arrays: dict[str, np.ndarray], sample_rate_hz: int = RATE_HZ, root: str = "voices"):
        for name, array in arrays.items():
            samples = np.asarray(array, np.float32).reshape(len(array), -1)
            data.write_audio(tmp_path / root / f"{name}.wav", samples, sample_rate_hz, "float")
        return data.find_recordings(tmp_path / root)

    return write
