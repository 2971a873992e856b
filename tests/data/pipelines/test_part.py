"""Parts of batches, which several processes draw: joined, they are the whole batches."""

import numpy as np
import pytest

from keras_sep.data import Augmentation, excerpts, mixed_excerpts, spectrogram_dataset

STEMS = ("drums", "bass", "vocals")
VARIED = {"augmentation": Augmentation(0.5, (0.25, 1.25), 0.5), "excerpts_per_track": 5}


def made(dataset):
    """Batches of two epochs, each the first of its tensors."""
    passes = [[*dataset], [*dataset]]
    firsts = [batch[0] if isinstance(batch, tuple) else batch for one in passes for batch in one]
    return [np.asarray(batch) for batch in firsts]


def check_parts(draw, parts):
    """`draw(part=...)` of all parts, joined, is `draw()`."""
    shares = zip(*(made(draw(part=(place, parts))) for place in range(parts)), strict=True)
    for whole, share in zip(made(draw()), shares, strict=True):
        np.testing.assert_array_equal(np.concatenate(share), whole)


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_parts_of_a_batch_are_the_batch(tracks, parts):
    def draw(**part):
        # 15 excerpts: the last 3 are no batch
        return excerpts(tracks, STEMS, excerpt_seconds=0.1, batch_size=6, **VARIED, **part)

    check_parts(draw, parts)


def test_parts_of_spectra_and_of_voices(tracks, write_voices):
    noise = 0.1 * np.random.default_rng(0).standard_normal((3, 2003))
    voices = write_voices({f"{'abc'[number]}/0": one for number, one in enumerate(noise)})

    def spectra(**part):
        frames = {"frame_length": 64, "hop_length": 32, "excerpt_seconds": 0.1}
        return spectrogram_dataset(tracks, STEMS, batch_size=4, **frames, **VARIED, **part)

    def mixtures(**part):
        settings = {"excerpt_seconds": 0.1, "batch_size": 4, "mixtures_per_epoch": 8}
        return mixed_excerpts([voices] * 2, **settings, **part)

    check_parts(spectra, 2)
    check_parts(mixtures, 2)


def test_a_smaller_last_batch_is_filled_up(tracks):
    """So that every process has as many steps, and as many examples in each."""
    settings = {"excerpt_seconds": 0.12, "batch_size": 8, "whole_tracks": True}
    whole = [np.asarray(batch) for batch in excerpts(tracks, STEMS, **settings)]
    shares = [[*excerpts(tracks, STEMS, part=(place, 4), **settings)] for place in range(4)]
    filled = [np.concatenate(share) for share in zip(*shares, strict=True)]
    assert [len(batch) for batch in filled] == [8] * len(whole)
    rest = len(whole[-1])
    assert 0 < rest < 8
    np.testing.assert_array_equal(np.concatenate(filled[:-1]), np.concatenate(whole[:-1]))
    np.testing.assert_array_equal(filled[-1][:rest], whole[-1])
    np.testing.assert_array_equal(filled[-1][rest:], np.stack([whole[-1][-1]] * (8 - rest)))


@pytest.mark.parametrize(
    ("part", "message"),
    [((2, 2), r"`part` must be \(number, parts\).*\(2, 2\)"), ((0, 4), "multiple of the parts")],
)
def test_parts_that_there_are_not(tracks, part, message):
    with pytest.raises(ValueError, match=message):
        excerpts(tracks, STEMS, excerpt_seconds=0.1, batch_size=6, part=part)
