"""What every export runs: waveform to stems, each under its name."""

from collections.abc import Callable, Mapping
from typing import Any

import keras

from keras_sep.separator import Separator


def require_separator(separator: Any, what: str) -> None:
    """Raise a `ValueError` unless this is a separator on the TensorFlow backend.

    Args:
        separator: What was given.
        what: Name of the export, with which the message begins.
    """
    if not isinstance(separator, Separator):
        raise ValueError(f"`separator` must be a keras_sep.Separator. Received: {separator!r}")
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"{what} is written on the TensorFlow backend. Save the separator "
            "(`separator.save('separator.keras')`) and load and export it in a process started "
            f"with KERAS_BACKEND=tensorflow. Received: backend {keras.backend.backend()!r}"
        )


def separation(separator: Separator, gains: Mapping[str, Any], chosen: bool) -> Callable[..., Any]:
    """A function from a waveform to a dict of stems, float32 (batch, samples, channels).

    Args:
        separator: What separates.
        gains: For each stem those of the mixture and of each source.
        chosen: Whether they are not simply the sources.
    """
    import tensorflow as tf

    def separate(waveform: Any) -> dict[str, Any]:
        # float32 also where the model computes in less; the sources are the last axis
        sources = tf.cast(separator(waveform, training=False), tf.float32)
        if not chosen:
            return dict(zip(gains, tf.unstack(sources, len(gains), axis=-1), strict=True))
        parts = tf.concat([waveform[..., None], sources], axis=-1)
        return {
            name: tf.reshape(
                tf.matmul(parts, tf.constant(gain[:, None], tf.float32)), tf.shape(waveform)
            )
            for name, gain in gains.items()
        }

    return separate
