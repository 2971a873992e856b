"""Spectrograms on a mel scale."""

import io
import itertools

import numpy as np
from keras import ops as backend_ops

from keras_sep import ops
from keras_sep.plots._matplotlib import matplotlib_or_error

FLOOR_DB = -70.0
LOWEST_HZ = 40.0


def frequency_position(frequency_hz: float, sample_rate_hz: float) -> float:
    """Return the height of a frequency in a spectrogram picture: 0 at the bottom, 1 at the top.

    The scale is O'Shaughnessy's mel, from 40 Hz to half the sample rate.
    """

    def mel(hz: float) -> float:
        return float(np.log1p(hz / 700))

    low, high = mel(LOWEST_HZ), mel(sample_rate_hz / 2)
    return (mel(frequency_hz) - low) / (high - low)


def decibels(waveform: np.ndarray, sample_rate_hz: float, width: int, height: int) -> np.ndarray:
    """Compute the levels of a spectrogram picture in dB, rows from the highest frequency down.

    Args:
        waveform: Samples, (samples, channels); channels are averaged in power.
        sample_rate_hz: Sample rate in Hz.
        width: Number of columns, spread evenly over the waveform.
        height: Number of rows, spaced as in `frequency_position`.

    Returns:
        An array of shape (height, width), 0 dB for a full-scale sine.
    """
    frame_length = 2 ** round(np.log2(0.046 * sample_rate_hz))  # 2048 at 44100 Hz
    hop_length = frame_length // 4
    pair = ops.stft(np.asarray(waveform, "float32")[np.newaxis], frame_length, hop_length)
    real, imag = (backend_ops.convert_to_numpy(part)[0].astype("float64") for part in pair)
    power = np.mean(np.square(real) + np.square(imag), axis=-1)  # (frames, bins)
    power /= np.square(frame_length / 4)  # a sine of amplitude 1 under a Hann window

    low, high = np.log1p(LOWEST_HZ / 700), np.log1p(sample_rate_hz / 2 / 700)
    rows_hz = 700 * np.expm1(np.linspace(high, low, height))
    bins = rows_hz / sample_rate_hz * frame_length
    below = np.clip(np.floor(bins).astype(int), 0, power.shape[1] - 2)
    share = np.clip(bins - below, 0, 1)
    rows = power[:, below] * (1 - share) + power[:, below + 1] * share  # (frames, height)
    # a row that spans many bins shows the loudest, so that partials do not fall between rows
    spans = np.maximum(np.abs(np.gradient(bins)) / 2, 0.5)
    for row in np.flatnonzero(spans > 1):
        first, last = int(bins[row] - spans[row]), int(bins[row] + spans[row]) + 1
        rows[:, row] = power[:, max(first, 0) : last + 1].max(axis=1)

    edges = np.linspace(0, len(rows), width + 1)
    columns = [
        rows[int(a) : max(int(np.ceil(b)), int(a) + 1)].max(axis=0)
        for a, b in itertools.pairwise(edges)
    ]
    return 10 * np.log10(np.maximum(np.stack(columns, axis=1), 1e-12))


def spectrogram_png(
    waveform: np.ndarray,
    sample_rate_hz: float,
    top_db: float = 0.0,
    width: int = 720,
    height: int = 180,
) -> bytes:
    """Draw a spectrogram as a PNG without axes: time to the right, mel frequency upwards.

    Args:
        waveform: Samples, (samples, channels).
        sample_rate_hz: Sample rate in Hz.
        top_db: Level of the brightest colour in dB, the same for pictures that are compared; the
            darkest is 70 dB below. Default 0.
        width: Width in pixels. Default 720.
        height: Height in pixels. Default 180.
    """
    matplotlib = matplotlib_or_error()
    levels = decibels(waveform, sample_rate_hz, width, height)
    shade = np.clip((levels - top_db) / -FLOOR_DB + 1, 0, 1)
    pixels = (matplotlib.colormaps["magma"](shade)[..., :3] * 255).round().astype("uint8")
    from PIL import Image  # comes with matplotlib

    picture = io.BytesIO()
    Image.fromarray(pixels).quantize(128).save(picture, "PNG", optimize=True)
    return picture.getvalue()
