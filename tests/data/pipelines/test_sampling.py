"""What is drawn by the index: what sounds, how often, the same for a seed, shared by hosts."""

from collections import Counter

import numpy as np
import pytest

from keras_sep.data import (
    Augmentation,
    Sampling,
    excerpts,
    find_tracks,
    prepare,
    prepared_tracks,
    spectrogram_dataset,
    write_audio,
)
from keras_sep.data.pipelines._sampled_draws import SampledDraws

RATE_HZ = 1000
STEMS = ("drums", "vocals")
LENGTH = 1500
# seconds of each track in which a stem sounds, and its level there in decibels
LOUD = {
    "a": (20, {"drums": (range(20), -20), "vocals": (range(5, 10), -30)}),
    "b": (10, {"drums": (range(10), -26), "vocals": (range(0), -30)}),
    "c": (12, {"drums": (range(8, 12), -20), "vocals": (range(2, 12), -50)}),
}


@pytest.fixture(scope="module")
def band(tmp_path_factory):
    root = tmp_path_factory.mktemp("band")
    rng = np.random.default_rng(0)
    for name, (seconds, stems) in LOUD.items():
        for stem, (where, level) in stems.items():
            # of one level at any time: noise of two values
            noise = 10 ** (level / 20) * rng.choice([-1.0, 1.0], (seconds, RATE_HZ, 1))
            noise[[second not in where for second in range(seconds)]] = 0
            path = root / "set" / "train" / name / f"{stem}.wav"
            write_audio(path, noise.reshape(-1, 1), RATE_HZ, "float")
    prepare(root / "set", root / "shards", dtype="float32")
    return prepared_tracks(root / "shards", "train")


