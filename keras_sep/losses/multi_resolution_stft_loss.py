"""Distance of waveforms in spectrograms of several resolutions."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_sep._floors import LOG_POWER_FLOOR
from keras_sep._frames import hann_window
from keras_sep._validate import require_numbers_from_zero
from keras_sep.losses._base import SeparationLoss, audible, mean_per_example, root
from keras_sep.losses._transforms import frame_mask, spectra, transforms
from keras_sep.ops import masked_mean


@keras.saving.register_keras_serializable(package="keras_sep")
class MultiResolutionSTFTLoss(SeparationLoss):
    """Spectral convergence and log-magnitude distance of waveforms, averaged over transforms.

    For each transform, with magnitudes S of the target and E of the estimate, the root of the sum
    of (S - E)^2 over the root of the sum of S^2 (spectral convergence), and the mean of
    |log S - log E|, natural logarithms; the sum of both, per channel and source, and the mean of
    these. It ignores phase. Not permutation invariant.

    Signals are zero-padded at their ends, masked samples count as zero, and frames are centred on
    samples 0, hop, 2 hop, ... up to the example's own end, so padding changes nothing. (Published
    code mirrors the signal at its ends instead.)

    1e-7 is added to the power of every bin, so silence is finite. The spectral convergence is
    relative to the target; a silent target counts as `silence_db` below the other targets of the
    batch, so that it does not outweigh them. (Published code divides by the norm of the whole batch
    instead, so that each example's loss depends on all others.)

    Args:
        frame_lengths: samples in a frame (length of the Hann window), one per transform.
        hop_lengths: samples from one frame to the next, one per transform.
        fft_lengths: samples of the transform, even, one per transform; shorter frames are
            zero-padded.
        silence_db: level of silence in decibels below the mean power of the batch's targets, or
            below the power of a target's own estimate where that is louder. The spectral
            convergence of a target below it is relative to that level. None for the equations
            alone, in which silence has thousands of times the weight of sound.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation, float32 or float64.

    Input shape:
        Two of (batch, samples, channels, sources), or of (batch, samples, ...).

    Output shape:
        A scalar; (batch,) with `reduction=None`.

    Example:

    >>> loss = keras_sep.losses.MultiResolutionSTFTLoss()
    >>> target = np.random.default_rng(0).normal(size=(1, 4000, 1, 2))
    >>> round(float(loss(target, 0.5 * target)), 2)  # 0.5 + log 2
    1.19
    >>> round(float(loss(target, -target)), 2)
    0.0

    Reference: Yamamoto, Song and Kim, "Parallel WaveGAN: a fast waveform generation model based on
    generative adversarial networks with multi-resolution spectrogram", 2020, equations 3 to 6,
    with the transforms of its table 1.
    """

    least_axes = 2

    def __init__(
        self,
        frame_lengths: Sequence[int] = (600, 1200, 240),
        hop_lengths: Sequence[int] = (120, 240, 50),
        fft_lengths: Sequence[int] = (1024, 2048, 512),
        silence_db: float | None = 20.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        require_numbers_from_zero(or_none=True, silence_db=silence_db)
        self.silence_db = silence_db
        self._transforms = transforms(frame_lengths, hop_lengths, fft_lengths)
        # as a saved configuration holds them
        self.frame_lengths = list(frame_lengths)
        self.hop_lengths = list(hop_lengths)
        self.fft_lengths = list(fft_lengths)

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        total = sum(self._distance(y_true, y_pred, mask, each) for each in self._transforms)
        return mean_per_example(total / len(self.frame_lengths))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "frame_lengths": self.frame_lengths,
            "hop_lengths": self.hop_lengths,
            "fft_lengths": self.fft_lengths,
            "silence_db": self.silence_db,
        }

    def _distance(self, y_true, y_pred, mask, transform):
        """Both terms of one transform: (batch, channels, sources)."""
        target, estimate = (_magnitude(x, mask, transform) for x in (y_true, y_pred))
        frames = frame_mask(mask, transform.hop_length)
        over = (1, len(target.shape) - 1)  # frames and bins
        error = masked_mean(ops.square(target - estimate), frames, axis=over)
        power, heard = (masked_mean(ops.square(x), frames, axis=over) for x in (target, estimate))
        power = audible(power, heard, self.silence_db)
        convergence = root(error) / ops.sqrt(power)
        log_distance = masked_mean(ops.abs(ops.log(target) - ops.log(estimate)), frames, axis=over)
        return convergence + log_distance


def _magnitude(x, mask, transform):
    """Magnitudes (batch, frames, ..., bins) of x, (batch, samples, ...)."""
    real, imag = spectra(x, mask, transform, hann_window(transform.frame_length))
    return ops.sqrt(ops.square(real) + ops.square(imag) + LOG_POWER_FLOOR)
