"""Waveform to a complex spectrogram of one frame a hop."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._spectral import SpectralLayer
from keras_sep.layers.aligned_istft import AlignedISTFT
from keras_sep.ops import ALIGNED_HOPS, check_aligned


@keras.saving.register_keras_serializable(package="keras_sep")
class AlignedSTFT(SpectralLayer):
    """Short-time Fourier transform with as many frames as hops: that of Hybrid Demucs.

    Frame `t` is centred on the middle of hop `t`, so frames and the outputs of strided convolutions
    of the waveform can be added. Hops are a quarter of a frame, the highest bin is omitted so that
    bins halve evenly, and values are divided by the square root of `frame_length`. Not `STFT`,
    which has one more frame and does not scale.

    Args:
        frame_length: samples in a frame; a multiple of 8.
        padding: what lies beyond the ends: "reflect", the default, or "zeros".

    Input shape:
        (batch, samples, channels)

    Output shape:
        A pair, each (batch, frames, bins, channels) with
        `frames = ceil(samples / (frame_length / 4))` and `bins = frame_length / 2`.

    Example:

    >>> real, imag = keras_sep.layers.AlignedSTFT(512)(np.zeros((1, 1000, 2), "float32"))
    >>> tuple(real.shape)
    (1, 8, 256, 2)

    Reference: Défossez, "Hybrid spectrogram and waveform source separation", 2021, section 3.2.
    """

    def __init__(self, frame_length: int, padding: str = "reflect", **kwargs: Any):
        super().__init__(**kwargs)
        check_aligned(frame_length, padding)
        self.frame_length = frame_length
        self.padding = padding

    def call(self, waveform: Any) -> Any:
        pair = ops.aligned_stft(self._enter(waveform), self.frame_length, self.padding)
        return self._leave(pair)

    def inverse(self) -> AlignedISTFT:
        """The layer that gets the waveform back."""
        return AlignedISTFT(self.frame_length, dtype=self.dtype_policy)

    def compute_output_shape(self, waveform_shape: Any) -> Any:
        batch, samples, *rest = waveform_shape
        frames = None if samples is None else -(-samples // (self.frame_length // ALIGNED_HOPS))
        shape = (batch, frames, self.frame_length // 2, *rest)
        return shape, shape

    def get_config(self) -> dict[str, Any]:
        settings = {"frame_length": self.frame_length, "padding": self.padding}
        return {**super().get_config(), **settings}
