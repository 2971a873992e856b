"""The RoFormers' transformer beside MSST's class, its positions beside rotary-embedding-torch."""

import keras
import numpy as np
import pytest

pytest.importorskip("rotary_embedding_torch")
pytest.importorskip("msst")
import torch
from msst.models.bs_roformer.bs_roformer import Transformer
from rotary_embedding_torch import RotaryEmbedding

from keras_sep import layers, ops

RNG = np.random.default_rng(0)


def test_interleaved_positions():
    x = RNG.normal(size=(2, 3, 101, 14)).astype("float32")  # (batch, heads, frames, size)
    theirs = RotaryEmbedding(14).rotate_queries_or_keys(torch.from_numpy(x)).detach().numpy()
    # their angles are products in float32 too, whose sines differ by the last bit of an angle
    np.testing.assert_allclose(ops.rotary_positions(x), theirs, atol=2e-5)


@pytest.mark.parametrize("norm_out", [False, True])
@pytest.mark.parametrize("axis", [1, 2])
def test_transformer(axis, norm_out):
    heads, size, features, hidden = 3, 4, 10, 40
    peer = Transformer(
        dim=features, depth=1, dim_head=size, heads=heads, norm_output=norm_out,
        rotary_embed=RotaryEmbedding(size),
    )  # fmt: skip
    rng = np.random.default_rng(1)
    with torch.no_grad():
        for name, parameter in peer.named_parameters():
            if name.endswith("freqs"):
                continue  # the angles
            parameter += torch.from_numpy(0.5 * rng.normal(size=parameter.shape))
    block = layers.RotaryTransformerBlock(heads, size, hidden, axis, norm_out=norm_out)
    x = rng.normal(size=(2, 53, 7, features)).astype("float32")
    block.build(x.shape)
    ours = {weight.path.removeprefix(block.name + "/"): weight for weight in block.weights}
    theirs = {name: value.detach().numpy() for name, value in peer.named_parameters()}
    names = {
        "attention/query_key_value/kernel": "layers.0.0.to_qkv.weight",
        "attention/projection/kernel": "layers.0.0.to_out.0.weight",
        "attention/gates/kernel": "layers.0.0.to_gates.weight",
        "attention/gates/bias": "layers.0.0.to_gates.bias",
        "norm_attention/scale": "layers.0.0.norm.gamma",
        "norm_dense/scale": "layers.0.1.net.0.gamma",
        "dense_1/kernel": "layers.0.1.net.1.weight",
        "dense_1/bias": "layers.0.1.net.1.bias",
        "dense_2/kernel": "layers.0.1.net.4.weight",
        "dense_2/bias": "layers.0.1.net.4.bias",
    } | ({"norm_last/scale": "norm.gamma"} if norm_out else {})
    assert names.keys() == ours.keys()
    assert set(names.values()) == {n for n in theirs if not n.endswith("freqs")}
    for name, weight in ours.items():
        weight.assign(theirs[names[name]].T)

    sequences = x.transpose(0, 2, 1, 3) if axis == 1 else x
    with torch.no_grad():
        expected = peer(torch.from_numpy(sequences.reshape(-1, *sequences.shape[2:]))).numpy()
    expected = expected.reshape(sequences.shape)
    expected = expected.transpose(0, 2, 1, 3) if axis == 1 else expected
    found = keras.ops.convert_to_numpy(block(x))
    error = np.abs(found - expected).max() / np.abs(expected).max()
    print(f"relative error {error:.1e}")
    assert error < 1e-4