def draws(band, sampling, incoherent=0.0, step=1):
    places = [1 + (track.samples - LENGTH) // step for track in band]
    augmentation = Augmentation(incoherent)
    return SampledDraws(band, places, None, augmentation, 3, sampling, STEMS, step, LENGTH)


def drawn(band, sampling, count=600, **settings):
    made = draws(band, sampling, **settings)
    return [made.draw(0, index, len(STEMS)) for index in range(count)]


def level_db(draw, source, step=1):
    """As in the samples, in which every second has the same level throughout, or none."""
    part = draw.track.read(source, draw.start * step, LENGTH).astype("float64")
    return 10 * np.log10((part**2).mean() + 1e-20)


@pytest.mark.parametrize("step", [1, 16])
def test_all_sources_sound_together(band, step):
    made = drawn(band, Sampling(silence_db=-55), step=step)
    for one, other in made:
        assert (one.track, one.start) == (other.track, other.start)
        for draw, source in zip((one, other), STEMS, strict=True):
            # levels are stated to a tenth of a decibel
            assert level_db(draw, source, step) > -55.1
    assert Counter(one.track.name for one, _ in made).keys() == {"a", "c"}
    starts = [one.start * step for one, _ in made if one.track.name == "a"]
    assert 3500 <= min(starts) < 4000  # some of the vocals' first second is in it
    assert 9500 < max(starts) <= 10000
    assert len(set(starts)) > 150


def test_remixes_take_each_source_from_where_it_sounds(band):
    made = drawn(band, Sampling(silence_db=-40), incoherent=1.0)
    for excerpt in made:
        for draw, source in zip(excerpt, STEMS, strict=True):
            assert level_db(draw, source) > -40.1
    assert {excerpt[1].track.name for excerpt in made} == {"a"}  # c's vocals are too soft
    assert {excerpt[0].track.name for excerpt in made} == {"a", "b", "c"}


def test_a_range_of_levels(band):
    sampling = Sampling("turns", level_db=(-27, -25))
    with pytest.raises(ValueError, match=r"none of 'vocals' has a level of from -27.0 to -25.0 dB"):
        draws(band, sampling)
    drums_alone = SampledDraws(
        band, [t.samples - LENGTH + 1 for t in band], None, Augmentation(0.0), 3, sampling,
        ("drums",), 1, LENGTH,
    )  # fmt: skip
    levels = [level_db(drums_alone.draw(0, i, 1)[0], "drums") for i in range(300)]
    assert -27.1 < min(levels) < max(levels) < -24.9


def test_in_turns_each_source_sounds_equally_often(band):
    made = drawn(band, Sampling("turns", silence_db=-55))
    for index, excerpt in enumerate(made):
        leader = index % 2
        assert level_db(excerpt[leader], STEMS[leader]) > -55.1
    silent = sum(level_db(excerpt[1], "vocals") < -55 for excerpt in made[::2])
    assert silent > 100  # where drums lead, vocals may be silent
    anywhere = drawn(band, Sampling("any"))
    assert sum(level_db(excerpt[0], "drums") < -60 for excerpt in anywhere) > 30


def test_silent_excerpts_that_were_asked_for(band):
    made = drawn(band, Sampling("all", silence_db=-55, silent=0.3), count=2000)
    # where drawn from anywhere: in tracks equally often, at places of which so many are silent
    silent = np.mean(
        [min(level_db(d, s) for d, s in zip(e, STEMS, strict=True)) < -55 for e in made]
    )
    of_places = []
    for track in band:
        starts = range(0, track.samples - LENGTH + 1, 10)
        parts = [(track.read_sources(STEMS)[s : s + LENGTH] ** 2).mean(axis=(0, 1)) for s in starts]
        of_places.append(np.mean([part.min() < 10**-5.5 for part in parts]))
    wanted = 0.3 * np.mean(of_places)
    # four standard deviations of 2000 throws
    assert abs(silent - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / 2000)


@pytest.mark.parametrize("tracks", ["equal", "length"])
def test_tracks_equally_often_or_by_their_length(band, tracks):
    made = drawn(band, Sampling("any", tracks=tracks), count=2000)
    counts = Counter(excerpt[0].track.name for excerpt in made)
    places = np.array([track.samples - LENGTH for track in band])
    shares = places / places.sum() if tracks == "length" else np.full(3, 1 / 3)
    for track, share in zip(band, shares, strict=True):
        # four standard deviations, and the last cell of a track, which may be short
        margin = 4 * np.sqrt(share * (1 - share) / 2000) + 0.005
        assert abs(counts[track.name] / 2000 - share) < margin


def test_every_place_is_drawn_equally_often(band):
    made = drawn(band, Sampling("any"), count=6000)
    starts = [excerpt[0].start for excerpt in made if excerpt[0].track.name == "b"]
    counts, _ = np.histogram(starts, bins=17, range=(0, 8500))
    expected = len(starts) / 17
    # chi-squared with 16 degrees of freedom exceeds 39.3 once in a thousand times
    assert ((counts - expected) ** 2 / expected).sum() < 39.3


def test_a_seed_an_epoch_and_an_index_decide_all(band):
    sampling = Sampling(silence_db=-55)
    one, other = draws(band, sampling, 0.5), draws(band, sampling, 0.5)
    assert [one.draw(1, i, 2) for i in range(50)] == [
        other.draw(1, i, 2) for i in reversed(range(50))
    ][::-1]
    assert one.draw(1, 7, 2) != one.draw(2, 7, 2)
    settings = {"excerpt_seconds": 1.5, "batch_size": 2, "excerpts_per_track": 4, "seed": 5}
    made = list(excerpts(band, STEMS, sampling=sampling, **settings))
    late = list(excerpts(band, STEMS, sampling=sampling, **settings).skip(4))
    np.testing.assert_array_equal(made[4:], late)  # in the middle of an epoch
    magnitudes = spectrogram_dataset(
        band, STEMS, frame_length=64, hop_length=32, sampling=sampling, **settings
    )
    assert sum(1 for _ in magnitudes) == 6


def test_processes_share_the_batches_without_overlap(band):
    settings = {"excerpt_seconds": 1.5, "excerpts_per_track": 5, "batch_size": 2}
    settings |= {"sampling": Sampling(silence_db=-55)}
    whole = np.array(list(excerpts(band, STEMS, **settings)))
    assert len(whole) == 7
    for place in range(2):
        share = np.array(list(excerpts(band, STEMS, part=(place, 2), **settings)))
        np.testing.assert_array_equal(share[:, 0], whole[:, place])


def test_what_cannot_be_drawn_is_said(band, tmp_path):
    with pytest.raises(ValueError, match=r"`sounding` must be one of all, turns, any.*'none'"):
        Sampling("none")
    with pytest.raises(ValueError, match=r"`level_db` must be \[low, high\]"):
        Sampling(level_db=(-10, -20))
    with pytest.raises(ValueError, match=r"all sources sound together.*-33.0 to -24.0 dB.*'turns'"):
        draws(band, Sampling(level_db=(-33, -24)), 0.5)
    write_audio(tmp_path / "song" / "vocals.wav", np.ones((9000, 1)), RATE_HZ)
    with pytest.raises(ValueError, match=r"levels of 'vocals' are wanted.*keras-sep prepare"):
        excerpts(find_tracks(tmp_path), ("vocals",), sampling=Sampling())
