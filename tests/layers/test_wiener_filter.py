"""The Wiener filter as a layer: sizes, configuration, precision, errors."""

import keras
import numpy as np
import pytest

from keras_sep import layers, ops

SHAPE = (2, 11, 5, 2)


def inputs():
    rng = np.random.default_rng(0)
    magnitudes = rng.random((*SHAPE, 3)).astype("float32")
    return magnitudes, tuple(rng.normal(size=SHAPE).astype("float32") for _ in range(2))


def test_is_the_op_and_keeps_its_configuration():
    layer = layers.WienerFilter(2, window_frames=4, residual=True, softmask=True)
    again = layers.WienerFilter.from_config(layer.get_config())
    wanted = ops.wiener(*inputs(), 2, 4, True, True)
    for part, expected in zip(again(*inputs()), wanted, strict=True):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize("residual", [False, True])
def test_shapes(residual):
    layer = layers.WienerFilter(residual=residual)
    real, imag = layer(*inputs())
    assert real.shape == imag.shape == (*SHAPE, 3 + residual)
    dynamic = (None, None, 5, 2)
    wanted = (*dynamic, 3 + residual)
    assert layer.compute_output_shape((*dynamic, 3), (dynamic, dynamic)) == (wanted, wanted)


def test_works_in_float32_under_mixed_precision():
    magnitudes, mixture = inputs()
    layer = layers.WienerFilter(dtype="mixed_float16")
    # squares of these overflow half precision
    loud = layer(magnitudes * 4000, tuple(part * 4000 for part in mixture))
    plain = layers.WienerFilter()(magnitudes, mixture)
    for part, expected in zip(loud, plain, strict=True):
        assert keras.backend.standardize_dtype(part.dtype) == "float16"
        # half precision keeps three digits
        np.testing.assert_allclose(np.asarray(part, "float32") / 4000, expected, atol=4e-3)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"iterations": -1},
            "`iterations` must be a non-negative integer of at most 300. Received: iterations=-1",
        ),
        ({"iterations": 10**6}, "of at most 300. Received: iterations=1000000"),  # minutes of graph
        ({"window_frames": 0}, "Received: window_frames=0"),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError) as error:
        layers.WienerFilter(**arguments)
    assert text in str(error.value)


def test_one_source_has_nobody_to_share_with():
    magnitudes, mixture = inputs()
    with pytest.raises(ValueError) as error:
        layers.WienerFilter()(magnitudes[..., :1], mixture)
    assert "at least two sources" in str(error.value)
    assert layers.WienerFilter(residual=True)(magnitudes[..., :1], mixture)[0].shape[-1] == 2
