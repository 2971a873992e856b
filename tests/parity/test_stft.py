"""The transform and its inverse against PyTorch, live."""

import numpy as np
import pytest

from keras_sep import ops

torch = pytest.importorskip("torch")

SETTINGS = [
    (frame_length, hop_length, "hann", None, samples)
    for frame_length, hop_length in [(4096, 1024), (2048, 512), (512, 128), (1024, 256)]
    for samples in (3 * frame_length, 3 * frame_length + 1, 5 * frame_length - 7)
]
# of papers: frame, hop, window, length of the transform
PAPERS = [
    (2048, 441, "hann", None),
    (400, 160, "hann", None),
    (400, 100, "hann", 512),
    (512, 160, "sqrt_hann", None),
    (512, 256, "hamming", None),
    (7680, 1024, "hann", None),
    (1024, 768, "hann", None),
    (401, 160, "hann", None),
    (401, 160, "hamming", 512),
    (400, 160, "hann", 513),
]
SETTINGS_OF_PAPERS = [
    # at a multiple of the hop PyTorch has a frame less where its transform's length is odd
    (*paper, 9 * paper[1] + more)
    for paper in PAPERS
    for more in (1, paper[1] // 2)
]
# the bound; what remains is the rounding of two float32 transforms
RELATIVE = 1e-4


def torch_window(window, frame_length):
    if window == "hamming":
        return torch.hamming_window(frame_length)
    return torch.hann_window(frame_length) ** (0.5 if window == "sqrt_hann" else 1)


def torch_stft(x, frame_length, hop_length, window, fft_length):
    """(batch, samples, channels) to (batch, frames, bins, channels)."""
    signals = torch.from_numpy(np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]).copy())
    z = torch.stft(
        signals, fft_length or frame_length, hop_length, frame_length,
        torch_window(window, frame_length),
        center=True, pad_mode="reflect", return_complex=True,
    )  # fmt: skip
    z = z.numpy().reshape(x.shape[0], x.shape[2], *z.shape[1:])
    return z.transpose(0, 3, 2, 1)


def torch_istft(z, frame_length, hop_length, window, fft_length, length):
    """(batch, frames, bins, channels) to (batch, samples, channels)."""
    batch, frames, bins, channels = z.shape
    spectra = torch.from_numpy(z.transpose(0, 3, 2, 1).reshape(-1, bins, frames).copy())
    x = torch.istft(
        spectra, fft_length or frame_length, hop_length, frame_length,
        torch_window(window, frame_length), center=True, length=length,
    )  # fmt: skip
    return np.moveaxis(x.numpy().reshape(batch, channels, -1), 1, -1)


NAMES = ("frame_length", "hop_length", "window", "fft_length", "samples")


@pytest.mark.parametrize(NAMES, SETTINGS + SETTINGS_OF_PAPERS)
def test_stft(frame_length, hop_length, window, fft_length, samples):
    settings = (frame_length, hop_length, window, fft_length)
    x = np.random.default_rng(0).normal(size=(2, samples, 3)).astype("float32")
    real, imag = ops.stft(x, *settings)
    expected = torch_stft(x, *settings)
    assert real.shape == expected.shape
    error = np.abs(np.asarray(real) + 1j * np.asarray(imag) - expected).max()
    assert error < RELATIVE * np.abs(expected).max()


@pytest.mark.parametrize(NAMES, SETTINGS + SETTINGS_OF_PAPERS)
def test_istft_of_what_is_no_transform_of_a_signal(
    frame_length, hop_length, window, fft_length, samples
):
    """Masked spectra are inconsistent: only the same least-squares inverse gives equal samples."""
    settings = (frame_length, hop_length, window, fft_length)
    rng = np.random.default_rng(1)
    fft_length = fft_length or frame_length
    shape = (2, 1 + samples // hop_length, fft_length // 2 + 1, 3)
    real, imag = rng.normal(size=(2, *shape)).astype("float32")
    # a real signal has real first and, of an even length, last bins
    imag[:, :, [0, -1] if fft_length % 2 == 0 else 0] = 0
    ours = np.asarray(ops.istft((real, imag), *settings[:2], samples, *settings[2:]))
    expected = torch_istft(real + 1j * imag, *settings, samples)
    assert ours.shape == expected.shape
    assert np.abs(ours - expected).max() < RELATIVE * np.abs(expected).max()


@pytest.mark.parametrize(
    ("frame_length", "hop_length", "samples"),
    [(*settings[:2], settings[4]) for settings in SETTINGS[::3]],
)
def test_gradient_of_the_magnitude(frame_length, hop_length, samples):
    tf = pytest.importorskip("tensorflow")
    x = np.random.default_rng(2).normal(size=(1, samples, 1)).astype("float32")
    waveform = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(waveform)
        value = tf.reduce_sum(ops.magnitude(ops.stft(waveform, frame_length, hop_length)))
    ours = tape.gradient(value, waveform).numpy().ravel()
    theirs = torch.from_numpy(x.ravel()).requires_grad_()
    torch.stft(
        theirs, frame_length, hop_length, window=torch.hann_window(frame_length),
        center=True, pad_mode="reflect", return_complex=True,
    ).abs().sum().backward()  # fmt: skip
    expected = theirs.grad.numpy()
    # the unit phasor of a nearly silent bin turns with the rounding of either side
    assert np.abs(ours - expected).max() < 1e-3 * np.abs(expected).max()
