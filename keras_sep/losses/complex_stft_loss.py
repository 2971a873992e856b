"""Distance of waveforms in complex spectra of one or several resolutions."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._frames import WINDOWS
from keras_sep._validate import require_flags
from keras_sep.losses._another_loss import require_loss, values_of
from keras_sep.losses._base import SeparationLoss
from keras_sep.losses._transforms import frame_mask, spectra, transforms
from keras_sep.ops import magnitude, masked_mean


@keras.saving.register_keras_serializable(package="keras_sep")
class ComplexSTFTLoss(SeparationLoss):
    """Mean distance of the complex spectra of waveforms, summed over transforms.

    Each transform adds the mean of |S - E|, of the complex spectra S of the target and E of the
    estimate: sensitive to phase, unlike `MultiResolutionSTFTLoss`. The default transforms are those
    of the RoFormers, which add it to `WaveformLoss()`: see `SumOfLosses`.

    Another `loss` is asked about real and imaginary parts instead: `L1SNR()` for BandIt, `RMSE()`
    for SCNet, with one transform each.

    Signals are zero-padded at their ends, masked samples count as zero, and frames are centred on
    samples 0, hop, 2 hop, ... up to the example's own end, so padding changes nothing. (The code of
    the RoFormers and of SCNet mirrors the signal at its ends instead.)

    Args:
        frame_lengths: samples in a frame (length of the window), one per transform.
        hop_lengths: samples from one frame to the next, one per transform.
        fft_lengths: samples of the transform, even, one per transform; shorter frames are
            zero-padded.
        loss: a Keras loss object that compares spectra, given as (batch, frames, 2 * bins,
            channels, sources) with the imaginary parts after the real ones. None for the mean
            magnitude of the difference.
        window: window that frames are multiplied by, "hann", "sqrt_hann", "hamming" or
            "rectangular".
        normalized: whether spectra are divided by the norm of the window, so that bins are about as
            loud as samples, whatever its length.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation, float32 or float64.

    Input shape:
        Two of (batch, samples, channels, sources), or of (batch, samples, ...).

    Output shape:
        A scalar; (batch,) with `reduction=None`.

    Example:

    >>> target = np.random.default_rng(0).normal(size=(1, 4000, 1, 2))
    >>> loss = keras_sep.losses.ComplexSTFTLoss([512], [128], [512], normalized=True)
    >>> round(float(loss(target, target)), 2), round(float(loss(target, -target)), 2)
    (0.0, 1.75)
    >>> rmse = keras_sep.losses.RMSE()
    >>> loss = keras_sep.losses.ComplexSTFTLoss([4096], [1024], [4096], rmse, normalized=True)

    Reference: Lu et al., "Music source separation with band-split RoPE transformer", 2023, equation
    3, with the transforms of its section 4.2 and the transform length of lucidrains' code; Tong et
    al., "SCNet: sparse compression network for music source separation", 2024, section 2.4.
    """

    least_axes = 2

    def __init__(
        self,
        frame_lengths: Sequence[int] = (4096, 2048, 1024, 512, 256),
        hop_lengths: Sequence[int] = (147, 147, 147, 147, 147),
        fft_lengths: Sequence[int] = (4096, 2048, 2048, 2048, 2048),
        loss: Any = None,
        window: str = "hann",
        normalized: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self._transforms = transforms(frame_lengths, hop_lengths, fft_lengths)
        if loss is not None:
            require_loss(loss=loss)
        if window not in WINDOWS:
            names = ", ".join(f'"{name}"' for name in WINDOWS)
            raise ValueError(f"`window` must be one of {names}. Received: window={window!r}")
        require_flags(normalized=normalized)
        # as a saved configuration holds them
        self.frame_lengths = list(frame_lengths)
        self.hop_lengths = list(hop_lengths)
        self.fft_lengths = list(fft_lengths)
        self.loss = loss
        self.window = window
        self.normalized = normalized

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        distance = self._of_difference if self.loss is None else self._of_parts
        return sum(distance(y_true, y_pred, mask, each) for each in self._transforms)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "frame_lengths": self.frame_lengths,
            "hop_lengths": self.hop_lengths,
            "fft_lengths": self.fft_lengths,
            "loss": keras.saving.serialize_keras_object(self.loss),
            "window": self.window,
            "normalized": self.normalized,
        }

    def _of_difference(self, y_true, y_pred, mask, transform):
        """Mean magnitude of the difference, of which one transform is enough: (batch,)."""
        size = magnitude(self._spectra(y_pred - y_true, mask, transform))
        every = tuple(range(1, len(size.shape)))
        return masked_mean(size, frame_mask(mask, transform.hop_length), axis=every)

    def _of_parts(self, y_true, y_pred, mask, transform):
        """What the loss says of real and imaginary parts: (batch,)."""
        target, estimate = (
            ops.moveaxis(ops.concatenate(self._spectra(x, mask, transform), axis=-1), -1, 2)
            for x in (y_true, y_pred)
        )  # (batch, frames, 2 * bins, ...)
        return values_of(self.loss, target, estimate, frame_mask(mask, transform.hop_length))

    def _spectra(self, x, mask, transform):
        window = WINDOWS[self.window](transform.frame_length)
        if self.normalized:
            window = window / np.linalg.norm(window)
        return spectra(x, mask, transform, window)
