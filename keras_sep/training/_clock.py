"""A time limit for training, and learning rates that follow the time."""

import math
import time
from typing import Any

import keras


class Clock(keras.callbacks.Callback):
    """Counts the seconds spent in `fit`, across resumes, and stops at a limit.

    Args:
        limit_seconds: Time in seconds after which training stops, at the end of a step; None for no
            limit. Default None.

    Attributes:
        seconds: Time spent in `fit` so far.
    """

    def __init__(self, limit_seconds: float | None = None) -> None:
        super().__init__()
        self.limit_seconds = limit_seconds
        self._before = 0.0  # spent in earlier runs
        self._started: float | None = None

    @property
    def seconds(self) -> float:
        running = 0.0 if self._started is None else time.monotonic() - self._started
        return self._before + running

    @property
    def state(self) -> dict[str, float]:
        return {"seconds": self.seconds}

    @state.setter
    def state(self, state: dict[str, float]) -> None:
        self._before = state["seconds"]
        if self._started is not None:
            self._started = time.monotonic()

    def pause(self) -> None:
        """Stop counting, for work that is not training."""
        self._before, self._started = self.seconds, None

    def resume(self) -> None:
        """Continue counting."""
        self._started = time.monotonic()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.resume()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.pause()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.limit_seconds is not None and self.seconds >= self.limit_seconds:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            logs["seconds"] = round(self.seconds, 3)


class CosineRate(keras.callbacks.Callback):
    """Lowers the learning rate along half a cosine, from the first value to the last.

    Args:
        first: Learning rate at the start.
        last: Learning rate at the end.
        epochs: Number of epochs until the end, if there is no time limit.
        clock: Clock whose time limit, if it has one, is the end.

    Reference:
        Loshchilov and Hutter, "SGDR", ICLR 2017, eq. 5, without restarts.
    """

    def __init__(self, first: float, last: float, epochs: int, clock: Clock) -> None:
        super().__init__()
        self.first, self.last, self.epochs, self.clock = first, last, epochs, clock
        self.rate = first
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        limit = self.clock.limit_seconds
        if limit is None:
            steps = (self.params or {}).get("steps")  # of an epoch, where they are known
            done = (self._epoch + (batch / steps if steps else 0.0)) / self.epochs
        else:
            done = self.clock.seconds / limit
        share = (1 + math.cos(math.pi * min(done, 1.0))) / 2
        self.rate = self.last + (self.first - self.last) * share
        self.model.optimizer.learning_rate = self.rate


class DecayingRate(keras.callbacks.Callback):
    """Multiplies the learning rate by a factor after every epoch.

    Args:
        first: Learning rate of the first epoch.
        factor: Factor of the rate.
    """

    def __init__(self, first: float, factor: float) -> None:
        super().__init__()
        self.first, self.factor = first, factor
        self.rate = first

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.rate = self.first * self.factor**epoch
        self.model.optimizer.learning_rate = self.rate


class WarmUp(keras.callbacks.Callback):
    """Raises the learning rate to its value in equal steps.

    Args:
        steps: Number of steps.
        rate: Final learning rate; or the callback, called before this one, that has it as `rate`.

    Reference:
        Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2.
    """

    def __init__(self, steps: int, rate: float | CosineRate | DecayingRate) -> None:
        super().__init__()
        self.steps, self.rate = steps, rate

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        done = int(keras.ops.convert_to_numpy(self.model.optimizer.iterations)) + 1
        if done <= self.steps:
            rate = getattr(self.rate, "rate", self.rate)
            self.model.optimizer.learning_rate = rate * done / self.steps
