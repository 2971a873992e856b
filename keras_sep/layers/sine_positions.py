"""Sines that tell positions apart."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._validate import require_numbers_from_zero, require_positive_numbers
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class SinePositions(SpectralLayer):
    """Add sinusoidal positions, of time or of time and frequency, to features.

    For a sequence the first half of the features gets cosines, the second sines, of frequencies
    from 1 down to 1 / `longest` in a geometric sequence. For a spectrum the first half encodes the
    frame, the second the bin, with sines and cosines alternating. Where they alternate, the
    sequence ends a step above 1 / `longest`. They are not learned and work for any length.

    Args:
        longest: period in frames, over 2 pi, where the geometric sequence of periods ends; if sines
            and cosines alternate, it is the first one left out.
        weight: weight of the sines in the sum.
        alternating: whether sines and cosines alternate for a sequence, too, as in the first paper.

    Input shape:
        (batch, frames, features) with an even number of features, or (batch, frames, bins,
        features) with a multiple of four.

    Output shape:
        The input's.

    Example:

    >>> y = keras_sep.layers.SinePositions()(np.zeros((1, 2, 4), "float32"))
    >>> np.round(y, 3)[0].tolist()
    [[1.0, 1.0, 0.0, 0.0], [0.5400000214576721, 1.0, 0.8410000205039978, 0.0]]

    Reference: Vaswani et al., "Attention is all you need", 2017, section 3.5; Rouard, Massa and
    Défossez, "Hybrid transformers for music source separation", 2022, section 3.
    """

    axes = ("(batch, frames[, bins], features)",)

    def __init__(
        self,
        longest: float = 10000.0,
        weight: float = 1.0,
        alternating: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_numbers(longest=longest)
        require_numbers_from_zero(weight=weight)
        self.longest = longest
        self.weight = weight
        self.alternating = alternating

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        multiple = 2 * (len(input_shape) - 2)
        if len(input_shape) not in (3, 4) or features % multiple:
            raise ValueError(
                "The input must be (batch, frames, features) with an even number of features or "
                "(batch, frames, bins, features) with a multiple of four. "
                f"Received: input_shape={tuple(input_shape)}"
            )

    def call(self, inputs: Any) -> Any:
        x = self._enter(inputs)
        _, frames, *bins, features = ops.shape(x)
        if bins:
            shape = (frames, bins[0], features // 2)
            of_frames = self._sines(frames, features // 2, x.dtype, alternating=True)[:, None]
            of_bins = self._sines(bins[0], features // 2, x.dtype, alternating=True)
            sines = ops.concatenate([ops.broadcast_to(y, shape) for y in (of_frames, of_bins)], -1)
        else:
            sines = self._sines(frames, features, x.dtype, self.alternating)
        return self._leave(x + self.weight * sines)

    def _sines(self, count, features, dtype, alternating):
        """(count, features): of falling frequencies, in pairs or first all cosines."""
        half = features // 2
        steps = half if alternating else max(half - 1, 1)  # from 1 down to 1 / longest
        exponents = np.arange(half, dtype="float32") / np.float32(steps)
        periods = ops.cast(np.float32(self.longest) ** exponents, dtype)
        phase = ops.cast(ops.arange(count), dtype)[:, None] / periods
        if alternating:
            pairs = ops.stack([ops.sin(phase), ops.cos(phase)], axis=-1)
            return ops.reshape(pairs, (count, features))
        return ops.concatenate([ops.cos(phase), ops.sin(phase)], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "longest": self.longest,
            "weight": self.weight,
            "alternating": self.alternating,
        }
