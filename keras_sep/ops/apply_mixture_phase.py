"""From separated magnitudes to complex spectrograms."""

from typing import Any

from keras import ops

from keras_sep.ops.join_sources import sources_first, sources_last
from keras_sep.ops.magnitude import unit_phasor


def apply_mixture_phase(magnitudes: Any, mixture_pair: Any) -> Any:
    """Give every source the phase of the mixture.

    Args:
        magnitudes: (batch, frames, bins, channels, sources).
        mixture_pair: (real, imag), each (batch, frames, bins, channels).

    Returns:
        (real, imag), each (batch, frames, bins, channels, sources).

    Example:

    >>> magnitudes = np.array([5.0, 10.0], "float32").reshape(1, 1, 1, 1, 2)
    >>> mixture_pair = [np.full((1, 1, 1, 1), part, "float32") for part in (3, 4)]
    >>> real, imag = keras_sep.ops.apply_mixture_phase(magnitudes, mixture_pair)
    >>> np.round(np.ravel(real), 4).tolist(), np.round(np.ravel(imag), 4).tolist()
    ([3.0, 6.0], [4.0, 8.0])
    """
    magnitudes, phase = sources_first(magnitudes), unit_phasor(mixture_pair)
    phase = (ops.expand_dims(ops.transpose(part, (0, 3, 1, 2)), 2) for part in phase)
    return tuple(sources_last(magnitudes * part) for part in phase)
