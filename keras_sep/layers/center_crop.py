"""The middle of a signal."""

import keras

from keras_sep._part import part
from keras_sep.layers._axes import WithAxes
from keras_sep.layers._like import WithLength


@keras.saving.register_keras_serializable(package="keras_sep")
class CenterCrop(WithAxes, WithLength):
    """Crop a signal equally at both ends to a length.

    An odd excess takes one more off the end. `CropConcatenate` crops and concatenates; `FitLength`
    crops the end only.

    Call arguments:
        inputs: (batch, time, ...).
        length: number of time steps to return, at most the input's.
        like: instead of `length`, a tensor (batch, time, ...) to return as many time steps as; its
            mask becomes the output's.

    Output shape:
        (batch, length, ...); the input's where neither `length` nor `like` is given.

    Example:

    >>> mixture = np.ones((1, 17, 2), "float32")
    >>> padded = keras_sep.layers.PadToValidLength(kernel_size=8, stride=4, depth=2)(mixture)
    >>> tuple(padded.shape), tuple(keras_sep.layers.CenterCrop()(padded, like=mixture).shape)
    ((1, 36, 2), (1, 17, 2))

    Reference: Défossez et al., "Music source separation in the waveform domain", 2019, section 4.1.
    """

    axes = ("(batch, time, ...)",)

    def _join(self, inputs, length, mask):
        if length is None:
            return inputs
        start = (keras.ops.shape(inputs)[1] - length) // 2
        return part(inputs, 1, start, start + length)

    def _natural_shape(self, input_shape):
        return input_shape
