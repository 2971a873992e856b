"""From a spectrum to features of its bands."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._banded_dense import BandedDense, check_normalization
from keras_sep.ops import bins_of_bands, check_bands


@keras.saving.register_keras_serializable(package="keras_sep")
class BandSplit(WithAxes, keras.Layer):
    """Split a complex spectrum into bands, and give each the same number of features.

    The numbers of a band, in the order (bin, channel, real and imaginary part), are normalised, and
    a dense layer of the band's own makes `units` of them. Not `MelProjection`, which sums
    magnitudes by fixed filters. `BandMasks` leads back.

    Args:
        bands: bands, pairs of the first bin and the one after the last; they may overlap, and leave
            out no bin. `ops.split_bands` and `ops.mel_bands` list them.
        units: number of features of a band.
        normalization: normalisation of each band's numbers: "rms", by their root mean square and a
            learned factor each, or "layer", a layer normalisation. Default "rms".

    Call arguments:
        pair: (real, imag), each (batch, frames, bins, channels).

    Output shape:
        (batch, frames, bands, units)

    Example:

    >>> bands = keras_sep.ops.split_bands(1025)
    >>> zeros = np.zeros((1, 3, 1025, 2), "float32")
    >>> tuple(keras_sep.layers.BandSplit(bands, units=12)((zeros, zeros)).shape)
    (1, 3, 62, 12)

    Reference: Luo and Yu, "Music source separation with band-split RNN", 2023, section II-A, with
    "layer"; Lu et al., "Music source separation with band-split RoPE transformer", 2023,
    section 3.2, with "rms".
    """

    axes = ("(batch, frames, bins, channels)",)

    def __init__(
        self,
        bands: Sequence[tuple[int, int]],
        units: int,
        normalization: str = "rms",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.bands = check_bands(bands)
        require_positive_integers(units=units)
        check_normalization(normalization)
        self.units = units
        self.normalization = normalization
        self._places = np.array(bins_of_bands(self.bands))
        self._bins = int(self._places.max()) + 1

    def build(self, pair_shape: Any) -> None:
        *_, bins, channels = pair_shape[0]
        if bins != self._bins:
            raise ValueError(
                f"`bands` must be of as many bins as the spectrum has. Received: bands of "
                f"{self._bins} bins, shape {tuple(pair_shape[0])}"
            )
        features = [2 * channels * (stop - first) for first, stop in self.bands]
        self.dense = BandedDense(
            features,
            [self.units] * len(features),
            self.normalization,
            dtype=self.dtype_policy,
            name="dense",
        )
        self.dense.build()

    def call(self, pair: Any) -> Any:
        batch, frames, bins, channels = ops.shape(pair[0])
        x = ops.reshape(ops.stack(pair, axis=-1), (-1, bins, 2 * channels))
        if len(self._places) > self._bins:  # bands overlap
            x = ops.take(x, self._places, axis=1)
        x = ops.reshape(x, (-1, len(self._places) * 2 * channels))
        groups, start = [], 0
        for count, features, _ in self.dense.groups:
            stop = start + count * features
            group = ops.reshape(x[:, start:stop], (-1, count, features))
            groups.append(ops.transpose(group, (1, 0, 2)))
            start = stop
        x = ops.concatenate(self.dense(groups), axis=0)  # (bands, batch * frames, units)
        x = ops.reshape(x, (-1, batch, frames, self.units))
        return ops.transpose(x, (1, 2, 0, 3))

    def compute_output_shape(self, pair_shape: Any) -> Any:
        return (*pair_shape[0][:2], len(self.bands), self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "bands": self.bands,
            "units": self.units,
            "normalization": self.normalization,
        }
