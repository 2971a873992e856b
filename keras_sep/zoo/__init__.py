"""Models of the literature, one builder a file."""

from keras_sep.zoo.chimera import chimera
from keras_sep.zoo.conv_tasnet import conv_tasnet
from keras_sep.zoo.deep_attractor import deep_attractor
from keras_sep.zoo.deep_clustering import deep_clustering
from keras_sep.zoo.mask_inference import mask_inference
from keras_sep.zoo.open_unmix import open_unmix
from keras_sep.zoo.spleeter_unet import spleeter_unet
from keras_sep.zoo.unet import unet

__all__ = [
    "chimera",
    "conv_tasnet",
    "deep_attractor",
    "deep_clustering",
    "mask_inference",
    "open_unmix",
    "spleeter_unet",
    "unet",
]
