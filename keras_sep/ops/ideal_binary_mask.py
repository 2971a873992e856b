"""Every bin of a spectrogram to one source."""

from typing import Any

from keras import ops

from keras_sep.ops.magnitude import magnitude


def ideal_binary_mask(stems_pair: Any) -> Any:
    """1 for the loudest source of each bin, 0 for the others.

    The first of equally loud sources gets the bin, silence included, so the masks sum to one
    everywhere. For clustering, where silent bins must not count, use `clustering_target`.

    Args:
        stems_pair: (real, imag), each (..., sources).

    Returns:
        (..., sources), of zeros and ones.

    Example:

    >>> stems = np.array([[3.0, -6.0], [0.0, 0.0]]), np.array([[4.0, 0.0], [0.0, 0.0]])
    >>> keras.ops.convert_to_numpy(keras_sep.ops.ideal_binary_mask(stems)).tolist()
    [[0.0, 1.0], [1.0, 0.0]]

    Reference: Wang, "On ideal binary mask as the computational goal of auditory scene analysis",
    2005, with the loudest of several sources in place of one source against the rest.
    """
    return dominant_source(magnitude(stems_pair))


def dominant_source(magnitudes: Any) -> Any:
    """One-hot of the loudest source, of magnitudes (..., sources); of equals, of the first."""
    loudest = ops.argmax(magnitudes, axis=-1)
    return ops.one_hot(loudest, magnitudes.shape[-1], dtype=magnitudes.dtype)
