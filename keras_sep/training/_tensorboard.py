"""TensorBoard logs whose failure does not stop a training."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep._brief import one_line
from keras_sep._printable import say
from keras_sep._tensorflow import tensorflow_errors


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
