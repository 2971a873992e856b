"""The ratio mask of powers."""

from typing import Any

from keras import ops

from keras_sep._floors import POWER_SHARE_FLOOR
from keras_sep.ops.precision import in_float32

# added to every power, 180 dB down: silent sources share alike, and neither a quotient nor its
# gradient leaves the range of float32


def wiener_like_mask(stems_pair: Any) -> Any:
    """Share of each stem's power in the sum of all stems' powers: |S|^2 / sum of |S|^2.

    Not `ideal_ratio_mask`, the share of magnitudes, and not `wiener`, which filters several
    channels at once. The masks of the sources sum to one everywhere: in silence each source has
    an equal share.

    Args:
        stems_pair: (real, imag), each (..., sources).

    Returns:
        (..., sources), from 0 to 1.

    Example:

    >>> stems = np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 3.0], [0.0, 0.0]])
    >>> np.round(keras_sep.ops.wiener_like_mask(stems), 4).tolist()
    [[0.1, 0.9], [0.5, 0.5]]

    Reference: Erdogan et al., "Phase-sensitive and recognition-boosted speech separation using
    deep recurrent neural networks", 2015, section 3.
    """
    dtype = ops.convert_to_tensor(stems_pair[0]).dtype
    real, imag = map(in_float32, stems_pair)
    power = ops.square(real) + ops.square(imag) + POWER_SHARE_FLOOR
    return ops.cast(power / ops.sum(power, axis=-1, keepdims=True), dtype)
