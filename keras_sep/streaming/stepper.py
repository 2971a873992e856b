"""A causal network or separator that is stepped through a stream."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_sep.streaming._blocks import Blocks
from keras_sep.streaming._frame_count import FrameCount
from keras_sep.streaming._step_graph import StepGraph


class Stepper:
    """A causal separator or network, chunk by chunk.

    What has to be remembered from chunk to chunk is a state, given and returned: the ends of
    signals that convolutions and transforms still need, the states of recurrent layers, the sums of
    cumulative normalisations. Nothing is computed twice, and neither memory nor time grows with the
    stream. The weights are those of the model, and a step is a pure function.

    The outputs of all chunks, joined, are those for the whole recording, `latency` time steps
    later; what comes before them is to be dropped. The last `latency` time steps come out with what
    a recording has beyond its end, for which see `ended`; `Stream.finish` does all of it.

    Args:
        model: `keras_sep.Separator`, network of the zoo, or other functional `keras.Model`, that
            uses the past only, as `zoo.conv_tasnet(causal=True)` and
            `zoo.open_unmix(bidirectional=False)`. A layer without a step form must work on every
            time step by itself.
        grid: `inference.BlockGrid`, as of `inference.block_grid(separator)`, in whose blocks a
            separator that looks ahead is stepped through a stream; then a chunk is one stride.
            Default None, for models that use the past only.

    Attributes:
        stride: Chunks have this number of time steps, samples or frames, or a multiple of it.
        latency: Number of time steps by which the outputs come after the inputs.
        chunk_shape: Shape of a chunk without the batch, with None for any multiple of the stride.
        stems_shape: Shape of the outputs without batch and time.
        mirrors_end: Whether a recording is mirrored at its end, as by `layers.STFT`, or followed
            by zeros.
        frames: For each layer that turns samples into frames, how many a stream has, by the name of
            a state.
        network: Functional `keras.Model` of one step, to compile or to export, from a pair of chunk
            and state to a pair of outputs and state. A state is a dict of tensors.

    Raises:
        ValueError: If the model, or a layer of it, reads the future.

    Example:

    >>> network = keras_sep.zoo.conv_tasnet(
    ...     filters=16, kernel_size=8, stride=4, bottleneck=8, hidden=8, skip=None, blocks=2,
    ...     repeats=1, causal=True)
    >>> stepper = keras_sep.streaming.Stepper(network)
    >>> stepper.stride, stepper.latency
    (4, 4)
    >>> mixture = np.random.default_rng(0).normal(size=(1, 40, 1)).astype("float32")
    >>> state, chunks = stepper.initial_state(), []
    >>> for chunk in np.split(mixture, 5, axis=1):
    ...     stems, state = stepper.step(chunk, state)
    ...     chunks.append(stems)
    >>> streamed = keras.ops.concatenate(chunks, axis=1)
    >>> bool(np.allclose(streamed[:, 4:], network(mixture)[:, :-4], atol=1e-5))
    True
    """

    def __init__(self, model: Any, grid: Any = None):
        graph = StepGraph()
        if grid is not None:
            blocks = Blocks(model, grid)
            graph.stride, graph.latency = grid.stride, blocks.latency
            chunk = keras.Input((grid.stride, model.channels), name="chunk")
            outputs = graph.apply(blocks, chunk)
        elif hasattr(model, "through_parts"):  # a separator
            chunk = keras.Input((None, model.channels), name="chunk")
            outputs = model.through_parts(chunk, graph.apply)
        else:
            given = keras.tree.flatten(model.input)
            names = ["chunk"] if len(given) == 1 else [f"chunk_{n}" for n in range(len(given))]
            chunks = [
                keras.Input(x.shape[1:], dtype=x.dtype, name=name)
                for x, name in zip(given, names, strict=True)
            ]
            chunk = keras.tree.pack_sequence_as(model.input, chunks)
            outputs = graph.apply(model, chunk)
        self.stride: int = graph.stride
        self.latency: int = graph.latency
        self.network = keras.Model((chunk, graph.before), (outputs, graph.after), name="step")
        first, made = (keras.tree.flatten(x)[0].shape for x in (chunk, outputs))
        self.chunk_shape: tuple[int | None, ...] = first[1:]
        self.stems_shape: tuple[int, ...] = made[2:]
        self._call = _called(self.network)
        self._first = graph.first
        self.mirrors_end: bool = graph.mirrors_end
        self.frames: dict[str, FrameCount] = graph.frames

    def initial_state(self, batch: int = 1) -> dict[str, Any]:
        """The state before the first chunk of so many streams."""
        return {
            name: ops.zeros((batch, *shape), dtype) for name, (shape, dtype) in self._first.items()
        }

    def step(self, chunk: Any, state: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """What comes out with the next chunk.

        Args:
            chunk: (batch, time, ...), a multiple of `stride` time steps, as the model's input.
            state: State returned for the chunk before, or `initial_state`.

        Returns:
            The outputs, as the model's, for as many time steps, and the state.
        """
        chunk = keras.tree.map_structure(ops.convert_to_tensor, chunk)
        for x in keras.tree.flatten(chunk):
            if x.shape[1] is not None and (x.shape[1] == 0 or x.shape[1] % self.stride):
                raise ValueError(
                    f"`chunk` must have a multiple of {self.stride} time steps, the stride. "
                    f"Received: shape {tuple(x.shape)}"
                )
        return self._call(chunk, state)

    def compiled(self, samples: int) -> Callable[..., Any]:
        """A step of one stream with chunks of so many samples, compiled by the backend.

        Args:
            samples: Length of a chunk, a multiple of the stride.

        Returns:
            Function of a chunk (1, samples, channels) and a state, NumPy or tensors, to the stems,
            NumPy, and the state.
        """
        network = self.network

        def step(chunk: Any, state: Any) -> Any:
            return network((chunk, state), training=False)

        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            state = {
                name: tf.TensorSpec(x.shape, x.dtype) for name, x in self.initial_state().items()
            }
            chunk = tf.TensorSpec((1, samples, *self.chunk_shape[1:]))
            run = tf.function(step, autograph=False).get_concrete_function(chunk, state)
        elif keras.backend.backend() == "jax":
            import jax

            run = jax.jit(step)
        else:
            import torch

            run = torch.no_grad()(step)

        def stepped(chunk: Any, state: Any) -> Any:
            stems, after = run(ops.convert_to_tensor(chunk), state)
            return ops.convert_to_numpy(stems), after

        return stepped

    def ended(self, state: dict[str, Any], given: int, length: int) -> dict[str, Any]:
        """The state before the last chunks of streams of samples, whose length is known by now.

        The chunks that follow hold the last samples, and after them the samples mirrored at the
        last of them if `mirrors_end`, else zeros, until all outputs have come.

        Args:
            state: State after `given` samples.
            given: Number of samples that have been stepped through.
            length: Number of samples of the whole stream, at least `given`.

        Returns:
            The state by which frames that a recording of this length does not have do not count.
        """
        state = dict(state)
        for name, frames in self.frames.items():
            state[name] = ops.full_like(state[name], frames.left(given, length) + 1)
        return state


def _called(network):
    """The function of a step: on JAX one program per shape, which compiles sooner than each op."""
    if keras.backend.backend() != "jax":
        return lambda chunk, state: network((chunk, state), training=False)
    import jax

    @jax.jit
    def program(trained, others, chunk, state):
        made, _ = network.stateless_call(trained, others, (chunk, state), training=False)
        return made

    def call(chunk, state):
        trained, others = (
            [variable.value for variable in variables]
            for variables in (network.trainable_variables, network.non_trainable_variables)
        )
        return program(trained, others, chunk, state)

    return call
