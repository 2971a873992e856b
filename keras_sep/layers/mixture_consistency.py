"""Estimates that sum to the mixture."""

from typing import Any

import keras

from keras_sep import ops
from keras_sep.layers._spectral import SpectralLayer


@keras.saving.register_keras_serializable(package="keras_sep")
class MixtureConsistency(SpectralLayer):
    """Distribute the mixture minus the estimates among them, so that they sum to it.

    x_i + w_i (mixture - sum of all x). Equal shares give the nearest signals that sum to the
    mixture; shares by energy barely change quiet estimates. Use it only if the estimates are all of
    the mixture's sources: speakers without the noise they were recorded in must not sum to it.

    Args:
        by_energy: whether the difference is distributed in proportion to the estimates' energy
            (mean square over an example, respecting its mask) instead of equally. The shares depend
            on the whole example, so the layer is then not causal.

    Call arguments:
        estimates: (batch, samples, channels, sources), or spectra (batch, frames, bins, channels,
            sources), also a pair (real, imag) of them.
        mixture: the same without the sources.

    Output shape:
        That of `estimates`.

    Example:

    >>> estimates = np.array([[[[2.0, 4.0]], [[2.0, -4.0]]]], "float32")
    >>> mixture = np.array([[[11.0], [-2.0]]], "float32")
    >>> np.array(keras_sep.layers.MixtureConsistency()(estimates, mixture))[0, :, 0].tolist()
    [[4.5, 6.5], [2.0, -4.0]]
    >>> by_energy = keras_sep.layers.MixtureConsistency(by_energy=True)
    >>> np.round(by_energy(estimates, mixture), 4)[0, :, 0].tolist()
    [[3.0, 8.0], [2.0, -4.0]]

    Reference: Wisdom et al., "Differentiable consistency constraints for improved deep speech
    enhancement", 2019: the projection for mixture consistency, with both kinds of weights.
    """

    axes = ("(..., sources)", "(...)")

    def __init__(self, by_energy: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.by_energy = by_energy
        self.supports_masking = True

    def call(self, estimates: Any, mixture: Any, estimates_mask: Any = None) -> Any:
        estimates, mixture = self._enter((estimates, mixture))
        weights = None
        if self.by_energy:
            weights = ops.energy_shares(estimates, keras.tree.flatten(estimates_mask)[0])
        return self._leave(ops.mixture_consistency(estimates, mixture, weights))

    def compute_output_shape(self, estimates_shape: Any, mixture_shape: Any) -> Any:
        return estimates_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "by_energy": self.by_energy}
