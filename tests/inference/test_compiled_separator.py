"""One trace for all lengths, and models that break their promise."""

import keras
import numpy as np
import pytest

from keras_sep.inference import CompiledSeparator
from tests.inference.small import noise, small_separator


def test_gives_the_separators_stems_and_traces_once():
    separator = small_separator()
    calls = []
    inner = separator.call

    def counted(*args, **kwargs):
        calls.append(1)
        return inner(*args, **kwargs)

    separator.call = counted
    compiled = CompiledSeparator(separator)
    stems = {samples: compiled(noise(samples)) for samples in (701, 331, 31)}
    if keras.backend.backend() == "tensorflow":
        assert len(calls) == 1
    for samples, result in stems.items():
        eager = keras.ops.convert_to_numpy(separator(noise(samples)[None]))[0]
        # the graph may fuse what eager execution rounds in between
        np.testing.assert_allclose(result, eager, atol=1e-6)


class Broken(keras.Model):
    """A model that does to stems what it is told."""

    channels = 2

    def __init__(self, harm):
        super().__init__()
        self.harm = harm

    def call(self, waveform, training=False):
        return self.harm(waveform[..., None])


def test_a_model_that_loses_samples_or_makes_nan_is_stopped():
    with pytest.raises(ValueError, match=r"must keep samples and channels.*\(100, 2, 1\)"):
        CompiledSeparator(Broken(lambda x: x[:, 1:]))(noise(101))
    with pytest.raises(ValueError, match="NaN or infinite"):
        CompiledSeparator(Broken(lambda x: x / 0.0))(noise(101))


class MovesWithTheGrid(keras.Model):
    """Scales every sample by its place on a grid of 100, and gives that and nothing in turn."""

    channels, sample_rate_hz, interchangeable_sources = 2, 800, True

    def call(self, waveform, training=False):
        samples = keras.ops.shape(waveform)[1]
        places = keras.ops.cast(keras.ops.arange(samples) % 100, "float32")
        stems = keras.ops.stack([waveform * places[None, :, None], 0 * waveform], axis=-1)
        odd = keras.ops.cast(samples % 200 == 0, "float32")  # every other shift, in other order
        return odd * stems[..., ::-1] + (1 - odd) * stems


def test_the_mean_over_shifts_and_orders():
    """Of 0, 133 and 266 samples: half a second at 800 Hz, in three."""
    signal = noise(1000)
    model = MovesWithTheGrid()
    stems = CompiledSeparator(model, shifts=3)(signal)
    shifts = [0, 133, 266]
    places = np.mean([(np.arange(1000) + shift) % 100 for shift in shifts], axis=0)
    first = CompiledSeparator(model)(signal)
    order = [0, 1] if np.abs(first[..., 0]).max() > 0 else [1, 0]
    # a mean of three in float32
    np.testing.assert_allclose(stems[..., order[0]], signal * places[:, None], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(stems[..., order[1]], 0)


def test_shifts_are_counted_from_one():
    with pytest.raises(ValueError, match="`shifts` must be at least 1"):
        CompiledSeparator(small_separator(), shifts=0)
