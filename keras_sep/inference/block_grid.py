"""Where the blocks of a long file lie."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras

from keras_sep.layers import AnalysisFilterbank, Windowed

# At 44.1 kHz and a hop of 1024 a block of these lasts just under four Wiener windows of 300 frames:
# memory grows by the window. docs/long_files.md has the curve that they were read off.
BLOCK_SECONDS = 14.0
CONTEXT_SECONDS = 6.95
FADE_SECONDS = 0.1
JOINT_SECONDS = 60.0  # blocks become no longer than this to fit the windows of two


class BlockGrid(NamedTuple):
    """Blocks of `stride + 2 * context` samples, the first at 0, each `stride` after the last.

    Two neighbours share `2 * context` samples and meet in the middle of them, so that every
    sample of the result has `context` real samples around it in its block: less half a fade at
    the joins, and nothing beyond the ends of the file.

    Args:
        stride: Samples from the start of one block to the start of the next.
        context: Samples on either side of a block's own that are separated and dropped.
        fade: Samples over which one block fades into the next, at most `2 * context`.
    """

    stride: int
    context: int
    fade: int

    @property
    def block(self) -> int:
        """Length of a block in samples."""
        return self.stride + 2 * self.context


def block_grid(
    separator: Any,
    block_seconds: float | None = None,
    context_seconds: float | None = None,
) -> BlockGrid:
    """Return the blocks in which a separator reads a file.

    A block starts on a frame of the whole file's spectrogram, or of a network's learned filterbank,
    and, where the networks or the post-filter work in windows of frames, on one of those. So every
    frame and every such window that lies within a block, away from its ends, is one that the whole
    file has too. Where both have windows, blocks start where windows of both do, if that is at
    least once a minute; otherwise on the networks' windows alone. Joins lie `context` after the
    start of a block.

    Args:
        separator: A `Separator`. Read are `sample_rate_hz`, the `hop_length` of its front end,
            the `stride` of `AnalysisFilterbank` layers and the `hop_length` of `Windowed` layers in
            its networks, and the `window_frames` of its post-filter, where it has them.
        block_seconds: Stride from block to block, rounded to the grid. Default 14.
        context_seconds: Context on either side. Default 6.95.

    Returns:
        A `BlockGrid` in samples at the separator's rate.

    Example:

    >>> import keras_sep
    >>> network = keras_sep.zoo.open_unmix(("vocals", "drums"), bins=17, hidden=4, layers=1)
    >>> separator = keras_sep.Separator(
    ...     network, 8000, ("vocals", "drums"), keras_sep.layers.STFT(32, 8),
    ...     keras_sep.layers.WienerFilter(window_frames=300),
    ... )
    >>> block_grid(separator, block_seconds=1.3, context_seconds=0.5)
    BlockGrid(stride=9600, context=4000, fade=800)
    """
    block_seconds = BLOCK_SECONDS if block_seconds is None else block_seconds
    context_seconds = CONTEXT_SECONDS if context_seconds is None else context_seconds
    if not (block_seconds > 0 and context_seconds >= 0):
        raise ValueError(
            "`block_seconds` must be positive and `context_seconds` not negative. "
            f"Received: block_seconds={block_seconds}, context_seconds={context_seconds}"
        )
    rate = separator.sample_rate_hz
    filterbanks = [x.stride for x in _layers(separator) if isinstance(x, AnalysisFilterbank)]
    hop = getattr(separator.front_end, "hop_length", None) or math.lcm(*filterbanks)
    windows = [layer.hop_length for layer in _layers(separator) if isinstance(layer, Windowed)]
    networks = math.lcm(*windows)
    both = math.lcm(networks, getattr(separator.post_filter, "window_frames", None) or 1)
    too_long = windows and hop * both > JOINT_SECONDS * rate
    unit = hop * (networks if too_long else both)
    context = round(context_seconds * rate)
    return BlockGrid(
        stride=unit * max(1, round(block_seconds * rate / unit)),
        context=context,
        fade=min(2 * context, round(FADE_SECONDS * rate)),
    )


def _layers(model: Any) -> Iterator[Any]:
    """The layers of a model and of the models in it."""
    for layer in getattr(model, "layers", ()):
        yield layer
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
