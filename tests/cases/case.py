"""What a case of the harness says, and the sizes that cases share.

Sizes are small, prime and distinct, so that a swapped axis fails.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

FRAMES, BINS, CHANNELS, SOURCES, FEATURES, SAMPLES, DIMS = 11, 17, 2, 3, 5, 101, 7
FRAME_LENGTH, HOP_LENGTH = 32, 8  # 17 bins
# 17 bins too: as many frames as a paper's hop makes, which divides nothing, and zeros around them
PAPER = {"frame_length": 29, "hop_length": 19, "window": "sqrt_hann", "fft_length": 32}

# shapes without the batch; None is time, in samples or frames
WAVEFORM = (None, CHANNELS)
SIGNALS = (None, CHANNELS, SOURCES)
WAVEFORMS = (WAVEFORM, SIGNALS)
SPECTRUM = (None, BINS, CHANNELS)
STEMS = (*SPECTRUM, SOURCES)
SEQUENCE = (None, FEATURES)


@dataclass(frozen=True)
class Case:
    """How a layer or model is made and called.

    Args:
        inputs: shapes of its inputs without the batch; None is time, in samples or frames.
        call: from those inputs to its outputs, making the layer on the way.
        masked: it looks across time and heeds a Keras mask (batch, time) of its first input, so
            that padding changes nothing.
        causal: what comes later does not change what came before.
        latency: steps of its input by which a causal model looks ahead.
        lengths: of the time axis, two of them; by default from the kind of the first input.
        weights: how many trainable weights it has: none gets lost.
        moved: fraction of the numbers of each weight that one step of training moves, at least.
            Rectifiers are silent for some, and kernels lie partly beyond short inputs.
        traced: whether the harness trains it as a TensorFlow graph, which takes seconds: not what
            tests/zoo trains so, and of several cases of one name only the first.
    """

    inputs: tuple[tuple, ...]
    call: Callable
    masked: bool = False
    causal: bool = False
    latency: int = 0
    lengths: tuple[int, int] | None = None
    weights: int = 0
    moved: float = 0.5
    traced: bool = True

    @property
    def both_lengths(self) -> tuple[int, int]:
        usual = SAMPLES if self.inputs[0] in WAVEFORMS else FRAMES
        return self.lengths or (usual, 2 * usual + 1)

    @property
    def length(self) -> int:
        return self.both_lengths[0]


def noise(rng: np.random.Generator, shape: tuple) -> np.ndarray:
    return rng.normal(size=shape)


@dataclass(frozen=True)
class LossCase:
    """How a loss is made, and what it compares.

    Args:
        make: the loss, from Keras's own arguments (`reduction`, `name`, `dtype`).
        y_true: shape of the target without the batch; None is time.
        y_pred: shape of the prediction without the batch.
        target: a target of a shape, from a random generator.
        relative: how near float64 finite differences come to the gradient; the loss's curvature
            and its floors decide.
    """

    make: Callable
    y_true: tuple = SIGNALS
    y_pred: tuple = SIGNALS
    target: Callable = noise
    estimate: Callable = noise
    relative: float = 1e-6

    @property
    def length(self) -> int:
        return SAMPLES if self.y_pred == SIGNALS else FRAMES

    def data(self, batch: int = 2, length: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """A target and an estimate, float32."""
        rng = np.random.default_rng(5)
        length = length or self.length

        def shape(one):
            return (batch, *(length if n is None else n for n in one))

        pair = self.target(rng, shape(self.y_true)), self.estimate(rng, shape(self.y_pred))
        return tuple(x.astype("float32") for x in pair)
