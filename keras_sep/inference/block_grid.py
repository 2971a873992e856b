"""The positions of the blocks of a long file."""

import math
from typing import Any, NamedTuple

# At 44.1 kHz and a hop of 1024, such a block lasts just under four Wiener windows of 300 frames;
# memory grows by the window. docs/long_files.md has the curve behind these values.
BLOCK_SECONDS = 14.0
CONTEXT_SECONDS = 6.95
FADE_SECONDS = 0.1
JOINT_SECONDS = 60.0  # from block to block, at most, to fit everybody's strides
WINDOWS_EACH = 8  # of a block, for one that its neighbour separates too
WINDOWS_SECONDS = 100.0  # of whole windows, from block to block, at most
LITTLE_LESS = 0.05  # of a window; so far from a sample nothing that a network reads is heard
SEGMENT_STRIDE = 0.75  # of a segment, as Demucs: neighbours overlap by a quarter


class BlockGrid(NamedTuple):
    """Blocks of `stride + 2 * context` samples, the first at 0, each `stride` after the last.

    Two neighbours share `2 * context` samples and meet in the middle of them, so every sample of
    the result has `context` real samples on either side in its block, less half a fade at the
    joins, and none beyond the ends of the file.

    Args:
        stride: Samples from the start of one block to the start of the next.
        context: Samples on either side of a block's own that are separated and dropped.
        fade: Samples over which one block fades linearly into the next, at most `2 * context`.
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

    A block starts on a frame of the whole file's spectrogram, or on a stride of the network, and on
    a window of frames if the networks or the post-filter use them. So every frame and window within
    a block, away from its ends, also exists in the whole file. Strides without a common multiple of
    at most a minute are ignored, the post-filter's windows first, then those of the networks. Joins
    lie `context` after the start of a block.

    Blocks fade into each other over a tenth of a second, or, of networks made for segments, over
    all that neighbours share, which is how demucs weights its segments.

    Demucs pads half of its zeros before the signal, so its frames lie as in the whole file only if
    the lengths of block and file leave the same remainder when divided by its stride.

    Args:
        separator: `Separator`, or another model with `sample_rate_hz`; facts that it lacks default
            as for networks without facts.
        block_seconds: Stride from block to block in seconds, rounded to the grid. Default 14, or
            three quarters of a segment for networks made for segments if `context_seconds` is None,
            too. Networks whose windows last several seconds, such as Spleeter's, have more, up to
            100, in whole windows.
        context_seconds: Context on either side in seconds. Default 6.95, or less if the separator's
            `context_samples` are fewer; for networks made for segments, an eighth of a segment plus
            what the block lacks of a whole one; for networks with windows of several seconds, to
            within a twentieth of a window.
        before: Number of samples that will be put before each block, which stays no longer than a
            segment with them. Default 0.

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
    known = getattr(separator, "grid", None)  # of a separator exported for such blocks
    if known is not None and block_seconds is None and context_seconds is None:
        return known
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
        fade = 2 * context
    else:
        free = block_seconds is None and context_seconds is None
        block_seconds = BLOCK_SECONDS if block_seconds is None else block_seconds
        if context_seconds is None:
            context_seconds = CONTEXT_SECONDS
            if reach is not None:  # more would make no difference
                context_seconds = min(context_seconds, (reach + fade) / rate)
        if not (0 < block_seconds < math.inf and 0 <= context_seconds < math.inf):
            raise ValueError(
                "`block_seconds` must be positive, `context_seconds` not negative, both finite. "
                f"Received: block_seconds={block_seconds}, context_seconds={context_seconds}"
            )
        stride = unit * max(1, round(block_seconds * rate / unit))
        context = round(context_seconds * rate)
        if free and unit == getattr(separator, "stride_samples", 1):
            stride, context = _whole_windows(separator, stride, context)
    return BlockGrid(stride, context, fade=min(2 * context, fade))


def _whole_windows(separator: Any, stride: int, context: int) -> tuple[int, int]:
    """Stride and context of blocks that are whole windows of the networks.

    A network separates its last window whole, however little of a block lies in it, so a block that
    ends with a window costs least; where windows are long, it has several for each that its
    neighbour separates too. Nothing changes for networks of short windows, or of none.
    """
    window = getattr(separator, "stride_samples", 1)
    front_end = getattr(separator, "front_end", None)
    count = getattr(front_end, "frame_count", None)
    if count is None or 2 * window <= context:
        return stride, context
    beyond = count(window) * separator.hop_samples - window  # of frames that reach out of a block
    shared = max(1, math.ceil((2 * context + beyond) / window - LITTLE_LESS))
    most = int(WINDOWS_SECONDS * separator.sample_rate_hz) // window
    return (
        window * max(1, min(WINDOWS_EACH * shared, most)),
        (shared * window - beyond) // 2,
    )


def _unit(separator: Any) -> int:
    """Common multiple in samples of the networks' strides and the post-filter's windows."""
    longest = JOINT_SECONDS * separator.sample_rate_hz
    hop = getattr(getattr(separator, "front_end", None), "hop_length", None) or 1
    unit = math.lcm(hop, getattr(separator, "stride_samples", 1))
    unit = unit if unit <= longest else hop
    post_filter = getattr(separator, "post_filter", None)
    joint = math.lcm(unit, hop * (getattr(post_filter, "window_frames", None) or 1))
    # windows that need not fit anybody's strides may be as long as they are
    return joint if unit == hop or joint <= longest else unit
