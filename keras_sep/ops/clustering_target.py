"""What a network that embeds bins for clustering is trained towards."""

from typing import Any

from keras import ops

from keras_sep.ops.active_bins import SILENCE_DB, active_bins, joint_magnitude
from keras_sep.ops.ideal_binary_mask import dominant_source
from keras_sep.ops.precision import in_float32


def clustering_target(
    stems_pair: Any, mixture_pair: Any, silence_db: float = SILENCE_DB, weighting: Any = None
) -> Any:
    """One-hot of the source that dominates each bin, times the bin's weight.

    With Y the one-hot rows and W the diagonal matrix of weights this is WY: a row's sum is its
    weight w. The papers multiply the rows of Y and of the embeddings V by the square root of w,
    which enters their losses through V'WV, V'WY and Y'WY alone; the losses here compute these from
    w. Rows of silent bins are zero and ignored. Channels are merged by the sum of their powers.

    Args:
        stems_pair: (real, imag), each (batch, frames, bins, channels, sources).
        mixture_pair: (real, imag), each (batch, frames, bins, channels).
        silence_db: level of silence in decibels below the example's loudest bin.
        weighting: function from the mixture's magnitude, (batch, frames, bins), to weights of that
            shape, such as `keras_sep.ops.magnitude_ratio`; None for 1 everywhere.

    Returns:
        (batch, frames, bins, sources), float32 at least. A tie goes to the first source.

    Example:

    >>> stems = np.array([[3.0, 1.0], [1.0, 2.0], [0.001, 0.0]]).reshape(1, 1, 3, 1, 2)
    >>> mixture = stems.sum(-1)
    >>> pairs = (stems, np.zeros_like(stems)), (mixture, np.zeros_like(mixture))
    >>> np.array(keras_sep.ops.clustering_target(*pairs))[0, 0].tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    >>> target = keras_sep.ops.clustering_target(*pairs, weighting=keras_sep.ops.magnitude_ratio)
    >>> np.array(target)[0, 0].round(2).astype(str).tolist()
    [['0.57', '0.0'], ['0.0', '0.43'], ['0.0', '0.0']]

    Reference: Hershey et al., "Deep clustering: discriminative embeddings for segmentation and
    separation", 2016, section 2; Wang, Le Roux and Hershey, "Alternative objective functions for
    deep clustering", 2018, for the weights.
    """
    level = joint_magnitude(mixture_pair)  # (batch, frames, bins)
    weights = active_bins(level, silence_db)
    if weighting is not None:
        weights = weights * weighting(level)
    dominant = dominant_source(joint_magnitude(stems_pair))  # (batch, frames, bins, sources)
    return dominant * ops.expand_dims(weights, -1)


def magnitude_ratio(mixture_magnitude: Any) -> Any:
    """Every bin's share of the example's magnitude, as a weight for loud bins.

    Args:
        mixture_magnitude: (batch, frames, bins), non-negative.

    Returns:
        (batch, frames, bins), |X| / sum |X|; zero for an example without any sound.

    Example:

    >>> ratio = keras_sep.ops.magnitude_ratio(np.array([[[3.0, 1.0]]]))
    >>> keras.ops.convert_to_numpy(ratio).tolist()
    [[[0.75, 0.25]]]

    Reference: Wang, Le Roux and Hershey, "Alternative objective functions for deep clustering",
    2018, the weights W_MR.
    """
    level = in_float32(mixture_magnitude)
    total = ops.sum(level, axis=(1, 2), keepdims=True)
    return level / ops.where(total > 0, total, 1)
