"""Masks on what they mask."""

from typing import Any

from keras import ops


def apply_mask(masks: Any, mixture: Any) -> Any:
    """Multiply a mixture by one real mask per source.

    With a pair, the masks scale real and imaginary part alike, so every source keeps the phase of
    the mixture. Not the product of complex numbers, which is `apply_complex_mask`.

    Args:
        masks: (..., sources); (..., channels, sources) for a mixture with channels, or without
            channels if all of them share one mask.
        mixture: (...): a magnitude (batch, frames, bins, channels), a learned representation
            (batch, frames, filters), or a pair (real, imag) of such.

    Returns:
        (..., sources), or a pair of such.

    Example:

    >>> masks = np.array([[0.25, 0.75], [1.0, 0.0]])  # (bins, sources)
    >>> sources = keras_sep.ops.apply_mask(masks, np.array([8.0, 3.0]))
    >>> keras.ops.convert_to_numpy(sources).tolist()
    [[2.0, 6.0], [3.0, 0.0]]
    """
    if isinstance(mixture, (tuple, list)):
        return tuple(apply_mask(masks, part) for part in mixture)
    rank = len(mixture.shape) + 1
    if len(masks.shape) == rank - 1:
        masks = ops.expand_dims(masks, -2)
    pairs = zip(masks.shape, mixture.shape, strict=False)
    if len(masks.shape) != rank or any(a != b and not {a, b} & {1, None} for a, b in pairs):
        raise ValueError(
            "`masks` must have the axes of the mixture and one of sources at the end. "
            f"Received: masks of shape {tuple(masks.shape)}, "
            f"mixture of shape {tuple(mixture.shape)}"
        )
    return ops.multiply(masks, ops.expand_dims(mixture, -1))


def apply_complex_mask(mask_pair: Any, mixture_pair: Any) -> Any:
    """Multiply a complex mixture by one complex mask per source: magnitude and phase both change.

    Args:
        mask_pair: (real, imag), each (..., sources), shaped as the masks of `apply_mask`.
        mixture_pair: (real, imag) of the mixture, each (...).

    Returns:
        (real, imag), each (..., sources).

    Example: 2j times 3 + 4j.

    >>> mask = np.array([[0.0]]), np.array([[2.0]])
    >>> real, imag = keras_sep.ops.apply_complex_mask(mask, (np.array([3.0]), np.array([4.0])))
    >>> float(real[0, 0]), float(imag[0, 0])
    (-8.0, 6.0)

    Reference: Williamson, Wang and Wang, "Complex ratio masking for monaural speech separation",
    2016, section III.
    """
    (real_real, real_imag), (imag_real, imag_imag) = (
        apply_mask(part, mixture_pair) for part in mask_pair
    )
    return real_real - imag_imag, real_imag + imag_real
