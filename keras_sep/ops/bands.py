"""Bands of a spectrum: pairs of the first bin and the one after the last."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from keras_sep._brief import brief
from keras_sep._validate import is_integer, require_integers_from, require_positive_integers
from keras_sep.ops.mel_filterbank import mel_filterbank

Bands = tuple[tuple[int, int], ...]

# where the bands of Band-Split RoFormer begin, among 1025 bins: 24 of 2, 12 of 4, 8 each of 12, 24
# and 48, and two of 128 and 129
STARTS = (
    *range(0, 48, 2),
    *range(48, 96, 4),
    *range(96, 192, 12),
    *range(192, 384, 24),
    *range(384, 768, 48),
    *(768, 896),
)
STARTS_BINS = 1025


def adjacent_bands(widths: Sequence[int]) -> Bands:
    """Bands of these widths in bins, one after the other from bin 0 on.

    Args:
        widths: number of bins of each band.

    Returns:
        Tuple of pairs: first bin of a band, and the first after it.

    Example:

    >>> keras_sep.ops.adjacent_bands([2, 2, 5])
    ((0, 2), (2, 4), (4, 9))
    """
    if not isinstance(widths, (list, tuple)) or not all(is_integer(width, 1) for width in widths):
        raise ValueError(
            f"`widths` must be positive integers, one per band. Received: widths={brief(widths)}"
        )
    stops = [int(stop) for stop in np.cumsum(widths)]
    return tuple(zip([0, *stops], stops, strict=False))


def split_bands(bins: int) -> Bands:
    """The 62 bands of Band-Split RoFormer, narrow at low frequencies, without overlap.

    The published list is of 1025 bins. Those of other spectra have the same edges in Hz, as far as
    their bins allow: of fewer bins there are fewer bands.

    Args:
        bins: number of bins of the spectrum, `frame_length // 2 + 1`, at least 2.

    Returns:
        Tuple of pairs: first bin of a band, and the first after it.

    Example:

    >>> bands = keras_sep.ops.split_bands(1025)
    >>> len(bands), bands[:2], bands[-1]
    (62, ((0, 2), (2, 4)), (896, 1025))

    Reference: Lu et al., "Music source separation with band-split RoPE transformer", 2023,
    section 4.2.
    """
    require_integers_from(2, bins=bins)
    scale = (bins - 1) / (STARTS_BINS - 1)
    starts = sorted({round(start * scale) for start in STARTS})
    return tuple(zip(starts, [*starts[1:], bins], strict=True))


def mel_bands(bands: int, sample_rate_hz: float, bins: int) -> Bands:
    """Bands of equal width on Slaney's mel scale, each of which overlaps its neighbours by half.

    A band has the bins where a filter of `mel_filterbank` is above zero; the first band has bin 0
    too, and the last one the last bin.

    Args:
        bands: number of bands.
        sample_rate_hz: sample rate of the audio in Hz.
        bins: number of bins of the spectrum, `frame_length // 2 + 1`.

    Returns:
        Tuple of pairs: first bin of a band, and the first after it.

    Example:

    >>> bands = keras_sep.ops.mel_bands(60, sample_rate_hz=44100, bins=1025)
    >>> bands[:3], sum(stop - first for first, stop in bands)
    (((0, 7), (4, 10), (7, 13)), 1979)

    Reference: Wang, Lu and Won, "Mel-band RoFormer for music source separation", 2023, section 2.
    """
    require_positive_integers(bands=bands)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of empty filters: refused below
        inside = mel_filterbank(sample_rate_hz, bins, bands) > 0
    inside[0, 0] = inside[-1, -1] = True
    places = [np.flatnonzero(band) for band in inside.T]
    if not all(place.size for place in places) or not inside.any(axis=1).all():
        raise ValueError(
            "`bands` must be few enough for each to have a bin, and every bin a band. "
            f"Received: bands={bands}, bins={bins}"
        )
    return tuple((int(place[0]), int(place[-1]) + 1) for place in places)


def check_bands(bands: Any) -> Bands:
    """The bands as a tuple of pairs of integers, once each of their bins is in at least one."""
    pairs = bands if isinstance(bands, (list, tuple)) else ()
    fit = bool(pairs) and all(
        isinstance(pair, (list, tuple))
        and len(pair) == 2
        and all(is_integer(edge, 0) for edge in pair)
        and pair[0] < pair[1]
        for pair in pairs
    )
    if not fit or len(set(bins_of_bands(pairs))) != max(stop for _, stop in pairs):
        raise ValueError(
            "`bands` must be pairs of the first bin and the one after the last, which leave out no "
            f"bin. Received: bands={brief(bands)}"
        )
    return tuple((int(first), int(stop)) for first, stop in pairs)


def bins_of_bands(bands: Iterable[Sequence[int]]) -> list[int]:
    """The bins of all bands, one band after the other."""
    return [bin for first, stop in bands for bin in range(first, stop)]
