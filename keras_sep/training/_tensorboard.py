"""TensorBoard logs: numbers, whose failure does not stop a training, sounds and pictures."""

import io
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import soundfile

from keras_sep._brief import one_line
from keras_sep._printable import say
from keras_sep._tensorflow import tensorflow_errors
from keras_sep.listening_page import Clip


class TensorBoardLogs(keras.callbacks.TensorBoard):
    """`keras.callbacks.TensorBoard` that reports it and stops logging if it cannot write."""

    _given_up = False

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._try(super().on_train_begin, logs)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._try(super().on_train_batch_end, batch, logs)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self._try(super().on_test_end, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._try(super().on_epoch_end, epoch, logs)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._try(super().on_train_end, logs)

    def _try(self, hook: Callable[..., None], *arguments: Any) -> None:
        if self._given_up:
            return
        try:
            hook(*arguments)
        except (OSError, *tensorflow_errors()) as error:  # a full disk is a ResourceExhaustedError
            self._given_up = True
            say(
                f"{self.log_dir}: TensorBoard logs not written ({one_line(error)}); the training "
                "goes on without them"
            )


def log_sounds(folder: Path, clips: Sequence[Clip], step: int) -> None:
    """Write sounds for TensorBoard's tab Audio, without TensorFlow, which would warn of strings.

    Args:
        folder: Folder of the log.
        clips: Sounds, as samples.
        step: Epoch that they belong to.
    """
    from tensorboard.compat.proto.summary_pb2 import Summary

    values = []
    for clip in clips:
        info, file = clip.info(), io.BytesIO()
        soundfile.write(file, clip.sound, info.sample_rate_hz, "PCM_16", format="WAV")
        sound = Summary.Audio(
            sample_rate=info.sample_rate_hz,
            num_channels=info.channels,
            length_frames=info.samples,
            encoded_audio_string=file.getvalue(),
            content_type="audio/wav",
        )
        values.append(Summary.Value(tag=clip.label, audio=sound))
    _write(folder, values, step)


def log_pictures(folder: Path, pictures: Mapping[str, bytes], step: int) -> None:
    """Write pictures for TensorBoard's tab Images.

    Args:
        folder: Folder of the log.
        pictures: PNG files by name.
        step: Epoch that they belong to.
    """
    from tensorboard.compat.proto.summary_pb2 import Summary

    values = []
    for name, png in pictures.items():
        width, height = struct.unpack(">II", png[16:24])  # of its first chunk
        image = Summary.Image(width=width, height=height, colorspace=3, encoded_image_string=png)
        values.append(Summary.Value(tag=name, image=image))
    _write(folder, values, step)


def _write(folder: Path, values: Sequence[Any], step: int) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))
    writer.add_event(Event(wall_time=time.time(), step=step, summary=Summary(value=values)))
    writer.close()
