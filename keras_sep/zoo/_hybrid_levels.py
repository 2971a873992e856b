"""Sizes of the levels of Hybrid Demucs and Hybrid Transformer Demucs."""

from dataclasses import dataclass

from keras_sep.zoo._demucs_blocks import Block, block_maker, grown


@dataclass(frozen=True)
class Level:
    """A level of the two U-Nets.

    Args:
        number: Number of the level, from 0 at the outermost.
        filters: Filters of the branch of the spectrogram.
        time_filters: Filters of the branch of the waveform.
        along_bins: Whether the branch of the spectrogram strides along bins; else it is the only
            one left, and strides along time.
        meeting: Whether one bin is left, and the branch of the waveform ends in the sum of both.
        block: `Block` of the branch of the spectrogram.
        time_block: `Block` of the branch of the waveform.
    """

    number: int
    filters: int
    time_filters: int
    along_bins: bool
    meeting: bool
    block: Block
    time_block: Block


def hybrid_levels(
    *,
    filters,
    time_filters,
    growth,
    frame_length,
    depth,
    kernel_size,
    stride,
    time_stride=2,
    **others,
):
    """All levels, the outermost first, from the arguments of `hdemucs`."""
    _check(kernel_size, stride, time_stride, others["norm_starts"])
    block = block_maker(**others)
    levels = []
    bins = frame_length // 2
    time_filters = time_filters or filters
    for number in range(depth):
        if number:
            filters, time_filters = grown(filters, growth), grown(time_filters, growth)
        along_bins = bins > 1
        meeting = along_bins and bins <= kernel_size
        if meeting and bins != kernel_size:
            raise ValueError(
                "`frame_length` must be four times a power of `stride`, or the branches do not "
                "have equally many frames where they meet. "
                f"Received: frame_length={frame_length}, stride={stride}"
            )
        if along_bins and not meeting and bins % stride:
            raise ValueError(
                "`stride` must divide the bins of every level. "
                f"Received: stride={stride} and {bins} bins on level {number}"
            )
        sizes = time_sizes = (kernel_size, stride, kernel_size // 4)
        if meeting:
            filters = time_filters = max(filters, time_filters)
            sizes = (bins, stride, 0)
        elif not along_bins:
            sizes = (2 * time_stride, time_stride, time_stride // 2)
        blocks = block(number, *sizes), block(number, *time_sizes)
        levels.append(Level(number, filters, time_filters, along_bins, meeting, *blocks))
        bins = 1 if bins <= kernel_size else bins // stride
    return levels


def _check(kernel_size, stride, time_stride, norm_starts):
    if kernel_size != 2 * stride or kernel_size % 4:
        raise ValueError(
            "`kernel_size` must be a multiple of 4 and twice `stride`, or branches do not meet. "
            f"Received: kernel_size={kernel_size}, stride={stride}"
        )
    if norm_starts < 1:
        raise ValueError(
            "`norm_starts` must be at least 1: the outermost blocks output the sources, which are "
            f"not to be normalised together. Received: norm_starts={norm_starts}"
        )
    if time_stride % 2:
        raise ValueError(f"`time_stride` must be even. Received: time_stride={time_stride}")
