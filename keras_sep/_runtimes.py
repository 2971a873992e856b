"""Runtimes of exported files: what each says of itself, and what runs it."""

import contextlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from keras_sep._brief import one_line
from keras_sep._extras import require_extra
from keras_sep._printable import printable
from keras_sep._served_facts import KEY
from keras_sep._validate import require_positive_integers

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


# by suffix
RUNTIMES = {".onnx": onnx_runtime, ".tflite": litert_runtime}


def is_exported(path: str | Path) -> bool:
    """Whether this is the name of a file for another runtime."""
    return Path(path).suffix.lower() in RUNTIMES


@contextlib.contextmanager
def opened(path: str | Path, threads: int | None) -> Iterator[tuple[str, Run]]:
    """What an exported file says of itself and what runs it, for as long as both are looked into.

    Whatever a file from outside makes of that is a `ValueError` of one line that names it.
    """
    if threads is not None:
        require_positive_integers(threads=threads)
    path = Path(path)
    runtime = RUNTIMES.get(path.suffix.lower())
    if runtime is None:
        raise ValueError(
            f"{printable(path)}: not an exported separator (wanted a file that ends in "
            f"{' or '.join(RUNTIMES)})"
        )
    if not path.is_file():
        raise ValueError(f"{printable(path)}: no such file")
    try:
        text, run = runtime(str(path), threads)
        if not text:
            raise ValueError("not exported by keras_sep: it does not say what it separates")
        yield text, run
    except ImportError:
        raise
    except Exception as error:
        raise ValueError(f"{printable(path)}: {one_line(error)}") from error
