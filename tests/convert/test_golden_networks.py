"""Networks converted from a peer's weights, beside arrays that the peer made (`make.py` there)."""

import keras
import numpy as np
import pytest
from converted import CONVERTED, GOLDEN, golden

from keras_sep import convert
from keras_sep.convert.from_checkpoint import CONVERTERS

# float32 through a few layers, each within some 1e-7 of the largest value; 1e-4 is the bar
RELATIVE = 1e-5


def test_every_converter_of_a_waveform_network_is_here():
    of_waveforms = CONVERTERS.keys() - {"dtln", "spleeter_unet"}  # of TensorFlow
    assert {name.partition("-")[0] for name in CONVERTED} == of_waveforms
    assert CONVERTED.keys() == {path.stem for path in GOLDEN.glob("*.npz")}


@pytest.mark.parametrize("name", CONVERTED)
def test_same_waveforms_as_the_peer(name):
    state, mixture, stems = golden(name)
    ours = keras.ops.convert_to_numpy(CONVERTED[name](state)(mixture))
    assert np.abs(stems).max() > 1e-3
    np.testing.assert_allclose(ours, stems, rtol=0, atol=RELATIVE * np.abs(stems).max())


def test_positions_in_some_halves_are_refused():
    """Every half has sines of the position, or none has: nothing of the kind is passed over."""
    state, _, _ = golden("sepformer")
    (first, *rest) = [key for key in state if key.endswith(".pos_enc.pe")]
    assert rest
    fewer = {key: value for key, value in state.items() if key != first}
    with pytest.raises(ValueError, match="Received: 1 of 2 with positions"):
        CONVERTED["sepformer"](fewer)
    with pytest.raises(ValueError, match=r"no other tensors\. Received: masknet.pos_enc.pe"):
        CONVERTED["sepformer"](state | {"masknet.pos_enc.pe": state[first]})


@pytest.mark.parametrize("name", CONVERTED)
def test_a_missing_or_extra_tensor_is_named(name):
    state, _, _ = golden(name)
    with pytest.raises(ValueError, match=r"no other tensors\. Received: strange"):
        CONVERTED[name](state | {"strange": np.zeros(3)})
    # the first weight, and the last: what may be absent are buffers that hold no weight, weights
    # that nothing reads, and those for training alone
    weights = [key for key in state if key.endswith(("weight", "bias", "_filters"))]
    weights = [key for key in weights if "_bn." not in key and key != "conv_decode.bias"]
    for absent in (weights[0], weights[-1]):
        fewer = {key: value for key, value in state.items() if key != absent}
        with pytest.raises(ValueError, match=f"must have the tensor '{absent}'"):
            CONVERTED[name](fewer)


def test_names_are_not_all_listed():
    state, _, _ = golden("htdemucs")
    wrapped = {f"module.{key}": value for key, value in state.items()}
    with pytest.raises(
        ValueError, match=r"and \d+ others \('module\.' stands before it\)$"
    ) as error:
        CONVERTED["htdemucs"](wrapped)
    assert len(str(error.value)) < 600
    with pytest.raises(ValueError, match=rf"no other tensors\..* and {len(state) - 8} others$"):
        CONVERTED["htdemucs"](state | wrapped)


def test_auxiliary_estimates_are_the_peers():
    state, mixture, stems = golden("sepreformer")
    with np.load(GOLDEN / "sepreformer.npz") as arrays:
        auxiliary = arrays["auxiliary"]
    found = convert.sepreformer(state, auxiliary=True)(mixture)
    assert found.keys() == {"estimates", "auxiliary_1", "auxiliary_2"}
    for name, wanted in zip(found, (*auxiliary, stems), strict=True):
        ours = keras.ops.convert_to_numpy(found[name])
        np.testing.assert_allclose(ours, wanted, rtol=0, atol=RELATIVE * np.abs(wanted).max())


def test_a_sepreformers_heads_are_told_by_its_positions():
    state, _, _ = golden("sepreformer")
    positions = {"separator.pos_emb.pe_k.weight": np.zeros((6, 4), "float32")}
    with pytest.raises(ValueError, match=r"as a head has features\. Received: 4, and 6 features"):
        convert.sepreformer(state | positions)
