"""A causal separator as a function of one step of a stream."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np

from keras_sep.separator import Separator
from keras_sep.streaming import Stepper

NEXT = "next_"  # before the name of a state, that of the state after the step
VERIFIED = 5  # chunks


class StreamStep(NamedTuple):
    """A step of a stream, to trace.

    Attributes:
        function: From `chunk` and the state, by name, to a dict of stems and one of states.
        chunk: Specification of the chunk.
        state: Specifications of the state by name.
        facts: What a program must know to run it, for JSON: `stride` and `latency` in samples,
            shape and dtype of each `state`, and what `keras_sep.streaming.ExportedStepper` needs
            at the end of a stream.
    """

    function: Callable[..., Any]
    chunk: Any
    state: dict[str, Any]
    facts: dict[str, Any]


def stream_step(
    separator: Separator, tf: Any, batch: int | None = None, samples: int | None = None
) -> StreamStep:
    """The step of a separator that uses the past only; a `ValueError` for others.

    Args:
        separator: The separator.
        tf: TensorFlow.
        batch: Number of streams, or None for any.
        samples: Length of a chunk, or None for any multiple of the stride.
    """
    stepper = Stepper(separator)
    if samples is not None and (samples < 1 or samples % stepper.stride):
        raise ValueError(
            f"`chunk_samples` must be a multiple of {stepper.stride}, the stride. "
            f"Received: {samples}"
        )
    names = separator.source_names
    first = stepper.initial_state()
    # filters that do not overlap keep no samples: LiteRT hands out no tensor of none
    empty = {name: first.pop(name) for name in [*first] if 0 in first[name].shape}

    def step(chunk: Any, **state: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        for name, x in empty.items():
            state[name] = tf.zeros((tf.shape(chunk)[0], *x.shape[1:]), x.dtype)
        stems, after = stepper.network((chunk, state), training=False)
        stems = tf.unstack(tf.cast(stems, tf.float32), len(names), axis=-1)
        return dict(zip(names, stems, strict=True)), {name: after[name] for name in first}

    return StreamStep(
        step,
        tf.TensorSpec((batch, samples, separator.channels), tf.float32, name="chunk"),
        {x: tf.TensorSpec((batch, *y.shape[1:]), y.dtype, name=x) for x, y in first.items()},
        {
            "stride": stepper.stride,
            "latency": stepper.latency,
            "state": {
                name: (list(x.shape[1:]), keras.backend.standardize_dtype(x.dtype))
                for name, x in first.items()
            },
            "mirrors_end": stepper.mirrors_end,
            "frames": stepper.frames,
        },
    )


def stream_signature(separator: Separator, tf: Any) -> tuple[Any, dict[str, int]] | None:
    """A concrete function of one step, and its stride and latency in samples.

    None for a separator that reads the future.
    """
    try:
        step = stream_step(separator, tf)
    except ValueError:  # it says what reads the future
        return None

    @tf.function(autograph=False)
    def joined(chunk, **state):
        stems, after = step.function(chunk, **state)
        return stems | after

    facts = {name: step.facts[name] for name in ("stride", "latency")}  # it tells its states itself
    return joined.get_concrete_function(step.chunk, **step.state), facts


def by_next(step: StreamStep) -> Callable[..., dict[str, Any]]:
    """The step whose states are named anew behind it: inputs and outputs share no name."""

    def joined(chunk: Any, **state: Any) -> dict[str, Any]:
        stems, after = step.function(chunk, **state)
        return stems | {NEXT + name: x for name, x in after.items()}

    return joined


def stepped(run: Callable[..., Any], step: StreamStep, samples: int) -> Callable[..., Any]:
    """A function that steps through a waveform, by a function of chunk and state, to its stems."""

    def stems_of(waveform: np.ndarray) -> dict[str, np.ndarray]:
        state = {
            name: np.zeros((1, *spec.shape[1:]), spec.dtype.as_numpy_dtype)
            for name, spec in step.state.items()
        }
        found: dict[str, list[np.ndarray]] = {}
        for chunk in np.split(waveform, waveform.shape[1] // samples, axis=1):
            outputs = run(chunk=chunk, **state)
            state = {name: np.asarray(outputs[NEXT + name]) for name in state}
            for name in outputs:
                if name.removeprefix(NEXT) not in state:
                    found.setdefault(name, []).append(np.asarray(outputs[name]))
        return {name: np.concatenate(chunks, axis=1) for name, chunks in found.items()}

    return stems_of
