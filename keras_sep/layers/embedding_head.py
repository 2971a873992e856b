"""From features to one embedding a bin."""

from collections.abc import Callable
from typing import Any

import keras

from keras_sep import ops
from keras_sep._validate import require_positive_integers
from keras_sep.layers._axes import WithAxes


@keras.saving.register_keras_serializable(package="keras_sep")
class EmbeddingHead(WithAxes, keras.Layer):
    """The last layer of a network that clusters: dense, one vector per bin, activation, length one.

    The division by the length is `ops.unit_length`: unlike that of `keras.ops.normalize`, whose
    gradient is NaN on JAX and PyTorch, it leaves a zero embedding zero, with zero gradient.

    Args:
        bins: number of frequency bins.
        dims: number of dimensions of an embedding.
        activation: activation of the embeddings: "tanh", "sigmoid" or any other of Keras.
        unit_norm: whether to divide each embedding by its length.

    Input shape:
        (batch, frames, features)

    Output shape:
        (batch, frames, bins, dims)

    Example:

    >>> head = keras_sep.layers.EmbeddingHead(bins=129, dims=20)
    >>> embeddings = head(np.random.default_rng(0).random((1, 3, 5)).astype("float32"))
    >>> tuple(embeddings.shape), bool(np.allclose(np.linalg.norm(embeddings, axis=-1), 1))
    ((1, 3, 129, 20), True)

    Reference: Hershey et al., "Deep clustering: discriminative embeddings for segmentation and
    separation", 2016, section 3.
    """

    axes = ("(batch, frames, features)",)

    def __init__(
        self,
        bins: int,
        dims: int,
        activation: str | Callable[[Any], Any] | None = "tanh",
        unit_norm: bool = True,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        require_positive_integers(bins=bins, dims=dims)
        self.bins = bins
        self.dims = dims
        self.activation = keras.activations.get(activation)
        self.unit_norm = unit_norm
        self.supports_masking = True
        self.dense = keras.layers.Dense(bins * dims, dtype=self.dtype_policy, name="dense")

    def build(self, input_shape: Any) -> None:
        self.dense.build(input_shape)

    def call(self, inputs: Any) -> Any:
        x = self.dense(inputs)  # (batch, frames, bins * dims)
        shape = (*keras.ops.shape(x)[:-1], self.bins, self.dims)
        x = self.activation(keras.ops.reshape(x, shape))  # (batch, frames, bins, dims)
        return ops.unit_length(x) if self.unit_norm else x

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.bins, self.dims)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "bins": self.bins,
            "dims": self.dims,
            "activation": keras.activations.serialize(self.activation),
            "unit_norm": self.unit_norm,
        }
