"""Several recurrent layers on top of each other, in one or both directions."""

from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_positive_integers, require_rates
from keras_sep.layers._axes import WithAxes
from keras_sep.layers.gru import GRU
from keras_sep.layers.lstm import LSTM

CELLS = {"lstm": LSTM, "gru": GRU}


@keras.saving.register_keras_serializable(package="keras_sep")
class RecurrentStack(WithAxes, keras.Layer):
    """A stack of recurrent layers, each reading the sequence in one or both directions.

    Equal to `torch.nn.LSTM(num_layers=..., bidirectional=..., dropout=...)` and `torch.nn.GRU`,
    with the weights of `keras.layers.LSTM`: sublayers `forward_0`, `backward_0`, `forward_1`, ...
    On a CPU it trains nearly as fast (`benchmarks/results/recurrent.md`).

    Args:
        units: size of the state in *each* direction; a bidirectional stack outputs `2 * units`.
        layers: number of layers.
        cell: recurrent cell, `"lstm"` or `"gru"` (with `reset_after=True`, the form of cuDNN and
            PyTorch).
        bidirectional: whether every sequence is also read from its end.
        dropout: fraction of the outputs dropped between layers (not after the last) in training.
        seed: seed of the dropout.
        residual: whether to add every layer's input to its output (after the dropout). The stack's
            input must be as wide as its layers' output or, if they are bidirectional, as one
            direction: then the first layer adds it to both.
        skip: whether to concatenate the stack's input in front of its output.
        time_major: whether frames are the first axis of input and output and the batch the second
            (except for a mask), which saves a copy each way if they are.

    Input shape:
        (batch, frames, features), with `time_major` (frames, batch, features)

    Output shape:
        (batch, frames, units * (2 if bidirectional else 1)), with `skip` that many plus features,
        with `time_major` frames first

    Example:

    >>> stack = keras_sep.layers.RecurrentStack(units=300, layers=2)
    >>> tuple(stack(np.zeros((1, 7, 129), "float32")).shape)
    (1, 7, 600)
    >>> causal = keras_sep.layers.RecurrentStack(
    ...     units=128, layers=4, cell="gru", bidirectional=False, residual=True)
    >>> tuple(causal(np.zeros((1, 7, 128), "float32")).shape)
    (1, 7, 128)

    Reference: Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997. The skip is
    the one of Stoter et al., "Open-Unmix - A reference implementation for music source separation",
    2019.
    """

    at_least_one = ("frames",)

    def __init__(
        self,
        units: int,
        layers: int,
        cell: str = "lstm",
        bidirectional: bool = True,
        dropout: float = 0.0,
        seed: int | None = None,
        residual: bool = False,
        skip: bool = False,
        time_major: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(units=units, layers=layers)
        if cell not in CELLS:
            raise ValueError(f"`cell` must be one of {sorted(CELLS)}. Received: cell={cell!r}")
        require_rates(dropout=dropout)
        self.units = units
        self.layers = layers
        self.cell = cell
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.seed = seed
        self.residual = residual
        self.skip = skip
        self.time_major = time_major
        self.supports_masking = True
        self.axes = ("(frames, batch, features)" if time_major else "(batch, frames, features)",)

        def directed(name, index, go_backwards):
            return CELLS[cell](
                units,
                return_sequences=True,
                go_backwards=go_backwards,
                zero_output_for_mask=True,
                dtype=self.dtype_policy,
                name=f"{name}_{index}",
            )

        self.forward_layers = [directed("forward", n, False) for n in range(layers)]
        self.backward_layers = [
            directed("backward", n, True) for n in range(layers if bidirectional else 0)
        ]
        self.dropout_layers = [
            keras.layers.Dropout(dropout, seed=seed, dtype=self.dtype_policy, name=f"dropout_{n}")
            for n in range(layers - 1)
        ]

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape)
        widths = (self._width, self.units) if self.bidirectional else (self._width,)
        if self.residual and shape[-1] not in widths:
            raise ValueError(
                f"`residual=True` needs an input of {' or '.join(map(str, widths))} features. "
                f"Received: input_shape={shape}"
            )
        for n in range(self.layers):
            self.forward_layers[n].build(shape)
            if self.bidirectional:
                self.backward_layers[n].build(shape)
            shape = (*shape[:-1], self._width)
            if n < self.layers - 1:
                self.dropout_layers[n].build(shape)

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        # all layers are set up alike
        fast = self.forward_layers[0].is_fast(mask, training)
        x = inputs if fast == self.time_major else ops.transpose(inputs, (1, 0, 2))
        for n in range(self.layers):
            outputs = self._layer(n, x, mask, training, fast)
            if n < self.layers - 1:
                outputs = self.dropout_layers[n](outputs, training=training)
            if self.residual:
                outputs = outputs + (x if x.shape[-1] == self._width else ops.tile(x, (1, 1, 2)))
            x = outputs
        x = x if fast == self.time_major else ops.transpose(x, (1, 0, 2))
        return ops.concatenate([inputs, x], axis=-1) if self.skip else x

    def initial_state(self, shape: Any) -> dict[str, Any]:
        """The state of a stream of the input shape at its start."""
        if self.bidirectional:
            raise ValueError("A stream needs `bidirectional=False`. Received: bidirectional=True")
        batch = shape[1] if self.time_major else shape[0]
        return {
            layer.name: layer.initial_state((batch, None, None)) for layer in self.forward_layers
        }

    def step(self, inputs: Any, state: dict[str, Any], valid: Any = None) -> Any:
        """Outputs of the next frames of a stream, and the state after them."""
        x = ops.transpose(inputs, (1, 0, 2)) if self.time_major else inputs
        after = {}
        for layer in self.forward_layers:
            outputs, after[layer.name] = layer.step(x, state[layer.name], valid)
            x = x + outputs if self.residual else outputs
        x = ops.transpose(x, (1, 0, 2)) if self.time_major else x
        return (ops.concatenate([inputs, x], axis=-1) if self.skip else x), after

    def _layer(self, n, x, mask, training, fast):
        """One layer in all its directions; with our loops, of (frames, batch, features)."""
        directions = [self.forward_layers[n], *self.backward_layers[n : n + 1]]
        if fast:
            outputs = [layer.time_major(x, training=training)[0] for layer in directions]
        else:
            outputs = [layer(x, mask=mask, training=training) for layer in directions]
            outputs[1:] = [ops.flip(reverse, axis=1) for reverse in outputs[1:]]
        return ops.concatenate(outputs, axis=-1) if self.bidirectional else outputs[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        width = self._width + (input_shape[-1] if self.skip else 0)
        return (*input_shape[:-1], width)

    @property
    def _width(self) -> int:
        """Features of every layer's output."""
        return self.units * (2 if self.bidirectional else 1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "layers": self.layers,
            "cell": self.cell,
            "bidirectional": self.bidirectional,
            "dropout": self.dropout,
            "seed": self.seed,
            "residual": self.residual,
            "skip": self.skip,
            "time_major": self.time_major,
        }
