"""Wave-U-Net against the paper's table 1: sizes, a small one written out in NumPy, and its laws."""

import keras
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from two_bands import SAMPLE_RATE_HZ, improvement_db, stems

from keras_sep import Separator, losses, zoo
from keras_sep.testing import numpy

FILTERS, DEPTH, DOWN, UP, CHANNELS, SOURCES = 3, 2, 5, 3, 2, 3
SMALL = {"filters": FILTERS, "depth": DEPTH, "down_kernel_size": DOWN, "up_kernel_size": UP,
         "channels": CHANNELS, "sources": SOURCES}  # fmt: skip


def small(seed=0, **kwargs):
    """With random weights everywhere."""
    network = zoo.wave_u_net(**{**SMALL, **kwargs})
    rng = np.random.default_rng(seed)
    network.set_weights([rng.normal(0, 0.5, w.shape) for w in network.weights])
    return network


def inner(network):
    return network.unpadded or network.get_layer("same")


def noise(samples, batch=2):
    return np.random.default_rng(7).normal(size=(batch, samples, CHANNELS)).astype("float32")


def convolved(x, layer, context):
    kernel, bias = (numpy(w).astype("float64") for w in layer.weights)
    if not context:
        reach = len(kernel) // 2
        x = np.pad(x, [(0, 0), (reach, reach), (0, 0)])
    windows = sliding_window_view(x, len(kernel), axis=1)  # (batch, time, features, taps)
    return np.einsum("btck,kcf->btf", windows, kernel) + bias


def leaky(x):
    return np.where(x > 0, x, 0.2 * x)


def upsampled(x, context, share):
    """`share` of the sample before and the rest of the one after, in between."""
    after = np.concatenate([x[:, 1:], x[:, -1:]], axis=1)
    y = np.empty((x.shape[0], 2 * x.shape[1], x.shape[2]))
    y[:, ::2], y[:, 1::2] = x, share * x + (1 - share) * after
    return y[:, :-1] if context else y


def joined(x, skip):
    start = (skip.shape[1] - x.shape[1]) // 2
    return np.concatenate([x, skip[:, start : start + x.shape[1]]], axis=-1)


def written_out(network, mixture, context, learned, difference):
    """Table 1 in float64, on a mixture of a length that fits."""
    get = inner(network).get_layer
    mixture = mixture.astype("float64")
    x, skips = mixture, []
    for level in range(1, DEPTH + 1):
        skips.append(leaky(convolved(x, get(f"down_{level}"), context)))
        x = skips[-1][:, ::2]
    x = leaky(convolved(x, get("bottom"), context))
    for level in range(DEPTH, 0, -1):
        share = 0.5
        if learned:
            share = 1 / (1 + np.exp(-numpy(get(f"between_{level}").shares).astype("float64")))
        x = joined(upsampled(x, context, share), skips[level - 1])
        x = leaky(convolved(x, get(f"up_{level}"), context))
    x = joined(x, mixture)
    estimates = np.tanh(convolved(x, get("estimates"), context))
    estimates = estimates.reshape(*x.shape[:2], CHANNELS, -1)
    if difference:
        rest = x[..., -CHANNELS:] - estimates.sum(-1)
        estimates = np.concatenate([estimates, rest[..., None]], axis=-1)
    return estimates


@pytest.mark.parametrize("context", [True, False])
@pytest.mark.parametrize("learned", [True, False])
@pytest.mark.parametrize("difference", [True, False])
def test_same_numbers_as_the_table(context, learned, difference):
    network = small(context=context, learned_upsampling=learned, difference=difference)
    mixture = noise(4 * 17)
    padded = mixture
    if context:
        margin = network.unpadded.facts.margin
        padded = np.pad(mixture, [(0, 0), (margin, margin + UP), (0, 0)])
    expected = written_out(network, padded, context, learned, difference)[:, : 4 * 17]
    ours = numpy(network(mixture))
    assert ours.shape == expected.shape == (2, 4 * 17, CHANNELS, SOURCES)
    # float32 through seven convolutions
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_published_sizes():
    network = zoo.wave_u_net()
    assert network.unpadded.facts.margin == (147443 - 16389) // 2
    excerpt = inner(network)
    assert excerpt.compute_output_shape((1, 147443, 2)) == (1, 16389, 2, 2)
    # the bottom row of the paper's context setting, and the mixture beside the last features
    shapes = {}
    x = keras.KerasTensor((1, 147443, 2))
    probes = [excerpt.get_layer(name).output for name in ("bottom", "up_1", "skip_excerpt")]
    for probe, spec in zip(
        ("bottom", "up_1", "skip_excerpt"),
        keras.Model(excerpt.input, probes).compute_output_spec(x),
        strict=True,
    ):
        shapes[probe] = spec.shape
    assert shapes == {
        "bottom": (1, 9, 312), "up_1": (1, 16389, 24), "skip_excerpt": (1, 16389, 26)
    }  # fmt: skip


