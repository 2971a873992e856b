"""Complex ratio masks: the ideal one, and ways to keep one bounded."""

from typing import Any

from keras import ops

from keras_sep._floors import AMPLITUDE_FLOOR
from keras_sep.ops.magnitude import magnitude
from keras_sep.ops.precision import in_float32

# a mixture less loud than this, -160 dB, counts as this loud where it divides
# how near a compressed mask comes to its bound, where the way back is infinite
MARGIN = 1e-6


def ideal_complex_ratio_mask(stems_pair: Any, mixture_pair: Any) -> Any:
    """The complex quotient S / Y, which maps the mixture to each stem.

    It is unbounded: compress it (`compress_complex_mask`) for training. It is 0 where the mixture
    is silent, as no mask could recover a stem from silence, and fades to 0 below 1e-8, -160 dB.

    Args:
        stems_pair: (real, imag), each (..., channels, sources).
        mixture_pair: (real, imag), each (..., channels).

    Returns:
        (real, imag), each (..., channels, sources), in float32 at least, as half precision cannot
        represent the mask of a nearly silent mixture.

    Example: 10j divided by 3 + 4j.

    >>> stems, mixture = (np.array([[0.0]]), np.array([[10.0]])), (np.array([3.0]), np.array([4.0]))
    >>> real, imag = keras_sep.ops.ideal_complex_ratio_mask(stems, mixture)
    >>> round(float(real[0, 0]), 4), round(float(imag[0, 0]), 4)
    (1.6, 1.2)

    Reference: Williamson, Wang and Wang, "Complex ratio masking for monaural speech separation",
    2016, section III.
    """
    mixture_pair = tuple(map(in_float32, mixture_pair))
    # divided twice by the magnitude: its square would leave the range of float32
    size = ops.expand_dims(ops.maximum(magnitude(mixture_pair), AMPLITUDE_FLOOR), -1)
    cosine, sine = (ops.expand_dims(part, -1) / size for part in mixture_pair)
    real, imag = (in_float32(part) / size for part in stems_pair)
    return real * cosine + imag * sine, imag * cosine - real * sine


def bounded_complex_mask(pair: Any, bound: float = 1.0) -> Any:
    """A complex mask from any complex number O: magnitude `bound * tanh(|O|)`, phase that of O.

    Not tanh of the real and of the imaginary part, which would change the phase.

    Args:
        pair: (real, imag), of one shape.
        bound: largest magnitude, which the mask approaches.

    Returns:
        (real, imag), of that shape.

    Example:

    >>> real, imag = keras_sep.ops.bounded_complex_mask((0.3, 0.4), bound=2.0)
    >>> size = (float(real) ** 2 + float(imag) ** 2) ** 0.5
    >>> bool(np.isclose(size, 2 * np.tanh(0.5))), round(float(imag) / float(real), 4)
    (True, 1.3333)

    Reference: Choi et al., "Phase-aware speech enhancement with deep complex U-Net", 2019,
    section 3.2, with `bound=1`.
    """
    dtype = ops.convert_to_tensor(pair[0]).dtype
    real, imag = map(in_float32, pair)
    # tanh(x) / x is 1 long before x is 1e-8
    size = ops.sqrt(ops.maximum(ops.square(real) + ops.square(imag), 1e-16))
    gain = bound * ops.tanh(size) / size
    return ops.cast(real * gain, dtype), ops.cast(imag * gain, dtype)


def compress_complex_mask(pair: Any, bound: float = 10.0, steepness: float = 0.1) -> Any:
    """Compress each part of a complex mask to -bound to bound: K (1 - e^(-CM)) / (1 + e^(-CM)).

    It is the target of a network; `expand_complex_mask` expands the network's estimate. Real and
    imaginary part are compressed separately, so the compressed mask has another phase.

    Args:
        pair: (real, imag), of one shape.
        bound: K.
        steepness: C.

    Returns:
        (real, imag), of that shape.

    Example:

    >>> real, imag = keras_sep.ops.compress_complex_mask((1.0, 1000.0))
    >>> round(float(real), 4), round(float(imag), 4)
    (0.4996, 10.0)

    Reference: Williamson, Wang and Wang, "Complex ratio masking for monaural speech separation",
    2016, section III.
    """
    # the same function of M as a hyperbolic tangent, which cannot overflow
    return tuple(bound * ops.tanh(steepness / 2 * ops.convert_to_tensor(part)) for part in pair)


def expand_complex_mask(pair: Any, bound: float = 10.0, steepness: float = 0.1) -> Any:
    """Undo `compress_complex_mask`.

    Estimates at the bound or beyond count as just within it: the largest part of an expanded mask
    is 145 with the defaults.

    Args:
        pair: (real, imag), of one shape.
        bound: K of the compression.
        steepness: C of the compression.

    Returns:
        (real, imag), of that shape.

    Example:

    >>> compressed = keras_sep.ops.compress_complex_mask((1.0, -7.0))
    >>> real, imag = keras_sep.ops.expand_complex_mask(compressed)
    >>> round(float(real), 3), round(float(imag), 3)
    (1.0, -7.0)

    Reference: Williamson, Wang and Wang, "Complex ratio masking for monaural speech separation",
    2016, section III.
    """

    def expand(part):
        part = ops.convert_to_tensor(part)
        # in half precision the margin would round to nothing
        ratio = ops.clip(in_float32(part) / bound, MARGIN - 1, 1 - MARGIN)
        return ops.cast(ops.arctanh(ratio) * (2 / steepness), part.dtype)

    return tuple(map(expand, pair))
