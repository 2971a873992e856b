"""From the complex spectra of an excerpt to a network's input and its targets."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_sep import ops
from keras_sep.data.pipelines._numpy_step import aligned_empty

_BLOCK_FRAMES = 32


class ExcerptMagnitudes:
    """From complex groups (groups, channels, frames, bins) to mixture and target magnitudes."""

    def __init__(self, shape: tuple[int, int, int], targets: int, target: Callable[..., Any]):
        self.shape = shape
        self.targets = targets
        self.target = target
        self.plain = target is ops.magnitude_spectrum_approximation
        # A user's target may use all frames; otherwise a few are processed at a time, which stay in
        # the processor's cache from spectra to magnitudes.
        self.block = _BLOCK_FRAMES if self.plain else shape[0]

    def __call__(self, spectra: Callable[[int, int], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Magnitudes of groups; `spectra(first, count)` returns `count` frames from `first`."""
        mixture, target = aligned_empty(self.shape), aligned_empty((*self.shape, self.targets))
        for first in range(0, self.shape[0], self.block):
            groups = spectra(first, min(self.block, self.shape[0] - first))
            total = functools.reduce(np.add, groups)  # quicker than sum(axis=0)
            frames = slice(first, first + self.block)
            _lay_out(np.abs(total), mixture[frames])
            if self.plain:  # the same numbers, faster
                _lay_out(np.abs(groups[: self.targets]), target[frames])
            else:
                target[:] = self._target(groups[: self.targets], total, target.shape)
        return mixture, target

    def _target(
        self, stems: np.ndarray, mixture: np.ndarray, wanted: tuple[int, ...]
    ) -> np.ndarray:
        stems_pair, mixture_pair = (
            [np.moveaxis(part.T, 0, 1)[None] for part in (groups.real, groups.imag)]
            for groups in (stems, mixture)
        )
        with keras.device(_own_cpu()):
            made = keras.ops.convert_to_numpy(self.target(stems_pair, mixture_pair))
        if made.shape != (1, *wanted):
            raise ValueError(
                f"`target` must give magnitudes of shape {(1, *wanted)}, as its stems have. "
                f"Received: {made.shape}"
            )
        return made[0]


def _own_cpu() -> Any:
    """The CPU, of this process: JAX counts those of all processes."""
    if keras.backend.backend() != "jax":
        return "cpu"
    import jax

    return jax.local_devices(backend="cpu")[0]


def _lay_out(array: np.ndarray, out: np.ndarray) -> None:
    """([sources,] channels, frames, bins) into (frames, bins, channels[, sources])."""
    # one plane at a time: reading runs along memory, which one strided copy of all does not
    for place in np.ndindex(*array.shape[:-2]):
        out[(..., *place[::-1])] = array[place]
