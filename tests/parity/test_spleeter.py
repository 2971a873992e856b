"""The same weights give the same numbers as Spleeter's own code, run on Keras 2."""

import keras
import numpy as np
import pytest

pytest.importorskip("spleeter")
pytest.importorskip("tf_keras")

from spleeter_peer import EstimatorSpecBuilder, tf_keras, unet

from keras_sep import zoo

TARGETS = ("vocals", "drums")
FRAMES, BINS, BAND, CHANNELS = 64, 97, 64, 2
FILTERS = (2, 3, 5, 7, 11, 13)
# single precision through fourteen layers of sums
TOLERANCE = 1e-5


def peer_network(function, window, filters, activation=None):
    """Spleeter's function of a window, as a model of Keras 2 with random weights everywhere."""
    params = {"conv_n_filters": list(filters)}
    if activation is not None:
        params |= {"conv_activation": activation, "deconv_activation": activation}
    x = tf_keras.Input(window)
    network = tf_keras.Model(x, function(x, TARGETS, params))
    rng = np.random.default_rng(0)
    for weight in network.weights:
        value = rng.normal(0, 1, weight.shape) / np.sqrt(max(np.prod(weight.shape[:-1]), 4))
        if "gamma" in weight.name or "variance" in weight.name:
            value = rng.uniform(0.5, 2, weight.shape)
        weight.assign(value)
    return network


def with_weights(model, peer):
    """The model with the peer's weights, layer by layer in the order in which both make them."""
    network = model.get_layer("masks").network
    for kind in ("Conv2D", "Conv2DTranspose", "BatchNormalization"):
        theirs = [layer for layer in peer.layers if type(layer).__name__ == kind]
        ours = [
            layer
            for target in TARGETS
            for layer in network.layers
            if type(layer).__name__ == kind and layer.name.startswith(target)
        ]
        for one, other in zip(ours, sorted(theirs, key=when_made), strict=True):
            one.set_weights(other.get_weights())
    return model


def when_made(layer):
    """Keras numbers layers of one kind: conv2d, conv2d_1, ..."""
    number = layer.name.rpartition("_")[2]
    return int(number) if number.isdigit() else 0


def build(**kwargs):
    sizes = {"bins": BINS, "bandwidth_bins": BAND, "channels": CHANNELS, "filters": FILTERS}
    return zoo.spleeter_unet(TARGETS, window_frames=FRAMES, **{**sizes, **kwargs})


def estimates(model, x):
    return keras.ops.convert_to_numpy(model(x))


def stacked(outputs):
    """Spleeter's dict of spectrograms as one array, sources last."""
    return np.stack([np.asarray(outputs[f"{name}_spectrogram"]) for name in TARGETS], axis=-1)


def relative(ours, theirs):
    assert ours.shape == theirs.shape
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


@pytest.mark.parametrize(
    ("function", "mask_activation"), [(unet.unet, "sigmoid"), (unet.softmax_unet, "softmax")]
)
@pytest.mark.parametrize(("activation", "ours"), [(None, ("leaky_relu", "relu")), ("ELU", "elu")])
def test_network(function, mask_activation, activation, ours):
    tf_keras.backend.clear_session()
    peer = peer_network(function, (FRAMES, BAND, CHANNELS), FILTERS, activation)
    encoder, decoder = (ours, ours) if isinstance(ours, str) else ours
    model = build(
        bins=BAND,
        encoder_activation=encoder,
        decoder_activation=decoder,
        mask_activation=mask_activation,
    )
    x = np.random.default_rng(1).gamma(1, 5, (2, FRAMES, BAND, CHANNELS)).astype("float32")
    assert relative(estimates(with_weights(model, peer), x), stacked(peer(x))) < TOLERANCE


def test_network_of_the_published_size():
    tf_keras.backend.clear_session()
    window = (512, 1024, 2)
    peer = peer_network(unet.unet, window, (16, 32, 64, 128, 256, 512))
    model = zoo.spleeter_unet(TARGETS)
    assert model.count_params() == peer.count_params()
    x = np.zeros((1, 512, 2049, 2), "float32")
    x[:, :, :1024] = np.random.default_rng(1).gamma(1, 5, (1, *window))
    y = estimates(with_weights(model, peer), x)
    assert relative(y[:, :, :1024], stacked(peer(x[:, :, :1024]))) < TOLERANCE


@pytest.fixture(scope="module")
def networks():
    """Spleeter's, and ours with its weights and either extension of the masks."""
    tf_keras.backend.clear_session()
    peer = peer_network(unet.unet, (FRAMES, BAND, CHANNELS), FILTERS)
    return peer, {e: with_weights(build(mask_extension=e), peer) for e in ("zeros", "average")}


@pytest.mark.parametrize("frames", [1, 63, 64, 65, 150])
def test_a_recording_of_any_length(frames, networks):
    """Spleeter's own windows, and its estimates, masks and their extension."""
    peer, models = networks
    real, imag = np.random.default_rng(1).normal(size=(2, frames, BINS, CHANNELS)) * 5
    stft = (real + 1j * imag).astype("complex64")
    magnitude = np.abs(stft)
    spleeter = EstimatorSpecBuilder(
        {"mix_stft": stft},
        {
            "mix_name": "mix",
            "instrument_list": TARGETS,
            "n_channels": CHANNELS,
            "T": FRAMES,
            "F": BAND,
            "frame_length": 2 * (BINS - 1),
            "frame_step": (BINS - 1) // 2,
            "separation_exponent": 2,
            "mask_extension": "zeros",
        },
    )
    spleeter._model_outputs = peer(spleeter.spectrogram_feature)
    theirs = stacked(spleeter.model_outputs).reshape(-1, BAND, CHANNELS, len(TARGETS))[:frames]
    masks = theirs / magnitude[:, :BAND, :, None]
    for extension, model in models.items():
        spleeter._params["mask_extension"] = extension
        ours = estimates(model, magnitude[None])[0]
        assert relative(ours[:, :BAND], theirs) < TOLERANCE
        for n in range(len(TARGETS)):
            extended = np.asarray(spleeter._extend_mask(masks[None, ..., n]))[0]
            assert relative(ours[..., n] / magnitude, extended) < TOLERANCE

    # the shares of the mixture that Spleeter separates with, from our estimates
    power = estimates(models["zeros"], magnitude[None])[0] ** 2
    total = power.sum(axis=-1, keepdims=True)
    share = power / np.where(total > 0, total, 1)
    spleeter._params["mask_extension"] = "zeros"
    theirs = np.stack([np.asarray(spleeter.masks[name]) for name in TARGETS], axis=-1)
    assert relative(share, theirs) < TOLERANCE
