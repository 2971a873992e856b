"""The layers of SCNet beside their formulas in float64."""

import keras
import numpy as np
import pytest
from scipy.special import expit

from keras_sep import layers

numpy = keras.ops.convert_to_numpy
BANDS = {"shares": (0.2, 0.3, 0.5), "strides": (1, 2, 4)}  # of 17 bins: 4, 5 and 8, to 4, 3 and 2
ATOL = 1e-5  # float32


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def filled(layer, *shapes):
    layer.build(*shapes)
    layer.set_weights([0.5 * noise(*w.shape, seed=n) for n, w in enumerate(layer.weights)])
    return layer, [w.astype("float64") for w in layer.get_weights()]


@pytest.mark.parametrize("frames", [1, 2, 12, 13, 400])
def test_fourier_features_are_those_of_numpy(frames):
    x = noise(2, frames, 3, 5)
    spectrum = np.fft.rfft(x.astype("float64"), axis=1, norm="ortho")
    found = numpy(layers.FourierFeatures()(x))
    np.testing.assert_allclose(found, np.concatenate([spectrum.real, spectrum.imag], -1), atol=ATOL)


@pytest.mark.parametrize("frames", [2, 12, 400])
def test_inverse_fourier_features_are_those_of_numpy(frames):
    x = noise(2, frames // 2 + 1, 3, 10)  # imaginary parts of the ends do not count
    expected = np.fft.irfft(x[..., :5] + 1j * x[..., 5:].astype("float64"), axis=1, norm="ortho")
    found = numpy(layers.FourierFeatures(inverse=True)(x))
    np.testing.assert_allclose(found, expected, atol=ATOL)


def test_sparse_downsampling_convolves_every_band_by_itself():
    x = noise(2, 3, 17, 5)
    layer, (low, low_bias, mid, mid_bias, high, high_bias) = filled(
        layers.SparseDownsampling(7, **BANDS), x.shape
    )
    found = [numpy(band) for band in layer(x)]
    assert [band.shape[2] for band in found] == [4, 3, 2]
    padded = np.pad(x[:, :, :4], ((0, 0), (0, 0), (1, 1), (0, 0)))
    for n in range(4):
        expected = np.einsum("btkc,kcf->btf", padded[:, :, n : n + 3], low) + low_bias
        np.testing.assert_allclose(found[0][:, :, n], expected, atol=ATOL)
    padded = np.pad(x[:, :, 4:9], ((0, 0), (0, 0), (0, 1), (0, 0)))  # an odd zero lies above
    for band, kernel, bias, stride in ((1, mid, mid_bias, 2), (2, high, high_bias, 4)):
        bins = padded if band == 1 else x[:, :, 9:]
        for n in range(found[band].shape[2]):
            taps = bins[:, :, n * stride : (n + 1) * stride]
            expected = np.einsum("btkc,kcf->btf", taps, kernel) + bias
            np.testing.assert_allclose(found[band][:, :, n], expected, atol=ATOL)


def test_sparse_upsampling_is_the_transpose():
    """Of the same kernels: <down(x), y> = <x, up(y)>; but for the low band, turned around."""
    down, weights = filled(layers.SparseDownsampling(5, **BANDS), (2, 3, 17, 5))
    up, _ = filled(layers.SparseUpsampling(5, bins=17, **BANDS), (2, 3, 9, 5))
    kernels = [kernel.transpose(0, 2, 1) for kernel in weights[::2]]
    kernels[0] = kernels[0][::-1]
    up.set_weights([w for kernel in kernels for w in (kernel, np.zeros(5))])
    down.set_weights([w for kernel in weights[::2] for w in (kernel, np.zeros(5))])
    x, y = noise(2, 3, 17, 5), noise(2, 3, 9, 5, seed=1)
    once = np.vdot(np.concatenate([numpy(band) for band in down(x)], axis=2), y)
    assert np.isclose(once, np.vdot(x, numpy(up(y))), rtol=1e-4)


def test_gated_fusion_reads_the_sum_twice():
    x, skip = noise(2, 5, 4, 3), noise(2, 5, 4, 3, seed=1)
    layer, (kernel, bias) = filled(layers.GatedFusion(), x.shape, x.shape)
    padded = np.pad(x + skip, ((0, 0), (1, 1), (1, 1), (0, 0)))
    padded = np.concatenate([padded, padded], axis=-1)
    for t in range(5):
        for f in range(4):
            y = np.einsum("bijc,ijcd->bd", padded[:, t : t + 3, f : f + 3], kernel) + bias
            expected = y[:, :3] * expit(y[:, 3:])
            np.testing.assert_allclose(numpy(layer(x, skip))[:, t, f], expected, atol=ATOL)


def test_compressed_conv_block_one_bin_at_a_time():
    x = 3 + noise(2, 7, 4, 6)
    layer, weights = filled(layers.CompressedConvBlock(compression=2), x.shape)
    gamma_1, beta_1, kernel_1, bias_1, kernel_2, bias_2, gamma_2, beta_2, kernel_3, bias_3 = weights

    def normalised(y, gamma, beta):
        return (y - y.mean()) / np.sqrt(y.var() + 1e-5) * gamma + beta

    found = numpy(layer(x))
    for example, band in np.ndindex(2, 4):
        y = x[example, :, band].astype("float64")
        inner = np.pad(normalised(y, gamma_1, beta_1), ((1, 1), (0, 0)))
        inner = sum(inner[n : n + 7] @ kernel_1[n] for n in range(3)) + bias_1
        inner = np.pad(inner[:, :3] * expit(inner[:, 3:]), ((1, 1), (0, 0)))
        inner = sum(inner[n : n + 7] * kernel_2[n, :, 0] for n in range(3)) + bias_2
        inner = normalised(inner, gamma_2, beta_2)
        expected = y + (inner * expit(inner)) @ kernel_3 + bias_3
        np.testing.assert_allclose(found[example, :, band], expected, atol=ATOL)


@pytest.mark.fault
@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: layers.SparseDownsampling(3, shares=(0.5, 0.6), strides=(1, 2)), "sum to 1. Rec"),
        (lambda: layers.SparseDownsampling(3, shares=(1.0,)), "one number for each stride, which"),
        (lambda: layers.SparseDownsampling(3, kernel_size=4), "must be odd. Received: kernel_size"),
        (lambda: layers.SparseDownsampling(3)(np.ones((1, 2, 2, 4))), "leave every band a bin. Re"),
        (
            lambda: layers.SparseUpsampling(3, bins=17)(np.ones((1, 2, 9, 4))),
            "have the 6 bins",
        ),
        (lambda: layers.GatedFusion(2), "`kernel_size` must be odd. Received: kernel_size=2"),
        (lambda: layers.CompressedConvBlock(kernel_size=2), "must be odd. Received: kernel_size=2"),
        (
            lambda: layers.CompressedConvBlock(9)(np.ones((1, 2, 3, 4))),
            "leave at least one feature",
        ),
        (lambda: layers.FourierFeatures(inverse=1), "`inverse` must be True or False. Received"),
        (lambda: layers.FourierFeatures(True)(np.ones((1, 2, 3))), "an even number. Received"),
        (lambda: layers.PadToMultiple(4, 4), "less than `multiple`. Received: remainder=4"),
    ],
)
def test_wrong_arguments(make, text):
    with pytest.raises(ValueError, match=text):
        make()
