"""The multichannel Wiener filter as a post-filter of a separator."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._validate import require_iterations, require_positive_integers
from keras_sep.layers.post_filter import PostFilter


@keras.saving.register_keras_serializable(package="keras_sep")
class WienerFilter(PostFilter):
    """Turn separated magnitudes into complex spectra that sum to the mixture.

    Expectation maximisation of a local Gaussian model with one spatial covariance per source, for
    mixtures of one or two channels: see `keras_sep.ops.wiener`. It needs at least two sources,
    `residual` included. Not the single-channel ratio mask that is also called a Wiener filter,
    `ops.wiener_like_mask`.

    Args:
        iterations: number of iterations of expectation maximisation, at most 300; with 0, the
            sources only get the phase of the mixture.
        window_frames: number of frames that share one model of the sources' positions. None fits
            one model to the whole recording, using memory proportional to its length.
        residual: whether to add a last source, the mixture minus the others.
        softmask: whether to start from magnitudes scaled to sum to the mixture's.

    Call arguments:
        magnitudes: (batch, frames, bins, channels, sources).
        mixture_pair: (real, imag) of the mixture, each (batch, frames, bins, channels).

    Output shape:
        A pair, each (batch, frames, bins, channels, sources), with one source more if `residual`.

    Example:

    >>> magnitudes = np.random.default_rng(0).random((1, 7, 5, 2, 3)).astype("float32")
    >>> mixture = np.ones((1, 7, 5, 2), "float32"), np.zeros((1, 7, 5, 2), "float32")
    >>> real, imag = keras_sep.layers.WienerFilter(iterations=1)(magnitudes, mixture)
    >>> tuple(real.shape), bool(np.allclose(np.sum(real, axis=-1), 1, atol=1e-3))
    ((1, 7, 5, 2, 3), True)

    Reference: Nugraha, Liutkus and Vincent, "Multichannel audio source separation with deep neural
    networks", 2016, algorithm 1.
    """

    axes = ("(batch, frames, bins, channels, sources)", "(batch, frames, bins, channels)")
    at_least_one = ("frames",)

    def __init__(
        self,
        iterations: int = 1,
        window_frames: int | None = 300,
        residual: bool = False,
        softmask: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_iterations(iterations)
        if window_frames is not None:
            require_positive_integers(window_frames=window_frames)
        self.iterations = iterations
        self.window_frames = window_frames
        self.residual = residual
        self.softmask = softmask
        self.extra_sources = ("residual",) if residual else ()
        self.context_frames = None if iterations else 0

    def build(self, magnitudes_shape: Any, mixture_pair_shape: Any = None) -> None:
        if magnitudes_shape[-1] + self.residual < 2 and self.iterations:
            raise ValueError(
                "A Wiener filter divides the mixture among at least two sources: add targets or "
                f"`residual=True`. Received: {magnitudes_shape[-1]} source"
            )
        self.built = True

    def call(self, magnitudes: Any, mixture_pair: Any) -> Any:
        magnitudes, mixture_pair = self._enter((magnitudes, mixture_pair))
        pair = ops.wiener(
            magnitudes,
            mixture_pair,
            self.iterations,
            self.window_frames,
            self.residual,
            self.softmask,
        )
        return self._leave(pair)

    def compute_output_shape(self, magnitudes_shape: Any, mixture_pair_shape: Any = None) -> Any:
        *rest, sources = magnitudes_shape
        shape = (*rest, sources + self.residual)
        return shape, shape

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "iterations": self.iterations,
            "window_frames": self.window_frames,
            "residual": self.residual,
            "softmask": self.softmask,
        }
