"""The multichannel Wiener filter that refines separated magnitudes with expectation maximisation.

Complex numbers are pairs (real, imag) of real tensors throughout, so the filter runs on every
backend and device, and bins come last, so that every pass runs along contiguous memory. One and
two channels have closed forms; covariances of two channels are the triple (power of the first,
power of the second, their complex correlation).
"""

from typing import Any

from keras import ops

from keras_sep.ops.join_sources import sources_first, sources_last
from keras_sep.ops.magnitude import magnitude, unit_phasor
from keras_sep.ops.precision import in_float32

PEAK = 10.0  # mixtures louder than this are scaled down to it, a window at a time


def wiener(
    magnitudes: Any,
    mixture_pair: Any,
    iterations: int = 1,
    window_frames: int | None = None,
    residual: bool = False,
    softmask: bool = False,
    epsilon: float = 1e-10,
) -> Any:
    """Multichannel Wiener filter: complex spectra of the sources from their magnitudes.

    The first estimate of every source has the phase of the mixture. Every iteration then fits a
    local Gaussian model to the estimates (a power per source, frame and bin, and a spatial
    covariance per source and bin) and takes as new estimate the expectation of each source given
    the mixture. After an iteration the sources sum to the mixture wherever it is louder than the
    regularisation; in bins with less power than about `sqrt(epsilon)` they sum to a part of it.
    Equal to `openunmix.filtering.wiener`, except in bins where a channel of the mixture is exactly
    zero, which `openunmix` replaces by one.

    Args:
        magnitudes: (batch, frames, bins, channels, sources), non-negative.
        mixture_pair: (real, imag), each (batch, frames, bins, channels), of one or two channels.
        iterations: number of iterations of expectation maximisation. With 0 the first estimate is
            returned.
        window_frames: number of frames that a model is fitted to; the last window is shorter. None
            fits one model to all frames.
        residual: whether to add a source, the mixture minus all others, before the first iteration.
        softmask: whether to scale the magnitudes of the first estimate so that they sum to the
            mixture's.
        epsilon: power that keeps divisions finite, at most -60 dB of the mixture.

    Returns:
        real and imag, each (batch, frames, bins, channels, sources), with one source more if
        `residual`.

    Example:
        >>> import numpy as np
        >>> magnitudes = np.ones((1, 7, 5, 2, 3), "float32")
        >>> mixture = (np.ones((1, 7, 5, 2), "float32"), np.zeros((1, 7, 5, 2), "float32"))
        >>> real, imag = wiener(magnitudes, mixture, iterations=1)
        >>> tuple(real.shape)
        (1, 7, 5, 2, 3)

    Reference:
        Uhlich et al., "Improving music source separation based on deep neural networks through
        data augmentation and network blending", ICASSP 2017, section 2; Nugraha, Liutkus and
        Vincent, "Multichannel audio source separation with deep neural networks", 2016, equations
        9 to 12.
    """
    magnitudes = ops.convert_to_tensor(magnitudes)
    dtype = magnitudes.dtype
    channels = mixture_pair[0].shape[-1]
    if channels not in (1, 2):
        raise ValueError(
            f"The Wiener filter knows one or two channels. Received: a mixture of {channels}"
        )
    magnitudes = sources_first(in_float32(magnitudes))
    real, imag = (ops.transpose(in_float32(part), (0, 3, 1, 2)) for part in mixture_pair)

    def filtered(magnitudes, real, imag):
        return _filter(magnitudes, (real, imag), iterations, residual, softmask, epsilon)

    if iterations == 0 or window_frames is None:
        pair = filtered(magnitudes, real, imag)
    else:
        pair = _in_windows(filtered, window_frames, magnitudes, real, imag)
    return tuple(ops.cast(sources_last(part), dtype) for part in pair)


