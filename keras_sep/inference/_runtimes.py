"""Runtimes of exported files: what each says of itself, and stems of a waveform."""

import io
import json
import os
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_sep._extras import require_extra

KEY = "keras_sep"  # of ONNX's metadata, and the name of a JSON file at the end of LiteRT's
MOST_TEXT = 2**20  # bytes of what a file says of itself

Run = Callable[[np.ndarray], dict[str, np.ndarray]]


def onnx_runtime(model: bytes | str, threads: int | None) -> tuple[str, Run]:
    """The description in an ONNX file or its content, and what runs it."""
    onnxruntime = require_extra("An ONNX file", "onnxruntime", "onnx")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or 0
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def run(waveform: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(names, {"waveform": waveform}), strict=True))

    return session.get_modelmeta().custom_metadata_map.get(KEY, ""), run


def litert_runtime(model: bytes | str, threads: int | None) -> tuple[str, Run]:
    """The description in a LiteRT file or its content, and what runs it."""
    interpreters = require_extra("A LiteRT file", "ai_edge_litert.interpreter", "litert")
    content = model if isinstance(model, bytes) else _read(model)
    interpreter = interpreters.Interpreter(
        model_content=content, num_threads=threads or len(os.sched_getaffinity(0))
    )
    runner = interpreter.get_signature_runner("serving_default")

    def run(waveform: np.ndarray) -> dict[str, np.ndarray]:
        return runner(waveform=waveform)

    return _appended(content), run


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


def described(text: str) -> dict[str, Any]:
    """The facts of a description; a `ValueError` where they are missing or make no sense."""
    try:
        facts = json.loads(text)
        named = [str(name) for name in facts["source_names"]]
        numbers = {name: int(facts[name]) for name in ("sample_rate_hz", "channels")}
        samples = facts["samples"] if facts["samples"] is None else int(facts["samples"])
        blocks = {name: int(facts["blocks"][name]) for name in ("stride", "context", "fade")}
    except (ValueError, KeyError, TypeError):
        raise ValueError("not exported by keras_sep: it does not say what it separates") from None
    if not named or min(numbers.values()) < 1 or blocks["stride"] < 1 or min(blocks.values()) < 0:
        raise ValueError("what it says of itself makes no sense")
    return {
        **numbers,
        "source_names": tuple(named),
        "samples": samples,
        "blocks": blocks,
        "interchangeable_sources": bool(facts.get("interchangeable_sources")),
        "license": None if facts.get("license") is None else str(facts["license"]),
    }


# by suffix
RUNTIMES = {".onnx": onnx_runtime, ".tflite": litert_runtime}
