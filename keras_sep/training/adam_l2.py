"""Adam with weight decay as a penalty in the gradient, as in `torch.optim.Adam`."""

from typing import Any

import keras

from keras_sep._keras import moments


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
        if not self._updated_at_once(gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate)

    def _updated_at_once(self, gradient, variable, learning_rate) -> bool:
        """Whether TensorFlow's one pass over a variable and its moments could update them.

        Keras's own update is a dozen operations on each, most of them bound by memory.
        """
        if keras.backend.backend() != "tensorflow" or self.amsgrad or variable.dtype != "float32":
            return False
        import tensorflow as tf

        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            return False
        mean, square = moments(self, variable)
        weight, mean, square = (
            x.value if isinstance(x, keras.Variable) else x for x in (variable, mean, square)
        )
        step = tf.cast(self.iterations + 1, "float32")
        tf.raw_ops.ResourceApplyAdam(
            var=weight.handle,
            m=mean.handle,
            v=square.handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
            lr=tf.cast(learning_rate, "float32"),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=tf.cast(tf.convert_to_tensor(gradient), "float32"),
        )
        return True

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "l2": self.l2}
