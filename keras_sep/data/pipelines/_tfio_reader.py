"""Decoding inside the graph of `tf.data`, by tensorflow-io."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep._tensorflow import tf
from keras_sep.data.audio.audio_error import AudioError
from keras_sep.data.audio.read_audio import audio_info, open_audio
from keras_sep.data.pipelines._numpy_step import numpy_step
from keras_sep.data.pipelines._span import Span

# What tensorflow-io decodes each kind of sample to, and what full scale is there.
_DECODED = (("int16", 2.0**15), ("int32", 2.0**31), ("float32", 1.0))
_KIND = {"PCM_16": 0, "PCM_24": 1, "FLOAT": 2, "VORBIS": 2, "MP3": 2, "MPEG_LAYER_III": 2}


class TfioReader:
    """A step of a `tf.data` pipeline from the number of an excerpt to its array, by tensorflow-io.

    Graph operations decode the files; the excerpts are the same as with `soundfile_reader`. Files
    must have the sample rate of their track, as nothing is resampled. Needs the extra
    `keras_sep[tfio]`, which means TensorFlow 2.17.

    Args:
        spans: Function from (epoch, index) to the spans to read.
        arrange: Function from (epoch, index, arrays of the spans) to the float32 array of the
            excerpt.
        shape: Shape of that array.
    """

    def __init__(
        self,
        spans: Callable[[int, int], list[Span]],
        arrange: Callable[[int, int, list[np.ndarray]], np.ndarray],
        shape: tuple[int, ...],
    ):
        try:
            import tensorflow_io
        except ImportError as error:
            raise ImportError(
                'reader="tfio" needs tensorflow-io: pip install "keras_sep[tfio]"'
            ) from error
        self.spans = spans
        self.arrange = arrange
        self.shape = shape
        self._open = tensorflow_io.audio.AudioIOTensor

    def __call__(self, number: Any) -> Any:
        requests = numpy_step(
            self._requests, [number], [tf.string, tf.int64, tf.int64, tf.int64, tf.int64]
        )
        decoded = tf.map_fn(
            self._decode,
            requests,
            fn_output_signature=tf.TensorSpec((None, None), tf.float32),
            parallel_iterations=1,
        )
        array = numpy_step(self._arrange, [number, decoded], tf.float32)
        return tf.ensure_shape(array, self.shape)

    def _requests(self, number: np.ndarray) -> tuple[np.ndarray, ...]:
        """Path, kind, first sample, number of samples and channels of each file of each span."""
        rows = []
        for span in self.spans(*(int(part) for part in number)):
            for file in span.track.files(span.source):
                kind = _kind(file, span.track.sample_rate_hz)
                rows.append((os.fsencode(file), kind, *span.window, span.track.channels))
        paths, *rest = zip(*rows, strict=True)
        return (np.array(paths, object), *(np.array(part) for part in rest))

    def _decode(self, request: tuple[Any, Any, Any, Any, Any]) -> Any:
        path, kind, first, count, channels = request

        def as_float(dtype: str, full_scale: float) -> Any:
            samples = self._open(path, dtype=tf.as_dtype(dtype))[first : first + count]
            return tf.cast(samples, tf.float32) / full_scale

        array = tf.switch_case(
            tf.cast(kind, tf.int32),
            [functools.partial(as_float, *decoded) for decoded in _DECODED],
        )
        return tf.cond(  # as `match_channels`
            channels == 1,
            lambda: tf.reduce_mean(array, axis=1, keepdims=True),
            lambda: tf.broadcast_to(array, (count, channels)),
        )

    def _arrange(self, number: np.ndarray, decoded: np.ndarray) -> np.ndarray:
        epoch, index = (int(part) for part in number)
        files = iter(decoded)
        stems = []
        for span in self.spans(epoch, index):
            parts = [next(files) for _ in span.track.files(span.source)]
            stems.append(span.play(functools.reduce(np.add, parts)))
        return self.arrange(epoch, index, stems)


@functools.lru_cache(maxsize=1 << 16)
def _kind(file: Path, sample_rate_hz: int) -> int:
    rate = audio_info(file).sample_rate_hz
    if rate != sample_rate_hz:
        raise AudioError(
            file, f'is at {rate} Hz, wanted {sample_rate_hz} Hz; reader="tfio" does not resample'
        )
    with open_audio(file) as opened:
        subtype = opened.subtype
    if subtype not in _KIND:
        known = ", ".join(_KIND)
        raise AudioError(file, f'holds {subtype} samples; reader="tfio" reads {known}')
    return _KIND[subtype]
