"""A causal network or separator that is stepped through a stream."""

from typing import Any

from keras import ops

from keras_sep.streaming._graph import StepGraph


class Stepper:
    """A causal `Separator`, or network of waveforms, that separates a stream chunk by chunk.

    What has to be remembered from chunk to chunk is a state, given and returned: the ends of
    signals that convolutions and transforms still need, the states of recurrent layers, the sums of
    cumulative normalisations. Nothing is computed twice, and neither memory nor time grows with the
    stream. The weights are those of the model.

    The chunks of stems, joined, are the stems of the whole recording, `latency_samples` later.

    Args:
        model: `keras_sep.Separator`, or a network of waveforms, that uses the past only, as
            `conv_tasnet(causal=True)` and `open_unmix(bidirectional=False)`.

    Attributes:
        stride_samples: Chunks are as long as this, or a multiple of it.
        latency_samples: Number of samples by which the stems come after the mixture.
        network: Functional `keras.Model` of one step, to compile or to export: its input is a dict
            of `"chunk"` and the tensors of the state, its output one of `"stems"` and the same.

    Example:

    >>> network = keras_sep.zoo.conv_tasnet(
    ...     filters=16, kernel_size=8, stride=4, bottleneck=8, hidden=8, skip=None, blocks=2,
    ...     repeats=1, causal=True)
    >>> stepper = keras_sep.streaming.Stepper(network)
    >>> stepper.stride_samples, stepper.latency_samples
    (4, 4)
    >>> mixture = np.random.default_rng(0).normal(size=(1, 40, 1)).astype("float32")
    >>> state = stepper.initial_state()
    >>> chunks = []
    >>> for start in range(0, 40, 8):
    ...     stems, state = stepper.step(mixture[:, start : start + 8], state)
    ...     chunks.append(stems)
    >>> streamed = np.concatenate(chunks, axis=1)
    >>> bool(np.allclose(streamed[:, 4:], network(mixture)[:, :-4], atol=1e-5))
    True
    """

    def __init__(self, model: Any):
        graph = StepGraph(model)
        self.stride_samples = graph.stride
        self.latency_samples = graph.latency
        self.network = graph.network
        self._first = graph.first

    def initial_state(self, batch: int = 1) -> dict[str, Any]:
        """The state before the first chunk of so many streams."""
        return {
            name: ops.zeros((batch, *shape), dtype) for name, (shape, dtype) in self._first.items()
        }

    def step(self, chunk: Any, state: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Separate the next chunk.

        Args:
            chunk: (batch, samples, channels), a multiple of `stride_samples`.
            state: State returned for the chunk before, or `initial_state`.

        Returns:
            The stems that are complete, (batch, samples, channels, sources), and the state.
        """
        chunk = ops.convert_to_tensor(chunk)
        samples = chunk.shape[1]
        if samples is not None and (samples == 0 or samples % self.stride_samples):
            raise ValueError(
                f"`chunk` must have a multiple of {self.stride_samples} samples, the stride. "
                f"Received: shape {tuple(chunk.shape)}"
            )
        outputs = self.network({"chunk": chunk, **state}, training=False)
        return outputs.pop("stems"), outputs
