"""Batches of whole tracks or mixtures of unequal lengths."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_sep._tensorflow import tf
from keras_sep.data.layouts.mixture import Mixture
from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines._numpy_step import aligned_empty, numpy_step
from keras_sep.data.pipelines._pipeline import excerpt_numbers, one_format

_JITTER = 0.1


def padded_batches(
    items: Sequence[Track] | Sequence[Mixture],
    sources: Sequence[str],
    *,
    batch_size: int,
    seed: int = 0,
    first_epoch: int = 0,
    fixed: bool = False,
    parallel_calls: int = 2,
) -> Any:
    """A `tf.data` pipeline of whole tracks or mixtures, zero-padded to the longest of a batch.

    Each pass over the dataset is one epoch and yields every item once. Items of similar length
    share a batch, so there is little padding: items are sorted by lengths that are varied at random
    by up to a tenth, and the batches come in random order.

    `LengthMask` and `ops.length_mask` turn the lengths into a network's mask;
    `training.OnDeviceSpectrograms` does so itself.

    Args:
        items: Tracks or mixtures, all of one sample rate and number of channels.
        sources: Names of the sources, in the order of the last axis.
        batch_size: Number of items per batch. One batch of an epoch may be smaller.
        seed: Seed of the batches. Default 0.
        first_epoch: Number of the first epoch, with which resumed training sees the same batches.
            Default 0.
        fixed: Whether every epoch has the batches of epoch 0, whatever `first_epoch`: for
            validation. Default False.
        parallel_calls: Number of batches read in parallel. Default 2.

    Returns:
        A `tf.data.Dataset` of pairs: float32 stems, shape (batch, samples, channels, sources), and
        int32 lengths in samples, shape (batch,).

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> for name, samples in (("ann", 700), ("bob", 500), ("cid", 600)):
    ...     _ = keras_sep.data.write_audio(f"{root}/{name}/s1.wav", np.ones((samples, 1)), 8000)
    >>> tracks = keras_sep.data.find_tracks(root)
    >>> for stems, lengths in keras_sep.data.padded_batches(tracks, ["s1"], batch_size=3):
    ...     print(stems.shape, sorted(lengths.numpy().tolist()))
    (3, 700, 1, 1) [500, 600, 700]
    """
    _, channels = one_format(items)
    if batch_size < 1:
        raise ValueError(f"`batch_size` must be at least 1. Received: {batch_size}")
    sources = tuple(sources)
    samples = np.array([item.samples for item in items])

    @functools.lru_cache(maxsize=2)
    def epoch_batches(epoch: int) -> list[np.ndarray]:
        rng = np.random.default_rng((seed, epoch))
        order = np.argsort(samples * rng.uniform(1 - _JITTER, 1 + _JITTER, size=len(samples)))
        made = [order[at : at + batch_size] for at in range(0, len(order), batch_size)]
        return [made[place] for place in rng.permutation(len(made))]

    def read(number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        epoch, index = (int(part) for part in number)
        batch = epoch_batches(0 if fixed else epoch)[index]
        lengths = samples[batch].astype(np.int32)
        stems = aligned_empty((len(batch), int(lengths.max()), channels, len(sources)))
        for place, (item, length) in enumerate(zip(batch, lengths, strict=True)):
            stems[place, :length] = items[item].read_sources(sources)
            stems[place, length:] = 0.0
        return stems, lengths

    def step(number: Any) -> tuple[Any, Any]:
        stems, lengths = numpy_step(read, [number], (tf.float32, tf.int32))
        stems = tf.ensure_shape(stems, (None, None, channels, len(sources)))
        return stems, tf.ensure_shape(lengths, (None,))

    dataset = excerpt_numbers(-(-len(items) // batch_size), first_epoch)
    return dataset.map(step, num_parallel_calls=parallel_calls, deterministic=True).prefetch(2)
