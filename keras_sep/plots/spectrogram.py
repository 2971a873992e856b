"""Spectrograms on a mel scale."""

import itertools

import numpy as np

from keras_sep.plots._png import indexed_png

FLOOR_DB = -70.0
LOWEST_HZ = 40.0

_FRAMES_PER_COLUMN = 8  # at most, so that an hour takes no longer than a few minutes
_BATCH_SAMPLES = 1 << 20
_SHADES = 64
# from silence to full level, ever lighter: also without colour, the louder is the brighter
_COLOURS = (
    (3, 3, 12),
    (47, 20, 93),
    (128, 33, 122),
    (212, 62, 93),
    (248, 140, 66),
    (252, 240, 190),
)


def frequency_position(frequency_hz: float, sample_rate_hz: float) -> float:
    """Return the height of a frequency in a spectrogram picture: 0 at the bottom, 1 at the top.

    The scale is O'Shaughnessy's mel, from 40 Hz to half the sample rate.
    """

    def mel(hz: float) -> float:
        return float(np.log1p(hz / 700))

    low, high = mel(LOWEST_HZ), mel(sample_rate_hz / 2)
    return (mel(frequency_hz) - low) / (high - low)


class SpectrogramPicture:
    """Spectrogram picture of a signal that comes in pieces, in the memory of one piece.

    Args:
        samples: Length of the signal in samples.
        sample_rate_hz: Sample rate in Hz.
        width: Width in pixels, spread evenly over the signal. Default 720.
        height: Height in pixels, spaced as in `frequency_position`. Default 180.

    Example:

    >>> picture = keras_sep.plots.SpectrogramPicture(16000, sample_rate_hz=8000)
    >>> for piece in np.zeros((2, 8000, 1)):
    ...     picture.add(piece)
    >>> picture.png()[1:4]
    b'PNG'
    """

    def __init__(self, samples: int, sample_rate_hz: int, width: int = 720, height: int = 180):
        self.sample_rate_hz = sample_rate_hz
        self.width, self.height = width, height
        self._frame_length = 2 ** round(np.log2(0.046 * sample_rate_hz))  # 2048 at 44100 Hz
        self._hop_length = max(self._frame_length // 4, -(-samples // (_FRAMES_PER_COLUMN * width)))
        self._frames = 1 + samples // self._hop_length
        self._rows: list[np.ndarray] = []  # power, (frames, height), of each piece
        self._kept: np.ndarray | None = None  # samples of frames that are not whole yet

    def add(self, piece: np.ndarray) -> None:
        """Add the next samples, (samples, channels); channels are averaged in power."""
        for start in range(0, len(piece), _BATCH_SAMPLES):
            self._add(np.asarray(piece[start : start + _BATCH_SAMPLES], "float32"))

    def _add(self, piece: np.ndarray) -> None:
        frame_length, hop_length = self._frame_length, self._hop_length
        if self._kept is None:  # the first frame is centred on the first sample
            self._kept = np.zeros((frame_length // 2, piece.shape[1]), "float32")
        signal = np.concatenate([self._kept, piece])
        count = max(0, (len(signal) - max(frame_length, hop_length)) // hop_length + 1)
        self._kept = signal[count * hop_length :]
        if count:
            frames = np.lib.stride_tricks.sliding_window_view(signal, frame_length, axis=0)
            frames = frames[: count * hop_length : hop_length]  # (frames, channels, frame_length)
            window = np.hanning(frame_length + 1)[:-1].astype("float32")
            power = np.square(np.abs(np.fft.rfft(frames * window))).mean(axis=1)
            # a sine of amplitude 1 under a Hann window is 0 dB
            self._rows.append(self._on_mel(power / np.square(frame_length / 4)).astype("float32"))

    def _on_mel(self, power: np.ndarray) -> np.ndarray:
        """Power in rows (frames, height) from the highest frequency down, of (frames, bins)."""
        low, high = np.log1p(LOWEST_HZ / 700), np.log1p(self.sample_rate_hz / 2 / 700)
        rows_hz = 700 * np.expm1(np.linspace(high, low, self.height))
        bins = rows_hz / self.sample_rate_hz * self._frame_length
        below = np.clip(np.floor(bins).astype(int), 0, power.shape[1] - 2)
        share = np.clip(bins - below, 0, 1)
        rows = power[:, below] * (1 - share) + power[:, below + 1] * share
        # a row that spans many bins shows the loudest, so that partials do not fall between rows
        spans = np.maximum(np.abs(np.gradient(bins)) / 2, 0.5)
        for row in np.flatnonzero(spans > 1):
            first, last = int(bins[row] - spans[row]), int(bins[row] + spans[row]) + 1
            rows[:, row] = power[:, max(first, 0) : last + 1].max(axis=1)
        return rows

    def levels(self) -> np.ndarray:
        """Return the levels in dB, (height, width), 0 dB for a full-scale sine."""
        if self._kept is not None:  # frames that reach beyond the end
            rest = np.zeros((max(self._frame_length, self._hop_length), self._kept.shape[1]))
            self.add(rest)
        rows = np.concatenate([*self._rows, np.zeros((self._frames, self.height), "float32")])
        edges = np.linspace(0, self._frames, self.width + 1)
        columns = [
            rows[int(a) : max(int(np.ceil(b)), int(a) + 1)].max(axis=0)
            for a, b in itertools.pairwise(edges)
        ]
        return 10 * np.log10(np.maximum(np.stack(columns, axis=1), 1e-12))

    def png(self, top_db: float = 0.0) -> bytes:
        """Draw the picture as a PNG without axes, as `spectrogram_png` does.

        Args:
            top_db: Level of the brightest colour in dB. Default 0.
        """
        return levels_png(self.levels(), top_db)


def levels_png(levels_db: np.ndarray, top_db: float = 0.0) -> bytes:
    """Draw levels, as from `decibels`, as a PNG without axes.

    Args:
        levels_db: Levels in dB, (height, width).
        top_db: Level of the brightest colour in dB. Default 0.
    """
    shade = np.clip((levels_db - top_db) / -FLOOR_DB + 1, 0, 1)
    return indexed_png(np.round(shade * (_SHADES - 1)).astype("uint8"), palette())


def decibels(waveform: np.ndarray, sample_rate_hz: int, width: int, height: int) -> np.ndarray:
    """Compute the levels of a spectrogram picture in dB, rows from the highest frequency down.

    Args:
        waveform: Samples, (samples, channels); channels are averaged in power.
        sample_rate_hz: Sample rate in Hz.
        width: Number of columns, spread evenly over the waveform.
        height: Number of rows, spaced as in `frequency_position`.

    Returns:
        An array of shape (height, width), 0 dB for a full-scale sine.
    """
    return _whole(waveform, sample_rate_hz, width, height).levels()


def spectrogram_png(
    waveform: np.ndarray,
    sample_rate_hz: int,
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
    return _whole(waveform, sample_rate_hz, width, height).png(top_db)


def _whole(
    waveform: np.ndarray, sample_rate_hz: int, width: int, height: int
) -> SpectrogramPicture:
    picture = SpectrogramPicture(len(waveform), sample_rate_hz, width, height)
    picture.add(waveform)
    return picture


def palette() -> np.ndarray:
    """Colours from silence to full level, uint8 (shades, 3)."""
    places = np.linspace(0, len(_COLOURS) - 1, _SHADES)
    known = np.arange(len(_COLOURS))
    parts = [np.interp(places, known, part) for part in np.transpose(_COLOURS)]
    return np.stack(parts, axis=1).round().astype("uint8")
