"""Integrated loudness by ITU-R BS.1770, as FFmpeg measures it."""

from fractions import Fraction

import av
import numpy as np

_LEAST_LUFS = -69.9  # the filter's gate; it states -70 where nothing passes
_LAYOUTS = {1: "mono", 2: "stereo"}


class Loudness:
    """Integrated loudness of a signal that comes block by block.

    Args:
        sample_rate_hz: Sample rate in Hz.
        channels: Number of channels; of others than mono and stereo nothing is measured.

    Example:

    >>> tone = np.sin(2 * np.pi * 997 * np.arange(40000) / 8000).astype("float32")
    >>> loudness = Loudness(8000, 1)
    >>> loudness.add(tone[:, None])
    >>> loudness.lufs()
    -3.0

    Reference: Recommendation ITU-R BS.1770-4 (2015); a full-scale sine of 997 Hz in one channel
    has -3.01 LUFS.
    """

    def __init__(self, sample_rate_hz: int, channels: int):
        self._layout = _LAYOUTS.get(channels)
        self._rate = sample_rate_hz
        self._position = 0
        self._last: dict[str, str] = {}
        if self._layout is None:
            return
        self._graph = av.filter.Graph()
        source = self._graph.add_abuffer(
            sample_rate=sample_rate_hz,
            format="flt",
            layout=self._layout,
            time_base=Fraction(1, sample_rate_hz),
        )
        measuring = self._graph.add("ebur128", "metadata=1")
        sink = self._graph.add("abuffersink")
        source.link_to(measuring)
        measuring.link_to(sink)
        self._graph.configure()

    def add(self, block: np.ndarray) -> None:
        """Measure the next samples, float32 (samples, channels)."""
        if self._layout is None:
            return
        packed = np.ascontiguousarray(block, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=self._layout)
        frame.sample_rate, frame.pts = self._rate, self._position
        frame.time_base = Fraction(1, self._rate)
        self._position += len(block)
        self._graph.push(frame)
        self._pull()

    def lufs(self) -> float | None:
        """The loudness in LUFS, to a tenth; None for silence and what is shorter than 0.4 s."""
        if self._layout is None or not self._position:
            return None
        self._graph.push(None)
        self._pull()
        found = float(self._last.get("lavfi.r128.I", "nan"))
        return round(found, 1) if found > _LEAST_LUFS else None

    def _pull(self) -> None:
        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            self._last = dict(frame.metadata)
