"""`keras-sep stream`: a stem of the sound of a device or on standard input, as it comes."""

import argparse
import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_sep._brief import brief_names
from keras_sep._progress import waiting
from keras_sep._runtimes import is_exported
from keras_sep.commands._chosen_model import chosen_model
from keras_sep.commands._chosen_stems import chosen_stems
from keras_sep.commands._hardware import computing_on
from keras_sep.commands._input_device import InputDevice
from keras_sep.commands._output_device import OutputDevice
from keras_sep.commands._separated_stream import SeparatedStream
from keras_sep.commands._sound_device import sound_device
from keras_sep.commands._stream_pipes import PipedSink, PipedSource
from keras_sep.inference import block_grid, stem_gains
from keras_sep.streaming import ExportedStepper, Stepper, Stream

LONGEST_MS = 60_000
CHUNK_MS = 20


def run(args: argparse.Namespace) -> int:
    """Separate what comes from a device or standard input, to a device or standard output."""
    for option, value in (("--chunk-ms", args.chunk_ms), ("--buffer-ms", args.buffer_ms)):
        if value is not None:
            _require_ms(option, value)
    heard, played = (
        None if name is None else sound_device(name, way)
        for name, way in ((args.input, "input"), (args.output, "output"))
    )
    if heard and played and args.raw:
        raise ValueError("--raw: neither standard input nor standard output is used")
    with computing_on(args.device, args.threads):
        _separate(args, heard, played)
    return 0


def _separate(args, heard, played):
    separator, step = _model(args)
    gains = _one_stem(stem_gains(separator, chosen_stems(args)))
    rate, channels = separator.sample_rate_hz, separator.channels
    with waiting("preparing the stream"):
        chunk_ms = CHUNK_MS if args.chunk_ms is None else args.chunk_ms
        stream = Stream(step(), round(chunk_ms / 1000 * rate))
        # what runs for the first time takes long
        stream(np.zeros((stream.chunk_samples, channels)))
        stream.finish()
    chunk_s = stream.chunk_samples / rate
    buffer_s = chunk_s if args.buffer_ms is None else args.buffer_ms / 1000
    with contextlib.ExitStack() as stack:
        source: Any
        sink: Any
        if heard:
            source = InputDevice(heard, channels, rate, chunk_s)
            buffer_s += source.filter_s
        else:
            source = PipedSource(args.raw, rate, channels)
        stack.callback(source.close)
        if played:
            sink = OutputDevice(
                played,
                channels,
                rate,
                chunk_s,
                buffer_s,
                (lambda: source.waiting_s) if heard else (lambda: 0.0),
            )
        else:
            subtype = "FLOAT" if heard else source.subtype
            sink = PipedSink(args.raw, subtype, rate, channels)
        stack.callback(sink.close)
        SeparatedStream(stream, rate, source, sink, gains).run()


def _require_ms(name, value):
    if not 0 < value <= LONGEST_MS:
        raise ValueError(f"{name}: give more than 0 and at most {LONGEST_MS} milliseconds")


def _one_stem(gains):
    if len(gains) > 1:
        raise ValueError(
            f"one stem fits on standard output: choose with --stems NAME or --mix. The model has "
            f"{brief_names(gains)}"
        )
    (only,) = gains.values()
    return only.astype("float32")


def _model(args: argparse.Namespace) -> tuple[Any, Callable[[], Any]]:
    """The separator, or what an exported file says of it, and a function that makes its step."""
    if not is_exported(args.model):
        separator = chosen_model(args)
        return separator, lambda: _stepper(separator)
    if args.chunk_ms is not None:
        raise ValueError(
            "--chunk-ms: an exported step has the chunks that it was exported for (keras-sep "
            "export has --chunk-samples)"
        )
    stepper = ExportedStepper(args.model, args.threads)
    return stepper.separator, lambda: stepper


def _stepper(separator: Any) -> Stepper:
    try:
        return Stepper(separator)
    except ValueError:  # it looks ahead
        return Stepper(separator, block_grid(separator))
