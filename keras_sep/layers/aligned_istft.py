"""Complex spectrogram of one frame a hop to waveform."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._spectral import SpectralLayer
from keras_sep.ops.aligned_stft import HOPS, check_aligned


@keras.saving.register_keras_serializable(package="keras_sep")
class AlignedISTFT(SpectralLayer):
    """Inverse of `AlignedSTFT`, except for what that omits: the highest bin and the ends.

    Args:
        frame_length: samples in a frame; a multiple of 8.

    Call arguments:
        pair: (real, imag), see the input shape.
        length: samples to return, an integer, at most those of all hops.
        like: instead of `length`, a waveform (batch, samples, ...) to return as many samples
            as; its number of samples may be unknown until the model runs.

    Input shape:
        A pair, each (batch, frames, bins, channels[, sources]).

    Output shape:
        (batch, samples, channels[, sources]); by default `samples = frames * frame_length / 4`.

    Example:

    >>> waveform = np.sin(np.arange(10000) / 10)[None, :, None].astype("float32")
    >>> stft = keras_sep.layers.AlignedSTFT(512)
    >>> again = stft.inverse()(stft(waveform), like=waveform)
    >>> bool(np.abs(again - waveform)[:, 500:-500].max() < 1e-4)
    True

    Reference: Défossez, "Hybrid spectrogram and waveform source separation", 2021, section 3.2.
    """

    axes = ("(batch, frames, bins[, channels][, sources])",)

    def __init__(self, frame_length: int, **kwargs: Any):
        super().__init__(**kwargs)
        check_aligned(frame_length)
        self.frame_length = frame_length

    def call(self, pair: Any, length: Any = None, like: Any = None) -> Any:
        if length is not None and like is not None:
            raise ValueError(f"Give `length` or `like`, not both. Received: length={length}")
        pair = self._enter(pair)
        if like is not None:
            length = keras.ops.shape(like)[1]
        elif length is None:
            length = keras.ops.shape(pair[0])[1] * (self.frame_length // HOPS)
        return self._leave(ops.aligned_istft(pair, self.frame_length, length))

    def compute_output_shape(
        self, pair_shape: Any, like_shape: Any = None, length: Any = None
    ) -> Any:
        batch, frames, _, *rest = pair_shape[0]
        if like_shape is not None:
            length = like_shape[1]
        elif length is None and frames is not None:
            length = frames * (self.frame_length // HOPS)
        return (batch, length, *rest)

    def compute_output_spec(self, pair: Any, length: Any = None, like: Any = None) -> Any:
        shape = self.compute_output_shape(
            [part.shape for part in pair], None if like is None else like.shape, length
        )
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "frame_length": self.frame_length}
