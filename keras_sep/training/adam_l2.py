"""Adam with weight decay as a penalty in the gradient, as in `torch.optim.Adam`."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="keras_sep")
class AdamL2(keras.optimizers.Adam):
    """Adam that adds `l2` times the weight to each gradient before its moments.

    Published trainings in PyTorch, such as Open-Unmix's, use this form.
    `keras.optimizers.Adam(weight_decay=...)` is AdamW, which shrinks weights apart from the
    moments.

    Args:
        learning_rate: Learning rate, as for `keras.optimizers.Adam`. Default 1e-3.
        l2: Factor of the weights in the gradient. Default 0.
        kwargs: Further arguments of `keras.optimizers.Adam`. Keras's default `epsilon` is 1e-7,
            PyTorch's 1e-8.

    Example:

    >>> import keras_sep
    >>> keras_sep.training.AdamL2(1e-3, l2=1e-5).get_config()["l2"]
    1e-05

    Reference:
        Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, Algorithm 2,
        line 6 in violet.
    """

    def __init__(self, learning_rate: Any = 1e-3, l2: float = 0.0, **kwargs: Any) -> None:
        kwargs.setdefault("name", "adam_l2")
        super().__init__(learning_rate=learning_rate, **kwargs)
        if not l2 >= 0:
            raise ValueError(f"`l2` must be at least 0. Received: {l2}")
        self.l2 = l2

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable."""
        if self.l2:
            gradient = keras.ops.add(
                gradient, keras.ops.multiply(keras.ops.cast(self.l2, variable.dtype), variable)
            )
        super().update_step(gradient, variable, learning_rate)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "l2": self.l2}
