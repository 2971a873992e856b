"""A `Separator` as a LiteRT file."""

import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from keras_sep._extras import require_extra
from keras_sep._runtimes import litert_runtime
from keras_sep._served_facts import KEY
from keras_sep._tensorflow import require_tensorflow
from keras_sep._validate import require_positive_integers
from keras_sep.export._litert_recurrence import litert_operations
from keras_sep.export._litert_weights import with_half_weights
from keras_sep.export._one_file import require_place, require_weights, write_file
from keras_sep.export._separation import require_separator
from keras_sep.export._traced import traced_export
from keras_sep.inference import block_grid
from keras_sep.separator import Separator


def litert(
    separator: Separator,
    path: str | os.PathLike,
    samples: int | None = None,
    overwrite: bool = False,
    stems: Any = None,
    weights: str = "float32",
    chunk_samples: int | None = None,
) -> Path:
    """Write a separator as a LiteRT (TensorFlow Lite) file of a fixed length.

    The graph covers everything from waveform to stems, in LiteRT's own operations: none of
    TensorFlow (Flex), none of a custom kind. Before the file gets its name, its stems are compared
    with Keras's in LiteRT.

    `keras_sep.inference.ExportedSeparator` runs it in Python, block by block. The file ends with a
    zip archive, as LiteRT's associated files do, of `keras_sep.json`: `sample_rate_hz`,
    `source_names`, `channels`, `samples`, `license`, and the `blocks` of a long file (`stride`,
    `context` and `fade`, as `keras_sep.inference.BlockGrid`).

    Args:
        separator: Separator to export, new or loaded from a `.keras` file.
        path: Path of the file, which ends in `.tflite`.
        samples: Number of samples that it takes at once. None for a block of
            `keras_sep.inference.block_grid`, in which long files are separated. Default None.
        overwrite: Whether to replace an existing file instead of raising. Default False.
        stems: Names of the stems that the graph outputs, or mapping from the name of each to gains,
            as for `inference.separate_file`. None for every source. Default None.
        weights: Number format of the weights in the file: "float32", "float16", half the size, or
            "int8", a quarter; products with weights of 8 bits round their inputs, too. Default
            "float32".
        chunk_samples: Length of the chunks of a stream, a multiple of its stride, to export one
            step of a separator that uses the past only, as `keras_sep.streaming.Stepper` takes it.
            None for the separator of whole recordings. Default None.

    Returns:
        The path. Signature `serving_default`, from `waveform`, float32 (1, samples, channels), to
        one output per stem, named after it, of the same shape. Of a stream, from `chunk`, float32
        (1, chunk_samples, channels), and the states by name, zero at first, to the stems, and
        `next_` with the name of each state for the state after the chunk. Its JSON has `stream`,
        with the `stride` and `latency` in samples.

    Raises:
        ValueError: If what LiteRT gives is not what Keras gives; then no file is written.
        ImportError: If a package is missing: `pip install 'keras_sep[litert]'`.

    Example:
        >>> import keras_sep, tempfile
        >>> network = keras_sep.zoo.conv_tasnet(2, filters=8, blocks=2, repeats=1)
        >>> separator = keras_sep.Separator(network, 8000, ("first", "second"))
        >>> keras_sep.export.litert(separator, tempfile.mkdtemp() + "/speakers.tflite", 4000).name
        'speakers.tflite'
    """
    final = require_place(path, ".tflite", overwrite)
    require_weights(weights)
    tf = require_tensorflow("A LiteRT file")
    require_extra("A LiteRT file", "ai_edge_litert", "litert")
    require_separator(separator, "A LiteRT file")
    if samples is None:
        samples = block_grid(separator).block
    require_positive_integers(samples=samples)
    traced = traced_export(
        separator, tf, litert_operations(tf), stems, chunk_samples, batch=1, samples=samples
    )
    content = _converted(tf, traced.function, weights) + _archive(traced.description)
    _, run = litert_runtime(content, None)
    traced.verify(run, [(1, samples, separator.channels)], weights, "LiteRT")
    return write_file(final, content)


def _converted(tf: Any, function: Any, weights: str) -> bytes:
    """The flatbuffer of a concrete function."""
    module = tf.Module()
    module.variables_of_function = list(function.graph.variables)
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, {"serving_default": function}, options)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        # with variables the interpreter would have to be told to fill them
        converter.experimental_enable_resource_variables = False
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if weights == "int8":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        content = converter.convert()
    return with_half_weights(content) if weights == "float16" else content


def _archive(text: str) -> bytes:
    """A zip archive of the description, for the end of the file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{KEY}.json"), text)
    return held.getvalue()
