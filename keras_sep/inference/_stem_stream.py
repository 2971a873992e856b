"""The way of a signal through a model to its stems, in constant memory."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from keras_sep.data import AudioInfo, resampled_length
from keras_sep.inference._channel_groups import ChannelGroups
from keras_sep.inference._resample_stream import resample_stream
from keras_sep.inference._stem_mixer import StemMixer
from keras_sep.inference.block_grid import block_grid
from keras_sep.inference.compiled_separator import CompiledSeparator
from keras_sep.inference.separate_blocks import separate_blocks
from keras_sep.inference.stem_gains import stem_gains


class StemStream:
    """Turn a stream of samples into one of stems, at the signal's own rate and channels.

    Args:
        separator: `Separator`, or `CompiledSeparator`.
        info: Sample rate, length and channels of the signal.
        stems: Stems to make, as for `stem_gains`.
        block_seconds: Stride from block to block in seconds, as for `block_grid`.
        context_seconds: Context on either side of a block in seconds, as for `block_grid`.
        interchangeable_sources: Whether to reorder the sources of each block to match its
            neighbour's. None for the separator's attribute of that name, if it has one.
    """

    def __init__(
        self,
        separator: Any,
        info: AudioInfo,
        stems: Any = None,
        block_seconds: float | None = None,
        context_seconds: float | None = None,
        interchangeable_sources: bool | None = None,
    ):
        compiled = (
            separator if isinstance(separator, CompiledSeparator) else CompiledSeparator(separator)
        )
        self.model = compiled.separator
        self.info = info
        if interchangeable_sources is None:
            interchangeable_sources = getattr(self.model, "interchangeable_sources", False)
        self._in_flight = compiled.in_flight
        gains = stem_gains(self.model, stems)
        self.names = tuple(gains)
        self._mixer = StemMixer(np.stack([*gains.values()]))
        self._grid = block_grid(self.model, block_seconds, context_seconds, compiled.most_shifted)
        self.groups = ChannelGroups(
            compiled, info.channels, self.model.channels, interchangeable_sources
        )

    def __call__(self, chunks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield stems (samples, channels, stems) of the samples (samples, channels), in pieces.

        Raises:
            ValueError: If they do not fit into 32-bit floats.
        """
        mixer, groups = self._mixer, self.groups
        rate, samples, channels = self.info
        model_rate = self.model.sample_rate_hz
        model_samples = max(1, resampled_length(samples, rate, model_rate))

        chunks = resample_stream(mixer.listen(chunks), rate, model_rate, model_samples)
        pieces = separate_blocks(
            groups, chunks, self._grid, groups.interchangeable_sources, self._in_flight
        )

        pieces = (mixer.choose(piece) for piece in pieces)
        pieces = (piece.reshape(len(piece), channels * piece.shape[2]) for piece in pieces)
        pieces = resample_stream(pieces, model_rate, rate, samples)
        pieces = (
            piece.reshape(len(piece), channels, piece.shape[1] // channels) for piece in pieces
        )
        for piece in mixer.mix(pieces):
            if not np.isfinite(piece).all():
                raise ValueError("its stems are too loud for 32-bit floats")
            yield piece
