"""What a law needs to know of a layer, network or loss."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_sep.testing.gradients import value_and_gradient
from keras_sep.testing.outputs import only

SEED = 7

Shape = tuple[int | None, ...]
Noise = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def signed(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Normal noise of standard deviation 0.5, as of waveforms."""
    return 0.5 * rng.normal(size=shape)


def positive(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Uniform noise between 0.1 and 1, as of magnitudes."""
    return rng.uniform(0.1, 1.0, shape)


def unit(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Normal noise of standard deviation 1."""
    return rng.normal(size=shape)


@dataclass(frozen=True, eq=False)
class Case:
    """How a layer or network is called, and what it promises.

    Args:
        inputs: Shapes of its inputs without the batch. Their first axis, None, is time.
        call: Function of those inputs that returns its outputs, and makes the layer on the way.
        masked: Whether it looks across time and respects a Keras mask (batch, time) of its first
            input, so that padding changes nothing. Default False.
        causal: Whether earlier outputs do not depend on later inputs. Default False.
        latency: Number of time steps by which a causal one looks ahead. Default 0.
        lengths: Two lengths of the time axis to try, in samples or frames. Default 11 and 23.
        weights: Number of its trainable weights. Default 0.
        moved: Fraction of the numbers in each weight that one step of training moves, at least.
            Rectifiers are silent for some, and kernels lie partly beyond short inputs.
            Default 0.5.
        noise: Function of a random generator and a shape that returns an input: `signed`, which is
            the default, or `positive`.
        traced: Whether it is trained as a TensorFlow graph, which finds more and takes seconds.
            Default True.
    """

    inputs: tuple[Shape, ...] | list[Shape]
    call: Callable[..., Any]
    masked: bool = False
    causal: bool = False
    latency: int = 0
    lengths: tuple[int, int] = (11, 23)
    weights: int = 0
    moved: float = 0.5
    noise: Noise = signed
    traced: bool = True

    def data(self, batch: int = 2, length: int | None = None) -> list[np.ndarray]:
        """Noise for every input, float32."""
        rng = np.random.default_rng(3)
        length = length or self.lengths[0]
        shapes = [(batch, *(length if n is None else n for n in shape)) for shape in self.inputs]
        return [self.noise(rng, shape).astype("float32") for shape in shapes]

    def build(self) -> keras.Model:
        """A functional model of the case, time unknown."""
        inputs = [keras.Input(shape) for shape in self.inputs]
        return keras.Model(only(inputs), self.call(*inputs))

    @functools.cached_property
    def network(self) -> keras.Model:
        """The same, built once for all laws that only look at it, from the same random numbers."""
        keras.utils.set_random_seed(SEED)
        return self.build()

    def trainable_network(self) -> keras.Model:
        """The same behind one dense layer per input, so that weightless layers pass a gradient on.

        Inputs that are nowhere negative stay so.
        """
        keras.utils.set_random_seed(SEED)
        inputs = [keras.Input(shape) for shape in self.inputs]
        mixed = [
            keras.layers.Dense(
                x.shape[-1], None if (sample < 0).any() else "softplus", name=f"upstream_{i}"
            )(x)
            for i, (x, sample) in enumerate(zip(inputs, self.data(), strict=True))
        ]
        return keras.Model(only(inputs), self.call(*mixed))


@dataclass(frozen=True, eq=False)
class LossCase:
    """How a loss is made, and what it compares.

    Args:
        make: Function that returns the loss, of Keras's own arguments `reduction`, `name` and
            `dtype`: often the class itself.
        y_true: Shape of the target without the batch. Its first axis, None, is time. Default
            (None, 2, 3): waveforms of two channels and three sources.
        y_pred: Shape of the prediction without the batch. Default (None, 2, 3).
        target: Function of a random generator and a shape that returns a target. Default
            normal noise.
        estimate: Function that returns a prediction, likewise.
        length: Length of the time axis. Default 101.
        relative: Relative error by which differences in float64 may miss the gradient: the loss's
            curvature and its floors decide. Default 1e-6.
        separate: Whether an example's value does not depend on the others of its batch. Default
            True.
    """

    make: Callable[..., Any]
    y_true: Shape = (None, 2, 3)
    y_pred: Shape = (None, 2, 3)
    target: Noise = unit
    estimate: Noise = unit
    length: int = 101
    relative: float = 1e-6
    separate: bool = True

    def data(self, batch: int = 2, length: int | None = None) -> list[np.ndarray]:
        """A target and an estimate, float32."""
        rng = np.random.default_rng(5)
        length = length or self.length
        pairs = ((self.target, self.y_true), (self.estimate, self.y_pred))
        return [
            noise(rng, (batch, *(length if n is None else n for n in shape))).astype("float32")
            for noise, shape in pairs
        ]

    @functools.cached_property
    def value_and_gradient(self) -> Callable[..., tuple[float, np.ndarray]]:
        """The loss's value and gradient, compiled once for all laws that ask for it."""
        return value_and_gradient(self.make())

    def network(self, **compiled: Any) -> keras.Model:
        """A dense layer in front of the loss."""
        keras.utils.set_random_seed(SEED)
        x = keras.Input(self.y_pred)
        network = keras.Model(x, keras.layers.Dense(self.y_pred[-1])(x))
        network.compile(**compiled)
        network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
        return network
