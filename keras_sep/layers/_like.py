"""What the layers share that say how much of a signal to return."""

from typing import Any

import keras

from keras_sep._keras import set_keras_mask


class WithLength(keras.Layer):
    """A layer called with `length` or `like`, which say how much of the signal to return.

    Subclasses write `_join(inputs, length, mask)`, with None for the natural length and an optional
    mask (batch, windows), and `_natural_shape(input_shape)`. The mask of `like` becomes the
    output's. Among several bases it comes before the layer of a transform.
    """

    def _join(self, inputs, length, mask):
        raise NotImplementedError

    def _natural_shape(self, input_shape):
        raise NotImplementedError

    # Keras passes the mask of a single tensor as `mask`, those of several by the tensors' names
    def call(
        self,
        inputs: Any,
        mask: Any = None,
        length: Any = None,
        like: Any = None,
        inputs_mask: Any = None,
        like_mask: Any = None,
    ) -> Any:
        if length is not None and like is not None:
            raise ValueError(f"Give `length` or `like`, not both. Received: length={length}")
        if like is not None:
            length = keras.ops.shape(like)[1]
        signal = self._join(inputs, length, inputs_mask if mask is None else mask)
        return _masked(signal, like_mask)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        """None: a mask of windows does not say where in the last of them the signal ends."""

    def compute_output_shape(
        self, inputs_shape: Any, like_shape: Any = None, length: Any = None
    ) -> Any:
        batch, natural, *rest = self._natural_shape(inputs_shape)
        if like_shape is not None:
            return (batch, like_shape[1], *rest)
        return (batch, natural if length is None else length, *rest)

    def compute_output_spec(
        self,
        inputs: Any,
        mask: Any = None,
        length: Any = None,
        like: Any = None,
        inputs_mask: Any = None,
        like_mask: Any = None,
    ) -> Any:
        inputs_shape = keras.tree.map_structure(lambda x: x.shape, inputs)
        like_shape = None if like is None else like.shape
        shape = self.compute_output_shape(inputs_shape, like_shape, length)
        return _masked(keras.KerasTensor(shape, dtype=self.compute_dtype), like_mask)


class PairWithLength(WithLength):
    """The same for a layer of a complex spectrum, whose frames have no mask."""

    def call(  # type: ignore[override]
        self, pair: Any, length: Any = None, like: Any = None, like_mask: Any = None
    ) -> Any:
        return super().call(pair, length=length, like=like, like_mask=like_mask)

    def compute_output_shape(
        self, pair_shape: Any, like_shape: Any = None, length: Any = None
    ) -> Any:
        return super().compute_output_shape(pair_shape, like_shape, length)

    def compute_output_spec(  # type: ignore[override]
        self, pair: Any, length: Any = None, like: Any = None, like_mask: Any = None
    ) -> Any:
        return super().compute_output_spec(pair, length=length, like=like, like_mask=like_mask)


def _masked(signal, mask):
    if mask is not None:
        set_keras_mask(signal, mask)
    return signal
