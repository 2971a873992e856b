"""The library of effects, which is an extra."""

from typing import Any

import numpy as np

from keras_sep._extras import require_extra


def pedalboard(what: str) -> Any:
    """The library, or an `ImportError` that says how to install it."""
    return require_extra(what, "pedalboard", "effects")


def by_channels(effect: Any, stem: np.ndarray, sample_rate_hz: int) -> np.ndarray:
    """A stem (samples, channels) after an effect, which takes a pair of channels, or each alone."""
    channels = np.ascontiguousarray(stem.T)
    if len(channels) <= 2:
        return effect.process(channels, sample_rate_hz, reset=True).T
    return np.concatenate(
        [effect.process(one[None], sample_rate_hz, reset=True) for one in channels]
    ).T
