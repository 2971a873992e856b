"""A sound device as the sink of a stream."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_sep.commands._rate_change import RateChange
from keras_sep.commands._sample_queue import SampleQueue
from keras_sep.commands._sound_device import opened, rate_of

AHEAD_S = 1.0  # that what comes through a pipe may be ahead of the device


class OutputDevice:
    """What a sound device plays, at the rate and with the channels of a model.

    The thread of the device only takes samples out of a queue. If there are none it plays silence,
    until as much waits, before and after the model, as did at the start.

    Args:
        info: `sound_device`.
        channels: Number of channels of the model. One is played on two where the device has them.
        rate_hz: Sample rate of the model in Hz.
        chunk_s: Length of a chunk in seconds.
        buffer_s: Seconds by which a chunk may be late.
        before_s: Function that returns the seconds of sound that wait for the model.

    Attributes:
        rate_hz: Rate at which the device runs, in Hz.
        queue: Samples that wait for the device, at that rate.
        target_s: Seconds of sound that are to wait, before and after the model.
        latency_s: Seconds that sound spends in the device, as it says.
        block_s: Length of the longest block that the device has taken, in seconds.
        silent: Number of samples of silence in place of sound.
        gaps: Number of places at which there was silence.
        troubles: Number of blocks before which the device said that it had nothing to play.
    """

    def __init__(
        self,
        info: dict[str, Any],
        channels: int,
        rate_hz: int,
        chunk_s: float,
        buffer_s: float,
        before_s: Callable[[], float],
    ):
        self._name = info["name"]
        most = info["max_output_channels"]
        if most < channels:
            raise ValueError(
                f"--output: {info['name']} has {most} channels, and the model {channels}"
            )
        own = 2 if channels == 1 and most > 1 else channels
        self._channels = own
        self.rate_hz = rate_of(info, "output", own, rate_hz)
        self._change = RateChange(rate_hz, self.rate_hz, own)
        # what a filter returns in bursts has to wait for
        self.target_s = chunk_s + buffer_s + self._change.latency_s(chunk_s)
        self.queue = SampleQueue(own, round((AHEAD_S + self.target_s) * self.rate_hz))
        self.block_s = 0.0
        self.silent = self.gaps = self.troubles = 0
        self._before_s = before_s
        self._playing = self._begun = self._last = self._stopped = self._lost = False
        self._stream = opened(
            "OutputStream",
            info,
            samplerate=self.rate_hz,
            channels=own,
            callback=self._play,
            finished_callback=self._finished,
        )
        self.latency_s = self._stream.latency

    def start(self) -> None:
        """Begin to play: silence, until there is enough."""
        self._stream.start()

    @property
    def waiting_s(self) -> float:
        """Seconds of sound that wait for the device."""
        return len(self.queue) / self.rate_hz

    def write(self, samples: np.ndarray) -> None:
        """Hand over the next samples (samples, channels), as soon as there is room for them."""
        wide = np.broadcast_to(samples, (len(samples), self._channels))
        self.queue.put(self._change.push(wide))
        if self._lost:
            raise OSError(f"the sound device {self._name} has stopped")

    def finish(self) -> None:
        """Play what waits, to its end."""
        self.queue.put(self._change.end())
        self._last = True
        while len(self.queue) and not self._lost:
            time.sleep(0.01)
        self._stopped = True
        self._stream.stop()

    def close(self) -> None:
        self._stopped = True
        self._stream.abort()
        self._stream.close()

    def _play(self, outdata, frames, time, status):
        self.block_s = max(self.block_s, frames / self.rate_hz)
        self.troubles += bool(status.output_underflow)
        if not self._playing and len(self.queue):
            self._playing = self._last or self.waiting_s + self._before_s() >= self.target_s
        sound = self.queue.take(frames if self._playing else 0)
        self._begun |= len(sound) > 0
        outdata[: len(sound)] = sound
        outdata[len(sound) :] = 0
        if self._begun and len(sound) < frames and not self._last and not self._stopped:
            self.silent += frames - len(sound)
            self.gaps += self._playing
            self._playing = False

    def _finished(self):
        self._lost = not self._stopped
        self.queue.end()
