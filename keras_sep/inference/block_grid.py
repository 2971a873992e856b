"""Where the blocks of a long file lie."""

import math
from typing import Any, NamedTuple

# At 44.1 kHz and a hop of 1024 a block of these lasts just under four Wiener windows of 300 frames:
# memory grows by the window. docs/long_files.md has the curve that they were read off.
BLOCK_SECONDS = 14.0
CONTEXT_SECONDS = 6.95
FADE_SECONDS = 0.1
JOINT_SECONDS = 60.0  # blocks become no longer than this to fit everybody's strides
SEGMENT_STRIDE = 0.75  # of a segment, as Demucs: neighbours overlap by a quarter


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
    before: int = 0,
) -> BlockGrid:
    """Return the blocks in which a separator reads a file.

    A block starts on a frame of the whole file's spectrogram, or of whatever a network makes of
    the waveform in strides, and, where the networks or the post-filter work in windows of frames,
    on one of those. So every frame and every such window that lies within a block, away from its
    ends, is one that the whole file has too. Strides that would not meet once a minute are left
    out, the post-filter's windows first, then those of the networks. Joins lie `context` after the
    start of a block.

    Demucs puts half of the zeros that it needs before the signal, so its frames lie as in the whole
    file only where a block's length and the file's leave the same remainder by its stride.

    Args:
        separator: A `Separator`, or another model with its `sample_rate_hz`; what such a one does
            not say is taken as for networks without facts.
        block_seconds: Stride from block to block, rounded to the grid. Default 14; where neither
            this nor `context_seconds` is given and the networks were made for segments, three
            quarters of a segment.
        context_seconds: Context on either side. Default 6.95, or less where the separator's
            `context_samples` are less; for networks made for segments an eighth of a segment, and
            what is missing from the block to a whole one.
        before: Samples that will be put before each block: with them it is still no longer than a
            segment. Default 0.

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
    rate = separator.sample_rate_hz
    fade = round(FADE_SECONDS * rate)
    unit = _unit(separator)
    segment, reach = (
        getattr(separator, name, None) for name in ("segment_samples", "context_samples")
    )
    if segment and block_seconds is None and context_seconds is None:
        segment = max(segment - before, segment // 2)
        stride = unit * max(1, int(SEGMENT_STRIDE * segment) // unit)
        context = max(segment // 8, (segment - stride) // 2)
    else:
        block_seconds = BLOCK_SECONDS if block_seconds is None else block_seconds
        if context_seconds is None:
            context_seconds = CONTEXT_SECONDS
            if reach is not None:  # no more than makes a difference
                context_seconds = min(context_seconds, (reach + fade) / rate)
        if not (0 < block_seconds < math.inf and 0 <= context_seconds < math.inf):
            raise ValueError(
                "`block_seconds` must be positive, `context_seconds` not negative, both finite. "
                f"Received: block_seconds={block_seconds}, context_seconds={context_seconds}"
            )
        stride = unit * max(1, round(block_seconds * rate / unit))
        context = round(context_seconds * rate)
    return BlockGrid(stride, context, fade=min(2 * context, fade))


def _unit(separator: Any) -> int:
    """Samples that the networks' strides and the post-filter's windows divide."""
    longest = JOINT_SECONDS * separator.sample_rate_hz
    hop = getattr(getattr(separator, "front_end", None), "hop_length", None) or 1
    unit = math.lcm(hop, getattr(separator, "stride_samples", 1))
    unit = unit if unit <= longest else hop
    joint = math.lcm(unit, hop * (getattr(separator.post_filter, "window_frames", None) or 1))
    # windows that need not fit anybody's strides may be as long as they are
    return joint if unit == hop or joint <= longest else unit
