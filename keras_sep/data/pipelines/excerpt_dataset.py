"""Waveform excerpts for `fit` on any backend, without TensorFlow."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import keras
import numpy as np

from keras_sep._validate import require_positive_integers
from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines._excerpt_maker import excerpt_maker
from keras_sep.data.pipelines._part import part_of
from keras_sep.data.pipelines.augmentation import Augmentation
from keras_sep.data.pipelines.excerpts import BATCH_SIZE, EXCERPT_SECONDS, EXCERPTS_PER_TRACK
from keras_sep.data.pipelines.own_augmentation import OwnAugmentation
from keras_sep.data.pipelines.sampling import Sampling


class ExcerptDataset(keras.utils.PyDataset):
    """The excerpts of `keras_sep.data.excerpts` as a `keras.utils.PyDataset`.

    It needs no TensorFlow, so `fit` reads it on JAX and PyTorch alone. For the same arguments the
    numbers are the same. Each whole epoch of `fit` is followed by one of new excerpts; they are in
    random order, so `shuffle=False` lets batches be made ahead.

    Args:
        tracks: Tracks from `find_tracks`, all of one sample rate and number of channels.
        sources: Names of the stems, in the order of the last axis.
        targets: Names of the stems that a network of waveforms learns: batches are then pairs of
            the mixture and these. None for batches of all stems. Default None.
        excerpt_seconds: Length of an excerpt in seconds. Default 6.
        hop_length: Hop in samples, at whose multiples excerpts start; None to start at any sample.
            Default None.
        context: Number of samples of the track added on either side, of which targets have none.
            Default 0.
        batch_size: Number of excerpts per batch. A smaller last batch is dropped, except with
            `whole_tracks`. Default 16.
        excerpts_per_track: Number of excerpts per track and epoch. Default 64.
        augmentation: Settings of mixing and variation; None for `Augmentation()`. Default None.
        augment: Functions that vary the stems, such as those of `keras_sep.data.augmentations`.
            Default none.
        whole_tracks: Whether to go through each track from start to end, unvaried: for validation.
            Default False.
        seed: Seed of the draws. Default 0.
        first_epoch: Number of the first epoch. Default 0.
        parallel_calls: Number of batches made in parallel, by threads. Default 2.
        ahead: Number of batches that are made before they are asked for. Default 4.
        sampling: Which excerpts of prepared tracks are drawn, as for `excerpts`. Default None.
        part: Number and count of parts, if several processes share each batch, as for `excerpts`.
            Default None.

    Example:

    >>> import tempfile
    >>> root = keras_sep.data.synthetic_band(
    ...     tempfile.mkdtemp(), train=1, valid=0, test=0, seconds=2.0, sample_rate_hz=8000)
    >>> sources = ("drums", "bass", "other", "vocals")
    >>> dataset = keras_sep.data.ExcerptDataset(
    ...     keras_sep.data.find_tracks(root, "train", sources), sources, targets=("vocals",),
    ...     excerpt_seconds=0.5, batch_size=4)
    >>> mixture, vocals = dataset[0]
    >>> len(dataset), mixture.shape, vocals.shape
    (16, (4, 4000, 2), (4, 4000, 2, 1))
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        sources: Sequence[str],
        targets: Sequence[str] | None = None,
        *,
        excerpt_seconds: float = EXCERPT_SECONDS,
        hop_length: int | None = None,
        context: int = 0,
        batch_size: int = BATCH_SIZE,
        excerpts_per_track: int = EXCERPTS_PER_TRACK,
        augmentation: Augmentation | None = None,
        augment: Sequence[OwnAugmentation] = (),
        whole_tracks: bool = False,
        seed: int = 0,
        first_epoch: int = 0,
        parallel_calls: int = 2,
        ahead: int = 4,
        sampling: Sampling | None = None,
        part: tuple[int, int] | None = None,
    ) -> None:
        super().__init__()  # Keras's own workers would lose what `fit` reads to build a model
        require_positive_integers(
            batch_size=batch_size,
            excerpts_per_track=excerpts_per_track,
            parallel_calls=parallel_calls,
        )
        unknown = [name for name in targets or () if name not in sources]
        if unknown:
            raise ValueError(
                f"`targets` must be among the sources {', '.join(sources)}. "
                f"Received: {', '.join(unknown)}"
            )
        self._maker = excerpt_maker(
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
        self._count = self._maker.draws.count or 0
        if self._count < batch_size and not whole_tracks:
            raise ValueError(
                f"an epoch of {self._count} excerpts contains no batch of `batch_size`={batch_size}"
            )
        self._places = None if targets is None else [[*sources].index(name) for name in targets]
        self._keep_all = whole_tracks
        self._part = part_of(part, batch_size, whole_tracks)
        self.batch_size = batch_size
        self.epoch = first_epoch
        self._whole = False  # whether the last batch of the epoch was read
        self._ahead = ahead
        self._threads = ThreadPoolExecutor(parallel_calls)
        self._begun: dict[tuple[int, int], Future] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        whole, rest = divmod(self._count, self.batch_size)
        return whole + (self._keep_all and rest > 0)

    def __getitem__(self, index: int) -> Any:
        """A batch of the current epoch: stems, or a pair of the mixture and its targets."""
        if not 0 <= index < len(self):
            raise IndexError(f"there are {len(self)} batches. Received: {index}")
        with self._lock:
            epoch, last = self.epoch, len(self) - 1
            self._whole = self._whole or index == last
            for number in range(index, min(index + self._ahead, last) + 1):
                key, room = (epoch, number), len(self._begun) < self._ahead
                if (number == index or room) and key not in self._begun:
                    self._begun[key] = self._threads.submit(self._batch, *key)
            batch = self._begun.pop((epoch, index))
        return batch.result()

    def _batch(self, epoch: int, index: int) -> Any:
        if self._part is None:
            first = index * self.batch_size
            numbers = [*range(first, min(first + self.batch_size, self._count))]
        else:
            first = index * self._part.size
            own = range(first, first + self._part.size)
            numbers = [self._part.index(number, self._count) for number in own]
        stems = np.stack([self._maker.read(epoch, number) for number in numbers])
        if self._places is None:
            return stems
        context = self._maker.context
        inner = stems[:, context : stems.shape[1] - context]
        return np.sum(stems, axis=-1), inner[..., self._places]

    def on_epoch_end(self) -> None:
        """Draw new excerpts from now on, if the epoch was whole: `fit` also calls this before."""
        with self._lock:
            self.epoch += self._whole
            self._whole = False
            for batch in self._begun.values():
                batch.cancel()
            self._begun.clear()
