"""The three normalisations of a learned representation against their formulas in float64."""

import keras
import numpy as np
import pytest

from keras_sep import layers
from keras_sep.testing import gradient, numpy

BATCH, TIME, MIDDLE, FEATURES = 2, 13, 3, 5
EPSILON = 1e-8


def over_all(x):
    """Mean and variance of each example."""
    axes = tuple(range(1, x.ndim))
    return x.mean(axes, keepdims=True), x.var(axes, keepdims=True)


def until_now(x):
    """Mean and variance of each frame and all before it."""
    parts = [over_all(x[:, : t + 1]) for t in range(x.shape[1])]
    return [np.concatenate(part, axis=1) for part in zip(*parts, strict=True)]


def over_time(x):
    """Mean and variance of each example and feature."""
    axes = tuple(range(1, x.ndim - 1))
    return x.mean(axes, keepdims=True), x.var(axes, keepdims=True)


KINDS = {
    layers.GlobalLayerNormalization: over_all,
    layers.CumulativeLayerNormalization: until_now,
    layers.InstanceNormalization: over_time,
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def signal(*shape, seed=0):
    """Examples and features of unlike level and offset."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape) * rng.uniform(0.5, 2, shape[-1])
    return (x + np.arange(len(x)).reshape(-1, *[1] * (len(shape) - 1))).astype("float32")


def with_weights(kind):
    """The layer with random weights, and those."""
    layer = kind()
    layer.build((None, None, FEATURES))
    gamma, beta = np.random.default_rng(1).normal(size=(2, FEATURES)).astype("float32")
    layer.set_weights([gamma, beta])
    return layer, gamma, beta


def formula(kind, x, gamma=1.0, beta=0.0):
    x = x.astype("float64")
    mean, variance = KINDS[kind](x)
    return (x - mean) / np.sqrt(variance + EPSILON) * gamma + beta


@every_kind
@pytest.mark.parametrize("shape", [(BATCH, TIME, FEATURES), (BATCH, TIME, MIDDLE, FEATURES)])
def test_equals_the_formula(kind, shape):
    layer, gamma, beta = with_weights(kind)
    x = signal(*shape)
    # float32 sums of some dozen terms; a normalised value is a few units
    np.testing.assert_allclose(numpy(layer(x)), formula(kind, x, gamma, beta), atol=1e-5)


@every_kind
def test_masked_frames_do_not_count_wherever_they_are(kind):
    layer, gamma, beta = with_weights(kind)
    x = signal(BATCH, TIME, FEATURES)
    keep = np.ones((BATCH, TIME), bool)
    keep[0, [0, 4, 12]] = False
    keep[1, :9] = False
    x[~keep] = 1e3
    y = numpy(layer(x, mask=keras.ops.array(keep)))
    assert np.isfinite(y).all()
    for i in range(BATCH):
        expected = formula(kind, x[i : i + 1, keep[i]], gamma, beta)[0]
        np.testing.assert_allclose(y[i, keep[i]], expected, atol=1e-5)


@every_kind
@pytest.mark.parametrize("policy", ["float16", "mixed_float16"])
def test_half_precision_is_normalised_in_float32(kind, policy):
    x = (300 * signal(BATCH, TIME, FEATURES)).astype("float16")  # its squares overflow float16
    y = kind(dtype=policy)(x)
    assert keras.backend.standardize_dtype(y.dtype) == "float16"
    # one rounding to float16, of numbers below 4
    np.testing.assert_allclose(numpy(y), formula(kind, x), atol=2e-3)


@every_kind
def test_learned_scale_is_not_rounded_to_half_precision(kind):
    """float16 would round 1 + 2^-12 to 1."""
    layer = kind(dtype="mixed_float16")
    x = signal(BATCH, TIME, FEATURES)
    layer.build(x.shape)
    ones = np.ones(FEATURES, "float32")
    layer.gamma.assign((1 + 2.0**-12) * ones)
    layer.beta.assign(-formula(kind, x)[0, 5, 0] * ones)
    # beta takes away all but the 2^-12 of one number; 0.05 for its rounding to float16
    left = float(numpy(layer(x))[0, 5, 0])
    assert left == pytest.approx(2.0**-12 * formula(kind, x)[0, 5, 0], rel=0.05)


@every_kind
@pytest.mark.parametrize("level", [0.0, 1e-12, 1e6])
@pytest.mark.parametrize("constant", [False, True])
def test_value_and_gradient_are_finite(kind, level, constant):
    x = signal(BATCH, TIME, FEATURES)
    x = np.float32(level) * (np.ones_like(x) if constant else x)
    layer, _, beta = with_weights(kind)
    scale = np.random.default_rng(2).normal(size=x.shape).astype("float32")
    value, slope = gradient(lambda x: keras.ops.sum(layer(x) * keras.ops.array(scale)), x)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()
    if level == 0:
        np.testing.assert_array_equal(numpy(layer(x)), np.broadcast_to(beta, x.shape))


@every_kind
def test_gradient_against_finite_differences(kind):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("JAX has no float64 unless asked at its start, Keras's mean on PyTorch never")
    x = signal(BATCH, TIME, FEATURES).astype("float64")
    layer = kind(dtype="float64")
    scale, direction = np.random.default_rng(2).normal(size=(2, *x.shape))

    def value(x):
        x, weights = (keras.ops.convert_to_tensor(one, dtype="float64") for one in (x, scale))
        return keras.ops.sum(layer(x) * weights)

    _, slope = gradient(value, x)
    step = 1e-5
    above, below = (float(numpy(value(x + s * direction))) for s in (step, -step))
    # central differences in float64: curvature and cancellation leave six digits and more
    assert np.sum(slope * direction) == pytest.approx((above - below) / (2 * step), rel=1e-6)


@every_kind
def test_bad_arguments(kind):
    with pytest.raises(ValueError, match=r"`epsilon` must be a positive number.*: epsilon=0"):
        kind(epsilon=0)
    with pytest.raises(ValueError, match=r"number of features known\. Received: input_shape="):
        kind().build((None, 7, None))
    with pytest.raises(ValueError, match=r"must be \(batch, time, \.\.\., features\)"):
        kind().build((None, 7))


# ------------------------------------------------------------------- cumulative, block by block


def in_blocks(layer, x, lengths):
    blocks, state, start = [], layer.initial_state(x.shape), 0
    for length in lengths:
        y, state = layer.step(x[:, start : start + length], state)
        blocks.append(numpy(y))
        start += length
    assert start == x.shape[1]
    return np.concatenate(blocks, axis=1), state


@pytest.mark.parametrize("shape", [(BATCH, 3001, FEATURES), (BATCH, 3001, MIDDLE, FEATURES)])
def test_blocks_equal_the_whole(shape):
    layer, _, _ = with_weights(layers.CumulativeLayerNormalization)
    x = signal(*shape)
    y, state = in_blocks(layer, x, [1, 1, 5, 1500, 1494])
    # the same float32 sums, parted elsewhere
    np.testing.assert_allclose(y, numpy(layer(x)), atol=1e-5)
    frames, mean, variance = state["frames"], state["mean"], state["variance"]
    wanted_mean, wanted_variance = over_all(x.astype("float64"))
    np.testing.assert_array_equal(numpy(frames), np.full((BATCH, 1), 3001))
    np.testing.assert_allclose(numpy(mean).ravel(), wanted_mean.ravel(), atol=1e-6)
    np.testing.assert_allclose(numpy(variance).ravel(), wanted_variance.ravel(), rtol=1e-5)


@pytest.mark.parametrize("later", [1e4, np.nan])
def test_what_comes_later_changes_nothing_far_into_a_signal(later):
    """The running sums are made in stretches: nothing may come back from the end of one."""
    layer, _, _ = with_weights(layers.CumulativeLayerNormalization)
    x = signal(BATCH, 3001, 1)
    louder = x.copy()
    louder[:, 1500:] *= later
    wanted = numpy(layer(x))[:, :1500]
    np.testing.assert_array_equal(numpy(layer(louder))[:, :1500], wanted)
    y, _ = in_blocks(layer, louder, [1100, 700, 1201])
    # the same float32 sums, parted elsewhere
    np.testing.assert_allclose(y[:, :1500], wanted, atol=1e-5)


@pytest.mark.parametrize(
    "layer", [layers.CumulativeLayerNormalization(), layers.TemporalConvBlock(7, causal=True)]
)
def test_padding_that_is_no_number_stays_where_it_is(layer):
    x = signal(2, 11, 5)
    mask = np.arange(11)[None, :] < np.array([[7], [11]])
    x[0, 7:] = np.inf
    y = numpy(layer(x, mask=mask))
    assert np.isfinite(y[0, :7]).all()
    assert np.isfinite(y[1]).all()
    np.testing.assert_allclose(y[:1, :7], numpy(layer(x[:1, :7])), atol=1e-6)


def long_signal():
    """Silence, then a soft sound on a large offset: what running sums of squares cannot hold."""
    rng = np.random.default_rng(4)
    x = 20 + rng.normal(size=(1, 3_600_000, 1)).astype("float32")  # an hour of 1 ms frames
    x[:, :1000] = 0
    return x


def test_hours_are_as_exact_as_seconds():
    x = long_signal()
    x64, late = x.astype("float64")[0, :, 0], slice(1_000_000, None)
    count = np.arange(1, len(x64) + 1)
    mean = np.cumsum(x64) / count
    deviation = np.sqrt((np.cumsum(x64**2) / count - mean**2)[late])
    expected = (x64 - mean)[late] / deviation
    layer = layers.CumulativeLayerNormalization()
    # one long float32 sum would be wrong by 8e-3, a difference of mean squares by 5
    np.testing.assert_allclose(numpy(layer(x))[0, late, 0], expected, atol=1e-4)
    y, _ = in_blocks(layer, x, [60_000] * 60)
    np.testing.assert_allclose(y[0, late, 0], expected, atol=1e-4)
