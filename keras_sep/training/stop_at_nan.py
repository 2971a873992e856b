"""Stopping a training whose loss or weights become NaN or infinite."""

import math
from typing import Any

import keras
import numpy as np


class StopAtNaN(keras.callbacks.Callback):
    """Stops a training at the first loss or weight that is NaN or infinite.

    With a scaled loss (mixed_float16) the optimizer skips steps whose gradients overflow: training
    continues as long as the weights are finite and the epoch has other steps.

    Attributes: trouble: Description of what was found and where; None if nothing was.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trouble: str | None = None
        self._epoch = 0
        self._steps_before = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch, self._steps_before = epoch, self._steps()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss) and not self._may_skip():
            self._stop(f"the loss is {loss} at step {batch + 1}")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        skipped = self._may_skip() and self._steps() > self._steps_before
        for name, value in (logs or {}).items():
            if not math.isfinite(value) and not (name == "loss" and skipped):
                self._stop(f"the {name} is {value} at the end")
        if not self._finite_weights():
            self._stop("the weights are NaN or infinite at the end")

    def _stop(self, what: str) -> None:
        if self.trouble is None:
            self.trouble = f"{what} of epoch {self._epoch + 1}"
        self.model.stop_training = True

    def _may_skip(self) -> bool:
        scaled = isinstance(self.model.optimizer, keras.optimizers.LossScaleOptimizer)
        return scaled and self._finite_weights()

    def _steps(self) -> int:
        """Steps that the optimizer took; with a scaled loss, those that it did not skip."""
        optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        return int(keras.ops.convert_to_numpy(optimizer.iterations))

    def _finite_weights(self) -> bool:
        weights = (keras.ops.convert_to_numpy(weight) for weight in self.model.weights)
        return all(np.isfinite(weight).all() for weight in weights)
