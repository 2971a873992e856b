"""The signature of a causal separator that separates a stream chunk by chunk."""

from typing import Any

from keras_sep.separator import Separator
from keras_sep.streaming import Stepper


def stream_signature(separator: Separator, tf: Any) -> tuple[Any, dict[str, int]] | None:
    """A concrete function of one step, and its stride and latency in samples.

    None for a separator that reads the future.
    """
    try:
        stepper = Stepper(separator)
    except ValueError:  # it says what reads the future
        return None
    state = {
        name: tf.TensorSpec((None, *x.shape[1:]), x.dtype, name=name)
        for name, x in stepper.initial_state().items()
    }
    chunk = tf.TensorSpec((None, None, separator.channels), tf.float32, name="chunk")

    @tf.function(autograph=False)
    def step(chunk, **state):
        stems, after = stepper.network((chunk, state), training=False)
        stems = tf.unstack(tf.cast(stems, tf.float32), len(separator.source_names), axis=-1)
        return dict(zip(separator.source_names, stems, strict=True)) | after

    facts = {"stride": stepper.stride, "latency": stepper.latency}
    return step.get_concrete_function(chunk, **state), facts
