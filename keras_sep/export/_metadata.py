"""The signatures that say what is served."""

from collections.abc import Mapping
from typing import Any


def metadata_signatures(metadata: Mapping[str, Any], text: str, tf: Any) -> dict[str, Any]:
    """Concrete functions of `metadata`, and of the same and more as JSON.

    TensorFlow Serving calls no signature without an input over REST, nor where it batches, where
    every output must have a row for each row of the inputs. So `metadata_json` has both.

    Args:
        metadata: The facts, as `served_facts` returns.
        text: All that is known, as JSON.
        tf: TensorFlow.
    """

    @tf.function(autograph=False)
    def describe():
        return {
            "sample_rate_hz": tf.constant(metadata["sample_rate_hz"], tf.int32),
            "source_names": tf.constant(metadata["source_names"]),
            "channels": tf.constant(metadata["channels"] or 0, tf.int32),
            "license": tf.constant(metadata["license"] or ""),
        }

    @tf.function(autograph=False)
    def describe_rows(rows):
        return {"json": tf.fill(tf.shape(rows), text)}

    rows = tf.TensorSpec((None,), tf.int32, name="rows")
    return {
        "metadata": describe.get_concrete_function(),
        "metadata_json": describe_rows.get_concrete_function(rows),
    }
