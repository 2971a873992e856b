"""Normalisations that blocks and networks make copies of."""

from typing import Any

import keras

from keras_sep._takes_mask import takes_mask


def normalization_config(normalization: Any, causal: bool = False) -> dict[str, Any] | None:
    """What is kept of the normalisation that was given: None, or its serialised form.

    Not the layer itself: as an attribute, Keras would track it and save it beside its copies. The
    serialised form is what comes back from a layer's config.
    """
    if isinstance(normalization, keras.Layer):
        group = isinstance(normalization, keras.layers.GroupNormalization)
        if causal and (group or getattr(normalization, "over_time", False)):
            raise ValueError(
                "`normalization` must not look ahead where the network is causal. "
                f"Received: normalization={type(normalization).__name__}()"
            )
        return keras.saving.serialize_keras_object(normalization)
    if normalization is not None and not isinstance(normalization, dict):
        raise ValueError(
            f"`normalization` must be a Keras layer. Received: normalization={normalization!r}"
        )
    return normalization


def normalization_like(
    normalization: Any,
    default: Any,
    name: str = "normalization",
    dtype: Any = None,
    causal: bool = False,
) -> keras.Layer:
    """A new layer like the one that was given, or of the class `default` where none was."""
    config = normalization_config(normalization, causal)
    if config is None:
        return default(name=name, dtype=dtype)
    layer = keras.saving.deserialize_keras_object(config)
    return type(layer).from_config({**layer.get_config(), "name": name, "dtype": dtype})


def normalized(norm: keras.Layer, x: Any, mask: Any) -> Any:
    """A normalisation applied, with the mask where it takes one."""
    return norm(x, mask=mask) if takes_mask(norm) else norm(x)
