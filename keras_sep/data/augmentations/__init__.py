"""Augmentations of the stems of training excerpts, which recipes choose by name."""

from keras_sep.data.augmentations.codec import Codec
from keras_sep.data.augmentations.compression import Compression
from keras_sep.data.augmentations.distortion import Distortion
from keras_sep.data.augmentations.equalizer import Equalizer
from keras_sep.data.augmentations.limiter import Limiter
from keras_sep.data.augmentations.low_pass import LowPass
from keras_sep.data.augmentations.noise import Noise
from keras_sep.data.augmentations.reverb import Reverb
from keras_sep.data.augmentations.source_augmentation import SourceAugmentation

__all__ = [
    "Codec",
    "Compression",
    "Distortion",
    "Equalizer",
    "Limiter",
    "LowPass",
    "Noise",
    "Reverb",
    "SourceAugmentation",
]
