"""Clustering targets against plain loops in float64, and at silence."""

import math

import numpy as np
import pytest

from keras_sep import ops
from keras_sep.testing import numpy

BATCH, FRAMES, BINS, CHANNELS, SOURCES = 2, 5, 7, 3, 4


def spectra(channels=CHANNELS, scale=1.0):
    """Stems and their mixture as pairs, levels spread over 80 dB."""
    rng = np.random.default_rng(0)
    stems = rng.normal(size=(2, BATCH, FRAMES, BINS, channels, SOURCES))
    stems = scale * stems * 10 ** rng.uniform(-4, 0, (BATCH, FRAMES, BINS, 1, SOURCES))
    return tuple(stems), tuple(stems.sum(-1))


def formula(stems, mixture, silence_db):
    """Dominant source and silence, bin by bin."""
    stems, mixture = (pair[0] + 1j * pair[1] for pair in (stems, mixture))
    target = np.zeros((BATCH, FRAMES, BINS, SOURCES))
    for b, t, f in np.ndindex(BATCH, FRAMES, BINS):
        loudest = (np.abs(mixture[b]) ** 2).sum(-1).max()
        power = (np.abs(mixture[b, t, f]) ** 2).sum()
        if 10 * np.log10(power / loudest) > -silence_db:
            powers = [(np.abs(stems[b, t, f, :, s]) ** 2).sum() for s in range(SOURCES)]
            target[b, t, f, int(np.argmax(powers))] = 1
    return target


@pytest.mark.parametrize("channels", [1, CHANNELS])
@pytest.mark.parametrize("silence_db", [20.0, 40.0, 1000.0])
def test_is_one_hot_of_the_dominant_source_where_there_is_sound(channels, silence_db):
    stems, mixture = spectra(channels)
    expected = formula(stems, mixture, silence_db)
    assert (expected.sum(-1) == 0).any() == (silence_db < 1000)
    np.testing.assert_array_equal(
        ops.clustering_target(stems, mixture, silence_db=silence_db), expected
    )


def test_magnitude_ratio_scales_the_rows_by_the_share_in_the_whole_example():
    stems, mixture = spectra(channels=1)
    target = np.asarray(ops.clustering_target(stems, mixture, weighting=ops.magnitude_ratio))
    magnitude = np.hypot(*mixture)[..., 0]
    share = magnitude / magnitude.sum(axis=(1, 2), keepdims=True)
    one_hot = formula(stems, mixture, 40.0)
    # rounding of one root and one quotient
    np.testing.assert_allclose(target, one_hot * share[..., None], rtol=1e-6, atol=0)


def test_without_a_threshold_only_zeros_are_silent():
    level = np.array([[[1.0, 1e-9, 0.0]]])
    np.testing.assert_array_equal(ops.active_bins(level, math.inf), [[[1, 1, 0]]])


def test_the_loudest_bin_is_sought_where_the_mask_is_true():
    level = np.array([[[1.0, 2.0], [1000.0, 1000.0]]])
    active = ops.active_bins(level, 40.0, mask=np.array([[True, False]]))
    np.testing.assert_array_equal(active, [[[1, 1], [0, 0]]])


def test_padding_with_zeros_changes_nothing():
    stems, mixture = spectra()

    def target(frames):
        def pad(x):
            return np.pad(x, [(0, 0), (0, frames), *[(0, 0)] * (x.ndim - 2)])

        pairs = (tuple(pad(x) for x in pair) for pair in (stems, mixture))
        return np.asarray(ops.clustering_target(*pairs, weighting=ops.magnitude_ratio))

    np.testing.assert_allclose(target(3)[:, :FRAMES], target(0), rtol=1e-6)
    assert not target(3)[:, FRAMES:].any()


@pytest.mark.parametrize("weighting", [None, ops.magnitude_ratio])
@pytest.mark.parametrize("scale", [1e-12, 1e6])
def test_the_level_does_not_matter(weighting, scale):
    expected = ops.clustering_target(*spectra(), weighting=weighting)
    target = ops.clustering_target(*spectra(scale=scale), weighting=weighting)
    np.testing.assert_allclose(target, expected, rtol=1e-5)


def test_silence_is_all_zero():
    target = ops.clustering_target(*spectra(scale=0.0), weighting=ops.magnitude_ratio)
    np.testing.assert_array_equal(target, 0)


def test_half_precision_neither_overflows_nor_vanishes():
    stems, mixture = ([(100 * x).astype("float16") for x in pair] for pair in spectra())
    target = ops.clustering_target(stems, mixture, weighting=ops.magnitude_ratio)
    same = ops.clustering_target(
        *([x.astype("float32") for x in pair] for pair in (stems, mixture)),
        weighting=ops.magnitude_ratio,
    )
    np.testing.assert_array_equal(target, same)


def test_a_threshold_above_the_loudest_bin_is_an_error():
    with pytest.raises(
        ValueError, match=r"`silence_db` must be a positive number.*: silence_db=-4"
    ):
        ops.active_bins(np.ones((1, 2, 3)), -40)


def test_magnitude_ratio_of_half_precision():
    """The sum of a spectrogram does not fit into float16."""
    ratio = ops.magnitude_ratio(np.full((1, 400, 513), 2, "float16"))
    np.testing.assert_allclose(numpy(ratio), 1 / (400 * 513), rtol=1e-5)
