"""Fixed order, permutation-invariant and mixture-invariant losses over any Keras loss."""

import itertools

import keras
import numpy as np
import pytest

from keras_sep import layers, losses, ops
from keras_sep.testing import numpy, value_and_gradient

BATCH, SAMPLES, CHANNELS = 5, 101, 2
WRAPPERS = [
    losses.FixedOrderLoss,
    losses.PermutationInvariantLoss,
    losses.MixtureInvariantLoss,
]


def noise(seed, last, samples=SAMPLES):
    shape = (BATCH, samples, CHANNELS, last)
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def si_sdr(target, estimate):
    """Of signals (batch, samples, channels) in float64: (batch,)."""
    target, estimate = target.astype("float64"), estimate.astype("float64")
    scale = (target * estimate).sum(1, keepdims=True) / (target**2).sum(1, keepdims=True)
    rest = estimate - scale * target
    return (10 * np.log10(((scale * target) ** 2).sum(1) / (rest**2).sum(1))).mean(-1)


def square(target, estimate):
    return ((target - estimate).astype("float64") ** 2).mean((1, 2))


def shuffled(sources):
    """Targets, and noisy estimates of them in an order of each example's own."""
    y_true = noise(0, sources)
    rng = np.random.default_rng(1)
    order = np.array([rng.permutation(sources) for _ in range(BATCH)])  # of target i
    y_pred = np.empty_like(y_true)
    for b in range(BATCH):
        y_pred[b][..., order[b]] = y_true[b]
    return y_true, y_pred + 0.3 * noise(2, sources), order


@pytest.mark.parametrize("sources", [1, 2, 3, 5])
def test_the_best_of_all_orders(sources):
    y_true, y_pred = noise(0, sources), noise(1, sources)
    orders = list(itertools.permutations(range(sources)))
    every = [
        np.mean([-si_sdr(y_true[..., i], y_pred[..., order[i]]) for i in range(sources)], axis=0)
        for order in orders
    ]
    loss = losses.PermutationInvariantLoss(losses.SISDR(), reduction=None)
    # the floors of SI-SDR: two noises are some -40 dB apart
    np.testing.assert_allclose(numpy(loss(y_true, y_pred)), np.min(every, axis=0), atol=2e-3)
    _, permutation = loss.assignment(y_true, y_pred)
    wanted = [orders[k] for k in np.argmin(every, axis=0)]
    np.testing.assert_array_equal(numpy(permutation), wanted)


@pytest.mark.parametrize("inner", [losses.SISNR(), keras.losses.MeanAbsoluteError()])
@pytest.mark.parametrize("sources", [2, 4, 6])
def test_the_assignment_undoes_a_shuffle_and_the_value_does_not_see_it(inner, sources):
    y_true, y_pred, order = shuffled(sources)
    loss = losses.PermutationInvariantLoss(inner, reduction=None)
    value, permutation = loss.assignment(y_true, y_pred)
    np.testing.assert_array_equal(numpy(permutation), order)
    ordered = ops.reorder_sources(y_pred, permutation)
    assert np.abs(numpy(ordered) - y_true).max() < np.abs(y_pred - y_true).max()
    fixed = losses.FixedOrderLoss(inner, reduction=None)(y_true, ordered)
    for same in (value, loss(y_true, y_pred), loss(y_true, ordered)):
        np.testing.assert_allclose(numpy(same), numpy(fixed), rtol=1e-5)


@pytest.mark.parametrize("sources", [3, 5])
def test_gradient_flows_through_the_chosen_pairs_alone(sources):
    y_true, y_pred, order = shuffled(sources)
    loss = losses.PermutationInvariantLoss(keras.losses.MeanSquaredError(), reduction="sum")
    _, slope = value_and_gradient(loss)(y_true, y_pred)
    inverse = np.argsort(order, axis=1)[:, None, None]
    paired = np.take_along_axis(y_true, inverse, axis=-1)
    wanted = 2 * (y_pred - paired) / (SAMPLES * CHANNELS * sources)
    np.testing.assert_allclose(slope, wanted, rtol=1e-4, atol=1e-7)


def sums(estimates, assignment, mixtures):
    return np.stack(
        [estimates[..., np.equal(assignment, m)].sum(-1) for m in range(mixtures)], axis=-1
    )


@pytest.mark.parametrize(("mixtures", "sources"), [(2, 3), (2, 4), (3, 4), (1, 3)])
def test_the_best_of_all_sums(mixtures, sources):
    y_true, y_pred = noise(0, mixtures), noise(1, sources)
    ways = list(itertools.product(range(mixtures), repeat=sources))
    every = []
    for way in ways:
        mixed = sums(y_pred, way, mixtures)
        every.append(np.mean([square(y_true[..., m], mixed[..., m]) for m in range(mixtures)], 0))
    loss = losses.MixtureInvariantLoss(losses.WaveformLoss("l2"), reduction=None)
    np.testing.assert_allclose(numpy(loss(y_true, y_pred)), np.min(every, axis=0), rtol=1e-5)
    value, assignment = loss.assignment(y_true, y_pred)
    np.testing.assert_allclose(numpy(value), np.min(every, axis=0), rtol=1e-5)
    np.testing.assert_array_equal(numpy(assignment), [ways[k] for k in np.argmin(every, axis=0)])


