"""Any hop, window and transform of a paper: every sample is got back, or the hop is refused."""

import numpy as np
import pytest
import scipy.signal

from keras_sep import layers, ops
from keras_sep._frames import WINDOWS, frames_within, stft_frames

pytestmark = pytest.mark.fault

ROUGH = np.random.default_rng(7).uniform(0.3, 1.0, 23).tolist()
# of a paper, where its name is: frame, hop, window, length of the transform
SETTINGS = [
    (2048, 441, "hann", None),  # BS-RoFormer and Mel-RoFormer
    (400, 160, "hann", None),  # speech, 25 and 10 ms
    (512, 160, "hann", None),
    (400, 100, "hann", 512),  # DCCRN
    (7680, 1024, "hann", None),  # MDX-Net
    (6144, 1024, "hann", None),
    (1024, 768, "hann", None),  # Jansson's U-Net
    (512, 256, "sqrt_hann", None),  # TF-GridNet
    (512, 256, "hann", None),
    (512, 384, "hamming", 1024),
    (401, 160, "hann", None),
    (401, 160, "hann", 512),
    (400, 160, "hamming", 401),
    (23, 7, ROUGH, 29),
    (8, 8, np.ones(8), None),
]


def noise(samples, channels=1):
    return np.random.default_rng(samples).normal(size=(1, samples, channels)).astype("float32")


def lengths(frame_length, hop_length):
    """Of nothing much, of a frame and of a few, and all about the moment when a frame begins."""
    hops = 2 * hop_length
    return {1, 2, frame_length // 2, *range(hops - 3, hops + 3), hops + hop_length // 2,
            3 * frame_length + 1}  # fmt: skip


