"""A signal after a lossy codec, in memory."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np

from keras_sep.data.audio import resample

CODECS = ("mp3", "aac", "opus")
_ENCODERS = {"mp3": "libmp3lame", "aac": "aac", "opus": "libopus"}
_DECODERS = {"mp3": "mp3float", "aac": "aac", "opus": "opus"}
# their faster ways, in half to three quarters of the time
_OPTIONS = {
    "mp3": {"compression_level": "7"},
    "aac": {"aac_coder": "fast"},
    "opus": {"compression_level": "5"},
}
_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_TAIL_FRAMES = 3  # silence after the end, from which the last samples are decoded, too


def coded(samples: np.ndarray, sample_rate_hz: int, codec: str, bit_rate_kbps: int) -> np.ndarray:
    """A signal encoded and decoded, of the same length and in place to the sample.

    At a sample rate that the codec does not have it is resampled, and back again.

    Args:
        samples: Samples, shape (samples, channels), float32.
        sample_rate_hz: Sample rate in Hz.
        codec: "mp3", "aac" or "opus".
        bit_rate_kbps: Bit rate of two channels in kbit/s; that of one is half of it.
    """
    rates = _RATES_HZ if codec != "opus" else _RATES_HZ[-1:]
    rate_hz = next((rate for rate in rates if rate >= sample_rate_hz), rates[-1])
    peak = max(1.0, float(np.max(np.abs(samples), initial=0.0)))  # codecs may clip above 1
    before = resample(samples / np.float32(peak), sample_rate_hz, rate_hz)
    width = min(2, before.shape[1])
    if before.shape[1] > width:  # of surround, every channel alone
        width = 1
    after = [
        _decoded(before[:, start : start + width], rate_hz, codec, bit_rate_kbps * width // 2)
        for start in range(0, before.shape[1], width)
    ]
    out = resample(np.concatenate(after, axis=1), rate_hz, sample_rate_hz)[: len(samples)]
    return np.pad(out, ((0, len(samples) - len(out)), (0, 0))) * np.float32(peak)


def _decoded(samples: np.ndarray, rate_hz: int, codec: str, bit_rate_kbps: int) -> np.ndarray:
    """One or two channels after a codec, without the delay of its encoder."""
    encoder: Any = av.CodecContext.create(_ENCODERS[codec], "w")
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    encoder.sample_rate, encoder.layout = rate_hz, layout
    encoder.format = "flt" if codec == "opus" else "fltp"
    encoder.time_base = Fraction(1, rate_hz)
    encoder.bit_rate = 1000 * bit_rate_kbps
    encoder.options = _OPTIONS[codec]
    encoder.open()
    packets = [packet for frame in _frames(samples, encoder) for packet in encoder.encode(frame)]
    decoder: Any = av.CodecContext.create(_DECODERS[codec], "r")
    decoder.sample_rate, decoder.layout = rate_hz, layout
    if encoder.extradata:
        decoder.extradata = encoder.extradata
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    # the delay is what comes before time 0; some decoders have cut it from the first frame already
    delay = frames[0].samples - frames[1].pts
    out = np.concatenate([frame.to_ndarray() for frame in frames], axis=1).T
    return out[max(delay, 0) :][: len(samples)]


def _frames(samples: np.ndarray, encoder: Any) -> Iterator[Any]:
    """The frames that an encoder takes, with silence after them, and None for their end."""
    size = encoder.frame_size
    padded = np.pad(samples, ((0, _TAIL_FRAMES * size), (0, 0)))
    for start in range(0, len(padded), size):
        piece = padded[start : start + size]
        packed = piece.T if encoder.format.is_planar else piece.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(packed), format=encoder.format.name, layout=encoder.layout.name
        )
        frame.sample_rate, frame.pts, frame.time_base = (
            encoder.sample_rate,
            start,
            encoder.time_base,
        )
        yield frame
    yield None
