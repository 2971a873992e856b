"""Spleeter's U-Net: sizes, laws and training; its numbers are `tests/parity/test_spleeter.py`."""

from itertools import pairwise

import keras
import numpy as np
import pytest

from keras_sep import Separator, layers, zoo
from keras_sep.testing import numpy

FRAMES, BINS, BAND, CHANNELS, FILTERS, WINDOW = 19, 13, 8, 2, (3, 5), 8


def small(targets=("vocals", "drums"), **kwargs):
    sizes = {
        "bins": BINS,
        "channels": CHANNELS,
        "bandwidth_bins": BAND,
        "filters": FILTERS,
        "window_frames": WINDOW,
    }
    return zoo.spleeter_unet(targets, **{**sizes, **kwargs})


def magnitudes(frames=FRAMES, batch=2):
    rng = np.random.default_rng(0)
    return rng.gamma(1, 3, (batch, frames, BINS, CHANNELS)).astype("float32")


def test_sizes():
    network = zoo.spleeter_unet().get_layer("masks").network
    sizes = [(256, 512), (128, 256), (64, 128), (32, 64), (16, 32), (8, 16)]
    filters = [16, 32, 64, 128, 256, 512]
    for target in ("vocals", "accompaniment"):
        for n, (size, count) in enumerate(zip(sizes, filters, strict=True), 1):
            assert network.get_layer(f"{target}_encoder_{n}").output.shape == (None, *size, count)
        ups = zip([*sizes[4::-1], (512, 1024)], [*filters[4::-1], 1], strict=True)
        for n, (size, count) in enumerate(ups, 1):
            assert network.get_layer(f"{target}_decoder_{n}").output.shape == (None, *size, count)
        dropped = [
            n
            for n in range(1, 7)
            if any(layer.name == f"{target}_decoder_{n}_dropout" for layer in network.layers)
        ]
        assert dropped == [1, 2, 3]
    assert network.output.shape == (None, 512, 2049, 2, 2)


def test_number_of_parameters():
    sizes = (2, 16, 32, 64, 128, 256, 512)
    encoders = sum(25 * a * b + b for a, b in pairwise(sizes))
    ups = (1, 16, 32, 64, 128, 256)
    decoders = 25 * 512 * 256 + sum(25 * 2 * b * a for a, b in pairwise(ups))
    norms = 4 * (sum(sizes[1:6]) + sum(ups))  # not of the last encoder
    mask = 16 * 1 * 2 + 2
    assert (
        zoo.spleeter_unet("vocals").count_params() == encoders + decoders + sum(ups) + norms + mask
    )


@pytest.mark.parametrize("frames", [1, 8, 9, 30])
def test_any_number_of_frames(frames):
    """The last window is filled up with zeros, and windows know nothing of each other."""
    model, x = small(), magnitudes(frames)
    padded = np.pad(x, [(0, 0), (0, -frames % WINDOW), (0, 0), (0, 0)])
    windows = np.split(padded, padded.shape[1] // WINDOW, axis=1)
    wanted = np.concatenate([numpy(model(window)) for window in windows], axis=1)[:, :frames]
    # a convolution of a larger batch may round differently
    np.testing.assert_allclose(numpy(model(x)), wanted, atol=1e-5)


def test_masks_above_the_band():
    x = magnitudes(WINDOW)
    zeros, average = small(), small(mask_extension="average")
    average.set_weights(zeros.get_weights())
    y, z = (numpy(model(x)) / x[..., None] for model in (zeros, average))
    np.testing.assert_array_equal(y[:, :, :BAND], z[:, :, :BAND])
    assert np.ptp(z[:, :, :BAND], axis=2).min() > 0
    assert (y[:, :, BAND:] == 0).all()
    mean = np.broadcast_to(z[:, :, :BAND].mean(axis=2, keepdims=True), z[:, :, BAND:].shape)
    np.testing.assert_allclose(z[:, :, BAND:], mean, atol=1e-6)  # float32
    changed = x.copy()
    changed[:, :, BAND:] *= 7
    np.testing.assert_array_equal(numpy(zeros(changed))[:, :, :BAND], numpy(zeros(x))[:, :, :BAND])


def test_softmax_shares_the_mixture_out():
    model, x = (
        small(("a", "b", "c"), mask_activation="softmax", mask_extension="average"),
        magnitudes(),
    )
    np.testing.assert_allclose(numpy(model(x)).sum(axis=-1), x, rtol=1e-5)  # float32


def test_learns_a_band_and_survives_a_file(tmp_path):
    """Vocals are the bins below the fifth."""
    model = small("vocals", dropout=0.0)
    x = magnitudes(WINDOW, batch=8)
    vocals = x * (np.arange(BINS) < 5)[:, None]
    model.compile(keras.optimizers.Adam(0.02), loss="mae")
    model.optimizer.build(model.trainable_variables)  # or `fit` traces twice
    losses = []
    for _ in range(50):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(x, vocals[..., None])))
    assert losses[-1] < 0.2 * losses[0]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    x = magnitudes(50)
    np.testing.assert_array_equal(numpy(again(x)), numpy(model(x)))


@pytest.mark.parametrize("samples", [1000, 33])
def test_in_a_separator(samples):
    network = small(bins=17)
    for post_filter in (None, layers.WienerFilter()):
        separator = Separator(network, 8000, ("a", "b"), layers.STFT(32, 8), post_filter)
        waveform = np.random.default_rng(0).normal(size=(1, samples, 2)).astype("float32")
        y = numpy(separator(waveform))
        assert y.shape == (1, samples, 2, 2)
        assert np.isfinite(y).all()


def test_silence_stays_silence():
    x = np.zeros((1, FRAMES, BINS, CHANNELS), "float32")
    assert np.abs(numpy(small()(x))).max() == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"targets": ("a", "a")},
            "`targets` must be different names, also as names of layers. Rec",
        ),
        ({"window_frames": 6}, "`window_frames` must be a multiple of 4"),
        ({"bandwidth_bins": 9}, "`bandwidth_bins` must be a multiple of 4"),
        (
            {"bandwidth_bins": 16},
            "`bandwidth_bins` must not be more than `bins`. Received: bandwidth_bins=16, bins=13",
        ),
        (
            {"mask_extension": "mean"},
            '`mask_extension` must be "zeros" or "average". Received: mask_extension=\'mean\'',
        ),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError) as error:
        small(**arguments)
    assert text in str(error.value)