def definition(x, frame_length, hop_length, window, fft_length, frames):
    """The documentation of `torch.stft`, in float64: (frames, bins) of x (samples,)."""
    fft_length = fft_length or frame_length
    if isinstance(window, str):
        root, name = window == "sqrt_hann", window.removeprefix("sqrt_")
        window = scipy.signal.get_window(name, frame_length) ** (0.5 if root else 1)
    left = (fft_length - frame_length) // 2
    around = np.pad(x.astype("float64"), fft_length // 2 + hop_length, mode="reflect")[hop_length:]
    starts = hop_length * np.arange(frames)[:, None] + left
    return np.fft.rfft(
        np.pad(around[starts + np.arange(frame_length)] * window,
               ((0, 0), (left, fft_length - frame_length - left)))
    )  # fmt: skip


@pytest.mark.parametrize(("frame_length", "hop_length", "window", "fft_length"), SETTINGS)
def test_there_and_back(frame_length, hop_length, window, fft_length):
    settings = {"window": window, "fft_length": fft_length}
    for samples in lengths(frame_length, hop_length):
        x = noise(samples)
        pair = ops.stft(x, frame_length, hop_length, **settings)
        spectrum = (np.asarray(pair[0]) + 1j * np.asarray(pair[1]))[0, :, :, 0]
        frames, bins = spectrum.shape
        # torch's number, or one more where the end would lie under next to nothing of a window
        assert frames - frames_within(samples, hop_length) in (0, hop_length > 0.4 * frame_length)
        assert bins == (fft_length or frame_length) // 2 + 1
        if samples > 1:
            wanted = definition(x[0, :, 0], frame_length, hop_length, window, fft_length, frames)
            # float32 sums of as many terms as a frame has samples against float64
            assert np.abs(spectrum - wanted).max() < 1e-6 * np.abs(wanted).max()
        y = ops.istft(pair, frame_length, hop_length, samples, **settings)
        # rounding, divided by the window at its thinnest: a thirtieth of its largest value
        np.testing.assert_allclose(y, x, rtol=0, atol=1e-5)


def test_equals_scipy_whose_frames_are_numbered_otherwise():
    x = noise(5003)[0, :, 0]
    transform = scipy.signal.ShortTimeFFT(
        scipy.signal.get_window("hamming", 400), 160, fs=1.0, mfft=512, phase_shift=None
    )
    frames = frames_within(5003, 160)
    # slice p of ShortTimeFFT is centred on sample p * 160, its transform begins with its window
    wanted = transform.stft(np.pad(x.astype("float64"), 320, mode="reflect"), p0=2, p1=2 + frames)
    turned = wanted.T * np.exp(-2j * np.pi * np.arange(257) * 56 / 512)
    real, imag = ops.stft(x[None, :, None], 400, 160, "hamming", 512)
    pair = np.asarray(real)[0, :, :, 0] + 1j * np.asarray(imag)[0, :, :, 0]
    assert np.abs(pair - turned).max() < 1e-6 * np.abs(turned).max()


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("frame_length", [1, 2, 3, 10, 47, 512])
def test_hops_are_refused_as_scipy_would(name, frame_length):
    window = scipy.signal.get_window(name.removeprefix("sqrt_"), frame_length, fftbins=True)
    window = np.sqrt(window) if name.startswith("sqrt") else window
    window = window if frame_length > 1 else WINDOWS[name](1)  # where scipy's is 1
    for hop_length in {1, 2, frame_length // 2, *range(frame_length - 3, frame_length + 2)} - {0}:
        if hop_length <= 0:
            continue
        covered = hop_length <= frame_length and scipy.signal.check_NOLA(
            window, frame_length, frame_length - hop_length
        )
        if covered:
            stft_frames(frame_length, hop_length, name)
        else:
            with pytest.raises(ValueError, match="must leave no sample without a window"):
                stft_frames(frame_length, hop_length, name)


def test_a_window_without_a_beginning_leaves_that_of_the_signal_out():
    """All samples but the first lie under frames that are there; NOLA says nothing of ends."""
    with pytest.raises(ValueError, match="must leave no sample without a window"):
        stft_frames(8, 2, [0, 0, 0, 0, 0, 0, 1, 1])
    ops.stft(noise(9), 8, 2, [1, 1, 0, 0, 0, 0, 0, 0])


def test_one_hop_more_than_the_samples_makes_the_frame_that_gets_the_last_of_them_back():
    """With torch's number of frames alone these samples come back wrong by up to one per cent."""
    x = noise(1023)
    pair = ops.stft(x, 1024, 512)
    assert pair[0].shape[1] == 3
    np.testing.assert_allclose(ops.istft(pair, 1024, 512, 1023), x, rtol=0, atol=1e-5)
    fewer = ops.istft([part[:, :2] for part in pair], 1024, 512, 1023)
    assert np.abs(np.asarray(fewer) - x).max() > 1e-3
    assert ops.stft(noise(900), 1024, 512)[0].shape[1] == 2


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ((0, 1), "`frame_length` must be a positive integer. Received: frame_length=0"),
        ((8, 2.0), "`hop_length` must be a positive integer. Received: hop_length=2.0"),
        ((8, 2, "hann", 0), "`fft_length` must be a positive integer. Received: fft_length=0"),
        ((8, 2, "hann", 7),
         "`fft_length` must be at least `frame_length`. Received: fft_length=7, frame_length=8"),
        ((8, 9, "hamming"), "hop_length=9, frame_length=8, window='hamming'"),
        ((8, 2, [1.0] + [0.0] * 7), "window=(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)"),
        ((8, 2, "blackman"), '`window` must be one of "hann", "sqrt_hann", "hamming", '
         '"rectangular", or an array of 8 numbers, one for each sample of a frame, whose largest '
         "lies between 1e-6 and 1e6. "
         "Received: window='blackman'"),
        ((8, 2, [1.0] * 7), "Received: window=an array of shape (7,)"),
        ((8, 2, None), "Received: window=None"),
        ((2, 1, [1.0, np.nan]), "or an array of 2 numbers"),
        ((2, 1, [10**400, 1]), "or an array of 2 numbers"),
        ((2, 1, [1e300, 1]), "or an array of 2 numbers"),
        ((2, 1, {"a": 1}), "Received: window={'a': 1}"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense(settings, text):
    with pytest.raises(ValueError, match="Received") as error:
        stft_frames(*settings)
    assert text in str(error.value)
    assert "\n" not in str(error.value)


def windows_with_holes():
    """Random frames, hops, windows and transforms that are not refused."""
    rng = np.random.default_rng(4)
    while True:
        frame_length = int(rng.integers(1, 24))
        hop_length = int(rng.integers(1, frame_length + 1))
        window = rng.uniform(0.1, 1, frame_length) * (rng.random(frame_length) > rng.uniform(0, 1))
        try:
            yield stft_frames(frame_length, hop_length, window, frame_length + rng.integers(16))
        except ValueError:
            continue


def test_no_signal_is_too_short_for_a_window_with_holes():
    """The sum of squared windows on every sample, frame by frame."""
    for frames, _ in zip(windows_with_holes(), range(300), strict=False):
        for samples in range(1, 2 * frames.fft_length):
            first, end = -frames.start, samples - frames.start
            total = np.zeros(end + (frames.overlap + 4) * frames.hop_length + frames.fft_length)
            for frame in range(frames.count(samples)):
                at = frame * frames.hop_length
                total[at : at + frames.fft_length] += frames.window**2
            assert total[first:end].min() > 1e-3


@pytest.mark.parametrize("samples", [1, 2, 3, 4, 5, 40])
def test_there_and_back_with_holes(samples):
    window = np.random.default_rng(0).uniform(0.5, 1, 18)
    window[[7, 8, 10]] = 0
    x = noise(samples)
    y = ops.istft(ops.stft(x, 18, 3, window, 32), 18, 3, samples, window, 32)
    np.testing.assert_allclose(y, x, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("frame_length", "hop_length"), [(32, 8), (30, 7), (16, 9)])
@pytest.mark.parametrize("samples", [1, 15, 64, 101])
def test_behind_a_frame_of_zeros(frame_length, hop_length, samples):
    """NumPy's transform of the frames that begin before the end, as `tf.signal.stft`; and back."""
    x = np.random.default_rng(0).normal(size=(2, samples, 3)).astype("float32")
    padded = np.pad(x, ((0, 0), (frame_length, frame_length), (0, 0)))
    starts = range(0, frame_length + samples, hop_length)
    frames = np.stack([padded[:, start : start + frame_length] for start in starts], axis=1)
    window = scipy.signal.get_window("hann", frame_length)
    theirs = np.fft.rfft(frames * window[:, None], axis=2)
    settings = {"frame_length": frame_length, "hop_length": hop_length, "padding": "zeros"}
    real, imag = map(np.asarray, ops.stft(x, **settings))
    np.testing.assert_allclose(real + 1j * imag, theirs, atol=2e-5)
    again = np.asarray(ops.istft((real, imag), length=samples, **settings))
    np.testing.assert_allclose(again, x, atol=2e-5)
    natural = ops.istft((real, imag), **settings).shape[1]
    assert samples <= natural < samples + hop_length
    product = layers.ConvSTFT(**settings)
    np.testing.assert_allclose(product(x)[0], real, atol=2e-5)
    assert product.compute_output_shape(x.shape)[0] == real.shape
    np.testing.assert_allclose(product.inverse()((real, imag), like=x), x, atol=2e-5)


def test_another_padding():
    with pytest.raises(ValueError, match='`padding` must be "reflect", "constant" or "zeros"'):
        layers.STFT(32, 8, padding="ones")
