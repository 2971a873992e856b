"""What a network that masks magnitudes is trained towards, from complex stems and mixture.

The stems are a pair (real, imag), each (..., channels, sources); the mixture a pair, each
(..., channels); the target is real, (..., channels, sources). The pipeline applies one of
these before a loss sees `y_true`.

Reference: Erdogan et al., "Phase-sensitive and recognition-boosted speech separation using
deep recurrent neural networks", 2015, section 3.
"""

from typing import Any

from keras import ops

from keras_sep.ops.active_bins import joint_magnitude
from keras_sep.ops.magnitude import magnitude, unit_phasor


def magnitude_spectrum_approximation(stems_pair: Any, mixture_pair: Any) -> Any:
    """Magnitude |S| of every stem; the mixture is not used.

    Args:
        stems_pair: (real, imag), each (..., channels, sources).
        mixture_pair: (real, imag), each (..., channels).

    Returns:
        (..., channels, sources).

    Example:

    >>> stems = np.array([[3.0, 0.0]]), np.array([[4.0, 1.0]])
    >>> mixture = np.array([3.0]), np.array([5.0])
    >>> keras_sep.ops.magnitude_spectrum_approximation(stems, mixture).numpy().tolist()
    [[5.0, 1.0]]
    """
    del mixture_pair
    return magnitude(stems_pair)


def phase_sensitive_approximation(stems_pair: Any, mixture_pair: Any) -> Any:
    """Part of each stem in phase with the mixture: |S| cos(angle S - angle Y).

    Negative where a stem and the mixture are more than a quarter turn apart. Where the mixture
    is silent its phase counts as 0.

    Args:
        stems_pair: (real, imag), each (..., channels, sources).
        mixture_pair: (real, imag), each (..., channels).

    Returns:
        (..., channels, sources). The sources sum to the magnitude of the mixture where the
        stems sum to the mixture.

    Example:

    >>> stems = np.array([[3.0, -6.0]]), np.array([[4.0, 0.0]])
    >>> mixture = np.array([-3.0]), np.array([4.0])
    >>> target = keras_sep.ops.phase_sensitive_approximation(stems, mixture)
    >>> np.round(target, 4).tolist()
    [[1.4, 3.6]]
    """
    cosine, sine = (ops.expand_dims(part, -1) for part in unit_phasor(mixture_pair))
    real, imag = (ops.convert_to_tensor(part) for part in stems_pair)
    return real * cosine + imag * sine


def truncated_phase_sensitive_approximation(stems_pair: Any, mixture_pair: Any) -> Any:
    """The phase-sensitive target, truncated to what a mask between 0 and 1 can reach.

    min(max(|S| cos(angle S - angle Y), 0), |Y|).

    Args:
        stems_pair: (real, imag), each (..., channels, sources).
        mixture_pair: (real, imag), each (..., channels).

    Returns:
        (..., channels, sources).

    Example:

    >>> stems = np.array([[9.0, -6.0]]), np.array([[0.0, 0.0]])
    >>> mixture = np.array([3.0]), np.array([0.0])
    >>> keras_sep.ops.truncated_phase_sensitive_approximation(stems, mixture).numpy().tolist()
    [[3.0, 0.0]]
    """
    target = phase_sensitive_approximation(stems_pair, mixture_pair)
    ceiling = ops.expand_dims(magnitude(mixture_pair), -1)
    return ops.minimum(ops.maximum(target, 0), ceiling)


def deep_attractor_target(stems_pair: Any, mixture_pair: Any) -> Any:
    """Target of `DeepAttractorLoss`: the stems' magnitudes and, last, the mixture's.

    Channels are merged by the sum of their powers.

    Args:
        stems_pair: (real, imag), each (batch, frames, bins, channels, sources).
        mixture_pair: (real, imag), each (batch, frames, bins, channels).

    Returns:
        (batch, frames, bins, sources + 1), float32 at least.

    Example:

    >>> stems = np.array([3.0, 1.0]).reshape(1, 1, 1, 1, 2)
    >>> mixture = stems.sum(-1)
    >>> target = keras_sep.ops.deep_attractor_target((stems, 0 * stems), (mixture, 0 * mixture))
    >>> keras.ops.convert_to_numpy(target).ravel().tolist()
    [3.0, 1.0, 4.0]
    """
    mixture = ops.expand_dims(joint_magnitude(mixture_pair), -1)
    return ops.concatenate([joint_magnitude(stems_pair), mixture], axis=-1)
