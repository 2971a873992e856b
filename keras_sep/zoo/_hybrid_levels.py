"""Sizes of the levels of Hybrid Demucs and Hybrid Transformer Demucs."""

import math
from dataclasses import dataclass

from keras_sep.zoo._demucs_blocks import Block, Branches, grown


@dataclass(frozen=True)
class Level:
    """A level of the two U-Nets.

    Args:
        number: from 0 on.
        filters: of the branch of the spectrogram.
        time_filters: of the branch of the waveform.
        along_bins: the branch of the spectrogram strides along bins; else there is but one branch
            left, and it strides along time.
        meeting: one bin is left, and the branch of the waveform ends here in the sum of both.
        block: of the branch of the spectrogram.
        time_block: of the branch of the waveform.
    """

    number: int
    filters: int
    time_filters: int
    along_bins: bool
    meeting: bool
    block: Block
    time_block: Block


@dataclass(frozen=True)
class Options:
    """What `levels`, `encoder` and `decoder` are told; see `hdemucs`."""

    sources: int
    channels: int
    filters: int
    time_filters: int | None
    growth: float
    frame_length: int
    depth: int
    rewrite: bool
    kernel_size: int
    stride: int
    time_stride: int
    context: int
    encoder_context: int
    norm_starts: int
    norm_groups: int
    encoder_branches: bool
    decoder_branches: bool
    branch_depth: int
    compression: float
    attention_starts: int | None
    recurrent_starts: int | None
    initial_scale: float
    frequency_embedding: float
    embedding_scale: float
    rescale: float | None

    def branches(self, level, wanted):
        """The residual branches of a level's blocks."""
        if not wanted:
            return None
        starts = (self.recurrent_starts, self.attention_starts)
        recurrent, attention = (start is not None and level.number >= start for start in starts)
        return Branches(
            self.branch_depth, self.compression, recurrent, attention, self.initial_scale
        )


def levels(options):
    """Sizes of all levels, the outermost first."""
    kernel_size, stride = options.kernel_size, options.stride
    if kernel_size != 2 * stride or kernel_size % 4:
        raise ValueError(
            "`kernel_size` must be a multiple of 4 and twice `stride`, or branches do not meet. "
            f"Received: kernel_size={kernel_size}, stride={stride}"
        )
    if options.norm_starts < 1:
        raise ValueError(
            "`norm_starts` must be at least 1: the outermost blocks put out the sources, which are "
            f"not to be normalised together. Received: norm_starts={options.norm_starts}"
        )
    if options.time_stride % 2:
        raise ValueError(f"`time_stride` must be even. Received: time_stride={options.time_stride}")
    found = []
    bins = options.frame_length // 2
    filters, time_filters = options.filters, options.time_filters or options.filters
    for number in range(options.depth):
        if number:
            filters, time_filters = (grown(n, options.growth) for n in (filters, time_filters))
        along_bins = bins > 1
        meeting = along_bins and bins <= kernel_size
        if meeting and bins != kernel_size:
            raise ValueError(
                "`frame_length` must be four times a power of `stride`, or the branches do not "
                "have equally many frames where they meet. "
                f"Received: frame_length={options.frame_length}, stride={stride}"
            )
        if along_bins and not meeting and bins % stride:
            raise ValueError(
                "`stride` must divide the bins of every level. "
                f"Received: stride={stride} and {bins} bins on level {number}"
            )
        taps, step, padding = kernel_size, stride, kernel_size // 4
        if meeting:
            filters = time_filters = max(filters, time_filters)
            taps, padding = bins, 0
        elif not along_bins:
            taps, step = 2 * options.time_stride, options.time_stride
            padding = taps // 4
        shared = {
            "groups": options.norm_groups if number >= options.norm_starts else None,
            "activation": "gelu",
            "gated": True,
            "rewrite": options.rewrite,
            "rescale": options.rescale,
        }
        block = Block(taps, step, padding, **shared)
        time_block = Block(kernel_size, stride, kernel_size // 4, **shared)
        found.append(Level(number, filters, time_filters, along_bins, meeting, block, time_block))
        bins = 1 if bins <= kernel_size else bins // stride
    return found


def time_stride_of(options):
    """Samples after which both U-Nets start anew."""
    along_bins = [level.along_bins for level in levels(options)]
    frames = (options.frame_length // 4) * options.time_stride ** along_bins.count(False)
    return math.lcm(frames, options.stride ** along_bins.count(True))