def test_published_sizes_without_context():
    network = zoo.wave_u_net(channels=1, context=False, difference=False)
    excerpt = inner(network)
    names = ("down_12", "bottom", "up_1", "skip_excerpt")
    probes = keras.Model(excerpt.input, [excerpt.get_layer(name).output for name in names])
    shapes = [spec.shape for spec in probes.compute_output_spec(keras.KerasTensor((1, 16384, 1)))]
    # table 1: (4, 288) once every second of the eight is dropped, then (4, 312), ..., (16384, 25)
    assert shapes == [(1, 8, 288), (1, 4, 312), (1, 16384, 24), (1, 16384, 25)]


@pytest.mark.parametrize(
    ("options", "outputs", "channels"),
    [({"channels": 1, "difference": False}, 2, 1), ({"channels": 2}, 2, 2),
     ({"channels": 2, "sources": 4, "learned_upsampling": True}, 6, 2)],
)  # fmt: skip
def test_parameters_of_the_published_sizes(options, outputs, channels):
    """Summed up from table 1: the kernels and biases of its rows."""
    down = sum(15 * (24 * (i - 1) if i > 1 else channels) * 24 * i + 24 * i for i in range(1, 13))
    bottom = 15 * 288 * 312 + 312
    up = sum(5 * (24 * (i + 1) + 24 * i) * 24 * i + 24 * i for i in range(1, 13))
    last = (24 + channels) * outputs + outputs
    between = sum(24 * (i + 1) for i in range(1, 13)) if "learned_upsampling" in options else 0
    network = zoo.wave_u_net(**options)
    assert network.count_params() == down + bottom + up + last + between


def test_context_is_heard_and_its_zeros_are_only_at_the_ends():
    """Excerpts with what is around them give what the whole gives there."""
    network = small()
    context = network.unpadded.facts.margin
    whole = noise(200)
    separated = numpy(network(whole))
    start, length = 80, UP + 4 * 9
    around = whole[:, start - context : start + length + context]
    excerpt = numpy(inner(network)(around))
    # decimation keeps every fourth sample: an excerpt that starts on one of them sees the same
    np.testing.assert_allclose(excerpt, separated[:, start : start + length], rtol=0, atol=1e-5)
    other = around.copy()
    other[:, 0] += 1  # the first sample of the context reaches the first sample that is separated
    assert np.abs(numpy(inner(network)(other)) - excerpt)[:, 0].max() > 1e-6


def test_sources_sum_to_the_mixture():
    mixture = noise(101)
    for context in (True, False):
        total = numpy(small(context=context)(mixture)).sum(-1)
        # three float32 numbers around one
        np.testing.assert_allclose(total, mixture, rtol=0, atol=1e-6)


@pytest.mark.parametrize("context", [True, False])
def test_learns_to_separate(context):
    keras.utils.set_random_seed(2)
    network = zoo.wave_u_net(channels=1, filters=8, depth=2, context=context)
    # not SI-SNR: what a source of any scale leaves of the mixture is not a source
    network.compile(keras.optimizers.Adam(0.01), loss=losses.PermutationInvariantLoss(losses.SNR()))
    network.optimizer.build(network.trainable_variables)  # or `fit` traces twice
    sources = stems(0, batch=16)
    network.fit(sources.sum(-1), sources, batch_size=8, epochs=20, verbose=0)
    separator = Separator(network, SAMPLE_RATE_HZ, ("one", "other"), interchangeable_sources=True)
    assert improvement_db(separator) > 10


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"down_kernel_size": 4}, "`down_kernel_size` must be odd.*down_kernel_size=4"),
        ({"up_kernel_size": 2}, "`up_kernel_size` must be odd.*up_kernel_size=2"),
        ({"sources": 1}, "`difference` needs at least two `sources`.*sources=1"),
    ],
)
def test_bad_arguments(arguments, text):
    with pytest.raises(ValueError, match=text):
        zoo.wave_u_net(**{**SMALL, **arguments})
