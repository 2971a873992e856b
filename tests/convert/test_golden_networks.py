"""Networks converted from a peer's weights, beside arrays that the peer made (`make.py` there)."""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_sep import convert

GOLDEN = Path(__file__).parent / "golden_networks"

# what the tensors do not tell
CONVERTED = {
    "conv_tasnet": lambda state: convert.conv_tasnet(state, blocks=3, mask_activation="relu"),
}
# float32 through a few layers, each within some 1e-7 of the largest value; 1e-4 is the bar
RELATIVE = 1e-5


def golden(name):
    with np.load(GOLDEN / f"{name}.npz") as arrays:
        state = {key.removeprefix("state/"): arrays[key] for key in arrays if "/" in key}
        return state, arrays["mixture"], arrays["stems"]


def test_every_converter_of_a_waveform_network_is_here():
    converters = {name for name in convert.__all__ if name not in ("open_unmix", "read_checkpoint")}
    assert CONVERTED.keys() == converters == {path.stem for path in GOLDEN.glob("*.npz")}


@pytest.mark.parametrize("name", CONVERTED)
def test_same_waveforms_as_the_peer(name):
    state, mixture, stems = golden(name)
    ours = keras.ops.convert_to_numpy(CONVERTED[name](state)(mixture))
    assert np.abs(stems).max() > 1e-3
    np.testing.assert_allclose(ours, stems, rtol=0, atol=RELATIVE * np.abs(stems).max())


@pytest.mark.parametrize("name", CONVERTED)
def test_a_missing_or_extra_tensor_is_named(name):
    state, _, _ = golden(name)
    with pytest.raises(ValueError, match=r"no other tensors\. Received: strange"):
        CONVERTED[name](state | {"strange": np.zeros(3)})
    # the first weight, and the last: buffers that hold no weight may be absent
    weights = [key for key in state if key.endswith(("weight", "bias", "_filters"))]
    for absent in (weights[0], weights[-1]):
        fewer = {key: value for key, value in state.items() if key != absent}
        with pytest.raises(ValueError, match=f"must have the tensor '{absent}'"):
            CONVERTED[name](fewer)
