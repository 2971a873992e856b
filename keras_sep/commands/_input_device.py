"""A sound device as the source of a stream."""

from typing import Any

import numpy as np

from keras_sep.commands._rate_change import RateChange
from keras_sep.commands._sample_queue import SampleQueue
from keras_sep.commands._sound_device import opened, rate_of

MOST_S = 2.0  # that may wait for the model, besides a few chunks


class InputDevice:
    """What a sound device hears, at the rate and with the channels of a model.

    The thread of the device only puts samples into a queue, which never makes it wait. What waits
    is lost if the queue is full.

    Args:
        info: `sound_device`.
        channels: Number of channels of the model. A device of one channel is heard on all.
        rate_hz: Sample rate of the model in Hz.
        chunk_s: Length of a chunk in seconds.

    Attributes:
        rate_hz: Rate at which the device runs, in Hz.
        queue: Samples that wait for the model, at that rate.
        latency_s: Seconds that sound spends in the device, as it says.
        filter_s: Seconds that it spends at most in the change of rate.
        block_s: Length of the longest block that the device has given, in seconds.
        troubles: Number of blocks before which the device said that it had lost samples.
        lost: Whether the device has stopped by itself.
    """

    def __init__(self, info: dict[str, Any], channels: int, rate_hz: int, chunk_s: float):
        self._channels = channels
        self._name = info["name"]
        own = channels if info["max_input_channels"] >= channels else 1
        self.rate_hz = rate_of(info, "input", own, rate_hz)
        self.queue = SampleQueue(own, round((MOST_S + 3 * chunk_s) * self.rate_hz))
        self.block_s = 0.0
        self.troubles = 0
        self.lost = False
        self._stopped = False
        self._ratio = self.rate_hz / rate_hz
        self._change = RateChange(self.rate_hz, rate_hz, own)
        self._held = np.zeros((0, own), "float32")
        self._stream = opened(
            "InputStream",
            info,
            samplerate=self.rate_hz,
            channels=own,
            callback=self._hear,
            finished_callback=self._finished,
        )
        self.latency_s = self._stream.latency
        self.filter_s = self._change.latency_s(chunk_s)

    def start(self) -> None:
        """Begin to listen."""
        self._stream.start()

    @property
    def waiting_s(self) -> float:
        """Seconds of sound that wait for the model."""
        return (len(self.queue) + len(self._held) * self._ratio) / self.rate_hz

    def read(self, samples: int) -> np.ndarray:
        """The next samples (samples, channels), for which it waits; fewer at the end."""
        while len(self._held) < samples and not (self.queue.ended and not len(self.queue)):
            wanted = int((samples - len(self._held)) * self._ratio) + 1
            if self._ratio == 1:
                wanted = samples - len(self._held)
            piece = self._change.push(self.queue.get(wanted))
            self._held = np.concatenate([self._held, piece])
            if self.queue.ended and not len(self.queue):
                self._held = np.concatenate([self._held, self._change.end()])
        taken, self._held = self._held[:samples], self._held[samples:]
        return np.broadcast_to(taken, (len(taken), self._channels))

    def skip(self, seconds: float) -> None:
        """Lose the oldest of what waits."""
        self.queue.drop(round(seconds * self.rate_hz))

    def end(self) -> None:
        """Listen to no more: what waits is the end."""
        self._stopped = True
        self.queue.end()

    def close(self) -> None:
        self._stopped = True
        self._stream.abort()
        self._stream.close()

    def require(self) -> None:
        """Raise an `OSError` if the device has stopped by itself, as one that is unplugged."""
        if self.lost:
            raise OSError(f"the sound device {self._name} has stopped")

    def _hear(self, indata, frames, time, status):
        self.block_s = max(self.block_s, frames / self.rate_hz)
        self.troubles += bool(status.input_overflow)
        if not self._stopped:
            self.queue.offer(indata)

    def _finished(self):
        self.lost = not self._stopped
        self.queue.end()
