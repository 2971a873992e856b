"""The networks that mask and cluster speech beside the same networks of PyTorch and asteroid.

The peer is put together as asteroid's recipes do it: batch normalisation, `asteroid.masknn`'s
`SingleRNN`, linear heads. Both have the same random weights.
"""

import keras
import numpy as np
import pytest

pytest.importorskip("asteroid_filterbanks")
from asteroid_peer import torch
from recurrent_peer import peer_state

from keras_sep import zoo

FRAMES, BINS, CHANNELS, DIMS, UNITS, SOURCES, LAYERS = 11, 17, 2, 7, 5, 3, 2
FEATURES = BINS * CHANNELS
ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "tanh": torch.tanh,
    "softmax": lambda x: torch.softmax(x, dim=-1),
}


def randomised(network):
    """The network with random weights everywhere, and decibels' usual statistics."""
    rng = np.random.default_rng(4)
    network.set_weights([0.4 * rng.normal(size=w.shape) for w in network.get_weights()])
    mean, variance = rng.normal(-5, 3, FEATURES), rng.uniform(9, 50, FEATURES)
    network.get_layer("standardisation").set_weights([mean, variance])
    return network


def linear(layer, x):
    kernel, bias = (torch.tensor(w) for w in layer.get_weights())
    module = torch.nn.Linear(*kernel.shape)
    module.load_state_dict({"weight": kernel.T, "bias": bias})
    return module(x)


def trunk(network, x, training=False):
    """Decibels, batch normalisation and the recurrent layers, in PyTorch."""
    from asteroid.masknn.recurrent import SingleRNN

    stack = network.get_layer("recurrent")
    decibels = 20 * torch.log10(torch.clamp(torch.tensor(x), min=1e-5)).flatten(2)
    norm = torch.nn.BatchNorm1d(FEATURES, eps=1e-3, affine=False)
    mean, variance = network.get_layer("standardisation").get_weights()
    norm.load_state_dict(
        {"running_mean": torch.tensor(mean), "running_var": torch.tensor(variance)}, strict=False
    )
    norm.train(training)
    y = norm(decibels.transpose(1, 2)).transpose(1, 2)
    rnn = SingleRNN(stack.cell, FEATURES, UNITS, LAYERS, bidirectional=stack.bidirectional)
    rnn.rnn.load_state_dict(peer_state(stack))
    return rnn(y)


def masked(network, features, x, activation):
    """Bins slowest, then channels, then sources."""
    outputs = linear(network.get_layer("masks"), features)
    masks = ACTIVATIONS[activation](outputs.reshape(*x.shape, SOURCES))
    return masks * torch.tensor(x)[..., None]


def embedded(network, features, activation):
    outputs = linear(network.get_layer("embeddings"), features)
    return ACTIVATIONS[activation](outputs.reshape(2, FRAMES, BINS, DIMS))


def mixture():
    # some of it below the floor of -100 dB
    rng = np.random.default_rng(0)
    return (10 ** rng.uniform(-6, 1, (2, FRAMES, BINS, CHANNELS))).astype("float32")


def check(ours, theirs):
    theirs = theirs.detach().numpy()
    # float32 through two recurrent layers of 11 steps
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(ours), theirs, rtol=0, atol=1e-5 * np.abs(theirs).max()
    )


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "softmax"])
def test_mask_inference(cell, bidirectional, activation):
    sizes = {"units": UNITS, "layers": LAYERS, "cell": cell, "bidirectional": bidirectional}
    network = randomised(
        zoo.mask_inference(SOURCES, BINS, CHANNELS, activation=activation, **sizes)
    )
    x = mixture()
    check(network(x), masked(network, trunk(network, x), x, activation))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@pytest.mark.parametrize("training", [False, True])
def test_deep_clustering(activation, training):
    network = randomised(
        zoo.deep_clustering(BINS, CHANNELS, DIMS, UNITS, LAYERS, dropout=0.0, activation=activation)
    )
    x = mixture()
    wanted = embedded(network, trunk(network, x, training), activation)
    check(network(x, training=training), torch.nn.functional.normalize(wanted, dim=-1))


def test_chimera():
    network = randomised(
        zoo.chimera(SOURCES, BINS, CHANNELS, DIMS, UNITS, LAYERS, mask_activation="softmax")
    )
    x = mixture()
    outputs, features = network(x), trunk(network, x)
    wanted = embedded(network, features, "tanh")
    check(outputs["embeddings"], torch.nn.functional.normalize(wanted, dim=-1))
    check(outputs["estimates"], masked(network, features, x, "softmax"))


def test_deep_attractor():
    network = randomised(zoo.deep_attractor(BINS, CHANNELS, DIMS, UNITS, LAYERS))
    x = mixture()
    check(network(x), embedded(network, trunk(network, x), "tanh"))
