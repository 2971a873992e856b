"""Separators and networks chunk by chunk: equal to the whole, and refusing what cannot stream.

That every causal layer and network keeps this law is in the harness.
"""

import keras
import numpy as np
import pytest
from causal_separators import RNG, SEPARATORS, SIZES, conv_tasnet, mask_inference, open_unmix

from keras_sep import Separator, layers, zoo
from keras_sep.inference import BlockGrid, CompiledSeparator, separate_blocks
from keras_sep.streaming import Stepper
from keras_sep.testing import numpy


def streamed(stepper, mixture, state=None, most=5):
    """Stems of a mixture in chunks of random lengths, and the state after them."""
    state = stepper.initial_state(len(mixture)) if state is None else state
    joined, start = [], 0
    while start < mixture.shape[1]:
        stop = start + stepper.stride * int(RNG.integers(1, most + 1))
        stems, state = stepper.step(mixture[:, start:stop], state)
        joined.append(numpy(stems))
        start = stop
    return np.concatenate(joined, axis=1), state


def noise(separator, hops, batch=2):
    shape = (batch, hops * Stepper(separator).stride, separator.channels)
    return RNG.normal(size=shape).astype("float32")


@pytest.mark.parametrize("name", SEPARATORS)
def test_chunks_joined_are_the_whole(name):
    make, latency = SEPARATORS[name]
    separator = make()
    mixture = noise(separator, 60)
    stepper = Stepper(separator)
    assert stepper.latency == latency
    stems, _ = streamed(stepper, mixture)
    whole = numpy(separator(mixture))
    error = np.abs(stems[:, latency:] - whole[:, : mixture.shape[1] - latency]).max()
    assert error < 1e-5 * np.abs(whole).max()


def test_many_frames_in_one_chunk_take_the_loop():
    separator = mask_inference()
    mixture = noise(separator, 60)
    whole = numpy(separator(mixture))
    stems, _ = Stepper(separator).step(mixture, Stepper(separator).initial_state(2))
    np.testing.assert_allclose(numpy(stems)[:, 24:], whole[:, :-24], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "grid", [BlockGrid(240, 60, 120), BlockGrid(240, 100, 20), BlockGrid(160, 150, 20)]
)
def test_a_separator_that_looks_ahead_goes_by_blocks(grid):
    network = zoo.open_unmix(("vocals", "drums"), bins=17, hidden=6)
    separator = Separator(network, 8000, ("vocals", "drums"), layers.STFT(32, 8))
    mixture = RNG.normal(size=(1, 10 * grid.stride, 2)).astype("float32")
    stepper = Stepper(separator, grid)
    stems, _ = streamed(stepper, mixture, most=1)
    whole = np.concatenate([*separate_blocks(CompiledSeparator(separator), [mixture[0]], grid)])
    wanted = whole[: -stepper.latency - grid.block]  # the last block is shorter in a file
    late = stems[0, stepper.latency :][: len(wanted)]
    np.testing.assert_allclose(late, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kwargs", "grid", "message"),
    [
        ({}, BlockGrid(100, 99, 4), "stride of at least"),
        ({"interchangeable_sources": True}, BlockGrid(100, 20, 4), "known order"),
    ],
)
def test_blocks_that_cannot_be_joined(kwargs, grid, message):
    network = zoo.open_unmix(("s1", "s2"), bins=17, hidden=6)
    separator = Separator(network, 8000, ("s1", "s2"), layers.STFT(32, 8), **kwargs)
    with pytest.raises(ValueError, match=message):
        Stepper(separator, grid)


def test_the_state_does_not_grow():
    separator = conv_tasnet()
    stepper = Stepper(separator)
    first = stepper.initial_state()
    _, later = streamed(stepper, noise(separator, 50, batch=1))
    assert {name: x.shape for name, x in later.items()} == {
        name: x.shape for name, x in first.items()
    }


def test_streams_of_a_batch_are_on_their_own():
    """One that goes on beside one that starts anew gives what it gives alone."""
    stepper = Stepper(open_unmix())
    a, b = RNG.normal(size=(2, 1, 160, 2)).astype("float32")
    _, state = streamed(stepper, a[:, :80])
    fresh = stepper.initial_state()
    both = {name: keras.ops.concatenate([state[name], fresh[name]]) for name in state}
    stems, _ = stepper.step(np.concatenate([a[:, 80:], b[:, :80]]), both)
    alone, _ = stepper.step(b[:, :80], fresh)
    np.testing.assert_allclose(numpy(stems)[1:], numpy(alone), rtol=1e-4, atol=1e-6)


def test_a_stepper_has_the_weights_of_its_model():
    network = zoo.mask_inference(sources=2, **SIZES)
    ours, theirs = ({id(w) for w in x.weights} for x in (Stepper(network).network, network))
    assert theirs <= ours


@pytest.mark.parametrize(
    "make",
    [
        lambda: zoo.conv_tasnet(filters=4, bottleneck=4, hidden=4, blocks=1, repeats=1),
        lambda: zoo.open_unmix(("vocals",), bins=17, hidden=4),
    ],
)
def test_a_network_that_reads_the_future(make):
    with pytest.raises(ValueError, match=r"uses the past only.*Received: .*context"):
        Stepper(make())


@pytest.mark.parametrize(
    "post_filter", [layers.WienerFilter(iterations=1), layers.ClusterMasks(sources=2)]
)
def test_a_post_filter_that_reads_all_frames(post_filter):
    if isinstance(post_filter, layers.ClusterMasks):
        network = zoo.deep_clustering(**SIZES)
    else:
        network = zoo.open_unmix(("s1", "s2"), bins=17, hidden=6, bidirectional=False)
    separator = Separator(network, 8000, ("s1", "s2"), layers.STFT(32, 8), post_filter)
    with pytest.raises(ValueError, match=rf"past only.*{type(post_filter).__name__}"):
        Stepper(separator)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (layers.InstanceNormalization(), "uses the past only"),
        (layers.RecurrentStack(3, 1), "bidirectional=False"),
        (layers.GatedConvBlock(3), "causal=True"),
        (keras.layers.Conv1D(3, 3, padding="same"), 'padding="causal"'),
    ],
)
def test_a_layer_that_reads_the_future(layer, message):
    x = keras.Input((None, 4))
    with pytest.raises(ValueError, match=message):
        Stepper(keras.Model(x, layer(x)))


def test_half_precision():
    x = keras.Input((None, 4))
    layer = layers.TemporalConvBlock(3, causal=True, dtype="mixed_bfloat16")
    with pytest.raises(ValueError, match=r"float32.*Received: .* of mixed_bfloat16"):
        Stepper(keras.Model(x, layer(x)))


@pytest.mark.parametrize("samples", [0, 12])
def test_a_chunk_that_is_no_multiple_of_the_stride(samples):
    stepper = Stepper(mask_inference())
    with pytest.raises(ValueError, match=rf"multiple of 8 time steps.*\(1, {samples}, 1\)"):
        stepper.step(np.zeros((1, samples, 1), "float32"), stepper.initial_state())
