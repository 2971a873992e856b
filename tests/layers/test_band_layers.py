"""Layers of bands beside their formulas, band by band in float64."""

import keras
import numpy as np
import pytest

from keras_sep import layers

BANDS = ((0, 2), (2, 4), (3, 7), (5, 11))
BINS, CHANNELS, UNITS, SOURCES, HIDDEN, FRAMES = 11, 2, 5, 3, 7, 13


def numpy(x):
    return keras.ops.convert_to_numpy(x).astype("float64")


def random_weights(layer):
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.weights])


def of_bands(dense, part):
    """The weights of a part, one per band."""
    return [band for weight in getattr(dense, part) for band in numpy(weight)]


def normalized(x, dense, band, kind):
    if kind == "layer":
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + 1e-5)
        return x * of_bands(dense, "gammas")[band] + of_bands(dense, "betas")[band]
    x = x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True))
    return x * of_bands(dense, "gammas")[band]


@pytest.mark.parametrize("normalization", ["rms", "layer"])
def test_band_split(normalization):
    rng = np.random.default_rng(0)
    real, imag = rng.normal(size=(2, 2, FRAMES, BINS, CHANNELS)).astype("float32")
    layer = layers.BandSplit(BANDS, UNITS, normalization)
    layer((real, imag))
    random_weights(layer)
    spectrum = np.stack([real, imag], axis=-1).astype("float64")
    for band, (first, stop) in enumerate(BANDS):
        x = spectrum[:, :, first:stop].reshape(2, FRAMES, -1)
        x = normalized(x, layer.dense, band, normalization)
        x = x @ of_bands(layer.dense, "kernels")[band] + of_bands(layer.dense, "biases")[band]
        ours = numpy(layer((real, imag)))[:, :, band]
        np.testing.assert_allclose(ours, x, rtol=1e-4, atol=1e-4)  # sums of float32


@pytest.mark.parametrize("normalization", [None, "layer"])
@pytest.mark.parametrize("hidden_layers", [0, 2])
def test_band_masks(normalization, hidden_layers):
    inputs = np.random.default_rng(0).normal(size=(2, FRAMES, len(BANDS), UNITS)).astype("float32")
    shares = [] if normalization is None else [*np.linspace(0.1, 2, 14)]
    layer = layers.BandMasks(
        BANDS, SOURCES, CHANNELS, HIDDEN, hidden_layers, normalization, shares or None
    )
    layer(inputs)
    random_weights(layer)
    real, imag = map(numpy, layer(inputs))
    for source in range(SOURCES):
        first = source * hidden_layers
        denses = [*layer.hidden_layers[first : first + hidden_layers], layer.outputs[source]]
        wanted, counts, at = np.zeros((2, FRAMES, BINS, CHANNELS, 2)), np.zeros(BINS), 0
        for band, (first, stop) in enumerate(BANDS):
            x = inputs[:, :, band].astype("float64")
            if normalization is not None:
                x = normalized(x, denses[0], band, normalization)
            for dense in denses:
                x = np.tanh(x) if dense is not denses[0] else x
                x = x @ of_bands(dense, "kernels")[band] + of_bands(dense, "biases")[band]
            values, gates = np.split(x, 2, axis=-1)
            mask = (values / (1 + np.exp(-gates))).reshape(2, FRAMES, -1, CHANNELS, 2)
            width = stop - first
            if shares:
                mask *= np.reshape(shares[at : at + width], (-1, 1, 1))
            wanted[:, :, first:stop] += mask
            counts[first:stop] += 1
            at += width
        if not shares:
            wanted /= counts[:, None, None]
        ours = np.stack([real[..., source], imag[..., source]], axis=-1)
        np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-4)  # sums of float32


def test_silence_has_finite_features():
    zeros = np.zeros((1, 3, BINS, CHANNELS), "float32")
    features = numpy(layers.BandSplit(BANDS, UNITS)((zeros, zeros)))
    assert np.isfinite(features).all()
    assert features.all()  # the biases, which do not start at zero


def test_wrong_arguments():
    for bands in (7, (), ((0, 2), (3, 5)), ((0, 2), (2,)), ((2, 1),), ((1, 3),), ((0, 1.5),)):
        with pytest.raises(ValueError, match=r"`bands` must be pairs of .* Received: bands="):
            layers.BandSplit(bands, 3)
    with pytest.raises(ValueError, match=r"one of \(None, 'rms', 'layer'\)\. Received: .*'batch'"):
        layers.BandMasks(BANDS, 1, 1, 3, normalization="batch")
    with pytest.raises(ValueError, match=r"one number per bin of every band, 14\. Received: 2 num"):
        layers.BandMasks(BANDS, 1, 1, 3, shares=[1.0, 2.0])
    with pytest.raises(ValueError, match=r"`shares` must be finite numbers, or None\. Received"):
        layers.BandMasks(BANDS, 1, 1, 3, shares=["x"] * 14)
    zeros = np.zeros((1, 3, 12, 2), "float32")
    with pytest.raises(ValueError, match=r"bands of 11 bins, shape \(1, 3, 12, 2\)"):
        layers.BandSplit(BANDS, 3)((zeros, zeros))
    with pytest.raises(ValueError, match=r"must have 4 bands\. Received: shape \(1, 3, 12, 2\)"):
        layers.BandMasks(BANDS, 1, 1, 3)(zeros)
