"""Triangles on a scale of pitch."""

import warnings
from typing import Any

import numpy as np

from keras_sep._validate import require_numbers, require_positive_numbers

# Slaney's scale: linear to 1 kHz, 15 mels there, then 27 mels for a factor of 6.4
SLANEY_BREAK_HZ, SLANEY_BREAK_MEL = 1000.0, 15.0
SLANEY_LOG_STEP = np.log(6.4) / 27

MOST_NUMBERS = 2**22  # of all filters: 512 for 8192 bins


def mel_filterbank(
    sample_rate_hz: float,
    bins: int,
    mels: int,
    lowest_hz: float = 0.0,
    highest_hz: float | None = None,
    scale: str = "slaney",
    normalize: bool = True,
) -> np.ndarray:
    """Triangular filters, equally spaced in mel, that sum the bins of a spectrum to bands.

    The transpose of `librosa.filters.mel`. Many filters over few bins leave the lowest of them
    between two bins: such a filter is empty, and a warning says so.

    Args:
        sample_rate_hz: sample rate of the audio in Hz.
        bins: number of bins of the spectrum, `frame_length // 2 + 1`.
        mels: number of filters.
        lowest_hz: frequency where the first filter begins, in Hz.
        highest_hz: frequency where the last filter ends, in Hz; None for half the sample rate.
        scale: mel scale, "slaney" (linear to 1 kHz, logarithmic above; librosa's default) or "htk"
            (2595 log10(1 + f / 700); torchaudio's default).
        normalize: whether to divide each filter by half its width in Hz, so that all have the same
            area; otherwise their peaks are 1.

    Returns:
        float32 NumPy array (bins, mels).

    Example:

    >>> filters = keras_sep.ops.mel_filterbank(sample_rate_hz=16000, bins=257, mels=40)
    >>> filters.shape, bool(np.allclose(filters.sum(axis=0) * 16000 / 512, 1, atol=0.2))
    ((257, 40), True)

    Reference: Slaney, "Auditory toolbox", 1998, and Young et al., "The HTK book", section on
    filterbank analysis, for the two scales.
    """
    check_band(sample_rate_hz, lowest_hz, highest_hz, scale)
    if bins < 2 or mels < 1:
        raise ValueError(
            f"`bins` must be at least 2 and `mels` at least 1. Received: bins={bins}, mels={mels}"
        )
    if bins * mels > MOST_NUMBERS:
        raise ValueError(
            f"`bins` times `mels` must be at most {MOST_NUMBERS}. "
            f"Received: bins={bins}, mels={mels}"
        )
    to_mel, to_hz = SCALES[scale]
    highest_hz = sample_rate_hz / 2 if highest_hz is None else highest_hz
    bins_hz = np.linspace(0, sample_rate_hz / 2, bins)
    edges_hz = to_hz(np.linspace(to_mel(lowest_hz), to_mel(highest_hz), mels + 2))
    triangles = [np.interp(bins_hz, edges_hz[i : i + 3], (0, 1, 0)) for i in range(mels)]
    if normalize:
        widths_hz = edges_hz[2:] - edges_hz[:-2]
        triangles = [2 * triangle / w for triangle, w in zip(triangles, widths_hz, strict=True)]
    filters = np.stack(triangles, axis=-1).astype(np.float32)
    empty = int((filters == 0).all(axis=0).sum())
    if empty:
        warnings.warn(
            f"{empty} of {mels} mel filters are empty, as they lie between two of the {bins} bins: "
            "their bands are always 0. Take fewer `mels`, or more `bins` (a longer frame)",
            stacklevel=2,
        )
    return filters


def _slaney_mel(hz):
    above = np.log(np.maximum(hz, SLANEY_BREAK_HZ) / SLANEY_BREAK_HZ) / SLANEY_LOG_STEP
    return np.minimum(hz, SLANEY_BREAK_HZ) * (SLANEY_BREAK_MEL / SLANEY_BREAK_HZ) + above


def _slaney_hz(mel):
    above = np.exp(np.maximum(mel - SLANEY_BREAK_MEL, 0) * SLANEY_LOG_STEP)
    return np.minimum(mel, SLANEY_BREAK_MEL) * (SLANEY_BREAK_HZ / SLANEY_BREAK_MEL) * above


def _htk_mel(hz):
    return 2595 * np.log10(1 + hz / 700)


def _htk_hz(mel):
    return 700 * (10 ** (mel / 2595) - 1)


SCALES = {"slaney": (_slaney_mel, _slaney_hz), "htk": (_htk_mel, _htk_hz)}


def check_band(
    sample_rate_hz: float, lowest_hz: float, highest_hz: float | None, scale: Any
) -> None:
    """Raise unless filters can lie between these frequencies on this scale."""
    require_positive_numbers(sample_rate_hz=sample_rate_hz)
    require_numbers(lowest_hz=lowest_hz)
    require_numbers(or_none=True, highest_hz=highest_hz)
    highest_hz = sample_rate_hz / 2 if highest_hz is None else highest_hz
    if not 0 <= lowest_hz < highest_hz <= sample_rate_hz / 2:
        raise ValueError(
            "`lowest_hz` and `highest_hz` must rise, from 0 to half of `sample_rate_hz`. Received: "
            f"lowest_hz={lowest_hz}, highest_hz={highest_hz}, sample_rate_hz={sample_rate_hz}"
        )
    if scale not in SCALES:
        raise ValueError(f"`scale` must be one of {sorted(SCALES)}. Received: scale={scale!r}")
