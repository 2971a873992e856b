"""What the index says of a source: levels, peak, loudness, clipping, a hash."""

import base64
import hashlib
from typing import Any

import numpy as np

from keras_sep.data.shards._loudness import Loudness

SEGMENT_SECONDS = 1
ENVELOPE_HZ = 10
_FULL_SCALE = 1 - 2**-14
_LEAST_RUN = 3  # samples at full scale in a row that no converter leaves unclipped


def decibels(mean_square: float) -> float | None:
    """A mean square in decibels, to a tenth; None for digital silence.

    Example:

    >>> decibels(0.5), decibels(0.0)
    (-3.0, None)
    """
    return round(float(10 * np.log10(mean_square)), 1) if mean_square > 0 else None


def energy(array: np.ndarray) -> float:
    """The sum of the squares of float32 samples."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return float(np.einsum("i,i->", flat, flat))  # in the same order whatever runs beside it


class SourceMeasure:
    """Measures one source block by block; blocks but the last are whole segments.

    Args:
        sample_rate_hz: Sample rate in Hz.
        channels: Number of channels.
    """

    def __init__(self, sample_rate_hz: int, channels: int):
        self._segment = SEGMENT_SECONDS * sample_rate_hz
        self._channels = channels
        self._energies: list[float] = []
        self._samples = 0
        self._peak = 0.0
        self._clipped = 0
        self._beyond = 0
        self._loudness = Loudness(sample_rate_hz, channels)
        self._hash = hashlib.sha256()

    def add(self, block: np.ndarray, stored: bytes, beyond: int) -> None:
        """Measure the next samples.

        Args:
            block: Samples, float32 (samples, channels).
            stored: The bytes that are stored of them.
            beyond: Number of samples that were beyond the range of what is stored.
        """
        starts = range(0, len(block), self._segment)
        self._energies += [energy(block[start : start + self._segment]) for start in starts]
        self._samples += len(block)
        peak = float(max(block.max(), -block.min()))
        self._peak = max(self._peak, peak)
        self._clipped += clipped_samples(block) if peak >= _FULL_SCALE else 0
        self._beyond += beyond
        self._loudness.add(block)
        self._hash.update(stored)

    @property
    def beyond(self) -> int:
        """Number of samples beyond the range of what is stored."""
        return self._beyond

    def record(self) -> dict[str, Any]:
        """The entry of the index."""
        lengths = np.full(len(self._energies), self._segment)
        lengths[-1] = self._samples - self._segment * (len(lengths) - 1)
        counts = lengths * self._channels
        return {
            "rms_db": decibels(sum(self._energies) / (self._samples * self._channels)),
            "peak": round(self._peak, 6),
            "loudness_lufs": self._loudness.lufs(),
            "clipped_samples": self._clipped,
            "segments_db": [
                decibels(energy / count)
                for energy, count in zip(self._energies, counts.tolist(), strict=True)
            ],
            "sha256": self._hash.hexdigest(),
        }


class MixtureMeasure:
    """Measures the sum of the stems, and how far the mixture's file is from it.

    Args:
        sample_rate_hz: Sample rate in Hz.
    """

    def __init__(self, sample_rate_hz: int):
        self._rate = sample_rate_hz
        self._mixture = self._residual = 0.0
        self._envelope: list[np.ndarray] = []

    def add(self, total: np.ndarray, mixture: np.ndarray | None) -> None:
        """Measure the next samples of the sum and of the file, float32 (samples, channels)."""
        frames = -(-len(total) * ENVELOPE_HZ // self._rate)
        bounds = [number * self._rate // ENVELOPE_HZ for number in range(frames)]
        pieces = np.split(total, bounds[1:])
        means = [energy(piece) / piece.size for piece in pieces]
        level = 10 * np.log10(np.maximum(means, 1e-10))
        self._envelope.append(np.clip(np.rint(-2 * level), 0, 200).astype(np.uint8))
        if mixture is not None:
            self._mixture += energy(mixture)
            self._residual += energy(mixture - total)

    def residual_db(self) -> float | None:
        """Energy of the difference to that of the mixture; None where there is no difference."""
        if not self._residual:
            return None
        return decibels(self._residual / max(self._mixture, 1e-30))

    def envelope(self) -> str:
        """Levels of the sum, ten a second, in steps of half a decibel below full scale."""
        joined = np.concatenate(self._envelope) if self._envelope else np.zeros(0, np.uint8)
        return base64.b64encode(joined.tobytes()).decode()


def read_envelope(text: str) -> np.ndarray:
    """The levels in decibels that `MixtureMeasure.envelope` wrote."""
    return np.frombuffer(base64.b64decode(text), np.uint8).astype(np.float32) / -2


def clipped_samples(block: np.ndarray) -> int:
    """Count the samples at full scale where three or more follow each other.

    Example:

    >>> clipped_samples(np.array([[0.5], [1.0], [1.0], [1.0], [0.2], [-1.0]], "float32"))
    3
    """
    count = 0
    for signal in block.T:
        for full in (signal >= _FULL_SCALE, signal <= -_FULL_SCALE):
            edges = np.flatnonzero(np.diff(full.astype(np.int8), prepend=0, append=0))
            runs = edges[1::2] - edges[::2]
            count += int(runs[runs >= _LEAST_RUN].sum())
    return count
