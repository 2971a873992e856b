"""The mixture shared out among the sources by their estimates."""

from typing import Any

import keras

from keras_sep._brief import brief
from keras_sep._validate import require_positive_integers, require_positive_numbers
from keras_sep.layers.post_filter import PostFilter
from keras_sep.ops import MOST_EXPONENT, ratio_shares, sources_first, sources_last


@keras.saving.register_keras_serializable(package="keras_sep")
class RatioMask(PostFilter):
    """Share the mixture among the sources in proportion to powers of their magnitudes.

    The stems sum to the mixture, in every bin that has a mask. It is the usual post-filter of
    `zoo.spleeter_unet`, with the network's `bandwidth_bins`.

    Args:
        exponent: power of the magnitudes, up to 4. 1 shares by magnitude, 2 (the default) by power;
            the larger, the more of a bin goes to the loudest source. Spleeter's
            `separation_exponent`.
        bandwidth_bins: number of the lowest bins that the networks estimate. Defaults to all.
        extension: mask of the bins above: "zeros" (the default) leaves them silent, "average"
            takes the mean mask of the bins below. Spleeter's `mask_extension`.

    Call arguments:
        magnitudes: (batch, frames, bins, channels, sources), non-negative.
        mixture_pair: (real, imag) of the mixture, each (batch, frames, bins, channels).

    Output shape:
        A pair, each (batch, frames, bins, channels, sources).

    Example:

    >>> magnitudes = np.array([3.0, 1.0], "float32").reshape(1, 1, 1, 1, 2)
    >>> mixture = np.full((1, 1, 1, 1), 10.0, "float32"), np.zeros((1, 1, 1, 1), "float32")
    >>> real, imag = keras_sep.layers.RatioMask(exponent=2)(magnitudes, mixture)
    >>> np.array(real).round(3).ravel().tolist()
    [9.0, 1.0]

    Reference: Liutkus and Badeau, "Generalized Wiener filtering with fractional power
    spectrograms", 2015, equation 6.
    """

    axes = ("(batch, frames, bins, channels, sources)", "(batch, frames, bins, channels)")
    context_frames = 0

    def __init__(
        self,
        exponent: float = 2.0,
        bandwidth_bins: int | None = None,
        extension: str = "zeros",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_numbers(exponent=exponent)
        if exponent > MOST_EXPONENT:
            raise ValueError(
                f"`exponent` must be at most {MOST_EXPONENT}. Received: exponent={brief(exponent)}"
            )
        if bandwidth_bins is not None:
            require_positive_integers(bandwidth_bins=bandwidth_bins)
        if extension not in ("zeros", "average"):
            raise ValueError(
                f'`extension` must be "zeros" or "average". Received: extension={brief(extension)}'
            )
        self.exponent = exponent
        self.bandwidth_bins = bandwidth_bins
        self.extension = extension

    def call(self, magnitudes: Any, mixture_pair: Any) -> Any:
        magnitudes, mixture_pair = self._enter((magnitudes, mixture_pair))
        bins = magnitudes.shape[2]
        band = min(self.bandwidth_bins or bins, bins)
        # (batch, channels, sources, frames, bins): every pass runs along contiguous memory
        masks = ratio_shares(sources_first(magnitudes[:, :, :band]), self.exponent)
        if self.extension == "average" and band < bins:
            above = keras.ops.mean(masks, axis=-1, keepdims=True)
            masks = keras.ops.concatenate(
                [masks, keras.ops.repeat(above, bins - band, axis=-1)], axis=-1
            )
        read = masks.shape[-1]
        silent = [*[(0, 0)] * 4, (0, bins - read)]
        stems = []
        for part in mixture_pair:
            # as the transform had it, so that the two transpositions cancel
            part = keras.ops.transpose(part, (0, 3, 1, 2))[:, :, None, :, :read]
            stems.append(sources_last(keras.ops.pad(masks * part, silent)))
        return self._leave(tuple(stems))

    def compute_output_shape(self, magnitudes_shape: Any, mixture_pair_shape: Any = None) -> Any:
        return tuple(magnitudes_shape), tuple(magnitudes_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "exponent": self.exponent,
            "bandwidth_bins": self.bandwidth_bins,
            "extension": self.extension,
        }
