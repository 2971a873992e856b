"""Waveforms as paths of SVG."""

import numpy as np

WAVEFORM_SIZE = (720, 180)  # of the path's coordinates


class WaveformPicture:
    """Waveform picture of a signal that comes in pieces, in the memory of one piece.

    A column shows the highest and the lowest sample of its part of the signal, of all channels.

    Args:
        samples: Length of the signal in samples.

    Example:

    >>> picture = keras_sep.plots.WaveformPicture(4)
    >>> picture.add(np.array([[0.5], [-0.5], [0.25], [0.0]]))
    >>> picture.svg_path(1.0)[:14]
    'M0 45L180 135L'
    """

    def __init__(self, samples: int):
        width = min(samples, WAVEFORM_SIZE[0])
        self._samples, self._done = samples, 0
        self._highest = np.full(width, -np.inf)
        self._lowest = np.full(width, np.inf)

    def add(self, piece: np.ndarray) -> None:
        """Add the next samples, (samples, channels)."""
        piece = piece[: self._samples - self._done]
        if not len(piece):
            return
        places = np.arange(self._done, self._done + len(piece)) * len(self._highest)
        columns = places // self._samples
        first = np.concatenate([[0], np.flatnonzero(np.diff(columns)) + 1])
        for edge, ends, best in (
            (self._highest, piece.max(axis=1), np.maximum),
            (self._lowest, piece.min(axis=1), np.minimum),
        ):
            edge[columns[first]] = best(edge[columns[first]], best.reduceat(ends, first))
        self._done += len(piece)

    def svg_path(self, full: float) -> str:
        """Return the outline as the attribute `d` of a path, in coordinates of `WAVEFORM_SIZE`.

        Args:
            full: Level of a sample at the upper edge, such as the peak of all that is compared.
        """
        known = np.isfinite(self._highest)
        if not known.any():
            return ""
        width, height = WAVEFORM_SIZE
        across = np.flatnonzero(known) * width / len(self._highest)
        edges = []
        for values in (self._highest[known], self._lowest[known]):
            up = height / 2 * (1 - np.clip(values / max(full, 1e-9), -1, 1))
            edges.append([f"{x:g} {y:g}" for x, y in zip(across.round(1), up.round(), strict=True)])
        top, bottom = edges
        return f"M{'L'.join([*top, *bottom[::-1]])}Z"
