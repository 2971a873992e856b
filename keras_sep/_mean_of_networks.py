"""The mean of several networks' estimates of the same sources."""

from typing import Any

import numpy as np

from keras_sep._brief import brief
from keras_sep._networks import estimates_shape


class MeanOfNetworks:
    """Means over networks, with weights per source.

    Args:
        named: Networks by name, each from waveforms to all sources.
        weights: Weights, one row per network and one number per source.
        front_end: Front end of the separator, which must be None.
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
        """Return the mean of the estimates, (batch, samples, channels, sources).

        Args:
            run: Function of a network and the waveform that returns its estimates.
            waveform: Mixture, (batch, samples, channels).
        """
        total, read = None, waveform
        for network, share in zip(self.networks, self._shares, strict=True):
            stems = run(network, read)
            weighted = stems * share
            total = weighted if total is None else total + weighted
            # a graph would run all at the same time, in the memory of all, but for this
            read = waveform + 0 * total[..., 0]
        return total
