"""Tracks and recordings to `tf.data`: drawing, mixing, augmentation, spectrograms, the cache."""

from keras_sep.data.pipelines.augmentation import Augmentation
from keras_sep.data.pipelines.draw_mixtures import draw_mixtures
from keras_sep.data.pipelines.excerpt_dataset import ExcerptDataset
from keras_sep.data.pipelines.excerpts import BATCH_SIZE as BATCH_SIZE
from keras_sep.data.pipelines.excerpts import EXCERPT_SECONDS as EXCERPT_SECONDS
from keras_sep.data.pipelines.excerpts import EXCERPTS_PER_TRACK as EXCERPTS_PER_TRACK
from keras_sep.data.pipelines.excerpts import excerpts
from keras_sep.data.pipelines.mixed_excerpts import GAIN_DB as GAIN_DB
from keras_sep.data.pipelines.mixed_excerpts import GAP_SECONDS as GAP_SECONDS
from keras_sep.data.pipelines.mixed_excerpts import SPEED as SPEED
from keras_sep.data.pipelines.mixed_excerpts import mixed_excerpts
from keras_sep.data.pipelines.own_augmentation import (
    AugmentationError as AugmentationError,
)
from keras_sep.data.pipelines.own_augmentation import (
    OwnAugmentation as OwnAugmentation,
)
from keras_sep.data.pipelines.own_augmentation import (
    augmented as augmented,
)
from keras_sep.data.pipelines.own_augmentation import (
    of_mixture as of_mixture,
)
from keras_sep.data.pipelines.padded_batches import padded_batches
from keras_sep.data.pipelines.repitch import stretcher as stretcher
from keras_sep.data.pipelines.sampling import Sampling
from keras_sep.data.pipelines.spectrogram_cache import CacheError, SpectrogramCache
from keras_sep.data.pipelines.spectrogram_dataset import FRAME_LENGTH as FRAME_LENGTH
from keras_sep.data.pipelines.spectrogram_dataset import HOP_LENGTH as HOP_LENGTH
from keras_sep.data.pipelines.spectrogram_dataset import spectrogram_dataset
from keras_sep.data.pipelines.voices import Pool as Pool

__all__ = [
    "Augmentation",
    "CacheError",
    "ExcerptDataset",
    "Sampling",
    "SpectrogramCache",
    "draw_mixtures",
    "excerpts",
    "mixed_excerpts",
    "padded_batches",
    "spectrogram_dataset",
]
