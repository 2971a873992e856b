"""What a model varies itself: sums kept, ranges as said, one draw for mixture and targets."""

import keras
import numpy as np
import pytest

from keras_sep import layers, ops
from keras_sep.training import (
    OnDeviceAugmentation,
    OnDeviceMixtures,
    OnDeviceSettings,
    OnDeviceSpectrograms,
)

BATCH = 64
EVERYTHING = {"gain": (0.25, 4.0), "flip_polarity": 0.5, "remix": 1.0, "mixup": 0.5}


def varied(stems, calls=1, **settings):
    augmentation = OnDeviceAugmentation(OnDeviceSettings(**settings), seed=3)
    stems = keras.ops.convert_to_tensor(stems)
    return np.stack([keras.ops.convert_to_numpy(augmentation.vary(stems)) for _ in range(calls)])


def markers(sources=3):
    """Stems whose samples say which excerpt they are of: rows of a unit matrix."""
    return np.tile(np.eye(BATCH, dtype="float32")[:, :, None, None], (1, 1, 2, sources))


def test_gains_and_polarities_are_of_a_source():
    (after,) = varied(np.ones((BATCH, 5, 2, 3), "float32"), gain=(0.5, 2.0), flip_polarity=0.25)
    np.testing.assert_array_equal(after, np.broadcast_to(after[:, :1, :1], after.shape))
    gains = after[:, 0, 0].ravel()
    assert len(set(gains)) == gains.size
    assert np.all((np.abs(gains) >= 0.5) & (np.abs(gains) <= 2))
    # four standard deviations of 192 draws
    assert abs(np.mean(np.abs(gains)) - 1.25) < 4 * 1.5 / np.sqrt(12 * gains.size)
    assert abs(np.mean(gains < 0) - 0.25) < 4 * np.sqrt(0.25 * 0.75 / gains.size)


def test_a_remix_shuffles_each_source():
    """Every stem of the batch is there once, whole; now and then with a probability of a half."""
    before = markers()
    results = varied(before, calls=40, remix=0.5)
    shuffles = [after for after in results if np.any(after != before)]
    assert abs(len(shuffles) - 20) < 4 * np.sqrt(10)
    for after in shuffles:
        np.testing.assert_array_equal(after[:, :, 0], after[:, :, 1])
        orders = np.argmax(after[:, :, 0], axis=1)  # (batch, sources)
        np.testing.assert_array_equal(np.max(after[:, :, 0], axis=1), 1)
        for source in range(3):
            np.testing.assert_array_equal(np.sort(orders[:, source]), np.arange(BATCH))
        assert np.any(orders[:, 0] != orders[:, 1])


def test_mixup_is_of_whole_excerpts():
    """With one share for all sources, beta-distributed: variance 1 / (4 (2 alpha + 1))."""
    results = varied(markers(), calls=20, mixup=0.5)
    np.testing.assert_array_equal(results, np.broadcast_to(results[..., :1], results.shape))
    rows = results[..., 0, 0]
    np.testing.assert_allclose(np.sum(rows, axis=2), 1, atol=1e-6)
    assert np.max(np.sum(rows > 0, axis=2)) == 2
    moved = np.sum(rows > 0, axis=2) == 2
    shares = np.einsum("kbb->kb", rows)[moved]
    assert abs(np.mean(shares) - 0.5) < 4 * np.sqrt(1 / 8 / shares.size)
    assert abs(np.var(shares) - 1 / 8) < 0.01


@pytest.mark.parametrize(("axis", "name"), [(1, "time"), (2, "frequency")])
def test_masks_are_stretches_of_what_the_network_sees(axis, name):
    most = f"{name}_mask_{'frames' if axis == 1 else 'bins'}"
    settings = OnDeviceSettings(**{f"{name}_masks": 1, most: 10})
    augmentation = OnDeviceAugmentation(settings, seed=3)
    magnitude = np.full((500, 53, 47, 2), 0.5, "float32")
    kept = keras.ops.convert_to_numpy(augmentation.mask(keras.ops.convert_to_tensor(magnitude)))
    assert set(np.unique(kept)) == {0.0, 0.5}
    along = np.moveaxis(kept, axis, -1)
    np.testing.assert_array_equal(along, np.broadcast_to(along[:, :1, :1], along.shape))
    masked = along[:, 0, 0] == 0
    widths = np.sum(masked, axis=1)
    ends = np.sum(np.diff(masked.astype(int), axis=1, prepend=0, append=0) == 1, axis=1)
    assert np.max(ends) == 1
    assert {*widths} == {*range(11)}
    assert abs(np.mean(widths) - 5) < 4 * np.sqrt(10 / 500)
    places = np.argmax(masked, axis=1)[widths == 10]
    assert len(set(places)) > len(places) / 4
    # more than there is, three times over: at most everything
    settings = OnDeviceSettings(**{f"{name}_masks": 3, most: 1000})
    kept = OnDeviceAugmentation(settings, seed=3).mask(keras.ops.convert_to_tensor(magnitude))
    assert 0 < np.mean(keras.ops.convert_to_numpy(kept)) < 0.4


