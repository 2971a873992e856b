"""The transforms by matrix beside those by FFT, and in a separator."""

import keras
import numpy as np
import pytest

from keras_sep import Separator, layers, ops

numpy = keras.ops.convert_to_numpy
SETTINGS = [(2048, 512, 4999), (512, 128, 1201), (64, 16, 23), (30, 5, 101), (2, 1, 7)]
# the bound, of the largest value: both are float32 sums of frame_length terms
RELATIVE = 1e-5


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize(("frame_length", "hop_length", "samples"), SETTINGS)
def test_equals_stft(frame_length, hop_length, samples):
    for shape in ((2, samples, 3), (1, samples, 2, 3)):
        x = noise(*shape)
        pair = layers.ConvSTFT(frame_length, hop_length)(x)
        expected = layers.STFT(frame_length, hop_length)(x)
        pair, expected = (np.stack([numpy(part) for part in x]) for x in (pair, expected))
        assert pair.shape == expected.shape
        assert np.abs(pair - expected).max() <= RELATIVE * np.abs(expected).max()


@pytest.mark.parametrize(("frame_length", "hop_length", "samples"), SETTINGS)
def test_inverse_equals_istft_of_what_is_no_transform_of_a_signal(
    frame_length, hop_length, samples
):
    """Imaginary parts of the first and the last bin among it, which both leave out."""
    pair = noise(2, 2, 1 + samples // hop_length, frame_length // 2 + 1, 3)
    for length in (None, samples, samples + frame_length):
        y = numpy(layers.ConvISTFT(frame_length, hop_length)(tuple(pair), length=length))
        wanted = numpy(layers.ISTFT(frame_length, hop_length)(tuple(pair), length=length))
        assert y.shape == wanted.shape
        assert np.abs(y - wanted).max() <= RELATIVE * np.abs(wanted).max()


@pytest.mark.fault
@pytest.mark.parametrize(
    "settings",
    [
        {"frame_length": 400, "hop_length": 160, "fft_length": 512},
        {"frame_length": 401, "hop_length": 160, "window": "hamming"},
        {"frame_length": 128, "hop_length": 96},
        {"frame_length": 128, "hop_length": 64, "window": "sqrt_hann", "fft_length": 150},
        {"frame_length": 9, "hop_length": 4, "window": list(range(1, 10)), "fft_length": 12},
    ],
)
def test_any_hop_and_window_are_those_of_stft(settings):
    by_fft, by_matrix = layers.STFT(**settings), layers.ConvSTFT(**settings)
    for samples in (1, 95, 96, 1009, 1151):
        x = noise(2, samples, 3)
        pair, expected = (np.stack([numpy(x) for x in stft(x)]) for stft in (by_matrix, by_fft))
        assert pair.shape == expected.shape == (2, *by_fft.compute_output_shape(x.shape)[0])
        assert np.abs(pair - expected).max() <= RELATIVE * np.abs(expected).max()
        back = numpy(by_matrix.inverse()(tuple(pair), like=x))
        # rounding, divided by the window at its thinnest
        np.testing.assert_allclose(back, x, rtol=0, atol=1e-4)
        noisy = noise(*pair.shape)
        y, wanted = (numpy(stft.inverse()(tuple(noisy), like=x)) for stft in (by_matrix, by_fft))
        assert np.abs(y - wanted).max() <= RELATIVE * np.abs(wanted).max()


def test_there_and_back_in_a_model_of_unknown_length():
    waveform = keras.Input((None, 3))
    stft = layers.ConvSTFT(64, 16)
    network = keras.Model(waveform, stft.inverse()(stft(waveform), like=waveform))
    assert network.output_shape == (None, None, 3)
    for samples in (5, 64, 1001):
        x = noise(2, samples, 3)
        np.testing.assert_allclose(network.predict(x, verbose=0), x, atol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a graph of TensorFlow")
def test_graph_has_no_fourier_transform():
    import tensorflow as tf

    def kinds(stft):
        inverse = stft.inverse()
        run = tf.function(lambda x: inverse(stft(x), like=x))
        graph = run.get_concrete_function(tf.TensorSpec((None, None, 2))).graph
        return {operation.type for operation in graph.get_operations()}

    assert {"RFFT", "IRFFT"} <= kinds(layers.STFT(64, 16))
    assert not [kind for kind in kinds(layers.ConvSTFT(64, 16)) if "FFT" in kind]


def test_kernel_is_the_transform_in_float64():
    """Against NumPy's FFT of unit impulses, which has nothing in common with the kernel."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(30) / 30)
    spectrum = np.fft.rfft(np.eye(30) * window[:, None], axis=1)
    expected = np.concatenate([spectrum.real, spectrum.imag], axis=1)
    np.testing.assert_allclose(ops.fourier_kernel(30), expected, atol=1e-14)
    inverse = [np.fft.irfft(row, 30) for row in np.concatenate([np.eye(16), 1j * np.eye(16)])]
    np.testing.assert_allclose(ops.inverse_fourier_kernel(30).T, inverse, atol=1e-14)


def test_the_kernel_is_learned_on_request_only():
    for make in (layers.ConvSTFT, layers.ConvISTFT):
        fixed, learned = make(64, 16), make(64, 16, trainable=True)
        assert len(fixed.weights) == len(learned.weights) == 1
        assert fixed.trainable_weights == []
        assert len(learned.trainable_weights) == 1
        again = make.from_config(learned.get_config())
        assert len(again.trainable_weights) == 1
        assert make.from_config(fixed.get_config()).trainable_weights == []
    assert learned.kernel.shape == (64, 66)
    inverse = layers.ConvSTFT(64, 16, trainable=True, dtype="mixed_float16").inverse()
    assert inverse.trainable_weights
    assert inverse.dtype_policy.name == "mixed_float16"
    assert layers.ConvSTFT(64, 16).inverse().trainable_weights == []


def test_half_precision_is_only_at_the_output():
    x = noise(1, 4096, 1)
    for policy in ("mixed_float16", "float16"):
        half = layers.ConvSTFT(1024, 256, dtype=policy)(x)
        for part, exact in zip(half, layers.ConvSTFT(1024, 256)(x), strict=True):
            np.testing.assert_array_equal(numpy(part), numpy(exact).astype("float16"))


def test_front_end_of_a_separator(tmp_path):
    """Its learned kernels, both ways, come back with a saved separator."""

    def separator(front_end):
        magnitude = keras.Input((None, 17, 2))
        masks = keras.layers.Dense(17 * 2 * 2, "relu")(keras.layers.Reshape((-1, 34))(magnitude))
        network = keras.Model(magnitude, layers.MaskReshape(2, channels=2)(masks))
        return Separator(network, 8000, ("vocals", "drums"), front_end)

    by_fft, by_matrix = separator(layers.STFT(32, 8)), separator(layers.ConvSTFT(32, 8))
    by_matrix.networks.set_weights(by_fft.networks.get_weights())
    x = noise(2, 203, 2)
    np.testing.assert_allclose(numpy(by_matrix(x)), numpy(by_fft(x)), atol=1e-5)

    learned = separator(layers.ConvSTFT(32, 8, trainable=True))
    for weight in learned.weights:
        weight.assign(weight + 0.1)
    learned.save(tmp_path / "learned.keras")
    again = keras.saving.load_model(tmp_path / "learned.keras")
    np.testing.assert_allclose(numpy(again(x)), numpy(learned(x)), rtol=1e-5, atol=1e-6)
    assert not np.allclose(numpy(again(x)), numpy(by_matrix(x)), atol=1e-2)


def test_bad_arguments():
    for make in (layers.ConvSTFT, layers.ConvISTFT):
        with pytest.raises(ValueError, match="must leave no sample without a window"):
            make(64, 65)
    with pytest.raises(ValueError, match="Give `length` or `like`, not both"):
        layers.ConvISTFT(64, 16)(noise(2, 1, 5, 33, 2), length=9, like=noise(1, 9, 1))
