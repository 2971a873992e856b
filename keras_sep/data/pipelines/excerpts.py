"""Waveform excerpts, mixed on the fly from the stems of a data set."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from keras_sep._frames import frames_within
from keras_sep._validate import require_positive_integers
from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines._numpy_step import empty
from keras_sep.data.pipelines._pipeline import (
    batches,
    excerpt_samples,
    make_draws,
    make_reader,
    numbers,
    one_format,
    refuse_repitch,
)
from keras_sep.data.pipelines._span import Span
from keras_sep.data.pipelines.augmentation import Augmentation


def excerpts(
    tracks: Sequence[Track],
    sources: Sequence[str],
    *,
    excerpt_seconds: float = 6.0,
    hop_length: int | None = None,
    context: int = 0,
    batch_size: int = 16,
    excerpts_per_track: int | None = 64,
    augmentation: Augmentation | None = None,
    whole_tracks: bool = False,
    seed: int = 0,
    first_epoch: int = 0,
    reader: str = "soundfile",
    parallel_calls: int = 2,
) -> Any:
    """A `tf.data` pipeline of stems cut out at random places; their sum is the mixture.

    Each pass over the dataset is one epoch and draws new excerpts, the same ones for the same
    seed. Every stem that belongs to the mixture must be among `sources`.

    Args:
        tracks: From `find_tracks`, all of one sample rate and channel count.
        sources: The stems, by name, in the order of the last axis.
        excerpt_seconds: Length of an excerpt in seconds. Default 6.
        hop_length: Draw what `spectrogram_dataset` draws with this hop and the same seed: an
            excerpt starts at a multiple of it and lasts from the middle of the first of its
            frames to that of the last. None to start at any sample. Default None.
        context: Samples of the track that are added on either side. Beyond the track's ends they
            are zeros, as around a file that is separated; with `hop_length`, as around the frames
            of an STFT, and at another tempo its reflection. Default 0.
        batch_size: Excerpts a batch. A last, smaller batch is dropped, except with
            `whole_tracks`. Default 16.
        excerpts_per_track: Excerpts drawn from each track in an epoch; None for an epoch without
            end. Default 64.
        augmentation: How excerpts are mixed and varied; None for `Augmentation()`.
        whole_tracks: Instead of drawing, go through each track from start to end, unvaried: for
            validation. Default False.
        seed: Another seed, other excerpts. Default 0.
        first_epoch: Number of the first pass, so that resumed training draws what it would have
            drawn. Default 0.
        reader: "soundfile", or "tfio" to decode inside the graph, which needs the extra
            `keras_sep[tfio]` and files at the tracks' own rate. Default "soundfile".
        parallel_calls: How many excerpts are mixed at a time. Default 2; with "tfio" always 1.

    Returns:
        A `tf.data.Dataset` of float32 tensors, shape (batch, samples, channels, sources), context
        included.
    """
    sample_rate_hz, channels = one_format(tracks)
    if (hop_length is not None and hop_length < 1) or context < 0:
        raise ValueError(
            "`hop_length` must be at least 1, and `context` at least 0. "
            f"Received: hop_length={hop_length}, context={context}"
        )
    require_positive_integers(parallel_calls=parallel_calls)
    if reader == "tfio" and not whole_tracks:
        refuse_repitch(augmentation, 'reader="tfio"')
    length = excerpt_samples(excerpt_seconds, sample_rate_hz)
    if hop_length is None:
        step, steps, steps_of_tracks = 1, length, [track.samples for track in tracks]
    else:  # a step is a frame
        step, steps = hop_length, frames_within(length, hop_length)
        steps_of_tracks = [frames_within(track.samples, hop_length) for track in tracks]
        length = (steps - 1) * hop_length
    draws = make_draws(
        tracks,
        steps_of_tracks,
        steps,
        excerpts_per_track=excerpts_per_track,
        augmentation=augmentation,
        whole_tracks=whole_tracks,
        seed=seed,
    )
    shape = (length + 2 * context, channels, len(sources))

    def spans(epoch: int, index: int) -> list[Span]:
        drawn = draws.draw(epoch, index, len(sources))
        starts = [draw.start * step - context for draw in drawn]
        return [
            Span(
                draw.track,
                source,
                start,
                start + shape[0],
                draw.tempo,
                draw.pitch_semitones,
                # at a faster tempo the excerpt itself may reach beyond the end
                reflect=hop_length is not None or (draw.tempo, draw.pitch_semitones) != (1.0, 0.0),
            )
            for draw, source, start in zip(drawn, sources, starts, strict=True)
        ]

    def arrange(epoch: int, index: int, stems: Iterable[np.ndarray]) -> np.ndarray:
        out = empty(shape)
        drawn = draws.draw(epoch, index, len(sources))
        for place, (draw, stem) in enumerate(zip(drawn, stems, strict=True)):
            for channel in range(channels):
                origin = channels - 1 - channel if draw.swap_channels else channel
                target = out[:, channel, place]
                np.multiply(stem[:, origin], np.float32(draw.gain), out=target)
        return out

    read = make_reader(reader, spans, arrange, shape)
    dataset = numbers(draws.count, first_epoch).map(
        read, num_parallel_calls=read.most_parallel_calls or parallel_calls, deterministic=True
    )
    return batches(dataset, draws.count, batch_size, whole_tracks).prefetch(2)
