"""What the transforms share that are products with a matrix."""

from typing import Any

import keras

from keras_sep.layers._spectral import FramedLayer


class WithFourierMatrix(FramedLayer):
    """A transform whose matrix is a weight, `kernel`; subclasses say which, in `_first_kernel`.

    Goes before the layer of the transform.
    """

    def __init__(
        self,
        frame_length: int,
        hop_length: int,
        window: str = "hann",
        fft_length: int | None = None,
        padding: str = "reflect",
        trainable: bool = False,
        **kwargs: Any,
    ):
        super().__init__(
            frame_length, hop_length, window, fft_length, padding, trainable=trainable, **kwargs
        )
        fft_length = self._frames.fft_length
        # made with the layer, whose input says nothing about it: a `Separator` that is loaded
        # calls its front end only after it has filled it
        self.kernel = self.add_weight(
            shape=(fft_length, 2 * self._frames.bins),
            initializer=lambda shape, dtype=None: keras.ops.cast(self._first_kernel(), dtype),
            dtype=self._working_dtype,
            autocast=False,
            name="kernel",
        )