def test_a_draw_can_be_repeated_once():
    augmentation = OnDeviceAugmentation(OnDeviceSettings(**EVERYTHING), seed=3)
    stems = keras.random.normal((8, 50, 2, 3), seed=1)
    first, again, after = (
        keras.ops.convert_to_numpy(augmentation.vary(stems, repeat=repeat))
        for repeat in (True, False, False)
    )
    np.testing.assert_array_equal(again, first)
    assert np.all(np.any(after != first, axis=(1, 2)))


class MeanDistance(keras.losses.Loss):
    """Of what is the only source, and the whole mixture."""

    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true[..., 0] - y_pred))


def waveform_model(**settings):
    mixture = keras.Input((None, 2))
    same = keras.layers.Dense(2, use_bias=False, kernel_initializer="identity")(mixture)
    augmentation = OnDeviceAugmentation(OnDeviceSettings(**settings), seed=3)
    return OnDeviceMixtures(keras.Model(mixture, same), (0,), augmentation)


def spectral_model(**settings):
    magnitude = keras.Input((None, 33, 2))
    same = keras.layers.Dense(2, use_bias=False, kernel_initializer="identity")(magnitude)
    augmentation = OnDeviceAugmentation(OnDeviceSettings(**settings), seed=3)
    return OnDeviceSpectrograms(
        keras.Model(magnitude, same), layers.STFT(64, 32), (0,),
        ops.magnitude_spectrum_approximation, augmentation=augmentation,
    )  # fmt: skip


@pytest.mark.parametrize("make", [waveform_model, spectral_model])
def test_the_mixture_is_the_sum_of_the_targets_and_not_varied_in_validation(make):
    """Of one source they are the same, in every step; and each step is another."""
    stems = np.random.default_rng(0).normal(size=(8, 640, 2, 1)).astype("float32")
    model = make(**EVERYTHING)
    model.compile(keras.optimizers.SGD(0.0), MeanDistance())
    state = np.array(keras.ops.convert_to_numpy(model.augmentation.seeds.state.value))
    history = model.fit(
        stems, batch_size=4, epochs=2, verbose=0, shuffle=False, validation_data=(stems,)
    )
    assert max(history.history["loss"] + history.history["val_loss"]) < 1e-5
    assert np.any(keras.ops.convert_to_numpy(model.augmentation.seeds.state.value) != state)
    seen, varied = (
        keras.ops.convert_to_numpy(model(stems[:4], training=training))
        for training in (False, True)
    )
    assert np.all(np.any(np.abs(varied - seen) > 1e-3, axis=(1, 2)))
    alone = keras.ops.convert_to_tensor(np.sum(stems[:4], axis=-1))
    if make is spectral_model:
        alone = ops.magnitude(layers.STFT(64, 32)(alone))
    np.testing.assert_allclose(seen, keras.ops.convert_to_numpy(alone), atol=1e-6)


@pytest.mark.fault
def test_padded_batches_are_not_mixed():
    model = spectral_model(mixup=0.5)
    stems = keras.random.normal((2, 640, 2, 1), seed=1)
    with pytest.raises(ValueError, match="`remix` and `mixup` need excerpts of one length"):
        model((stems, np.array([640, 320])), training=True)


@pytest.mark.fault
def test_labels_are_refused():
    model = waveform_model(mixup=0.5)
    model.compile("sgd", MeanDistance())
    stems = np.zeros((2, 640, 2, 1), "float32")
    with pytest.raises(ValueError, match="no labels were wanted"):
        model.fit(stems, stems, verbose=0)
