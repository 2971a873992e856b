"""Classes and functions that a recipe or a command names, with their arguments, checked."""

from keras_sep._named.named import Named, made, named_from, public
from keras_sep._named.normalization import normalization_layer

__all__ = ["Named", "made", "named_from", "normalization_layer", "public"]
