"""Samples of other types as floats."""

import numpy as np


def float_samples(array: np.ndarray) -> np.ndarray:
    """Return samples as floats of 32 or 64 bits, with full scale at -1 and 1.

    Args:
        array: Samples as floats, or as integers of 16 or 32 bits, full scale at the ends of their
            range.

    Example:

    >>> import numpy as np
    >>> float_samples(np.array([-32768, 16384], np.int16))
    array([-1. ,  0.5])
    """
    if array.dtype.kind == "i" and array.itemsize in (2, 4):
        return array / -float(np.iinfo(array.dtype).min)
    if array.dtype.kind != "f":
        raise ValueError(
            f"samples must be floats, or integers of 16 or 32 bits. Received: {array.dtype}"
        )
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
