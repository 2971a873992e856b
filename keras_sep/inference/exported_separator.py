"""A separator that was exported to another runtime."""

import json
from pathlib import Path

import numpy as np

from keras_sep._printable import printable
from keras_sep._runtimes import opened
from keras_sep._served_facts import ServedModel
from keras_sep._validate import require_integers_from
from keras_sep.inference.block_grid import BlockGrid
from keras_sep.inference.compiled_separator import CompiledSeparator


class ExportedSeparator(CompiledSeparator):
    """A separator in ONNX Runtime or LiteRT, for `separate_file` and the like.

    The file says itself what it separates, and in which blocks; a shorter signal than a file of
    fixed length takes is zero-padded. It runs on the CPU.

    Args:
        path: Path of a file that `keras_sep.export.onnx` or `keras_sep.export.litert` wrote, which
            ends in `.onnx` or `.tflite`.
        threads: Number of threads. None for all cores. Default None.
        shifts: Number of separations that are averaged, as for `CompiledSeparator`; of a file of
            fixed length 1. Default 1.

    Raises:
        ValueError: If the file is missing, was not exported by keras_sep, or the runtime refuses
            it. The message is one line that names the file.
        ImportError: If the runtime is not installed: `pip install 'keras_sep[onnx]'`, or
            `'keras_sep[litert]'`.

    Example:

    >>> import tempfile, keras_sep
    >>> network = keras_sep.zoo.conv_tasnet(2, filters=8, blocks=2, repeats=1)
    >>> separator = keras_sep.Separator(network, 8000, ("first", "second"))
    >>> path = keras_sep.export.onnx(separator, tempfile.mkdtemp() + "/speakers.onnx")
    >>> exported = ExportedSeparator(path)
    >>> exported.separator.source_names
    ('first', 'second')
    >>> exported(np.zeros((1000, 1), "float32")).shape
    (1000, 1, 2)
    """

    def __init__(self, path: str | Path, threads: int | None = None, shifts: int = 1):
        with opened(path, threads) as (text, self._runtime):
            model = ServedModel(text)
            self._samples, grid = _blocks_of(text)
        if self._samples is not None:
            model.grid = grid
            if shifts > 1:
                raise ValueError(
                    f"{printable(path)}: takes {self._samples} samples, so none that are shifted. "
                    f"Received: shifts={shifts}"
                )
        super().__init__(model, shifts)

    def run(self, samples: np.ndarray) -> np.ndarray:
        """Separate samples (samples, channels) once, whatever comes of it."""
        given, fixed = len(samples), self._samples
        if fixed is not None and given > fixed:
            raise ValueError(
                f"the exported file takes {fixed} samples at once: leave out the length of blocks. "
                f"Received: {given}"
            )
        if fixed is not None:
            samples = np.pad(samples, ((0, fixed - given), (0, 0)))
        found = self._runtime(waveform=np.ascontiguousarray(samples[None], "float32"))
        stems = np.stack([found[name][0] for name in self.separator.source_names], axis=-1)
        return stems[:given]


def _blocks_of(text: str) -> tuple[int | None, BlockGrid]:
    """The length that a file takes, None for any, and the blocks of longer signals."""
    said = json.loads(text)
    if "stream" in said:
        raise ValueError(
            "a step of a stream, for `keras-sep stream` or `keras_sep.streaming.ExportedStepper`"
        )
    samples, grid = said["samples"], BlockGrid(**said["blocks"])
    require_integers_from(1, stride=grid.stride)
    require_integers_from(0, context=grid.context, fade=grid.fade)
    if samples is not None:
        require_integers_from(grid.block, samples=samples)
    return samples, grid
