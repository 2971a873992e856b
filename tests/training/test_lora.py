"""Low-rank adapters: nothing at first, alone in what is trained, and plain kernels in the end."""

import keras
import numpy as np
import pytest
from cases import LAYERS, MODELS

import keras_sep
from keras_sep import layers, training
from keras_sep.testing.outputs import outputs


def on_tensorflow(name):
    """A case that takes long on JAX, which compiles every operation by itself."""
    other = keras.backend.backend() != "tensorflow"
    return pytest.param(name, marks=pytest.mark.skipif(other, reason="layers are tried"))


# networks and layers of each kind: recurrent, convolutional, banded, attention, clustering
NETWORKS = ["open_unmix", "conv_tasnet", "mel_band_roformer", "chimera"]
PARTS = ["GRU", "LSTM", "GroupConv2D", "TransformerBlock", "BandSplit", "GridNetBlock"]


def adapted_network(name):
    keras.utils.set_random_seed(7)
    case = (MODELS | LAYERS)[name]
    return case, training.enable_lora(case.build(), rank=1, alpha=2)


def with_random_adapters(adapted):
    rng = np.random.default_rng(2)
    for weight in adapted.trainable_weights:
        weight.assign(0.1 * rng.normal(size=weight.shape))


@pytest.mark.parametrize("name", [*map(on_tensorflow, NETWORKS), *PARTS])
def test_unchanged_at_first_and_merged_is_adapted(name):
    case, adapted = adapted_network(name)
    inputs = case.data()
    before = outputs(adapted.network, inputs)
    for mine, value in zip(outputs(adapted, inputs), before, strict=True):
        # equal but on PyTorch, whose kernels of LSTMs take weights only, not what is computed
        np.testing.assert_allclose(mine, value, atol=1e-6)
    kernels = {x.path: keras.ops.convert_to_numpy(x) for x in adapted.network.weights}
    with_random_adapters(adapted)
    expected = outputs(adapted, inputs)
    assert any(np.abs(x - y).max() > 1e-4 for x, y in zip(expected, before, strict=True))
    pairs = adapted.adapters()
    merged = training.merge_lora(adapted)
    for mine, value in zip(outputs(merged, inputs), expected, strict=True):
        np.testing.assert_allclose(mine, value, atol=1e-6)
    for weight in merged.weights:  # equation 3 of the paper, in float64
        wanted = kernels[weight.path].astype("float64")
        if weight.path in pairs:
            a, b = (x.astype("float64") for x in pairs[weight.path])
            wanted = wanted + (2 / 1 * a @ b).reshape(wanted.shape)
        np.testing.assert_allclose(weight, wanted, atol=1e-6)  # of float32
    assert all(layer.trainable for layer in merged.layers)


@pytest.mark.parametrize("name", ["chimera"])
def test_only_adapters_and_what_is_named_move(name):
    case = MODELS[name]
    network = case.build()
    whole = network.trainable_weights[-1].path
    adapted = training.enable_lora(network, rank=1, train=[whole])
    adapted.compile(keras.optimizers.SGD(0.1), loss="mse", jit_compile="auto")
    adapted.optimizer.build(adapted.trainable_variables)
    before = {x.path: keras.ops.convert_to_numpy(x) for x in network.weights}
    inputs = case.data()
    targets = keras.tree.map_structure(
        lambda x: np.zeros(x.shape, "float32"), network(inputs[0], training=False)
    )
    # B starts with zeros, so A moves from the second step on
    adapted.fit(inputs[0], targets, epochs=2, verbose=0)
    moved = {
        x.path for x in network.weights
        if not np.array_equal(keras.ops.convert_to_numpy(x), before[x.path])
    }  # fmt: skip
    assert moved == {whole}
    assert whole not in adapted.adapted
    assert len(adapted.trainable_weights) == 2 * len(adapted.adapted) + 1
    assert all(np.any(b) for _, b in adapted.adapters().values())


def test_merged_network_is_saved_as_any_other(tmp_path):
    case, adapted = adapted_network("open_unmix")
    with_random_adapters(adapted)
    merged = training.merge_lora(adapted)
    merged.save(tmp_path / "merged.keras")
    again = keras.saving.load_model(tmp_path / "merged.keras")
    for mine, value in zip(
        outputs(again, case.data()), outputs(merged, case.data()), strict=True
    ):  # fmt: skip
        np.testing.assert_allclose(mine, value, atol=1e-6)
    assert len(again.trainable_weights) == case.weights
    assert all(layer.trainable for layer in again.layers)


def test_dropout_and_masks_go_through():
    x = keras.Input((None, 6))
    y = keras.layers.Dropout(0.5)(layers.LSTM(8, return_sequences=True, name="lstm")(x))
    network = keras_sep.zoo.Network(x, y)
    adapted = training.enable_lora(network, rank=2)
    assert adapted.adapted == ("lstm/lstm_cell/kernel", "lstm/lstm_cell/recurrent_kernel")
    assert len(adapted.weights) == len(network.weights) + 4
    noise = np.random.default_rng(0).normal(size=(2, 9, 6)).astype("float32")
    first, second = (keras.ops.convert_to_numpy(adapted(noise, training=True)) for _ in range(2))
    assert np.any(first != second)  # the state of its random numbers goes on
    mask = np.arange(9) < np.array([[4], [9]])
    short = keras.ops.convert_to_numpy(adapted(noise, mask=mask))
    np.testing.assert_allclose(short[0, 3], short[0, 8], atol=1e-6)  # held behind the end


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rank": 0}, "`rank` must be a positive integer"),
        ({"rank": 2, "alpha": 0}, "`alpha` must be a positive number"),
        ({"rank": 2, "layers": ["nothing*"]}, r"`layers` must name .*nothing\*"),
        ({"rank": 2, "train": ["nothing*"]}, r"`train` must name .*nothing\*"),
        ({"rank": 4000}, "`rank` must be so low"),
    ],
)
def test_what_cannot_be_adapted_is_refused(arguments, words):
    network = MODELS["open_unmix"].build()
    with pytest.raises(ValueError, match=words):
        training.enable_lora(network, **arguments)
    assert len(network.trainable_weights) == MODELS["open_unmix"].weights  # and left as it was


def test_what_has_no_adapters_is_refused():
    with pytest.raises(ValueError, match="must be what `enable_lora` returns"):
        training.merge_lora(MODELS["open_unmix"].build())
    with pytest.raises(NotImplementedError, match="save what `merge_lora` returns"):
        adapted_network("open_unmix")[1].get_config()
