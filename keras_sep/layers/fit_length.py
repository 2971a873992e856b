"""A signal as long as another."""

import keras

from keras_sep._windows import fitted
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._like import WithLength


@keras.saving.register_keras_serializable(package="keras_sep")
class FitLength(WithAxes, WithLength):
    """Crop or zero-pad a signal at its end to a length.

    Call arguments:
        inputs: (batch, time, ...).
        length: samples to return, an integer.
        like: instead of `length`, a tensor (batch, time, ...) to return as many samples as; its
            mask becomes the output's.

    Output shape:
        (batch, length, ...); the input's where neither `length` nor `like` is given.

    Example:

    >>> mixture = np.ones((1, 17, 2), "float32")
    >>> padded = keras_sep.layers.PadToMultiple(8)(mixture)
    >>> tuple(keras_sep.layers.FitLength()(padded, like=mixture).shape)
    (1, 17, 2)
    """

    axes = ("(batch, time, ...)",)

    def _join(self, inputs, length, mask):
        return fitted(inputs, length)

    def _natural_shape(self, input_shape):
        return input_shape
