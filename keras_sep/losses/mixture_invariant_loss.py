"""Training to separate on mixtures alone."""

import itertools
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep.losses._sourcewise import SourcewiseLoss

MOST_ASSIGNMENTS = 1024


@keras.saving.register_keras_serializable(package="keras_sep")
class MixtureInvariantLoss(SourcewiseLoss):
    """A loss between mixtures and sums of estimated sources, for the best way to sum them (MixIT).

    The network's input is the sum of several mixtures, whose own sources are unknown. Each of its
    estimates is assigned to one mixture, and the loss of an assignment is the mean over mixtures of
    the wrapped loss between mixture and sum of its estimates. The best assignment counts. It is
    found without a gradient; the gradient flows through its sums alone.

    Args:
        loss: a Keras loss object, from here or from Keras, that is sensitive to scale:
            `SNR(limit_db=30)` in the paper. Only its `call` is used, with one mixture and one sum
            of estimates at a time; its own reduction and dtype are ignored.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation, of the wrapped loss's too.

    Input shape:
        `y_true`: the mixtures, (batch, samples, channels, mixtures), usually two of them.
        `y_pred`: the estimates, (batch, samples, channels, sources). At most 1024 assignments,
        `mixtures ** sources`: 10 sources for two mixtures, 6 for three.

    Output shape:
        A scalar; (batch,) with `reduction=None`.

    Example:

    >>> loss = keras_sep.losses.MixtureInvariantLoss(keras_sep.losses.WaveformLoss())
    >>> mixtures = np.ones((1, 7, 1, 2)) * [3.0, 5.0]
    >>> estimates = np.ones((1, 7, 1, 4)) * [2.0, 4.0, 0.5, 1.0]
    >>> float(loss(mixtures, estimates))
    0.25
    >>> _, assignment = loss.assignment(mixtures, estimates)
    >>> keras.ops.convert_to_numpy(assignment).tolist()
    [[0, 1, 0, 1]]

    Reference: Wisdom et al., "Unsupervised sound separation using mixture invariant training",
    2020, equation 3.
    """

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        value, _ = self._assigned(y_true, y_pred, mask)
        return value

    def assignment(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        """The loss of every example, and the assignment of its estimates that gives it.

        Args:
            y_true: the mixtures, (batch, time, ..., mixtures).
            y_pred: the estimates, (batch, time, ..., sources).
            mask: (batch, time), True where time counts; None for everywhere.

        Returns:
            The losses (batch,), and the assignment (batch, sources), int32: estimate s belongs to
            mixture `assignment[b, s]`.
        """
        y_true, y_pred = self._tensors(y_true, y_pred)
        return self._assigned(y_true, y_pred, mask)

    def _assigned(self, y_true, y_pred, mask):
        ways = _assignments(y_true.shape[-1], y_pred.shape[-1])
        mixtures, estimates = ops.stop_gradient(y_true), ops.stop_gradient(y_pred)
        # one after the other: side by side they would take `mixtures ** sources` times the memory
        values = ops.map(
            lambda way: self._mean_value(mixtures, _sums(estimates, way[None], mixtures), mask),
            ways,
        )  # (ways, batch)
        best = ops.take(ways, ops.argmin(values, axis=0), axis=0)
        return self._mean_value(y_true, _sums(y_pred, best, y_true), mask), best


def _assignments(mixtures, sources) -> np.ndarray:
    """All ways to give each source to a mixture: (ways, sources)."""
    if None in (mixtures, sources) or mixtures**sources > MOST_ASSIGNMENTS:
        raise ValueError(
            f"There must be at most {MOST_ASSIGNMENTS} ways to give each of the estimates, the "
            "last axis of `y_pred`, to one of the mixtures, the last axis of `y_true`. "
            f"Received: mixtures={mixtures}, sources={sources}"
        )
    return np.array(list(itertools.product(range(mixtures), repeat=sources)), "int32")


def _sums(estimates, assignment, mixtures):
    """Sums of the estimates of every mixture, in the shape of `mixtures`."""
    around = [1] * (len(estimates.shape) - 2)
    assignment = ops.reshape(assignment, (-1, *around, estimates.shape[-1]))
    return ops.stack(
        [
            ops.sum(estimates * ops.cast(assignment == mixture, estimates.dtype), axis=-1)
            for mixture in range(mixtures.shape[-1])
        ],
        axis=-1,
    )
