"""A `Separator` as a LiteRT file."""

import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from keras_sep._extras import require_extra
from keras_sep._portable import traced_with
from keras_sep._tensorflow import require_tensorflow
from keras_sep._validate import require_positive_integers
from keras_sep.export._description import KEY, description
from keras_sep.export._litert_recurrence import litert_operations
from keras_sep.export._one_file import require_place, require_weights, write_file
from keras_sep.export._separation import require_separator, separation
from keras_sep.export._verified import verify
from keras_sep.inference import block_grid, litert_runtime, stem_gains
from keras_sep.separator import Separator


def litert(
    separator: Separator,
    path: str | os.PathLike,
    samples: int | None = None,
    overwrite: bool = False,
    stems: Any = None,
    weights: str = "float32",
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

    Returns:
        The path. Signature `serving_default`, from `waveform`, float32 (1, samples, channels), to
        one output per stem, named after it, of the same shape.

    Raises:
        ValueError: If what LiteRT gives is not what Keras gives; then no file is written.
        ImportError: If a package is missing: `pip install 'keras_sep[litert]'`.

    Example:
        >>> import keras_sep, tempfile
        >>> network = keras_sep.zoo.conv_tasnet(2, filters=8, kernel_size=4, blocks=2, repeats=1)
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
    gains = stem_gains(separator, stems)
    text = description(separator, None if stems is None else list(gains), samples)
    separate = separation(separator, gains, stems is not None)
    shape = (1, samples, separator.channels)
    waveform = tf.TensorSpec(shape, tf.float32, name="waveform")
    with traced_with(litert_operations(tf)):
        traced = tf.function(separate, autograph=False).get_concrete_function(waveform)
    content = _converted(tf, traced, sorted(gains), weights) + _archive(text)
    _, run = litert_runtime(content, None)
    verify(tf.function(separate, autograph=False), run, [shape], weights, "LiteRT")
    return write_file(final, content)


def _converted(tf: Any, function: Any, names: list[str], weights: str) -> bytes:
    """The flatbuffer of a concrete function whose outputs, in this order, have these names."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    # with variables the interpreter would have to be told to fill them
    frozen = convert_variables_to_constants_v2(function)
    (waveform,) = function.structured_input_signature[0]
    served = tf.function(
        lambda waveform: dict(zip(names, frozen(waveform), strict=True)), autograph=False
    ).get_concrete_function(waveform)
    with tempfile.TemporaryDirectory() as folder:
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        tf.saved_model.save(tf.Module(), folder, {"serving_default": served}, options)
        return _of_saved_model(tf, folder, weights)


def _of_saved_model(tf: Any, folder: str, weights: str) -> bytes:
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if weights != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if weights == "float16":
        converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def _archive(text: str) -> bytes:
    """A zip archive of the description, for the end of the file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{KEY}.json"), text)
    return held.getvalue()
