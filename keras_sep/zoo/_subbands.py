"""Sub-bands of a spectrum as features."""

from typing import Any

import keras
from keras import ops


def subbands_of(spectrum: Any, bins: int, subbands: int) -> Any:
    """The lowest `bins` of a spectrum, in sub-bands of equal width that are features.

    (batch, frames, all bins, features) to (batch, frames, bins / subbands, subbands * features).
    """
    features, width = spectrum.shape[-1], bins // subbands
    x = keras.layers.Reshape((-1, subbands, width, features), name="bands")(spectrum[:, :, :bins])
    x = ops.swapaxes(x, 2, 3)  # (batch, frames, width, subbands, features)
    return keras.layers.Reshape((-1, width, subbands * features), name="bands_as_features")(x)


def joined_subbands(x: Any, bins: int, subbands: int, sources: int) -> Any:
    """The inverse, of each source, with zeros up to `bins` bins.

    (batch, frames, width, subbands * features * sources) to (batch, frames, bins, features,
    sources).
    """
    width, features = x.shape[2], x.shape[3] // (subbands * sources)
    x = keras.layers.Reshape((-1, width, subbands, features, sources), name="sources_apart")(x)
    x = ops.swapaxes(x, 2, 3)
    x = keras.layers.Reshape((-1, subbands * width, features, sources), name="spectra")(x)
    return ops.pad(x, ((0, 0), (0, 0), (0, bins - subbands * width), (0, 0), (0, 0)))
