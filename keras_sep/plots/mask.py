"""Masks on a mel scale."""

import numpy as np

from keras_sep.plots._png import indexed_png
from keras_sep.plots.spectrogram import FLOOR_DB, decibels, palette


def mask_png(
    estimate: np.ndarray,
    mixture: np.ndarray,
    sample_rate_hz: int,
    width: int = 720,
    height: int = 180,
) -> bytes:
    """Draw which share of the mixture an estimate has, as a PNG without axes.

    The share is the ratio of magnitudes, from 0 (dark) to 1 (bright), time to the right and mel
    frequency upwards as in `spectrogram_png`. Where the mixture is 70 dB below its loudest point,
    it is 0. A network that makes waveforms has one, too.

    Args:
        estimate: Samples of the separated source, (samples, channels).
        mixture: Samples of the mixture, of the same shape.
        sample_rate_hz: Sample rate in Hz.
        width: Width in pixels. Default 720.
        height: Height in pixels. Default 180.

    Example:

    >>> noise = np.random.default_rng(0).normal(size=(4000, 1))
    >>> keras_sep.plots.mask_png(0.5 * noise, noise, 8000)[1:4]
    b'PNG'
    """
    if np.shape(estimate) != np.shape(mixture):
        raise ValueError(
            "`estimate` and `mixture` must have one shape. "
            f"Received: {np.shape(estimate)} and {np.shape(mixture)}"
        )
    levels = [decibels(x, sample_rate_hz, width, height) for x in (estimate, mixture)]
    return mask_levels_png(*levels)


def mask_levels_png(estimate_db: np.ndarray, mixture_db: np.ndarray) -> bytes:
    """Draw the mask of two spectrogram pictures, as `mask_png` does.

    Args:
        estimate_db: Levels of the separated source in dB, as from `decibels`, (height, width).
        mixture_db: Levels of the mixture, of the same shape.
    """
    share = np.clip(10 ** ((estimate_db - mixture_db) / 20), 0, 1)
    share[mixture_db <= mixture_db.max() + FLOOR_DB] = 0
    colours = palette()
    return indexed_png(np.round(share * (len(colours) - 1)).astype("uint8"), colours)
