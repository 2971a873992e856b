"""Runtimes of exported files: what each says of itself, and stems of a waveform."""

import io
import json
import os
import zipfile
from collections.abc import Callable

import numpy as np

from keras_sep._extras import require_extra
from keras_sep._served_facts import KEY
from keras_sep._validate import require_integers_from
from keras_sep.inference.block_grid import BlockGrid

MOST_TEXT = 2**20  # bytes of what a file says of itself

Run = Callable[..., dict[str, np.ndarray]]  # of named inputs


def onnx_runtime(model: bytes | str, threads: int | None) -> tuple[str, Run]:
    """The description in an ONNX file or its content, and what runs it."""
    onnxruntime = require_extra("An ONNX file", "onnxruntime", "onnx")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or 0
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def run(**inputs: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(names, inputs), strict=True))

    return session.get_modelmeta().custom_metadata_map.get(KEY, ""), run


def litert_runtime(model: bytes | str, threads: int | None) -> tuple[str, Run]:
    """The description in a LiteRT file or its content, and what runs it."""
    interpreters = require_extra("A LiteRT file", "ai_edge_litert.interpreter", "litert")
    content = model if isinstance(model, bytes) else _read(model)
    interpreter = interpreters.Interpreter(
        model_content=content, num_threads=threads or len(os.sched_getaffinity(0))
    )
    return _appended(content), interpreter.get_signature_runner("serving_default")


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _appended(content: bytes) -> str:
    """The JSON file in the archive that follows a flatbuffer, or nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            info = archive.getinfo(f"{KEY}.json")
            if info.file_size > MOST_TEXT:
                return ""
            return archive.read(info).decode()
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        return ""


def blocks_of(text: str) -> tuple[int | None, BlockGrid]:
    """The length that a file takes, None for any, and the blocks of longer signals."""
    said = json.loads(text)
    if "stream" in said:
        raise ValueError("a step of a stream, which takes chunk and state")
    samples, grid = said["samples"], BlockGrid(**said["blocks"])
    require_integers_from(1, stride=grid.stride)
    require_integers_from(0, context=grid.context, fade=grid.fade)
    if samples is not None:
        require_integers_from(grid.block, samples=samples)
    return samples, grid


# by suffix
RUNTIMES = {".onnx": onnx_runtime, ".tflite": litert_runtime}
