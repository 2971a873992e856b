"""Bands of a spectrum that suit an instrument."""

from keras_sep._brief import brief
from keras_sep._validate import require_integers_from, require_positive_numbers

# frequency in Hz up to which bands have a width in Hz; above the last one, one band more
WIDTHS = {
    "vocals": ((1000, 100), (4000, 250), (8000, 500), (16000, 1000), (20000, 2000)),
    "bass": ((500, 50), (1000, 100), (4000, 500), (8000, 1000), (16000, 2000)),
    "drums": ((1000, 50), (2000, 100), (4000, 250), (8000, 500), (16000, 1000)),
}


def instrument_bands(
    instrument: str, sample_rate_hz: float, bins: int
) -> tuple[tuple[int, int], ...]:
    """The bands of the band-split RNN for an instrument, without overlap.

    They are narrow where the instrument's partials lie. The paper has those of the vocals for
    speech and for all other instruments, too.

    Args:
        instrument: "vocals", "bass" or "drums".
        sample_rate_hz: sample rate of the audio in Hz.
        bins: number of bins of the spectrum, `frame_length // 2 + 1`, at least 2.

    Returns:
        Tuple of pairs: first bin of a band, and the first after it.

    Example:

    >>> bands = keras_sep.ops.instrument_bands("vocals", sample_rate_hz=44100, bins=1025)
    >>> len(bands), bands[:2], bands[-1]
    (43, ((0, 5), (5, 10)), (929, 1025))

    Reference: Luo and Yu, "Music source separation with band-split RNN", 2023, section III-B.
    """
    if not isinstance(instrument, str) or instrument not in WIDTHS:
        raise ValueError(
            f"`instrument` must be one of {', '.join(WIDTHS)}. "
            f"Received: instrument={brief(instrument)}"
        )
    require_positive_numbers(sample_rate_hz=sample_rate_hz)
    require_integers_from(2, bins=bins)
    per_hz = 2 * (bins - 1) / sample_rate_hz
    starts = [0]
    for edge_hz, width_hz in WIDTHS[instrument]:
        edge = min(round(edge_hz * per_hz), bins - 1)
        starts += range(starts[-1] + _width(width_hz, per_hz), edge, _width(width_hz, per_hz))
        starts += [edge] if edge > starts[-1] else []
    return tuple(zip(starts, [*starts[1:], bins], strict=True))


def _width(width_hz, per_hz):
    return max(1, round(width_hz * per_hz))
