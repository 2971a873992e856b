"""A weighted sum of other losses."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_sep._validate import require_numbers_from_zero
from keras_sep.losses._another_loss import require_loss, values_of
from keras_sep.losses._base import SeparationLoss


@keras.saving.register_keras_serializable(package="keras_sep")
class SumOfLosses(SeparationLoss):
    """A weighted sum of other losses of the same targets and estimates.

    Such as the distance of waveforms and that of their spectra. Inside `PermutationInvariantLoss`
    the sum decides the order of the sources; around several of those, each finds its own.

    Args:
        losses: Keras loss objects, from here or from Keras. Only their `call` is used; their own
            reduction and dtype are ignored.
        weights: factors of the losses, one each; None for 1.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation, of the summed losses' too.

    Input shape:
        What the losses compare, such as two of (batch, samples, channels, sources).

    Output shape:
        A scalar; (batch,) with `reduction=None`.

    Example:

    The loss of the RoFormers, and that of BandIt:

    >>> from keras_sep.losses import L1SNR, ComplexSTFTLoss, SumOfLosses, WaveformLoss
    >>> roformer = SumOfLosses([WaveformLoss(), ComplexSTFTLoss()])
    >>> of_spectra = ComplexSTFTLoss([2048], [512], [2048], L1SNR(), normalized=True)
    >>> bandit = SumOfLosses([L1SNR(), of_spectra])
    >>> half = SumOfLosses([WaveformLoss("l1"), WaveformLoss("l2")], weights=[1.0, 0.5])
    >>> float(half(np.zeros((1, 7, 2, 3)), np.full((1, 7, 2, 3), 2.0)))
    4.0
    """

    compares = None  # what the losses compare

    def __init__(
        self,
        losses: Sequence[Any],
        weights: Sequence[float] | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        if not isinstance(losses, (list, tuple)) or not losses:
            raise ValueError(f"`losses` must be a list of Keras losses. Received: losses={losses}")
        factors = [1.0] * len(losses) if weights is None else weights
        if not isinstance(factors, (list, tuple)) or len(factors) != len(losses):
            raise ValueError(
                f"`weights` must have one entry per loss, {len(losses)}. Received: {weights}"
            )
        for i, (loss, factor) in enumerate(zip(losses, factors, strict=True)):
            require_loss(**{f"losses[{i}]": loss})
            require_numbers_from_zero(**{f"weights[{i}]": factor})
        self.losses = list(losses)
        self.weights = None if weights is None else list(weights)
        self._factors = factors
        self.common_axes = _only(losses, "common_axes", SeparationLoss.common_axes)
        self.least_axes = max(getattr(loss, "least_axes", 1) for loss in losses)
        self.compares = _only(losses, "compares", None)
        self.targets = _only(losses, "targets", ())

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        return sum(
            factor * values_of(loss, y_true, y_pred, mask)
            for loss, factor in zip(self.losses, self._factors, strict=True)
        )

    def get_config(self) -> dict[str, Any]:
        losses = keras.saving.serialize_keras_object(self.losses)
        return {**super().get_config(), "losses": losses, "weights": self.weights}


def _only(losses, attribute, default):
    """What the losses that have something other than the default for an attribute all have."""
    found: list[Any] = []
    for loss in losses:
        value = getattr(loss, attribute, default)
        if value not in (default, *found):
            found.append(value)
    if len(found) > 1:
        raise ValueError(
            f"`losses` must all have the same `{attribute}`. Received: "
            f"{' and '.join(map(str, found))}"
        )
    return found[0] if found else default
