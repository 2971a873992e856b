"""The values that weights of PyTorch's networks start from, and Demucs's."""

import math
from typing import Any

import keras


def scaled_uniform(inputs: int, rescale: float | None) -> Any:
    """Initializer of kernel and bias of a convolution whose outputs sum `inputs` numbers.

    Uniform with the standard deviation d = 1 / sqrt(3 * inputs), PyTorch's; with `rescale` it is
    sqrt(d * rescale). The paper's code uses the measured standard deviation of the drawn weights
    instead of d.

    Reference: Défossez et al., "Music source separation in the waveform domain", 2019, section 4.2.
    """
    deviation = 1 / math.sqrt(3 * inputs)
    if rescale:
        deviation = math.sqrt(deviation * rescale)
    limit = math.sqrt(3) * deviation
    return keras.initializers.RandomUniform(-limit, limit)


def fan_in_uniform() -> Any:
    """Initializer of the kernel of a dense layer or a convolution, PyTorch's.

    Keras's own is up to the root of 3 wider: what passes through many linear layers grows with it.
    """
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
