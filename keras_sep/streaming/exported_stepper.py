"""One step of a stream that was exported to another runtime."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep._runtimes import opened
from keras_sep._served_facts import ServedModel
from keras_sep._validate import require_integers_from
from keras_sep.streaming._frame_count import FrameCount

STATES = {"float32", "float64", "int32", "int64", "bool"}
MOST_SIZE = 2**28  # numbers in a state


class ExportedStepper:
    """A causal separator chunk by chunk in ONNX Runtime or LiteRT, in the place of a `Stepper`.

    The file says itself what it separates and what it remembers from chunk to chunk. It runs on the
    CPU; short steps take less time in LiteRT than in Keras (`benchmarks/results/streaming.md`).

    Args:
        path: Path of a file that `keras_sep.export.onnx` or `keras_sep.export.litert` wrote with
            `chunk_samples`, which ends in `.onnx` or `.tflite`.
        threads: Number of threads. None for all cores. Default None.

    Attributes:
        separator: What the file says of the separator: `sample_rate_hz`, `source_names`,
            `channels`, `license`.
        stride: Number of samples of which a chunk is a multiple.
        latency: Number of samples by which the stems come after the mixture.
        chunk_shape: Samples and channels of a chunk.
        stems_shape: Channels and sources.
        mirrors_end: Whether a recording is mirrored at its end or followed by zeros.
        frames: Number of frames of a stream, by the name of a state.

    Raises:
        ValueError: If the file is missing, is not a streaming step exported by keras_sep, or the
            runtime refuses it. The message is one line that names the file.
        ImportError: If the runtime is not installed: `pip install 'keras_sep[onnx]'`, or
            `'keras_sep[litert]'`.

    Example:

    >>> import tempfile, keras_sep
    >>> network = keras_sep.zoo.tasnet(filters=7, kernel_size=40, units=6, causal=True)
    >>> separator = keras_sep.Separator(network, 8000, ("first", "second"))
    >>> path = tempfile.mkdtemp() + "/step.tflite"
    >>> path = keras_sep.export.litert(separator, path, chunk_samples=160)
    >>> stream = keras_sep.streaming.Stream(keras_sep.streaming.ExportedStepper(path))
    >>> stream(np.zeros((160, 1), "float32")).shape
    (160, 1, 2)
    """

    def __init__(self, path: str | Path, threads: int | None = None):
        with opened(path, threads) as (text, self._runtime):
            self.separator: Any = ServedModel(text)
            said = json.loads(text)
            if "stream" not in said:
                raise ValueError(
                    "takes whole recordings: export a stream with `chunk_samples`, or "
                    "--chunk-samples"
                )
            stream = said["stream"]
            self.stride, self.latency = stream["stride"], stream["latency"]
            samples, channels = said["samples"], self.separator.channels
            require_integers_from(1, stride=self.stride, samples=samples, channels=channels)
            require_integers_from(0, latency=self.latency)
            self.chunk_shape: tuple[int, int] = samples, channels
            self.stems_shape = channels, len(self.separator.source_names)
            self.mirrors_end = stream["mirrors_end"] is True
            self._first = {name: _zeros(*state) for name, state in stream["state"].items()}
            self.frames = {name: _frames(*count) for name, count in stream["frames"].items()}

    def initial_state(self) -> dict[str, np.ndarray]:
        """The state before the first chunk."""
        return {name: zeros.copy() for name, zeros in self._first.items()}

    def step(self, chunk: Any, state: dict[str, Any]) -> tuple[np.ndarray, dict[str, Any]]:
        """What comes out with the next chunk.

        Args:
            chunk: (1, samples, channels), of the length that the file was exported for.
            state: State returned for the chunk before, or `initial_state`.

        Returns:
            The stems (1, samples, channels, sources), and the state.
        """
        shape = (1, *self.chunk_shape)
        if np.shape(chunk) != shape:
            raise ValueError(f"`chunk` must be of shape {shape}. Received: {np.shape(chunk)}")
        found = self._runtime(chunk=np.ascontiguousarray(chunk, "float32"), **state)
        stems = np.stack([found[name] for name in self.separator.source_names], axis=-1)
        return stems, {name: found[f"next_{name}"] for name in state}

    def compiled(self, samples: int) -> Callable[..., Any]:
        """`step`, which the runtime has compiled."""
        return self.step

    def ended(self, state: dict[str, Any], given: int, length: int) -> dict[str, Any]:
        """The state before the last chunks of a stream, as `Stepper.ended` does."""
        state = dict(state)
        for name, frames in self.frames.items():
            state[name] = np.full_like(state[name], frames.left(given, length) + 1)
        return state


def _zeros(shape: Any, dtype: Any) -> np.ndarray:
    require_integers_from(0, **{f"axis {axis} of a state": x for axis, x in enumerate(shape)})
    if dtype not in STATES or np.prod(shape, dtype="float64") > MOST_SIZE:
        raise ValueError(f"a state of shape {shape} and {dtype}")
    return np.zeros((1, *shape), dtype)


def _frames(*given: Any) -> FrameCount:
    count = FrameCount(*given)
    require_integers_from(1, hop_length=count.hop_length)
    require_integers_from(-MOST_SIZE, more=count.more)
    require_integers_from(0, fewest=count.fewest, delay=count.delay)
    return count
