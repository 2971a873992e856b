"""One trace for all lengths, and models that break their promise."""

import keras
import numpy as np
import pytest
from small import noise, small_separator

from keras_sep.inference import CompiledSeparator


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
    """Of 0, 131 and 262 samples: a third of half a second at 800 Hz is 133, or 7 * 19."""
    signal = noise(1000)
    model = MovesWithTheGrid()
    stems = CompiledSeparator(model, shifts=3)(signal)
    shifts = [0, 131, 262]
    places = np.mean([(np.arange(1000) + shift) % 100 for shift in shifts], axis=0)
    first = CompiledSeparator(model)(signal)
    order = [0, 1] if np.abs(first[..., 0]).max() > 0 else [1, 0]
    # a mean of three in float32
    np.testing.assert_allclose(stems[..., order[0]], signal * places[:, None], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(stems[..., order[1]], 0)


def test_shifts_are_counted_from_one():
    with pytest.raises(ValueError, match="`shifts` must be a positive integer"):
        CompiledSeparator(small_separator(), shifts=0)


class SeesEveryEighthSample(keras.Model):
    """Holds what it sees at the start of each frame of eight."""

    channels, sample_rate_hz = 2, 8000

    def call(self, waveform, training=False):
        samples = keras.ops.shape(waveform)[1]
        return keras.ops.repeat(waveform[:, ::8], 8, axis=1)[:, :samples, :, None]


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize("shifts", range(2, 11))
def test_shifts_are_others_on_the_grid_of_any_stride(rate, shifts):
    lengths = []

    class Listens(keras.Model):
        channels, sample_rate_hz = 1, rate

        def call(self, waveform, training=False):
            lengths.append(len(waveform[0]))
            return waveform[..., None]

    class Uncompiled(CompiledSeparator):
        def _compile(self, channels):
            return self.separator

    Uncompiled(Listens(), shifts)(noise(101, channels=1))
    moved = np.array(lengths) - 101
    assert len(moved) == shifts
    assert moved[0] == 0
    assert 0.4 * rate < moved[-1] * shifts / (shifts - 1) <= 0.5 * rate  # half a second in all
    for stride in (8, 10, 16, 20, 1024):
        assert len(np.unique(moved % stride)) == min(shifts, stride)


def test_the_mean_over_shifts_where_the_stride_divides_half_a_second():
    """Half of 4000 samples, 2000, would show the model of stride 8 the same samples twice."""
    signal = noise(1009)
    model = SeesEveryEighthSample()
    once, twice = CompiledSeparator(model), CompiledSeparator(model, shifts=2)
    places = np.arange(1009)
    held = signal[places // 8 * 8]
    starts = (places + 1999) // 8 * 8 - 1999  # of the frames when all is moved; -7, 1, 9, ...
    moved = np.where(starts[:, None] < 0, 0, signal[np.maximum(starts, 0)])
    np.testing.assert_array_equal(once(signal)[..., 0], held)
    np.testing.assert_allclose(twice(signal)[..., 0], (held + moved) / 2, atol=1e-7)
    assert np.abs(twice(signal) - once(signal)).max() > 0.1


@pytest.mark.parametrize(("rate", "shifts"), [(8000, 9001), (8, 3), (1, 2)])
def test_more_shifts_than_samples_in_half_a_second(rate, shifts):
    model = SeesEveryEighthSample()
    model.sample_rate_hz = rate
    assert CompiledSeparator(model, shifts)._shift_samples() == 1
