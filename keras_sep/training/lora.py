"""Low-rank adapters: small trainable changes of large kernels that are frozen."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
from keras import ops

from keras_sep._keras import sublayers
from keras_sep.training.freezing import named_by, require_named, train_only

# weights of several axes that scale or shift instead of being multiplied as matrices
_NO_KERNELS = ("alpha", "beta", "bias", "gamma", "scale", "shift")


class _Kernels:
    """Weights of another layer, which Keras would take for one's own in a list."""

    def __init__(self, weights: list[Any]) -> None:
        self.weights = weights
        self.numbers = {id(weight): number for number, weight in enumerate(weights)}


class LoRA(keras.Model):
    """A network whose kernels change by products of two thin matrices, which alone are trained.

    A kernel `W` of shape (..., outputs) acts as `W + alpha / rank * A @ B`, with `A` of shape (...,
    rank) and `B` of shape (rank, outputs). `B` starts with zeros, so the outputs are at first those
    of the network. All kernels with two axes or more for which the two matrices hold fewer numbers
    than the kernel have them, in whatever layer they are: dense, convolutional, recurrent,
    attention, one of your own. They are applied wherever the layer reads its kernel, so a kernel
    may be used in any way. Everything else in the network is frozen. This model exists for `fit`:
    `merge_lora` returns the network.

    Unlike Keras's `Dense.enable_lora`, saved weights keep kernel and adapters apart, so that a
    training can go on from them exactly.

    Args:
        network: Built network or layer. Its weights are frozen in place.
        rank: Rank of the change.
        layers: Patterns of the layers or weights that get adapters, as for `train_only`. None for
            all. Default None.
        alpha: Scale of the change. Default `rank`.
        train: Patterns of layers or weights that are trained as they are. Default none.

    Reference:
        Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022, equation 3.
    """

    def __init__(
        self,
        network: keras.Layer,
        rank: int,
        layers: Sequence[str] | None = None,
        alpha: float | None = None,
        train: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(rank, bool) or not isinstance(rank, int) or rank < 1:
            raise ValueError(f"`rank` must be a positive integer. Received: rank={rank!r}")
        if not network.built:
            raise ValueError(
                "`network` must be built: call it, or make it of a `keras.Input`. "
                f"Received: {network.name}, which has no weights yet"
            )
        if alpha is not None and not alpha > 0:
            raise ValueError(f"`alpha` must be a positive number. Received: alpha={alpha!r}")
        if layers:
            require_named(network, layers, "layers")
        self.network = network
        self.supports_masking = network.supports_masking
        self.rank = rank
        self.alpha = float(rank if alpha is None else alpha)
        whole = [id(weight) for weight in network.weights if named_by(weight.path, train)]
        adapted = [
            weight
            for weight in network.trainable_weights
            if id(weight) not in whole
            and (not layers or named_by(weight.path, layers))
            and _is_worth(weight, rank)
        ]
        if not adapted:
            raise ValueError(
                f"`rank` must be so low that {rank} columns and rows hold fewer numbers than a "
                f"kernel of the `layers`. Received: rank={rank}, layers={layers or 'all'}"
            )
        train_only(network, train)
        self.adapted = tuple(weight.path for weight in adapted)
        self._kernels = _Kernels(adapted)
        self._a, self._b = [], []
        for weight in adapted:
            name = weight.path.replace("/", "_")
            *rest, outputs = weight.shape
            self._a.append(
                self.add_weight(
                    shape=(math.prod(rest), rank),
                    initializer=keras.initializers.HeUniform(),
                    name=f"{name}_a",
                )
            )
            self._b.append(
                self.add_weight(shape=(rank, outputs), initializer="zeros", name=f"{name}_b")
            )
        self.built = True

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        # whoever reads a kernel in this scope gets the changed one
        variables = self.network.variables
        values = {id(variable): self._value(variable) for variable in variables}
        options = {} if mask is None else {"mask": mask}
        if isinstance(self.network, keras.Model):
            options["training"] = training
        with keras.StatelessScope([(x, values[id(x)]) for x in variables]) as scope:
            before = {id(x): scope.get_current_value(x) for x in variables}
            outputs = self.network(inputs, **options)
        for variable in variables:  # statistics, and states of the dropout
            after = scope.get_current_value(variable)
            if after is not before[id(variable)]:
                variable.assign(after)
        return outputs

    def _value(self, variable: Any) -> Any:
        number = self._kernels.numbers.get(id(variable))
        value = ops.convert_to_tensor(variable.value, variable.dtype)
        return value if number is None else value + ops.cast(self.change(number), value.dtype)

    def change(self, number: int) -> Any:
        """The change of a kernel, `alpha / rank * A @ B`, by its place in `adapted`."""
        product = ops.matmul(self._a[number], self._b[number])
        shape = self._kernels.weights[number].shape
        return ops.reshape(product * (self.alpha / self.rank), shape)

    def adapters(self) -> dict[str, tuple[Any, Any]]:
        """`A` and `B` of every adapted kernel, by the path of the kernel in the network."""
        return {
            path: (ops.convert_to_numpy(a), ops.convert_to_numpy(b))
            for path, a, b in zip(self.adapted, self._a, self._b, strict=True)
        }

    def whole(self) -> list[Any]:
        """The weights of the network that are trained as they are."""
        return self.network.trainable_weights

    @contextlib.contextmanager
    def merged(self) -> Iterator[keras.Model]:
        """The network with changed kernels inside the block, and with its own afterwards."""
        kernels = self._kernels.weights
        kept = [ops.convert_to_numpy(kernel) for kernel in kernels]
        for kernel in kernels:
            kernel.assign(self._value(kernel))
        try:
            yield self.network
        finally:
            for kernel, value in zip(kernels, kept, strict=True):
                kernel.assign(value)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.network.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("save what `merge_lora` returns: this model exists for `fit`")


def enable_lora(
    network: keras.Layer,
    rank: int,
    layers: Sequence[str] | None = None,
    alpha: float | None = None,
    train: Sequence[str] = (),
) -> LoRA:
    """Freeze a network, and give its large kernels low-rank adapters.

    Args:
        network: Built network or layer, of layers of any kind, at any depth.
        rank: Rank of the change of each kernel.
        layers: Patterns of the layers or weights that get adapters, such as `["*lstm*"]`. None for
            all. Default None.
        alpha: Scale of the change, which is multiplied by `alpha / rank`. Default `rank`.
        train: Patterns of layers or weights that are trained as they are. Default none.

    Returns:
        The `LoRA` model to compile and fit.

    Raises:
        ValueError: If a pattern names nothing, or no kernel is large enough for the rank.

    Example:

    >>> network = keras_sep.zoo.open_unmix(("vocals",), bins=65, hidden=16, layers=1)
    >>> adapted = keras_sep.training.enable_lora(network, rank=2, train=["vocals_output"])
    >>> network.count_params(), sum(w.shape.num_elements() for w in adapted.trainable_weights)
    (7180, 1162)
    >>> adapted.compile("adam", loss=keras_sep.losses.SpectrogramLoss(norm="l2"))
    >>> mixture = keras.random.uniform((2, 9, 65, 2))
    >>> history = adapted.fit(mixture, 0.3 * mixture[..., None], verbose=0)
    >>> plain = keras_sep.training.merge_lora(adapted)
    >>> plain is network
    True
    """
    return LoRA(network, rank, layers, alpha, train)


def merge_lora(adapted: keras.Model) -> keras.Model:
    """Add the adapters to the kernels of their network, and train all of it from then on.

    Args:
        adapted: What `enable_lora` returned. It is of no use afterwards.

    Returns:
        The network: an ordinary one, with plain kernels.
    """
    if not isinstance(adapted, LoRA):
        raise ValueError(
            f"`adapted` must be what `enable_lora` returns. Received: a {type(adapted).__name__}"
        )
    for kernel, b in zip(adapted._kernels.weights, adapted._b, strict=True):
        kernel.assign(adapted._value(kernel))
        b.assign(ops.zeros(b.shape))
    adapted.network.trainable = False  # or setting what it is already would reach no layer
    adapted.network.trainable = True
    return adapted.network


def lora_of(model: keras.Model) -> LoRA | None:
    """The `LoRA` that a model is or holds, or None."""
    return next((layer for layer in sublayers(model) if isinstance(layer, LoRA)), None)


def _is_worth(weight: Any, rank: int) -> bool:
    """Whether a weight is a kernel with more numbers than its adapters would have."""
    name = weight.name.partition("_")[0]
    if sum(size > 1 for size in weight.shape) < 2 or name in _NO_KERNELS:
        return False
    *rest, outputs = weight.shape
    return rank * (math.prod(rest) + outputs) < math.prod(weight.shape)
