"""Another loss, source by source, in the order of the estimates that suits it best."""

from typing import Any

import keras
from keras import ops

from keras_sep.losses._sourcewise import SourcewiseLoss, as_many_estimates
from keras_sep.ops import best_assignment, reorder_sources


@keras.saving.register_keras_serializable(package="keras_sep")
class PermutationInvariantLoss(SourcewiseLoss):
    """The mean over sources of a loss, for the order of the estimates that minimises it.

    For sources in any order, such as two speakers: the network may output either first; with a
    fixed order, each output could only learn the mean of both. Every
    example has one order for its whole length (utterance level). The order is found without a
    gradient, exactly; the gradient flows through the pairs of that order alone.

    Args:
        loss: a Keras loss object, from here or from Keras. Only its `call` is used, with one target
            and one estimate at a time; its own reduction and dtype are ignored.
        reduction: reduction of the examples' values, as in Keras.
        name: name of the loss.
        dtype: dtype of the computation, of the wrapped loss's too.

    Input shape:
        Two of (batch, samples, channels, sources), or of any (batch, time, ..., sources). At most
        10 sources.

    Output shape:
        A scalar; (batch,) with `reduction=None`.

    Example:

    >>> loss = keras_sep.losses.PermutationInvariantLoss(keras_sep.losses.WaveformLoss())
    >>> y_true = np.ones((1, 7, 1, 3)) * [1.0, 2.0, 3.0]
    >>> y_pred = np.ones((1, 7, 1, 3)) * [3.0, 1.0, 2.5]
    >>> round(float(loss(y_true, y_pred)), 3)
    0.167
    >>> _, permutation = loss.assignment(y_true, y_pred)
    >>> keras.ops.convert_to_numpy(permutation).tolist()
    [[1, 2, 0]]
    >>> np.array(keras_sep.ops.reorder_sources(y_pred, permutation))[0, 0, 0].tolist()
    [1.0, 2.5, 3.0]

    Reference: Yu et al., "Permutation invariant training of deep models for speaker-independent
    multi-talker speech separation", 2017, section 4; for whole utterances Kolbaek et al.,
    "Multitalker speech separation with utterance-level permutation invariant training of deep
    recurrent neural networks", 2017, section V.
    """

    def call(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        value, _ = self._assigned(y_true, y_pred, mask)
        return value

    def assignment(self, y_true: Any, y_pred: Any, mask: Any = None) -> Any:
        """The loss of every example, and the order of its estimates that gives it.

        Args:
            y_true: (batch, time, ..., sources).
            y_pred: (batch, time, ..., sources).
            mask: (batch, time), True where time counts; None for everywhere.

        Returns:
            The losses (batch,), and the permutation (batch, sources): estimate
            `permutation[b, i]` belongs to target i. `ops.reorder_sources(y_pred, permutation)`
            has the estimates in the order of the targets.
        """
        y_true, y_pred = self._tensors(y_true, y_pred)
        return self._assigned(y_true, y_pred, mask)

    def _assigned(self, y_true, y_pred, mask):
        sources = as_many_estimates(y_true, y_pred)
        costs = self._values(
            ops.stop_gradient(ops.repeat(y_true, sources, axis=-1)),
            ops.stop_gradient(ops.concatenate([y_pred] * sources, axis=-1)),
            mask,
        )  # (batch, targets * estimates)
        _, permutation = best_assignment(ops.reshape(costs, (-1, sources, sources)))
        return self._mean_value(y_true, reorder_sources(y_pred, permutation), mask), permutation
