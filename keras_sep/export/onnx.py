"""A `Separator` as an ONNX file."""

import os
from pathlib import Path
from typing import Any

from keras_sep._extras import require_extra
from keras_sep._runtimes import onnx_runtime
from keras_sep._served_facts import KEY
from keras_sep._tensorflow import require_tensorflow
from keras_sep.export._one_file import require_place, require_weights, write_file
from keras_sep.export._onnx_graph import onnx_graph
from keras_sep.export._onnx_recurrence import onnx_operations
from keras_sep.export._onnx_weights import with_weights
from keras_sep.export._separation import require_separator
from keras_sep.export._traced import traced_export
from keras_sep.separator import Separator


def onnx(
    separator: Separator,
    path: str | os.PathLike,
    overwrite: bool = False,
    stems: Any = None,
    weights: str = "float32",
    chunk_samples: int | None = None,
) -> Path:
    """Write a separator as an ONNX file, of any batch size and length.

    The graph covers everything from waveform to stems, in standard operators of opset 18: Fourier
    transforms are ONNX's `DFT`, or products with a matrix where the length of their frames is less
    than 2048 or no power of two; recurrent layers are ONNX's `LSTM` and `GRU`. Before the
    file gets its name, its stems are compared with Keras's in ONNX Runtime, of two lengths and of a
    batch of two.

    `keras_sep.inference.ExportedSeparator` runs it in Python. Its metadata, key `keras_sep`, is
    JSON: `sample_rate_hz`, `source_names`, `channels`, `license`, and the `blocks` of a long file
    (`stride`, `context` and `fade`, as `keras_sep.inference.BlockGrid`).

    Args:
        separator: Separator to export, new or loaded from a `.keras` file.
        path: Path of the file, which ends in `.onnx`.
        overwrite: Whether to replace an existing file instead of raising. Default False.
        stems: Names of the stems that the graph outputs, or mapping from the name of each to gains,
            as for `inference.separate_file`. None for every source. Default None.
        weights: Number format of the weights in the file: "float32", "float16", half the size, or
            "int8", a quarter, with a scale for every feature. It computes in float32 all the same.
            Default "float32".
        chunk_samples: Length of the chunks of a stream, a multiple of its stride, to export one
            step of a separator that uses the past only, as `keras_sep.streaming.Stepper` takes it.
            None for the separator of whole recordings. Default None.

    Returns:
        The path. Input `waveform`, float32 (batch, samples, channels); one output per stem, named
        after it, of the same shape. Of a stream, inputs `chunk`, float32 (batch, chunk_samples,
        channels), and the states by name, zero at first; outputs the stems, and `next_` with the
        name of each state for the state after the chunk. Its JSON has `stream`, with the `stride`
        and `latency` in samples.

    Raises:
        ValueError: If what ONNX Runtime gives is not what Keras gives; then no file is written.
        ImportError: If a package is missing: `pip install 'keras_sep[onnx]'`.

    Example:
        >>> import keras_sep, tempfile
        >>> network = keras_sep.zoo.conv_tasnet(2, filters=8, blocks=2, repeats=1)
        >>> separator = keras_sep.Separator(network, 8000, ("first", "second"))
        >>> keras_sep.export.onnx(separator, tempfile.mkdtemp() + "/speakers.onnx").name
        'speakers.onnx'
    """
    final = require_place(path, ".onnx", overwrite)
    require_weights(weights)
    tf = require_tensorflow("An ONNX file")
    for package in ("onnx", "tf2onnx", "onnxruntime"):
        require_extra("An ONNX file", package, "onnx")
    require_separator(separator, "An ONNX file")
    traced = traced_export(
        separator, tf, onnx_operations(tf), stems, chunk_samples, batch=None, samples=None
    )
    model = onnx_graph(traced.function, "keras_sep")
    if weights != "float32":
        with_weights(model, weights)
    model.metadata_props.add(key=KEY, value=traced.description)
    content = model.SerializeToString()
    _, run = onnx_runtime(content, None)
    second, channels = separator.sample_rate_hz, separator.channels
    shapes = [(1, second, channels), (2, second // 2 + 17, channels)]
    traced.verify(run, shapes, weights, "ONNX Runtime")
    return write_file(final, content)
