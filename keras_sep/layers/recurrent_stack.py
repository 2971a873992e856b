"""Several recurrent layers on top of each other, in one or both directions."""

import keras
from keras import ops

from keras_sep.layers.gru import GRU
from keras_sep.layers.lstm import LSTM
from keras_sep.ops.positive_integers import require_positive_integers

CELLS = {"lstm": LSTM, "gru": GRU}


@keras.saving.register_keras_serializable(package="keras_sep")
class RecurrentStack(keras.layers.Layer):
    """Recurrent layers on top of each other, each reading the sequence in one or both directions.

    What `torch.nn.LSTM(num_layers=..., bidirectional=..., dropout=...)` computes, with the weights
    of `keras.layers.LSTM`: sublayers `forward_0`, `backward_0`, `forward_1`, ...

    Args:
        units: size of the state in *each* direction; a bidirectional stack puts out `2 * units`.
        layers: how many layers.
        cell: `"lstm"` or `"gru"` (with `reset_after=True`, the form of cuDNN and PyTorch).
        bidirectional: also read every sequence from its end.
        dropout: fraction of the outputs dropped between layers (not after the last) in training.
        seed: of the dropout.
        residual: add every layer's input to its output (after the dropout). The stack's input must
            be as wide as its layers' output or, where they are bidirectional, as one direction:
            then the first layer adds it to both.
        skip: join the stack's input before its output.

    Input shape:
        (batch, frames, features)

    Output shape:
        (batch, frames, units * (2 if bidirectional else 1)), with `skip` that many plus features

    Example:
        >>> stack = keras_sep.layers.RecurrentStack(units=5, layers=2)
        >>> tuple(stack(np.zeros((3, 7, 11), "float32")).shape)
        (3, 7, 10)

    Reference:
        Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997. The skip is the one
        of Stoter et al., "Open-Unmix - A reference implementation for music source separation",
        2019.
    """

    def __init__(
        self,
        units,
        layers,
        cell="lstm",
        bidirectional=True,
        dropout=0.0,
        seed=None,
        residual=False,
        skip=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        require_positive_integers(units=units, layers=layers)
        if cell not in CELLS:
            raise ValueError(f"`cell` must be one of {sorted(CELLS)}. Received: cell={cell!r}")
        if not 0 <= dropout < 1:
            raise ValueError(f"`dropout` must be in [0, 1). Received: dropout={dropout!r}")
        self.units = units
        self.layers = layers
        self.cell = cell
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.seed = seed
        self.residual = residual
        self.skip = skip
        self.supports_masking = True

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

    def build(self, input_shape):
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

    def call(self, inputs, mask=None, training=False):
        x = inputs  # (batch, frames, features)
        for n in range(self.layers):
            outputs = self.forward_layers[n](x, mask=mask, training=training)
            if self.bidirectional:
                reverse = self.backward_layers[n](x, mask=mask, training=training)
                outputs = ops.concatenate([outputs, ops.flip(reverse, axis=1)], axis=-1)
            if n < self.layers - 1:
                outputs = self.dropout_layers[n](outputs, training=training)
            if self.residual:
                outputs = outputs + (x if x.shape[-1] == self._width else ops.tile(x, (1, 1, 2)))
            x = outputs  # (batch, frames, units * directions)
        return ops.concatenate([inputs, x], axis=-1) if self.skip else x

    def compute_output_shape(self, input_shape):
        width = self._width + (input_shape[-1] if self.skip else 0)
        return (*input_shape[:-1], width)

    @property
    def _width(self) -> int:
        """Features of every layer's output."""
        return self.units * (2 if self.bidirectional else 1)

    def get_config(self):
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
        }
