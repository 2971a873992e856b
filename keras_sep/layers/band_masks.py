"""From features of bands to complex masks."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._brief import brief
from keras_sep._validate import require_integers_from, require_positive_integers
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._banded_dense import BandedDense, check_normalization
from keras_sep.ops import bins_of_bands, check_bands


@keras.saving.register_keras_serializable(package="keras_sep")
class BandMasks(WithAxes, keras.Layer):
    """The last layers of a network of bands: complex masks, from each band's features.

    Every source and band has dense layers of its own: hidden ones with a tanh, and one whose
    outputs are gated (values times a sigmoid of gates). Where bands overlap, a bin's mask is the
    mean of theirs, or a sum in given shares. The masks are not applied: `ApplyComplexMask` does.
    Not `MaskHead`, whose masks are real and whose features are of the whole frame.

    Args:
        bands: bands of `BandSplit`.
        sources: number of sources.
        channels: number of audio channels.
        hidden: number of features of a hidden layer.
        layers: number of hidden layers. Default 1.
        normalization: normalisation of the features: "layer", "rms", or None, the default.
        shares: share of every band in the mask of each of its bins, one number per bin and band,
            one band after the other. Default: equal shares.

    Input shape:
        (batch, frames, bands, features)

    Output shape:
        A pair (real, imag), each (batch, frames, bins, channels, sources).

    Example:

    >>> bands = keras_sep.ops.mel_bands(60, sample_rate_hz=44100, bins=1025)
    >>> masks = keras_sep.layers.BandMasks(bands, sources=4, channels=2, hidden=7)
    >>> real, imag = masks(np.zeros((1, 3, 60, 12), "float32"))
    >>> tuple(real.shape)
    (1, 3, 1025, 2, 4)

    Reference: Luo and Yu, "Music source separation with band-split RNN", 2023, section II-C; Wang,
    Lu and Won, "Mel-band RoFormer for music source separation", 2023, section 2, for the mean;
    Watcharasupat et al., "A generalized bandsplit neural network for cinematic audio source
    separation", 2023, for the shares.
    """

    axes = ("(batch, frames, bands, features)",)

    def __init__(
        self,
        bands: Sequence[tuple[int, int]],
        sources: int,
        channels: int,
        hidden: int,
        layers: int = 1,
        normalization: str | None = None,
        shares: Sequence[float] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.bands = check_bands(bands)
        require_positive_integers(sources=sources, channels=channels, hidden=hidden)
        require_integers_from(0, layers=layers)
        check_normalization(normalization)
        self.sources = sources
        self.channels = channels
        self.hidden = hidden
        self.layers = layers
        self.normalization = normalization
        self.shares = _plain(shares)
        self._places, self._shares = _overlap(self.bands, self.shares)

    def build(self, input_shape: Any) -> None:
        *_, bands, features = input_shape
        if bands != len(self.bands):
            raise ValueError(
                f"The input must have {len(self.bands)} bands. Received: shape {tuple(input_shape)}"
            )
        sizes = [features, *[self.hidden] * self.layers]
        # values and gates
        outputs = [4 * self.channels * (stop - first) for first, stop in self.bands]

        def dense(source, layer, units, activation):
            built = BandedDense(
                [sizes[layer]] * bands,
                units,
                self.normalization if layer == 0 else None,
                activation,
                dtype=self.dtype_policy,
                name=f"source_{source + 1}_dense_{layer + 1}",
            )
            built.build()
            return built

        self.hidden_layers = [
            dense(source, layer, [self.hidden] * bands, "tanh")
            for source in range(self.sources)
            for layer in range(self.layers)
        ]
        self.outputs = [dense(source, self.layers, outputs, None) for source in range(self.sources)]

    def call(self, inputs: Any) -> Any:
        batch, frames, bands, features = ops.shape(inputs)
        x = ops.reshape(ops.transpose(inputs, (2, 0, 1, 3)), (bands, -1, features))
        masks = [self._masks(x, source) for source in range(self.sources)]
        masks = ops.stack(masks, axis=-1)  # (batch * frames, bins, channels * 2, sources)
        shape = (batch, frames, masks.shape[1], self.channels, 2, self.sources)
        masks = ops.reshape(masks, shape)
        return tuple(ops.unstack(masks, 2, axis=-2))

    def _masks(self, x, source):
        """Those of a source: (batch * frames, bins, channels * 2)."""
        first = source * self.layers
        for dense in self.hidden_layers[first : first + self.layers]:
            (x,) = dense([x])
        output = self.outputs[source]
        bins = []
        for group in output(output.split(x)):
            group = ops.transpose(ops.glu(group, axis=-1), (1, 0, 2))
            count, features = group.shape[1:]
            width = features // (2 * self.channels)
            bins.append(ops.reshape(group, (-1, count * width, 2 * self.channels)))
        x = ops.concatenate(bins, axis=1)
        if self._shares is None:
            return x
        return sum(
            ops.take(x, places, axis=1) * ops.cast(shares[:, None], x.dtype)
            for places, shares in zip(self._places, self._shares, strict=True)
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        bins = max(stop for _, stop in self.bands)
        shape = (*input_shape[:2], bins, self.channels, self.sources)
        return shape, shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "bands": self.bands,
            "sources": self.sources,
            "channels": self.channels,
            "hidden": self.hidden,
            "layers": self.layers,
            "normalization": self.normalization,
            "shares": self.shares,
        }


def _plain(shares):
    """The shares as a tuple of numbers."""
    if shares is None:
        return None
    numbers = np.asarray(shares)
    if numbers.ndim != 1 or numbers.dtype.kind not in "fiu" or not np.isfinite(numbers).all():
        raise ValueError(
            f"`shares` must be finite numbers, or None. Received: shares={brief(shares)}"
        )
    return tuple(map(float, numbers))


def _overlap(bands, shares):
    """Places of each bin among the bins of all bands, and their shares: (overlap, bins) each.

    None, twice, where the bins of the bands are those of the spectrum.
    """
    bins = np.array(bins_of_bands(bands))
    if shares is not None and len(shares) != len(bins):
        raise ValueError(
            f"`shares` must be one number per bin of every band, {len(bins)}. "
            f"Received: {len(shares)} numbers"
        )
    holding = [np.flatnonzero(bins == bin) for bin in range(bins.max() + 1)]
    if shares is None and np.array_equal(bins, np.arange(len(holding))):
        return None, None
    shape = max(map(len, holding)), len(holding)
    places, weights = np.zeros(shape, "int32"), np.zeros(shape)
    for bin, held in enumerate(holding):
        places[: len(held), bin] = held
        weights[: len(held), bin] = 1 / len(held) if shares is None else np.take(shares, held)
    return places, weights