def test_the_estimates_of_two_mixtures_find_their_own():
    y_pred = noise(0, 4)
    assignment = np.array([[0, 0, 1, 1], [1, 0, 1, 0], [1, 1, 1, 1], [0, 1, 1, 1], [0, 1, 0, 0]])
    mixtures = np.stack([sums(y_pred[b], assignment[b], 2) for b in range(BATCH)])
    loss = losses.MixtureInvariantLoss(losses.SNR(limit_db=30.0), reduction=None)
    np.testing.assert_array_equal(numpy(loss.assignment(mixtures, y_pred)[1]), assignment)
    each = numpy(loss(mixtures, y_pred))
    # all are perfect, the silent mixture of example 2 too
    np.testing.assert_allclose(each, -30, atol=1e-3)


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "inner", [losses.WaveformLoss("l2"), keras.losses.MeanSquaredError()], ids=["ours", "Keras's"]
)
def test_padding_decides_nothing(wrapper, inner):
    """What lies beyond an example's length would favour the other order."""
    y_true, y_pred = noise(0, 2), noise(1, 2)
    y_true[:, SAMPLES // 2 :] *= 30
    y_pred[:, SAMPLES // 2 :] = y_true[:, SAMPLES // 2 :]
    y_true[:, : SAMPLES // 2] = y_pred[:, : SAMPLES // 2, :, ::-1]
    lengths = np.array([SAMPLES // 2] * (BATCH - 1) + [SAMPLES])
    loss = wrapper(inner, reduction=None)
    each = numpy(loss(y_true, layers.LengthMask()([y_pred, lengths])))
    for b, length in enumerate(lengths):
        alone = loss(y_true[b : b + 1, :length], y_pred[b : b + 1, :length])
        assert each[b] == pytest.approx(float(alone[0]), rel=1e-5, abs=1e-6)
    if wrapper is not losses.FixedOrderLoss:
        np.testing.assert_array_equal(each[:-1], 0)
        mask = ops.length_mask(lengths, SAMPLES)
        _, order = loss.assignment(y_true, y_pred, mask)
        np.testing.assert_array_equal(numpy(order), [[1, 0]] * (BATCH - 1) + [[0, 1]])
    else:
        assert (each[:-1] > 1).all()


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_mask_that_the_inner_loss_cannot_heed(wrapper):
    class OneValue(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=(1, 2, 3))

    y_true, y_pred = noise(0, 2), noise(1, 2)
    assert np.isfinite(float(wrapper(OneValue())(y_true, y_pred)))
    masked = layers.LengthMask()([y_pred, np.full(BATCH, 7)])
    for inner in (OneValue(), keras.losses.CosineSimilarity(axis=1)):
        with pytest.raises(ValueError, match=r"`loss.call` must take a `mask`, or return values"):
            wrapper(inner)(y_true, masked)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_the_inner_loss_is_only_asked_and_saved(wrapper):
    y_true, y_pred = noise(0, 2), noise(1, 2)
    inner = losses.SISDR(reduction="sum", name="mine", dtype="float16")
    before = inner.get_config()
    loss = wrapper(inner)
    # neither its reduction nor its dtype plays a part
    assert float(loss(y_true, y_pred)) == float(wrapper(losses.SISDR())(y_true, y_pred))
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert loss.loss is inner
    assert inner.get_config() == before == again.loss.get_config()
    assert again.loss is not inner


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize(
    "inner", [losses.SNR(limit_db=7.0), keras.losses.LogCosh()], ids=["ours", "Keras's"]
)
def test_a_compiled_model_comes_back_with_the_inner_loss(wrapper, inner, tmp_path):
    x = keras.Input((None, CHANNELS, 2))
    model = keras.Model(x, keras.layers.Dense(2)(x))
    model.compile("sgd", loss=wrapper(inner))
    y_true, y_pred, weights = noise(0, 2), noise(1, 2), np.arange(1.0, 1 + BATCH)
    value = model.evaluate(y_pred, y_true, sample_weight=weights, verbose=0)
    each = numpy(wrapper(inner, reduction=None)(y_true, model(y_pred)))
    assert value == pytest.approx((each * weights).mean(), rel=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.loss.loss) is type(inner)
    assert again.evaluate(y_pred, y_true, sample_weight=weights, verbose=0) == pytest.approx(value)


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("loss", ["mse", losses.SISDR, None])
def test_only_a_loss_object_can_be_wrapped(wrapper, loss):
    with pytest.raises(ValueError, match=r"`loss` must be a Keras loss object.* Received: loss="):
        wrapper(loss)


@pytest.mark.parametrize("wrapper", WRAPPERS[:2])
def test_as_many_estimates_as_targets(wrapper):
    loss = wrapper(losses.SISDR())
    with pytest.raises(ValueError, match=r"same number of sources.* Received: 2 and 3"):
        loss(noise(0, 2), noise(1, 3))


def test_too_many_sources():
    loss = losses.PermutationInvariantLoss(losses.SISDR())
    with pytest.raises(ValueError, match=r"At most 10 sources .* Received: sources=11"):
        loss(noise(0, 11), noise(1, 11))
    loss = losses.MixtureInvariantLoss(losses.SISDR())
    with pytest.raises(ValueError, match=r"at most 1024 ways .*mixtures=2, sources=11"):
        loss(noise(0, 2), noise(1, 11))


def test_losses_say_what_they_compare():
    spectrogram = losses.SpectrogramLoss()
    assert spectrogram.compares == "magnitudes"
    assert losses.PermutationInvariantLoss(spectrogram).compares == "magnitudes"
    assert losses.PermutationInvariantLoss(spectrogram).targets == spectrogram.targets
    assert losses.FixedOrderLoss(losses.SISDR()).compares == "waveforms"
    assert losses.FixedOrderLoss(keras.losses.MeanSquaredError()).compares is None
    assert losses.WhitenedKMeansLoss().targets == ("clustering_target",)
    for name in losses.SpectrogramLoss.targets:
        assert callable(getattr(ops, name))
