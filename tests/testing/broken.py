"""Small layers and losses, each with one fault."""

import keras

import keras_sep
from keras_sep.testing import Case, LossCase

register = keras.saving.register_keras_serializable("broken")


@register
class Forgetful(keras.Layer):
    """Its config lacks an argument."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return self.factor * x

    def get_config(self):
        return {"name": self.name}


@register
class Talking(keras.Layer):
    """Examples are divided by the loudest of their batch."""

    def call(self, x):
        return x / keras.ops.max(keras.ops.abs(x))


@register
class Foreseeing(keras.Layer):
    """Each step is the mean of itself and the next."""

    def call(self, x):
        return 0.5 * (x + keras.ops.concatenate([x[:, 1:], x[:, -1:]], axis=1))


@register
class Leaking(keras.Layer):
    """The mean over time counts what is masked."""

    supports_masking = True

    def call(self, x):
        return x - keras.ops.mean(x, axis=1, keepdims=True)


@register
class Overflowing(keras.Layer):
    """Squares of large numbers, in half precision too."""

    def call(self, x):
        return x / keras.ops.sqrt(1.0 + keras.ops.square(1000.0 * x))


@register
class Dead(keras.Layer):
    """One of two weights takes part in nothing."""

    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")
        self.unused = self.add_weight(shape=(shape[-1],), initializer="ones", name="unused")

    def call(self, x):
        return x * self.gain


@register
class HalfDead(keras.Layer):
    """Only one number of its weight gets a gradient."""

    def build(self, shape):
        self.gain = self.add_weight(shape=(7,), initializer="ones", name="gain")

    def call(self, x):
        return x * self.gain[0]


@register
class Unfloored(keras.Layer):
    """Silence is divided by its level."""

    def call(self, x):
        return x / keras.ops.max(keras.ops.abs(x), axis=(1, 2), keepdims=True)


@register
class FixedLength(keras.Layer):
    """The last steps are cut to a number, whatever comes."""

    def call(self, x):
        return x[:, :5]


class Unregistered(keras.Layer):
    """Keras finds it under no name, as JSON from outside imports nothing."""

    def call(self, x):
        return 2.0 * x


@register
class LossOfBatch(keras_sep.losses.SeparationLoss):
    """One value of all examples, for each of them."""

    def call(self, y_true, y_pred, mask=None):
        error = keras.ops.mean(keras.ops.square(y_true - y_pred))
        return error + 0.0 * y_pred[:, 0, 0, 0]


@register
class LossOfPadding(keras_sep.losses.SeparationLoss):
    """The mask is given and not used."""

    def call(self, y_true, y_pred, mask=None):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=(1, 2, 3))


@register
class LossOfOneNumber(keras_sep.losses.SeparationLoss):
    """The reduction is done already."""

    def call(self, y_true, y_pred, mask=None):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred))


@register
class LossWithoutFloor(keras_sep.losses.SeparationLoss):
    """A ratio to the target's power, whatever that is."""

    def call(self, y_true, y_pred, mask=None):
        axes = (1, 2, 3)
        error = keras.ops.sum(keras.ops.square(y_true - y_pred), axis=axes)
        return error / keras.ops.sum(keras.ops.square(y_true), axis=axes)


@register
class ForgetfulLoss(keras_sep.losses.SeparationLoss):
    """Its config lacks an argument."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, y_true, y_pred, mask=None):
        return self.factor * keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=(1, 2, 3))


INPUT = [(None, 3)]
EAGER = {"traced": False}
LAYERS = {
    "Dead": Case(INPUT, lambda x: Dead()(x), weights=2, **EAGER),
    "FixedLength": Case(INPUT, lambda x: FixedLength()(x), **EAGER),
    "Foreseeing": Case(INPUT, lambda x: Foreseeing()(x), causal=True, **EAGER),
    "Forgetful": Case(INPUT, lambda x: Forgetful(2.0)(x), **EAGER),
    "HalfDead": Case(INPUT, lambda x: HalfDead()(x), weights=1, **EAGER),
    "Leaking": Case(INPUT, lambda x: Leaking()(x), masked=True, **EAGER),
    "Overflowing": Case(INPUT, lambda x: Overflowing()(x), **EAGER),
    "Talking": Case(INPUT, lambda x: Talking()(x), **EAGER),
    "Unfloored": Case(INPUT, lambda x: Unfloored()(x), **EAGER),
    "Unregistered": Case(INPUT, lambda x: Unregistered()(x), **EAGER),
}
LOSSES = {
    "ForgetfulLoss": LossCase(lambda **kwargs: ForgetfulLoss(2.0, **kwargs)),
    "LossOfBatch": LossCase(LossOfBatch),
    "LossOfOneNumber": LossCase(LossOfOneNumber),
    "LossOfPadding": LossCase(LossOfPadding),
    "LossWithoutFloor": LossCase(LossWithoutFloor),
}
