"""A small data set that needs no download: songs by a synthetic band."""

from pathlib import Path

import numpy as np

from keras_sep.data.audio.audio_format import AUDIO_FORMATS
from keras_sep.data.audio.audio_writer import write_audio
from keras_sep.data.synthetic._instruments import bass_guitar, drum_kit, keyboard, singer

BAND = ("drums", "bass", "other", "vocals")

# Degrees of the major scale on which the chords of four bars stand.
_PROGRESSIONS = ((0, 4, 5, 3), (5, 3, 0, 4), (0, 5, 3, 4), (1, 4, 0, 5), (0, 3, 1, 4))
_MAJOR_SCALE = np.array([0, 2, 4, 5, 7, 9, 11])
_LEVELS = {"drums": 0.085, "bass": 0.085, "other": 0.06, "vocals": 0.085}
_PEAK = 0.89


def synthetic_band(
    root: str | Path,
    *,
    train: int = 6,
    valid: int = 1,
    test: int = 1,
    seconds: float = 20.0,
    sample_rate_hz: int = 44100,
    seed: int = 0,
    audio_format: str = "wav16",
) -> Path:
    """Write songs with drums, bass, other and vocals stems and mixtures, in three splits.

    Each song has its own key, tempo, chords and sounds. The same arguments give the same samples.

    Args:
        root: Folder under which `<split>/<song>/<stem>.<suffix>` is written.
        train: Number of songs in `train`. Default 6.
        valid: Number of songs in `valid`. Default 1.
        test: Number of songs in `test`. Default 1.
        seconds: Length of each song in seconds. Default 20.
        sample_rate_hz: Sample rate in Hz. Default 44100.
        seed: Seed of the songs. Default 0.
        audio_format: Format of the files, as for `write_audio`. Default "wav16".

    Returns:
        `root`.

    Example:

    >>> import tempfile
    >>> root = synthetic_band(tempfile.mkdtemp(), train=1, seconds=1.0, sample_rate_hz=8000)
    >>> sorted(path.name for path in (root / "train" / "song 00").iterdir())
    ['bass.wav', 'drums.wav', 'mixture.wav', 'other.wav', 'vocals.wav']
    """
    root = Path(root)
    suffix = AUDIO_FORMATS[audio_format][0]
    song = 0
    for split, songs in (("train", train), ("valid", valid), ("test", test)):
        for _ in range(songs):
            stems = band_song(seconds, sample_rate_hz, seed=(seed, song))
            folder = root / split / f"song {song:02d}"
            for name, stem in {**stems, "mixture": np.sum([*stems.values()], axis=0)}.items():
                write_audio(folder / f"{name}{suffix}", stem, sample_rate_hz, audio_format)
            song += 1
    return root


def band_song(
    seconds: float, sample_rate_hz: int, seed: int | tuple[int, ...]
) -> dict[str, np.ndarray]:
    """Synthesise one song.

    Args:
        seconds: Length in seconds.
        sample_rate_hz: Sample rate in Hz.
        seed: Seed of the song.

    Returns:
        For each of drums, bass, other and vocals a float32 array of shape (samples, 2). Their sum
        peaks at 0.89.

    Example:

    >>> stems = band_song(0.5, 8000, seed=3)
    >>> {name: stem.shape for name, stem in stems.items()}["vocals"]
    (4000, 2)
    """
    rng = np.random.default_rng(seed)
    samples = round(seconds * sample_rate_hz)
    beat_seconds = 60.0 / rng.uniform(84, 138)
    beats = int(np.ceil(seconds / beat_seconds))
    key = int(rng.integers(0, 12))
    degrees = np.repeat(_PROGRESSIONS[rng.integers(len(_PROGRESSIONS))], 4)
    degrees = np.resize(degrees, beats)
    triads = np.stack([_MAJOR_SCALE[(degrees + step) % 7] for step in (0, 2, 4)], axis=1)
    chords = 55 + (key + triads) % 12  # all inversions within an octave: voices move little
    roots = 28 + (key + _MAJOR_SCALE[degrees]) % 12

    played = {
        "drums": drum_kit(rng, beats, beat_seconds, sample_rate_hz),
        "bass": bass_guitar(rng, roots, beat_seconds, sample_rate_hz),
        "other": keyboard(rng, chords, beat_seconds, sample_rate_hz),
        "vocals": singer(rng, chords, beat_seconds, sample_rate_hz),
    }
    stems = {}
    for name, stem in played.items():
        stereo = np.repeat(stem[:, None], 2, axis=1) if stem.ndim == 1 else stem
        room = 0.03 if name == "bass" else 0.12
        stereo = _room(rng, stereo[:samples], room, sample_rate_hz)
        level = _LEVELS[name] * rng.uniform(0.8, 1.25)
        stems[name] = stereo * (level / np.sqrt(np.mean(stereo**2)))
    peak = np.abs(sum(stems.values())).max()
    return {name: (stem * (_PEAK / peak)).astype(np.float32) for name, stem in stems.items()}


def _room(rng: np.random.Generator, dry: np.ndarray, wet: float, sample_rate_hz: int) -> np.ndarray:
    """Add a short decaying reverberation, different on left and right."""
    length = round(0.25 * sample_rate_hz)
    decay = np.exp(-np.arange(length) / (0.06 * sample_rate_hz))[:, None]
    response = rng.standard_normal((length, 2)) * decay
    response *= wet / np.sqrt((response**2).sum(axis=0))
    response[0] += 1.0
    out = np.zeros((len(dry) + length, 2))
    size = 8 * length
    spectrum = np.fft.rfft(response, size, axis=0)
    for begin in range(0, len(dry), size - length):  # overlap and add
        block = dry[begin : begin + size - length]
        echo = np.fft.irfft(np.fft.rfft(block, size, axis=0) * spectrum, size, axis=0)
        out[begin : begin + len(block) + length] += echo[: len(block) + length]
    return out[: len(dry)]
