"""A separation that small networks learn in seconds: one source is low, one is high.

Which of them comes first is drawn anew for every example, so only training without an order helps.
"""

from itertools import permutations

import keras
import numpy as np

from keras_sep import Separator, layers, ops

SAMPLE_RATE_HZ = 8000
FRAME_LENGTH, HOP_LENGTH = 64, 32
BINS = FRAME_LENGTH // 2 + 1
BANDS_HZ = ((300, 1500), (2300, 3600))


def stems(seed, batch, samples=800):
    """Noise in two bands, (batch, samples, 1, 2)."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(size=(batch, samples, 1, 2)), axis=1)
    frequency = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE_HZ)
    inside = [(low <= frequency) & (frequency < high) for low, high in BANDS_HZ]
    waveform = np.fft.irfft(spectrum * np.stack(inside, -1)[:, None], samples, axis=1)
    first = rng.integers(2, size=(batch, 1, 1, 2)) == 0
    first[..., 1] = first[..., 0]
    return np.where(first, waveform, waveform[..., ::-1]).astype("float32")


def spectra(sources):
    """The pairs (real, imag) of sources and of their mixture."""
    both = ops.stft(sources, FRAME_LENGTH, HOP_LENGTH)
    return both, tuple(keras.ops.sum(part, axis=-1) for part in both)


def examples(batch=16):
    """The mixtures' magnitudes, and the pairs of stems and mixtures that targets are made of."""
    sources, mixture = spectra(stems(0, batch))
    return keras.ops.convert_to_numpy(ops.magnitude(mixture)), sources, mixture


def separator(network, post_filter=None):
    return Separator(
        network,
        SAMPLE_RATE_HZ,
        ("one", "other"),
        front_end=layers.STFT(FRAME_LENGTH, HOP_LENGTH),
        post_filter=post_filter,
        interchangeable_sources=True,
    )


def si_sdr_db(reference, estimate):
    reference, estimate = (np.asarray(x, np.float64).ravel() for x in (reference, estimate))
    target = (estimate @ reference) / (reference @ reference) * reference
    return 10 * np.log10((target @ target) / np.sum((estimate - target) ** 2))


def improvement_db(model):
    """Mean SI-SDR improvement on mixtures that training has not seen, in the best order."""
    sources = stems(1, batch=3, samples=1600)
    mixture = sources.sum(-1)
    estimates = keras.ops.convert_to_numpy(model(mixture))
    assert estimates.shape == sources.shape
    gains = []
    for true, found, mixed in zip(sources, estimates, mixture, strict=True):
        before = np.mean([si_sdr_db(true[..., n], mixed) for n in range(2)])
        after = max(
            np.mean([si_sdr_db(true[..., n], found[..., m]) for n, m in enumerate(order)])
            for order in permutations(range(2))
        )
        gains.append(after - before)
    return np.mean(gains)