def _in_windows(function, window_frames, *tensors):
    """`function` of one window of frames after the other, in the memory of one."""
    frames = ops.shape(tensors[0])[-2]
    windows = -(-frames // window_frames)
    padding = windows * window_frames - frames  # silent frames change nothing in a model

    def split(x):
        *lead, _, bins = ops.shape(x)
        x = ops.pad(x, [*[(0, 0)] * len(lead), (0, padding), (0, 0)])
        x = ops.reshape(x, (*lead, windows, window_frames, bins))
        return ops.moveaxis(x, -3, 0)

    def join(x):
        x = ops.moveaxis(x, 0, -3)
        *lead, _, _, bins = ops.shape(x)
        return ops.reshape(x, (*lead, windows * window_frames, bins))[..., :frames, :]

    outputs = ops.map(lambda window: function(*window), tuple(split(x) for x in tensors))
    return tuple(join(x) for x in outputs)


def _filter(magnitudes, mixture, iterations, residual, softmask, epsilon):
    """Estimates (batch, channels, sources, frames, bins) of all frames as one window."""
    phase, level = unit_phasor(mixture), magnitude(mixture)  # (batch, channels, frames, bins)
    if softmask:
        share = magnitudes / (epsilon + ops.sum(magnitudes, axis=2, keepdims=True))
        magnitudes = share * ops.expand_dims(level, 2)
    if residual:
        rest = ops.expand_dims(level, 2) - ops.sum(magnitudes, axis=2, keepdims=True)
        magnitudes = ops.concatenate([magnitudes, rest], axis=2)
    if iterations == 0:
        return tuple(magnitudes * ops.expand_dims(part, 2) for part in phase)

    peak = ops.maximum(1.0, ops.max(level, axis=(1, 2, 3), keepdims=True, initial=0.0) / PEAK)
    x = _channels(tuple(part / peak for part in mixture))
    # every first estimate is a real number times the phase of the mixture, which spares half
    first = [magnitudes[:, c] / peak for c in range(len(x))]
    powers = [a * a for a in first]
    unit = [tuple(ops.expand_dims(part, 1) for part in u) for u in _channels(phase)]
    correlation = None
    if len(x) == 2:
        # normalised once more: exactly one where the channels are equal, see `_expectation`
        length = ops.sqrt(_power(unit[0]) * _power(unit[1]))
        product = first[0] * first[1]
        correlation = tuple(product * (part / length) for part in _times_conjugate(*unit))
    for _ in range(iterations - 1):
        y = _expectation(x, powers, correlation, epsilon)
        powers = [_power(channel) for channel in y]
        correlation = _times_conjugate(*y) if len(x) == 2 else None
    y = _expectation(x, powers, correlation, epsilon)
    peak = ops.expand_dims(peak, 2)
    return tuple(ops.stack(part, axis=1) * peak for part in zip(*y, strict=True))


def _channels(pair):
    """A list of pairs, one per channel, of a pair whose second axis is channels."""
    return [(pair[0][:, c], pair[1][:, c]) for c in range(pair[0].shape[1])]


def _power(a):
    return a[0] * a[0] + a[1] * a[1]


def _times_conjugate(a, b):
    return a[0] * b[0] + a[1] * b[1], a[1] * b[0] - a[0] * b[1]


def _expectation(x, powers, correlation, epsilon):
    """Sources given the mixture `x` (batch, frames, bins), a pair a channel.

    `powers`, one per channel, and `correlation` are those of the last estimates, each (batch,
    sources, frames, bins).
    """
    v = sum(powers[1:], powers[0]) / len(powers)  # power spectral density
    totals = [ops.sum(power, axis=2, keepdims=True) for power in powers]
    weight = epsilon + sum(totals[1:], totals[0]) / len(powers)
    r = [total / weight for total in totals]  # spatial covariance, (batch, sources, 1, bins)
    noise = epsilon**0.5

    def modelled(covariance):
        return ops.sum(v * covariance, axis=1)  # of the mixture, (batch, frames, bins)

    if len(x) == 1:
        gain = v * r[0]
        inverse = ops.expand_dims(1.0 / (modelled(r[0]) + noise), 1)
        return [tuple(gain * ops.expand_dims(part, 1) * inverse for part in x[0])]

    cross = [ops.sum(part, axis=2, keepdims=True) / weight for part in correlation]
    # solved for the channels' sum and difference, so that stereo which is really mono, where all
    # the matrices are singular, loses no digits
    mean = (r[0] + r[1]) / 2
    mid, side = modelled(mean + cross[0]), modelled(mean - cross[0])
    z = _solve(_sides(x), (mid, side), (modelled((r[0] - r[1]) / 2), -modelled(cross[1])), noise)
    z = _sides(z)
    (real_0, imag_0), (real_1, imag_1) = (
        tuple(ops.expand_dims(part, 1) for part in pair) for pair in z
    )
    real, imag = cross
    return [
        (
            v * (r[0] * real_0 + real * real_1 - imag * imag_1),
            v * (r[0] * imag_0 + real * imag_1 + imag * real_1),
        ),
        (
            v * (r[1] * real_1 + real * real_0 + imag * imag_0),
            v * (r[1] * imag_1 + real * imag_0 - imag * real_0),
        ),
    ]


def _sides(pairs):
    """Sum and difference of two channels, as a rotation that undoes itself."""
    root = 0.5**0.5
    first, second = pairs
    return [
        tuple(root * (a + b) for a, b in zip(first, second, strict=True)),
        tuple(root * (a - b) for a, b in zip(first, second, strict=True)),
    ]


def _solve(x, powers, correlation, noise):
    """(covariance + noise * identity)^-1 x of two channels, also where the two are the same.

    The noise can be below the rounding of the powers. Added to them first it would be lost, and the
    determinant zero or less where the covariance is singular.
    """
    (real_0, imag_0), (real_1, imag_1) = x
    real, imag = correlation
    determinant = ops.maximum(powers[0] * powers[1] - (real * real + imag * imag), 0.0)
    determinant = determinant + noise * (powers[0] + powers[1]) + noise * noise
    gain = 1.0 / determinant
    return [
        (
            (powers[1] * real_0 - (real * real_1 - imag * imag_1) + noise * real_0) * gain,
            (powers[1] * imag_0 - (real * imag_1 + imag * real_1) + noise * imag_0) * gain,
        ),
        (
            (powers[0] * real_1 - (real * real_0 + imag * imag_0) + noise * real_1) * gain,
            (powers[0] * imag_1 - (real * imag_0 - imag * real_0) + noise * imag_1) * gain,
        ),
    ]
