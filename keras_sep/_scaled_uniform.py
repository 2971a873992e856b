"""The values that weights of PyTorch's networks start from, and Demucs's."""

import math
from typing import Any

import keras


def scaled_uniform(inputs: int, rescale: float | None) -> Any:
    """Initializer of the kernel or the bias of a convolution whose outputs sum `inputs` numbers.

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


def scaled_uniform_starts(inputs: int, rescale: float | None) -> dict[str, Any]:
    """Initializers of a layer's kernel and bias: of one both would draw the same numbers."""
    names = ("kernel_initializer", "bias_initializer")
    return {name: scaled_uniform(inputs, rescale) for name in names}


def fan_in_uniform() -> Any:
    """Initializer of the kernel of a dense layer or a convolution, PyTorch's.

    Keras's own is wider, by the root of 3 where as many features go in as come out: what passes
    through many linear layers grows with it.
    """
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
