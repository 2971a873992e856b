"""Augmentation of whole batches, on the model's device."""

from typing import Any

import keras
from keras import ops

from keras_sep.training.on_device_settings import OnDeviceSettings


class OnDeviceAugmentation(keras.layers.Layer):
    """Gains, polarities, remixes, mixup and masks of a batch, inside the training step.

    All sources of a mixture are varied before they are summed, so that the mixture stays their sum.

    Args:
        settings: What is varied, and how far.
        seed: Seed of the draws, whose state is among the layer's variables. None for one from
            Python's generator. Default None.

    Example:

    >>> from keras_sep.training import OnDeviceAugmentation, OnDeviceSettings
    >>> augmentation = OnDeviceAugmentation(OnDeviceSettings(gain=(0.5, 2.0), remix=1.0), seed=1)
    >>> augmentation.vary(np.ones((4, 1000, 2, 3), "float32")).shape
    TensorShape([4, 1000, 2, 3])

    Reference: Uhlich et al., "Improving music source separation based on deep neural networks
    through data augmentation and network blending" (2017); Zhang et al., "mixup: Beyond empirical
    risk minimization" (2018); Park et al., "SpecAugment" (2019), without its time warping.
    """

    def __init__(self, settings: OnDeviceSettings, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings
        self.seeds = keras.random.SeedGenerator(seed)
        # of their own, as masks are drawn once in a step and all else twice
        self.mask_seeds = keras.random.SeedGenerator(None if seed is None else seed ^ 1)
        self.built = True

    @property
    def mixes_excerpts(self) -> bool:
        """Whether excerpts of a batch are exchanged or mixed, which must then be equally long."""
        return bool(self.settings.remix or self.settings.mixup)

    def vary(self, stems: Any, repeat: bool = False) -> Any:
        """Vary the stems of a batch.

        Args:
            stems: Tensor of shape (batch, samples, channels, sources).
            repeat: Whether the next call draws the same numbers again: in a training step, the
                network's mixture and the targets of its loss are computed apart. Default False.
        """
        before = ops.copy(self.seeds.state.value)
        stems = self._mixed(self._remixed(self._scaled(stems)))
        if repeat:
            self.seeds.state.assign(before)
        return stems

    def mask(self, magnitude: Any) -> Any:
        """Silence stretches of time and bands of a batch of magnitudes.

        Args:
            magnitude: Tensor of shape (batch, frames, bins, channels).
        """
        settings = self.settings
        for axis, count, most in (
            (1, settings.time_masks, settings.time_mask_frames),
            (2, settings.frequency_masks, settings.frequency_mask_bins),
        ):
            if count:
                magnitude = magnitude * self._kept(magnitude, axis, count, most)
        return magnitude

    def _scaled(self, stems: Any) -> Any:
        low, high = self.settings.gain
        shape = (ops.shape(stems)[0], 1, 1, stems.shape[-1])
        if low != 1 or high != 1:
            stems = stems * keras.random.uniform(shape, low, high, stems.dtype, self.seeds)
        if self.settings.flip_polarity:
            flips = keras.random.uniform(shape, seed=self.seeds) < self.settings.flip_polarity
            stems = stems * (1 - 2 * ops.cast(flips, stems.dtype))
        return stems

    def _remixed(self, stems: Any) -> Any:
        if not self.settings.remix:
            return stems
        sources = ops.unstack(stems, axis=-1)
        batch = ops.shape(stems)[0]
        remixes = keras.random.uniform((), seed=self.seeds) < self.settings.remix
        places = [
            ops.where(remixes, self._shuffled(batch), ops.arange(batch, dtype="int32"))
            for _ in sources
        ]
        shuffled = [
            ops.take(one, order, axis=0) for one, order in zip(sources, places, strict=True)
        ]
        return ops.stack(shuffled, axis=-1)

    def _mixed(self, stems: Any) -> Any:
        alpha = self.settings.mixup
        if not alpha:
            return stems
        batch = ops.shape(stems)[0]
        share = keras.random.beta((batch, 1, 1, 1), alpha, alpha, stems.dtype, self.seeds)
        others = ops.take(stems, self._shuffled(batch), axis=0)
        return share * stems + (1 - share) * others

    def _shuffled(self, batch: Any) -> Any:
        """The numbers of a batch's excerpts in random order."""
        order = ops.argsort(keras.random.uniform((batch,), seed=self.seeds))
        return ops.cast(order, "int32")

    def _kept(self, magnitude: Any, axis: int, count: int, most: int) -> Any:
        """One where nothing is masked along an axis, else zero."""
        sizes = ops.shape(magnitude)
        length = ops.cast(sizes[axis], "float32")
        shape = (sizes[0], count, 1)
        width = keras.random.uniform(shape, seed=self.mask_seeds)
        width = ops.floor(width * (ops.minimum(length, float(most)) + 1))
        start = keras.random.uniform(shape, seed=self.mask_seeds)
        start = ops.floor(start * (length - width + 1))
        place = ops.arange(sizes[axis], dtype="float32")
        kept = ops.all(ops.logical_or(place < start, place >= start + width), axis=1)
        return ops.cast(ops.expand_dims(kept, [2, 3] if axis == 1 else [1, 3]), magnitude.dtype)
