"""The same audio under two names: by hashes, and by the envelopes of mixtures."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from keras_sep.data.shards._measure import ENVELOPE_HZ, read_envelope

MOST_COMPARED = 500  # tracks whose envelopes are compared, each with each
LIKE = 0.85
_LEAST_FRAMES = 10 * ENVELOPE_HZ
_SMOOTH_FRAMES = 4 * ENVELOPE_HZ
_WINDOW_FRAMES = 3


class StoredTrack(NamedTuple):
    """A track of the index, in its split."""

    split: str
    entry: dict[str, Any]

    @property
    def label(self) -> str:
        """Split and name."""
        return f"{self.split}/{self.entry['name']}"


def duplicates(tracks: list[StoredTrack]) -> Iterator[tuple[StoredTrack, StoredTrack, str]]:
    """Pairs of tracks with the same audio, and what is the same.

    Equal stems are found by their hashes among any number of tracks. Copies that were coded,
    resampled, cut or made louder are found by the correlation of the mixtures' envelopes at any
    shift, among at most five hundred tracks of ten seconds or more.
    """
    found = set()
    for one, other, what in _equal_stems(tracks):
        found.add((id(one.entry), id(other.entry)))
        yield one, other, what
    if len(tracks) > MOST_COMPARED:
        return
    envelopes = [_flattened(read_envelope(track.entry["envelope"])) for track in tracks]
    for (i, one), (j, other), likeness in _alike(tracks, envelopes):
        if i < j and (id(one.entry), id(other.entry)) not in found:
            yield one, other, f"the mixtures' envelopes have a correlation of {likeness:.2f}"


def _equal_stems(
    tracks: list[StoredTrack],
) -> Iterator[tuple[StoredTrack, StoredTrack, str]]:
    first: dict[str, tuple[StoredTrack, str]] = {}
    pairs: dict[tuple[int, int], list[str]] = defaultdict(list)
    of_pair: dict[tuple[int, int], tuple[StoredTrack, StoredTrack]] = {}
    for track in tracks:
        for name, source in track.entry["sources"].items():
            if not source["peak"]:
                continue  # all silence is alike
            earlier, its_name = first.setdefault(source["sha256"], (track, name))
            if (earlier, its_name) != (track, name):
                key = (id(earlier.entry), id(track.entry))
                of_pair[key] = (earlier, track)
                pairs[key].append(name if name == its_name else f"{its_name} as {name}")
    for key, names in pairs.items():
        one, other = of_pair[key]
        yield one, other, f"{', '.join(names)}: the same to the last bit"


def _flattened(level: np.ndarray) -> np.ndarray:
    """An envelope without its slow changes, which many songs have in common."""
    if len(level) < _LEAST_FRAMES:
        return np.zeros(0)
    # of windows that overlap, so that a shift by half a frame changes little
    power = _averaged(10 ** (level / 10), _WINDOW_FRAMES)
    level = 10 * np.log10(np.maximum(power, 1e-5 * power.max()))
    return level - _averaged(level, _SMOOTH_FRAMES)


def _averaged(signal: np.ndarray, frames: int) -> np.ndarray:
    padded = np.pad(signal, (frames // 2, frames - 1 - frames // 2), "edge")
    return np.convolve(padded, np.ones(frames) / frames, mode="valid")


def _alike(
    tracks: list[StoredTrack], envelopes: list[np.ndarray]
) -> Iterator[tuple[tuple[int, StoredTrack], tuple[int, StoredTrack], float]]:
    longest = max((len(envelope) for envelope in envelopes), default=0)
    if not longest:
        return
    length = 1 << (2 * longest - 1).bit_length()
    count = len(envelopes)
    spectra = np.zeros((count, length // 2 + 1), np.complex64)
    energies = np.zeros((count, length // 2 + 1), np.complex64)
    present = np.zeros((count, length // 2 + 1), np.complex64)
    for number, envelope in enumerate(envelopes):
        spectra[number] = np.fft.rfft(envelope, length)
        energies[number] = np.fft.rfft(np.square(envelope), length)
        present[number] = np.fft.rfft(np.ones(len(envelope)), length)
    for i in range(count - 1):
        if not len(envelopes[i]):
            continue
        rest = slice(i + 1, None)
        # of every shift: the sum of products, of both energies, and the frames of the overlap
        product = np.fft.irfft(spectra[rest] * spectra[i].conj(), length)
        other = np.fft.irfft(energies[rest] * present[i].conj(), length)
        own = np.fft.irfft(present[rest] * energies[i].conj(), length)
        overlap = np.fft.irfft(present[rest] * present[i].conj(), length)
        shorter = np.array([min(len(envelopes[i]), len(each)) for each in envelopes[rest]])
        enough = overlap > np.maximum(_LEAST_FRAMES, shorter[:, None] / 2) - 0.5
        power = np.maximum(own, 0) * np.maximum(other, 0)
        scale = np.sqrt(np.maximum(power, (0.5 * overlap) ** 2) + 1e-9)  # of half a decibel
        likeness = np.where(enough, product / scale, 0).max(axis=1)
        for j in np.flatnonzero(likeness > LIKE):
            k = i + 1 + int(j)
            yield (i, tracks[i]), (k, tracks[k]), float(likeness[j])
