"""Complex spectrogram of one frame a hop to waveform."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep._validate import require_flags
from keras_sep.layers._like import PairWithLength
from keras_sep.layers._spectral import SpectralLayer
from keras_sep.ops import ALIGNED_HOPS, check_aligned


@keras.saving.register_keras_serializable(package="keras_sep")
class AlignedISTFT(PairWithLength, SpectralLayer):
    """Inverse of `AlignedSTFT`, except for what that omits: the highest bin and the ends.

    Args:
        frame_length: samples in a frame; a multiple of 8.
        late: whether the waveform starts at the beginning of the first frame, and so comes 1.5 hops
            late. Default False.

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

    def __init__(self, frame_length: int, late: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        check_aligned(frame_length)
        require_flags(late=late)
        self.frame_length = frame_length
        self.late = late

    def _join(self, pair, length, mask):
        pair = self._enter(pair)
        if length is None:
            length = keras.ops.shape(pair[0])[1] * (self.frame_length // ALIGNED_HOPS)
        return self._leave(ops.aligned_istft(pair, self.frame_length, length, self.late))

    def _natural_shape(self, pair_shape):
        batch, frames, _, *rest = pair_shape[0]
        return (
            batch,
            None if frames is None else frames * (self.frame_length // ALIGNED_HOPS),
            *rest,
        )

    def get_config(self) -> dict[str, Any]:
        settings = {"frame_length": self.frame_length, "late": self.late}
        return {**super().get_config(), **settings}
