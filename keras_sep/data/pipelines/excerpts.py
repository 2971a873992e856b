"""Waveform excerpts, mixed on the fly from the stems of a data set."""

from collections.abc import Sequence
from typing import Any

from keras_sep._validate import require_positive_integers
from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines._excerpt_maker import excerpt_maker
from keras_sep.data.pipelines._part import part_of
from keras_sep.data.pipelines._pipeline import (
    batches,
    excerpt_numbers,
    make_reader,
    refuse_repitch,
)
from keras_sep.data.pipelines.augmentation import Augmentation
from keras_sep.data.pipelines.own_augmentation import OwnAugmentation
from keras_sep.data.pipelines.sampling import Sampling

# what training has where nothing else is said; recipes have the same
EXCERPT_SECONDS = 6.0
EXCERPTS_PER_TRACK = 64
BATCH_SIZE = 16


def excerpts(
    tracks: Sequence[Track],
    sources: Sequence[str],
    *,
    excerpt_seconds: float = EXCERPT_SECONDS,
    hop_length: int | None = None,
    context: int = 0,
    batch_size: int = BATCH_SIZE,
    excerpts_per_track: int | None = EXCERPTS_PER_TRACK,
    augmentation: Augmentation | None = None,
    augment: Sequence[OwnAugmentation] = (),
    whole_tracks: bool = False,
    seed: int = 0,
    first_epoch: int = 0,
    reader: str = "soundfile",
    parallel_calls: int = 2,
    part: tuple[int, int] | None = None,
    sampling: Sampling | None = None,
) -> Any:
    """A `tf.data` pipeline of random excerpts of stems, whose sum is the mixture.

    Each pass over the dataset is one epoch and draws new excerpts, reproducibly for a given seed.
    `sources` must list every stem of the mixture.

    Args:
        tracks: Tracks from `find_tracks`, all of one sample rate and number of channels.
        sources: Names of the stems, in the order of the last axis.
        excerpt_seconds: Length of an excerpt in seconds. Default 6.
        hop_length: Hop in samples with which `spectrogram_dataset` draws the same excerpts for the
            same seed: they start at a multiple of it and last from the middle of their first frame
            to the middle of the last. None to start at any sample. Default None.
        context: Number of samples of the track added on either side. Beyond the track's ends they
            are zeros, as when a file is separated; with `hop_length` or at another tempo, they are
            its reflection, as in an STFT. Default 0.
        batch_size: Number of excerpts per batch. A smaller last batch is dropped, except with
            `whole_tracks`. Default 16.
        excerpts_per_track: Number of excerpts per track and epoch; None for an endless epoch.
            Default 64.
        augmentation: Settings of mixing and variation; None for `Augmentation()`. Default None.
        augment: Functions of your own, called in turn with the stems of an excerpt, a float32 array
            of shape (samples, channels, sources), context included, and a `np.random.Generator`.
            Each returns stems of that shape, whose sum is the mixture, and draws from the generator
            alone, so that epochs can be drawn again. Several threads call them in parallel. Ignored
            with `whole_tracks`. Default none.
        whole_tracks: Whether to go through each track from start to end, unvaried, instead of
            drawing: for validation. Default False.
        seed: Seed of the draws. Default 0.
        first_epoch: Number of the first epoch, with which resumed training draws the same excerpts.
            Default 0.
        reader: Decoder: "soundfile", or "tfio" to decode inside the graph, which needs the extra
            `keras_sep[tfio]` and files at the tracks' own rate. Default "soundfile".
        parallel_calls: Number of excerpts mixed in parallel. Default 2; with "tfio" always 1.
        part: Number and count of parts, such as (0, 2): each batch has only the examples of this
            part of a whole batch of `batch_size`, in its order, so that several processes share
            the batches of one. A smaller last batch that would be kept is filled up with its last
            example. None for whole batches. Default None.
        sampling: Which excerpts of prepared tracks are drawn, by the levels of their sources; None
            to draw from anywhere, equally from each track. Ignored with `whole_tracks`. Default
            None.

    Returns:
        A `tf.data.Dataset` of float32 tensors, shape (batch, samples, channels, sources), context
        included. If functions in `augment` vary the mixture alone, what they change in it follows
        the sources as one more: the mixture is the sum of all.
    """
    maker = excerpt_maker(
        tracks,
        sources,
        excerpt_seconds=excerpt_seconds,
        hop_length=hop_length,
        context=context,
        excerpts_per_track=excerpts_per_track,
        augmentation=augmentation,
        augment=augment,
        whole_tracks=whole_tracks,
        seed=seed,
        sampling=sampling,
    )
    require_positive_integers(parallel_calls=parallel_calls)
    if reader == "tfio" and not whole_tracks:
        refuse_repitch(augmentation, 'reader="tfio"')
    count = maker.draws.count
    read, calls = make_reader(reader, parallel_calls, maker.spans, maker.arrange, maker.made)
    own = part_of(part, batch_size, whole_tracks)
    dataset = excerpt_numbers(count, first_epoch, own).map(
        read, num_parallel_calls=calls, deterministic=True
    )
    return batches(dataset, count, batch_size, whole_tracks, own).prefetch(2)
