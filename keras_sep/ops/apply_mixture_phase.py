"""From separated magnitudes to complex spectrograms."""

from keras import ops

from keras_sep.ops.join_sources import sources_first, sources_last
from keras_sep.ops.magnitude import unit_phasor


def apply_mixture_phase(magnitudes, mixture_pair):
    """Give every source the phase of the mixture.

    Args:
        magnitudes: (batch, frames, bins, channels, sources).
        mixture_pair: (real, imag), each (batch, frames, bins, channels).

    Returns:
        (real, imag), each (batch, frames, bins, channels, sources).

    Example:

    >>> magnitudes = np.array([5.0, 10.0])
    >>> real, imag = keras_sep.ops.apply_mixture_phase(magnitudes, (np.float32(3), np.float32(4)))
    >>> np.round(real, 4).tolist(), np.round(imag, 4).tolist()
    ([3.0, 6.0], [4.0, 8.0])
    """
    phase = unit_phasor(mixture_pair)
    if len(magnitudes.shape) != 5:
        return tuple(magnitudes * ops.expand_dims(part, -1) for part in phase)
    magnitudes = sources_first(magnitudes)
    phase = (ops.expand_dims(ops.transpose(part, (0, 3, 1, 2)), 2) for part in phase)
    return tuple(sources_last(magnitudes * part) for part in phase)
