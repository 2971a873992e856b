"""Augmentations of the mixture alone: the network hears them, and learns the stems as they are."""

import dataclasses

import numpy as np
import pytest

from keras_sep import data, training
from keras_sep.data import augmentations
from keras_sep.training.build import check

SOURCES = ("drums", "bass", "other", "vocals")
RATE_HZ = 4000


class Cube(augmentations.SourceAugmentation):
    """Nothing that one could do to the stems one by one."""

    def vary(self, stem, rng):
        return stem**3


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    root = tmp_path_factory.mktemp("album")
    return data.synthetic_band(root, train=2, valid=1, test=0, seconds=1.0, sample_rate_hz=RATE_HZ)


CUBE = Cube(mixture=True, probability=1.0, sources=SOURCES)
DOUBLE = lambda stems, rng: 2 * stems  # noqa: E731


def test_the_mixture_is_varied_after_the_stems_and_these_are_not(album):
    """In all pipelines; the excerpts are those without it."""
    tracks = data.find_tracks(album, "train", SOURCES)
    settings = {"excerpt_seconds": 0.2, "batch_size": 2, "excerpts_per_track": 2}
    plain = next(iter(data.excerpts(tracks, SOURCES, augment=[DOUBLE], **settings))).numpy()
    wanted = plain.sum(axis=-1) ** 3
    stems = next(iter(data.excerpts(tracks, SOURCES, augment=[CUBE, DOUBLE], **settings))).numpy()
    assert stems.shape == (*plain.shape[:-1], 5)
    np.testing.assert_array_equal(stems[..., :4], plain)
    np.testing.assert_allclose(stems.sum(axis=-1), wanted, atol=1e-6)  # float32, near 1
    dataset = data.ExcerptDataset(
        tracks, SOURCES, ("vocals", "drums"), augment=[CUBE, DOUBLE], **settings
    )
    mixture, targets = dataset[0]
    np.testing.assert_array_equal(targets, plain[..., [3, 0]])
    np.testing.assert_allclose(mixture, wanted, atol=1e-6)

    frames = {"frame_length": 64, "hop_length": 32, **settings}
    for targets in (("bass",), SOURCES):
        heard, learnt = next(
            iter(data.spectrogram_dataset(tracks, SOURCES, targets, augment=[CUBE], **frames))
        )
        unvaried = next(iter(data.spectrogram_dataset(tracks, SOURCES, targets, **frames)))
        np.testing.assert_allclose(learnt, unvaried[1], atol=1e-5)  # an STFT in float32
        assert np.mean(np.abs(heard - unvaried[0])) > 0.1 * np.mean(unvaried[0])

    settings = {"excerpt_seconds": 0.2, "batch_size": 2, "mixtures_per_epoch": 2}
    pools = [data.find_recordings(album / "train")] * 2
    plain = next(iter(data.mixed_excerpts(pools, **settings))).numpy()
    stems = next(iter(data.mixed_excerpts(pools, augment=[CUBE], **settings))).numpy()
    np.testing.assert_array_equal(stems[..., :2], plain)
    np.testing.assert_allclose(stems.sum(axis=-1), plain.sum(axis=-1) ** 3, atol=1e-6)
    fixed = next(iter(data.mixed_excerpts(pools, augment=[CUBE], fixed=True, **settings)))
    assert fixed.shape == plain.shape


def recipe_with(**data_settings):
    return training.Recipe.from_mapping(
        {
            "model": {"name": "conv_tasnet", "arguments": {
                "filters": 8, "kernel_size": 16, "bottleneck": 6, "hidden": 10, "blocks": 1,
                "repeats": 1}},
            "sources": list(SOURCES), "targets": ["vocals"], "sample_rate_hz": RATE_HZ,
            "stft": None, "channels": 2, "loss": "SISNR",
            "data": {"excerpt_seconds": 0.2, "excerpts_per_track": 2, **data_settings},
            "fit": {"batch_size": 2, "epochs": 1},
        }
    )  # fmt: skip


def test_a_recipe_has_the_mixture_encoded(album, tmp_path):
    """It is what the codec makes of the sum of the sources."""
    codec = {"codecs": ["aac"], "bit_rate_kbps": [64, 64], "probability": 1, "mixture": True}
    recipe = recipe_with(augment=[{"name": "Codec", "arguments": codec}])
    audio = training.training_audio(recipe, album)
    coded, targets = next(iter(training.training_dataset(recipe, audio, tmp_path)))
    plain = dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, augment=()))
    mixture, wanted = next(iter(training.training_dataset(plain, audio, tmp_path)))
    np.testing.assert_array_equal(targets, wanted)
    encode = augmentations.Codec(**{**codec, "mixture": False}, sample_rate_hz=RATE_HZ)
    for one, encoded in zip(mixture.numpy(), coded.numpy(), strict=True):
        expected = encode(one[..., None].copy(), np.random.default_rng(0))[..., 0]
        # the mixture is summed in another order before it is encoded
        assert np.mean((encoded - expected) ** 2) < 1e-4 * np.mean((encoded - one) ** 2)


def test_what_does_not_go_together_is_refused():
    with pytest.raises(ValueError, match=r"`only` and `alike` are of sources.*alike=True"):
        augmentations.Noise(mixture=True, alike=True)
    recipe = recipe_with(
        augment=[{"name": "Noise", "arguments": {"mixture": True}}], on_device={"remix": 1}
    )
    with pytest.raises(ValueError, match=r"`data\.augment` must not vary the mixture alone"):
        check(recipe)
