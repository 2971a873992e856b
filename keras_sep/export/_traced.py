"""What a file for another runtime holds, traced with the operations that it has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from keras_sep._portable import PortableOperations, traced_with
from keras_sep.export._description import description
from keras_sep.export._separation import separation
from keras_sep.export._stream import VERIFIED, by_next, stepped, stream_step
from keras_sep.export._verified import verify
from keras_sep.inference import stem_gains
from keras_sep.separator import Separator

INPUT = "waveform"


@dataclass(frozen=True)
class Traced:
    """A function to convert, and what it must give.

    Args:
        function: Concrete function of named inputs, whose outputs are a dict.
        description: What the file says of itself, JSON.
        expected: Keras's stems of a waveform.
        stepped: Of a runtime's function that function of a waveform.
        shape: Shape of the waveform to try; None for those that the exporter names.
    """

    function: Any
    description: str
    expected: Callable[..., Any]
    stepped: Callable[..., Any]
    shape: tuple[int, ...] | None = None

    def verify(self, run: Any, shapes: Sequence[Any], weights: str, runtime: str) -> None:
        """Raise a `ValueError` unless what a runtime gives is what Keras gives."""
        shapes = shapes if self.shape is None else [self.shape]
        verify(self.expected, self.stepped(run), shapes, weights, runtime)


def traced_export(
    separator: Separator,
    tf: Any,
    operations: PortableOperations,
    stems: Any,
    chunk_samples: int | None,
    batch: int | None,
    samples: int | None,
) -> Traced:
    """Trace a separator, or one step of its stream, for a runtime.

    Args:
        separator: The separator.
        tf: TensorFlow.
        operations: Those of the runtime.
        stems: Stems to make, as for `stem_gains`; None for the sources.
        chunk_samples: Length of a chunk for a step of a stream, or None for whole recordings.
        batch: Number of recordings, or None for any.
        samples: Their length, or None for any.
    """
    if chunk_samples is not None:
        return _traced_step(separator, tf, operations, stems, chunk_samples, batch)
    gains = stem_gains(separator, stems)
    if INPUT in gains:
        raise ValueError(f"no stem can be called so: {INPUT!r} is the name of the input")
    separate = separation(separator, gains, stems is not None)
    names = None if stems is None else list(gains)
    waveform = tf.TensorSpec((batch, samples, separator.channels), tf.float32, name=INPUT)
    with traced_with(operations):
        function = tf.function(separate, autograph=False).get_concrete_function(waveform)
    expected = tf.function(separate, input_signature=[waveform], autograph=False)
    return Traced(
        function,
        description(separator, names, samples),
        expected,
        lambda run: lambda waveform: run(waveform=waveform),
    )


def _traced_step(separator, tf, operations, stems, chunk_samples, batch):
    if stems is not None:
        raise ValueError("a stream is exported with all its sources: leave out `stems`")
    step = stream_step(separator, tf, batch, chunk_samples)
    with traced_with(operations):
        function = tf.function(by_next(step), autograph=False).get_concrete_function(
            step.chunk, **step.state
        )
    own = tf.function(by_next(step), autograph=False)
    return Traced(
        function,
        description(separator, None, chunk_samples, step.facts),
        stepped(own, step, chunk_samples),
        lambda run: stepped(run, step, chunk_samples),
        (1, VERIFIED * chunk_samples, separator.channels),
    )
