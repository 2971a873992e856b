"""Several networks for the same sources, and the mean of what they estimate."""

from typing import Any

import numpy as np

from keras_sep._brief import brief
from keras_sep._networks import estimates_shape


class MeanOfNetworks:
    """Means over networks, weighted by source.

    Args:
        named: The networks by name, each from waveforms to all sources.
        weights: A row of weights for each network, one for each source.
        front_end: That of the separator, which must have none.
    """

    def __init__(self, named: dict, weights: Any, front_end: Any):
        self.networks = list(named.values())
        counts = {estimates_shape(network)[-1] for network in self.networks}
        if front_end is not None or len(counts) > 1:
            raise ValueError(
                "`weights` are for networks of waveforms that estimate the same sources. "
                f"Received: networks of {brief(sorted(counts))} sources, front_end={front_end}"
            )
        (self.sources,) = counts
        shape = (len(self.networks), self.sources)
        try:
            array = np.array(weights, "float64")
        except (TypeError, ValueError):
            array = np.zeros(0)
        if array.shape != shape or not (np.isfinite(array).all() and (array >= 0).all()):
            raise ValueError(
                f"`weights` must be {shape[0]} rows, one for each network, of {shape[1]} numbers "
                f"from 0 on. Received: weights={brief(weights)}"
            )
        if not array.sum(axis=0).all():
            raise ValueError(
                "`weights` must give every source to a network at least. "
                f"Received: weights={brief(weights)}"
            )
        self.given = array.tolist()
        self._shares = (array / array.sum(axis=0)).astype("float32")

    def __call__(self, run: Any, waveform: Any) -> Any:
        """What the networks make of a waveform (batch, samples, channels), with a sources axis.

        Args:
            run: Called with a network and the waveform.
            waveform: The mixture.
        """
        total, read = None, waveform
        for network, share in zip(self.networks, self._shares, strict=True):
            stems = run(network, read)
            weighted = stems * share
            total = weighted if total is None else total + weighted
            # a graph would run all at the same time, in the memory of all, but for this
            read = waveform + 0 * total[..., 0]
        return total
