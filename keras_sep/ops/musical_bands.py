"""Bands of a spectrum that are equally wide in octaves."""

import numpy as np

from keras_sep._validate import require_integers_from


def musical_bands(bands: int, bins: int) -> tuple[tuple[int, int], ...]:
    """Bands of equal width in octaves, each of which overlaps its neighbours by about half.

    Their centres rise by equal intervals from bin 1 to the last bin. A band reaches to either side
    of its centre by all octaves over the number of bands, rounded up to whole bins. So the lowest
    bands have a few bins that they share, at any sample rate.

    Args:
        bands: number of bands, at least 2.
        bins: number of bins of the spectrum, `frame_length // 2 + 1`, at least 3.

    Returns:
        Tuple of pairs: first bin of a band, and the first after it.

    Example:

    >>> bands = keras_sep.ops.musical_bands(64, bins=1025)
    >>> bands[:3], bands[-1], sum(stop - first for first, stop in bands)
    (((0, 3), (1, 3), (1, 3)), (918, 1025), 2142)

    Reference: Watcharasupat et al., "A generalized bandsplit neural network for cinematic audio
    source separation", 2023, section III-A.
    """
    require_integers_from(2, bands=bands)
    require_integers_from(3, bins=bins)
    centres = (bins - 1) ** (np.arange(bands) / (bands - 1))
    reach = (bins - 1) ** (1 / bands)
    firsts = np.floor(centres / reach).astype(int)
    stops = np.minimum(np.ceil(centres * reach).astype(int) + 1, bins)
    return tuple((int(first), int(stop)) for first, stop in zip(firsts, stops, strict=True))
