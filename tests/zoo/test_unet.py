"""The U-Net against the paper's figure, a window of it written out in NumPy, and its laws."""

from itertools import pairwise

import keras
import numpy as np
import pytest
from scipy.special import expit

from keras_sep import Separator, layers, zoo
from keras_sep.testing import numpy

FRAMES, BINS, CHANNELS, FILTERS, WINDOW = 19, 11, 2, (3, 5), 8  # the lowest 8 bins are read


def small(targets="vocals", seed=0, **kwargs):
    """Two encoders deep, with random weights everywhere."""
    sizes = {"bins": BINS, "channels": CHANNELS, "filters": FILTERS, "window_frames": WINDOW}
    model = zoo.unet(targets, **{**sizes, **kwargs})
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        if "seed_generator" not in variable.path:
            value = rng.normal(0, 0.5, variable.shape)
            variable.assign(np.abs(value) + 0.5 if "moving_variance" in variable.path else value)
    return model


def magnitudes(frames=FRAMES, batch=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.gamma(1, 3, (batch, frames, BINS, CHANNELS)).astype("float32")


def down(x, kernel, bias):
    """Every second output of a 5x5 convolution of an even size with 'same' padding."""
    frames, bins = x.shape[1:3]
    x = np.pad(x, [(0, 0), (1, 2), (1, 2), (0, 0)])
    taps = [
        x[:, i : i + frames : 2, j : j + bins : 2] @ kernel[i, j]
        for i in range(5)
        for j in range(5)
    ]
    return sum(taps) + bias


def up(x, kernel, bias):
    """Its transpose: input i reaches outputs 2 i - 1 to 2 i + 3."""
    batch, frames, bins, _ = x.shape
    y = np.zeros((batch, 2 * frames + 3, 2 * bins + 3, kernel.shape[2]))
    for i in range(5):
        for j in range(5):
            y[:, i : i + 2 * frames : 2, j : j + 2 * bins : 2] += x @ kernel[i, j].T
    return y[:, 1 : 1 + 2 * frames, 1 : 1 + 2 * bins] + bias


def norm(x, gamma, beta, mean, variance):
    return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta


def written_out(model, target, x):
    """One window's mask in float64, by the paper's section 3.1."""
    network = model.get_layer("masks").network

    def weights(stage):
        return [numpy(w).astype("float64") for w in network.get_layer(f"{target}_{stage}").weights]

    x = x[:, :, :8].astype("float64")
    x = x / x.max(axis=(1, 2, 3), keepdims=True)
    encoded = []
    for n in (1, 2):
        kernel, bias, *statistics = weights(f"encoder_{n}")
        x = norm(down(x, kernel, bias), *statistics)
        x = np.where(x > 0, x, 0.2 * x)
        encoded.append(x)
    kernel, bias, *statistics = weights("decoder_1")
    x = np.maximum(norm(up(x, kernel, bias), *statistics), 0)
    x = np.concatenate([x, encoded[0]], axis=-1)
    mask = expit(up(x, *weights("decoder_2")))
    return np.concatenate([mask, *[mask[:, :, -1:]] * 3], axis=2)


def test_a_window_is_the_network_of_the_paper():
    model = small(("vocals", "drums"))
    x = magnitudes(WINDOW)
    y = numpy(model(x))
    for n, target in enumerate(("vocals", "drums")):
        wanted = written_out(model, target, x) * x
        assert np.ptp(wanted / x) > 0.3  # the mask says something
        # float32 through four layers
        np.testing.assert_allclose(y[..., n], wanted, atol=1e-5 * wanted.max())


def test_windows_are_cross_faded():
    """19 frames are four windows of 8, one every 4 frames; each is a triangle strong."""
    model = small()
    x = magnitudes()
    padded = np.pad(x, [(0, 0), (0, 1), (0, 0), (0, 0)])
    triangle = np.array([1, 2, 3, 4, 4, 3, 2, 1])[:, None, None]
    total, weight = np.zeros(padded.shape), np.zeros((20, 1, 1))
    for start in (0, 4, 8, 12):
        window = padded[:, start : start + WINDOW]
        total[:, start : start + WINDOW] += written_out(model, "vocals", window) * triangle
        weight[start : start + WINDOW] += triangle
    wanted = (total / weight)[:, :FRAMES] * x
    # float32 through four layers
    np.testing.assert_allclose(numpy(model(x))[..., 0], wanted, atol=1e-5 * wanted.max())


def test_windows_that_do_not_overlap_are_the_windows():
    model = small(hop_frames=WINDOW)
    x = magnitudes(2 * WINDOW)
    parts = [numpy(model(x[:, :WINDOW])), numpy(model(x[:, WINDOW:]))]
    np.testing.assert_allclose(numpy(model(x)), np.concatenate(parts, axis=1), atol=1e-5)


def test_sizes_are_those_of_the_figure():
    network = zoo.unet().get_layer("masks").network
    for n, (frames, bins, filters) in enumerate(
        [(64, 256, 16), (32, 128, 32), (16, 64, 64), (8, 32, 128), (4, 16, 256), (2, 8, 512)], 1
    ):
        assert network.get_layer(f"vocals_encoder_{n}").output.shape == (
            None,
            frames,
            bins,
            filters,
        )
        if n < 6:
            decoder = network.get_layer(f"vocals_decoder_{6 - n}")
            assert decoder.output.shape == (None, frames, bins, filters)
            assert decoder.dropout == (0.5 if 6 - n <= 3 else 0.0)
    assert network.get_layer("vocals_decoder_6").output.shape == (None, 128, 512, 1)
    assert network.output.shape == (None, 128, 513, 1, 1)


def test_number_of_parameters():
    sizes = (1, 16, 32, 64, 128, 256, 512)
    encoders = sum(25 * a * b + b for a, b in pairwise(sizes))
    # the first decoder reads the last encoder, the others a decoder and a skip
    decoders = 25 * 512 * 256 + sum(25 * 2 * b * a for a, b in pairwise(sizes[:6]))
    biases = sum(sizes[:6])
    norms = 4 * (sum(sizes[1:]) + sum(sizes[1:6]))
    assert zoo.unet(("a", "b")).count_params() == 2 * (encoders + decoders + biases + norms)


@pytest.mark.parametrize("frames", [1, 7, 8, 9, 30])
def test_any_number_of_frames(frames):
    x = magnitudes(frames)
    y = numpy(small()(x))
    assert y.shape == (*x.shape, 1)
    assert (y >= 0).all()
    assert (y[..., 0] <= x).all()


def test_without_bins_above_the_band():
    model, x = small(bins=8), magnitudes(WINDOW)[:, :, :8]
    wanted = written_out(model, "vocals", x)[:, :, :8] * x
    # float32 through four layers
    np.testing.assert_allclose(numpy(model(x))[..., 0], wanted, atol=1e-5 * wanted.max())


def test_level_does_not_change_the_masks():
    model, x = small(), magnitudes()
    # float32 quotients of other numbers
    np.testing.assert_allclose(numpy(model(1e-3 * x)), 1e-3 * numpy(model(x)), rtol=1e-4)


def test_extreme_levels():
    model = small()
    model.compile(keras.optimizers.SGD(1e-3), loss="mae")
    for level in (0.0, 1e-12, 1e6):
        x = np.full((1, FRAMES, BINS, CHANNELS), level, "float32")
        y = numpy(model(x))
        assert np.isfinite(y).all()
        assert y.max() <= np.float32(level)
        model.fit(x, np.ones((*x.shape, 1)), verbose=0)
        assert all(np.isfinite(numpy(weight)).all() for weight in model.weights)


def test_targets_do_not_share_anything():
    model, x = small(("a", "b")), magnitudes()
    before = numpy(model(x))
    for layer in model.get_layer("masks").network.layers:
        if layer.name.startswith("a_"):
            for weight in layer.weights:
                weight.assign(weight + 0.25)
    after = numpy(model(x))
    assert np.abs(after - before)[..., 0].max() > 1e-3
    np.testing.assert_array_equal(after[..., 1], before[..., 1])


def test_dropout_is_there_in_training():
    model, x = small(dropout=0.9), magnitudes(WINDOW)
    first, second = (numpy(model(x, training=True)) for _ in range(2))
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_array_equal(numpy(model(x)), numpy(model(x)))


def test_learns_a_band_and_survives_a_file(tmp_path):
    """Vocals are the bins below the fifth."""
    model = zoo.unet("vocals", BINS, CHANNELS, FILTERS, window_frames=WINDOW, dropout=0.0)
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


def test_in_a_separator():
    network = zoo.unet(("a", "b"), bins=17, channels=2, filters=FILTERS, window_frames=WINDOW)
    separator = Separator(network, 8000, ("a", "b"), layers.STFT(32, 8))
    waveform = np.random.default_rng(0).normal(size=(1, 301, 2)).astype("float32")
    assert separator(waveform).shape == (1, 301, 2, 2)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"targets": ()}, "`targets` must be different names, also as names of layers. Received: "),
        ({"targets": ("a b", "a_b")}, "Received: targets=('a b', 'a_b')"),
        (
            {"window_frames": 6},
            "`window_frames` must be a multiple of 4, 2 to the power of the number of `filters`. "
            "Received: window_frames=6",
        ),
        ({"bins": 3}, "`bins` must be at least 4, 2 to the power of the number of `filters`. Rec"),
    ],
)
def test_errors(arguments, text):
    with pytest.raises(ValueError) as error:
        zoo.unet(**{"filters": FILTERS, "window_frames": WINDOW, **arguments})
    assert text in str(error.value)
