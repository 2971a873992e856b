"""The step form of a separator that looks ahead: block by block."""

from typing import Any

from keras import ops

from keras_sep._part import part
from keras_sep._tails import extended, seen, seen_more, zeros


class Blocks:
    """Blocks that overlap and fade into each other, as `inference.separate_blocks` joins them.

    A chunk is one stride of the grid. A step separates the block that starts so many strides ago
    that it is complete, and returns the first stride of it.

    Args:
        separator: `Separator`, or another model from waveforms to stems.
        grid: `inference.BlockGrid`.
    """

    name = "blocks"

    def __init__(self, separator: Any, grid: Any):
        if grid.context + grid.fade // 2 > grid.stride:
            raise ValueError(
                "`grid` of a stream must have a stride of at least its context and half its fade. "
                f"Received: {grid}"
            )
        if getattr(separator, "interchangeable_sources", False):
            raise ValueError(
                "Blocks of a stream must have their sources in a known order. "
                "Received: a separator with interchangeable_sources=True"
            )
        self.layer = separator
        self.grid = grid
        self.earlier = -(-2 * grid.context // grid.stride)  # strides that a block starts ago
        self.latency = self.earlier * grid.stride
        self.compute_dtype = separator.compute_dtype
        self.dtype_policy = separator.dtype_policy

    def initial_state(self, shape: Any) -> dict[str, Any]:
        batch, _, channels = shape
        *_, sources = self.layer.compute_output_shape(shape)
        overlap = self.grid.block - self.grid.stride
        return {
            "tail": zeros(self, batch, self.latency, channels),
            "before": zeros(self, batch, overlap, channels, sources),
            **seen(batch),
        }

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        stride, context, half = self.grid.stride, self.grid.context, self.grid.fade // 2
        if inputs.shape[1] not in (None, stride):
            raise ValueError(
                f"A chunk of blocks must have {stride} samples, the stride. "
                f"Received: shape {tuple(inputs.shape)}"
            )
        x, tail = extended(state["tail"], inputs)
        stems = self.layer(part(x, 1, 0, self.grid.block), training=False)
        # the block before fades out around the middle of what both share
        time = ops.arange(stride, dtype="float32") + 0.5
        share = ops.clip((time - (context - half)) / max(2 * half, 1), 0.0, 1.0)
        first = ops.reshape(state["seen"], (-1, 1, 1, 1)) <= self.earlier
        share = ops.where(first, 1.0, ops.reshape(share, (1, -1, 1, 1)))
        now, after = part(stems, 1, 0, stride), part(stems, 1, stride, self.grid.block)
        missing = max(0, stride - (self.grid.block - stride))
        before = ops.pad(state["before"], ((0, 0), (0, missing), (0, 0), (0, 0)))
        outputs = part(before, 1, 0, stride) * (1 - share) + now * share
        counted = seen_more(state, 1, self.earlier + 1)
        return outputs, {"tail": tail, "before": after, **counted}
