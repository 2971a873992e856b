"""A stream of sound from a source through a model to a sink, and what is said about it."""

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from keras_sep.commands._input_device import InputDevice
from keras_sep.commands._level_meter import Level, level_meter
from keras_sep.commands._output_device import OutputDevice
from keras_sep.streaming import Stream


class SeparatedStream:
    """A stem of what a source gives, handed to a sink.

    From a sound device to a sound device, it comes as late at the end as at the beginning: what
    waits for a model that is late is dropped. What comes through a pipe is never dropped.

    Args:
        stream: `Stream` of the model.
        rate_hz: Sample rate of the model in Hz.
        source: `InputDevice` or `PipedSource`.
        sink: `OutputDevice` or `PipedSink`.
        gains: Gains of the mixture and of each source in the stem.
    """

    def __init__(self, stream: Stream, rate_hz: int, source: Any, sink: Any, gains: np.ndarray):
        self._stream = stream
        self._rate_hz = rate_hz
        self._source, self._sink = source, sink
        self._gains = gains
        self._hears = isinstance(source, InputDevice)
        self._plays = isinstance(sink, OutputDevice)
        self._levels = Level(), Level()
        self._late = self._chunks = self._read = 0

    def run(self) -> None:
        """Separate to the end of the source, or to Ctrl-C, which is the end of a sound device."""
        print(self._delays(), file=sys.stderr, flush=True)
        begun = time.monotonic()
        ends = _ended_by_ctrl_c(self._source.end) if self._hears else contextlib.nullcontext()
        try:
            with level_meter(*self._levels, self._now), ends:
                for device, used in ((self._sink, self._plays), (self._source, self._hears)):
                    if used:
                        device.start()
                self._separate()
        finally:
            print(self._summary(time.monotonic() - begun), file=sys.stderr, flush=True)
        if self._hears:
            self._source.require()

    def _separate(self):
        size, early = self._stream.chunk_samples, self._stream.stepper.latency
        both = self._hears and self._plays
        mixture = None  # as late as the stems
        last = False
        while not last:
            if both:
                self._catch_up()
            chunk = self._source.read(size)
            begun = time.monotonic()
            last = len(chunk) < size
            stems = self._stream.finish(chunk) if last else self._stream(chunk)
            if mixture is None:
                mixture = np.zeros((early, chunk.shape[1]), "float32")
            mixture = np.concatenate([mixture, chunk])
            parts = np.concatenate([mixture[: len(stems), :, None], stems], axis=-1)
            mixture = mixture[len(stems) :]
            stem = parts @ self._gains
            before, early = early, max(0, early - len(stem))
            if both:
                stem[:before] = 0  # keeps in step with what comes
            else:
                stem = stem[before:]
            self._late += time.monotonic() - begun > size / self._rate_hz
            self._chunks += 1
            self._read += len(chunk)
            for level, samples in zip(self._levels, (chunk, stem), strict=True):
                level.add(samples)
            self._sink.write(stem)
        if not both:
            self._sink.finish()

    def _catch_up(self):
        """Drop what has come too late to be separated, so that the latency does not grow."""
        source, sink = self._source, self._sink
        late = source.waiting_s + sink.waiting_s - sink.target_s
        # a device may take or give as much at once as is in it
        slack = max(source.latency_s, source.block_s) + max(sink.latency_s, sink.block_s)
        if late > slack:
            source.skip(late)

    def _latency_s(self):
        """Seconds from what is heard to its stem, without a chunk and what waits."""
        used = ((self._source, self._hears), (self._sink, self._plays))
        devices = sum(device.latency_s for device, is_used in used if is_used)
        return devices + self._stream.stepper.latency / self._rate_hz

    def _delays(self):
        own, chunk = (
            1000 * samples / self._rate_hz
            for samples in (self._stream.stepper.latency, self._stream.chunk_samples)
        )
        text = f"stems come {own:.0f} ms late, and a chunk of {chunk:.0f} ms before that"
        more = []
        for device, used, way in (
            (self._source, self._hears, "input"),
            (self._sink, self._plays, "output"),
        ):
            if used:
                rate = "" if device.rate_hz == self._rate_hz else f" at {device.rate_hz} Hz"
                more.append(f"{1000 * device.latency_s:.0f} ms in the {way} device{rate}")
        waits = chunk
        if self._plays:
            waits = 1000 * self._sink.target_s
            more.append(f"{waits - chunk:.0f} ms of buffer")
        elif self._hears and self._source.filter_s:
            waits += 1000 * self._source.filter_s
            more.append(f"{waits - chunk:.0f} ms to change its rate")
        if more:
            whole = 1000 * self._latency_s() + waits
            text += f"; {', '.join(more)}: {whole:.0f} ms in all"
        return text

    def _now(self):
        """The state of the stream, in a few words."""
        if not (self._hears or self._plays):
            return f"{self._late} late"
        ends = ((self._source, self._hears), (self._sink, self._plays))
        waiting = sum(device.waiting_s for device, used in ends if used)
        late = f"{1000 * (self._latency_s() + waiting):.0f} ms late"
        return ", ".join([late, *self._losses()])

    def _losses(self):
        if self._hears:
            queue = self._source.queue
            yield f"{1000 * queue.dropped / self._source.rate_hz:.0f} ms dropped"
        if self._plays:
            yield f"{1000 * self._sink.silent / self._sink.rate_hz:.0f} ms silent"

    def _summary(self, seconds):
        parts = [
            f"{self._read / self._rate_hz:.1f} s of sound in {seconds:.1f} s",
            f"{self._late} of {self._chunks} chunks took longer than they last",
        ]
        losses = self._losses()
        if self._hears:
            source = self._source
            parts.append(
                f"input overflow: {next(losses)} in {source.queue.gaps} places, "
                f"{source.troubles} reported by the device"
            )
        if self._plays:
            sink = self._sink
            parts.append(
                f"output underflow: {next(losses)} in {sink.gaps} places, "
                f"{sink.troubles} reported by the device"
            )
        return "; ".join(parts)


@contextlib.contextmanager
def _ended_by_ctrl_c(end: Callable[[], None]) -> Iterator[None]:
    """Call a function at the first Ctrl-C; the next one interrupts."""
    if threading.current_thread() is not threading.main_thread():  # only this one gets signals
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def once(*_: Any) -> None:
        signal.signal(signal.SIGINT, before)
        end()

    signal.signal(signal.SIGINT, once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
