"""Track layouts: what is a stem, what is a split, and all that is wrong said at once."""

import numpy as np
import pytest
import soundfile

from keras_sep.data import MUSDB18_VALIDATION, find_tracks, read_audio, write_audio

RATE_HZ = 8000


def test_stems_and_mixture(tmp_path, write_track):
    folder = tmp_path / "train" / "song"
    arrays = write_track(folder, 5003, ("drums", "vocals", "mixture"))
    (folder / "notes.txt").write_text("la la")
    (folder / "._vocals.wav").write_bytes(b"what another system leaves behind")
    (track,) = find_tracks(tmp_path, "train")
    assert track.name == "song"
    assert sorted(track.stems) == ["drums", "vocals"]
    assert (track.sample_rate_hz, track.samples, track.channels) == (RATE_HZ, 5003, 2)
    np.testing.assert_array_equal(track.read_mixture(), arrays["mixture"])
    np.testing.assert_array_equal(
        track.read_sources(("vocals", "drums")),
        np.stack([arrays["vocals"], arrays["drums"]], axis=-1),
    )
    with pytest.raises(ValueError, match="song: has no stem `mixture`"):
        find_tracks(tmp_path, "train", ("mixture",))


def test_accompaniment_is_summed_or_given(tmp_path, write_track):
    arrays = write_track(tmp_path / "a", 5003, ("drums", "bass", "vocals"))
    given = write_track(tmp_path / "b", 5003, ("accompaniment", "vocals"))
    summed, as_is = find_tracks(tmp_path, None, ("vocals", "accompaniment"))
    np.testing.assert_allclose(
        summed.read("accompaniment"), arrays["drums"] + arrays["bass"], atol=1e-7
    )
    np.testing.assert_array_equal(as_is.read("accompaniment"), given["accompaniment"])
    # without a mixture file it is the sum of all that was played, each thing once
    np.testing.assert_allclose(summed.read_mixture(), sum(arrays.values()), atol=1e-7)
    np.testing.assert_allclose(as_is.read_mixture(), sum(given.values()), atol=1e-7)


@pytest.mark.fault
@pytest.mark.parametrize(
    "sources", [("vocals", "accompaniment", "drums"), ("bass", "accompaniment")]
)
def test_nothing_is_in_a_mixture_twice(tmp_path, write_track, sources):
    write_track(tmp_path / "a", 1009, ("drums", "bass", "vocals"))
    said = r"`accompaniment` is the sum of .*, and (drums|bass) would be in the mixture twice"
    with pytest.raises(ValueError, match=said):
        find_tracks(tmp_path, None, sources)
    write_track(tmp_path / "a", 1009, ("drums", "bass", "vocals", "accompaniment"))
    assert find_tracks(tmp_path, None, sources)


def test_validation_names_stand_in_for_a_valid_folder(tmp_path, write_track):
    for name in ("one", "two", "three", "four"):
        write_track(tmp_path / "train" / name, 1009)

    def names(split, validation=("two", "four")):
        return [track.name for track in find_tracks(tmp_path, split, validation=validation)]

    assert names("valid") == ["four", "two"]
    assert names("train") == ["one", "three"]
    with pytest.raises(ValueError, match="not in it: five"):
        names("valid", ("two", "five"))
    with pytest.raises(ValueError, match="has no folder `valid`; name validation tracks"):
        names("valid", ())
    with pytest.raises(ValueError, match="has no folder `test`"):
        names("test")

    with pytest.raises(ValueError, match="`valid`, nor `train` with the validation tracks one"):
        find_tracks(tmp_path / "train", "valid", validation=("one",))

    write_track(tmp_path / "valid" / "five", 1009)
    assert names("valid") == ["five"]
    assert names("train") == ["four", "one", "three", "two"]


def test_musdb18_names_fourteen_songs():
    assert len(set(MUSDB18_VALIDATION)) == 14
    assert "Leaf - Summerghost" in MUSDB18_VALIDATION


def test_every_bad_track_is_named_at_once(tmp_path, write_track, capsys):
    for name in ("fine", "short", "stemless", "broken", "twice"):
        write_track(tmp_path / name, 1009)
    write_audio(tmp_path / "short" / "drums.wav", np.zeros((997, 2)), RATE_HZ)
    (tmp_path / "stemless" / "vocals.wav").unlink()
    (tmp_path / "broken" / "bass.wav").write_bytes(b"RIFF")
    write_audio(tmp_path / "twice" / "bass.flac", np.zeros((1009, 2)), RATE_HZ, "flac")
    with pytest.raises(ValueError) as caught:
        find_tracks(tmp_path, None, ("drums", "bass", "vocals"))
    broken, short, stemless, twice = str(caught.value).split("\n")
    assert broken.startswith(f"{tmp_path / 'broken' / 'bass.wav'}: not a readable audio file")
    assert short == (
        f"{tmp_path / 'short'}: stems of unequal length, in samples: "
        "drums.wav 997, bass.wav 1009, vocals.wav 1009"
    )
    assert stemless == f"{tmp_path / 'stemless'}: has no stem `vocals` (found: bass, drums)"
    assert twice == f"{tmp_path / 'twice'}: `bass` is given twice, also as bass.wav"

    tracks = find_tracks(tmp_path, None, ("drums", "bass", "vocals"), skip_bad=True)
    assert [track.name for track in tracks] == ["fine"]
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"{tmp_path}: 4 of 5 tracks left out:"
    assert said[1:] == [f"  {line}" for line in (broken, short, stemless, twice)]
    # what is not asked for may be missing
    with pytest.raises(ValueError) as caught:
        find_tracks(tmp_path, None, ("drums",))
    assert "stemless" not in str(caught.value)


def test_tracks_that_are_not_wanted_may_be_bad(tmp_path, write_track):
    for name in ("fine", "good", "stemless"):
        write_track(tmp_path / name, 1009)
    (tmp_path / "stemless" / "vocals.wav").unlink()
    tracks = find_tracks(tmp_path, None, ("drums", "vocals"), tracks=("good", "fine"))
    assert [track.name for track in tracks] == ["fine", "good"]
    with pytest.raises(ValueError, match="has no track gone, lost"):
        find_tracks(tmp_path, tracks=("lost", "good", "gone"))


def test_only_decoding_finds_nan(tmp_path, write_track):
    write_track(tmp_path / "song", 1009)
    array = np.zeros((1009, 2))
    array[11] = np.nan
    soundfile.write(tmp_path / "song" / "drums.wav", array, RATE_HZ, subtype="FLOAT")
    assert len(find_tracks(tmp_path)) == 1
    with pytest.raises(ValueError, match=r"drums\.wav: sample 11 is NaN or infinite"):
        find_tracks(tmp_path, decode=True)


def test_rates_and_channels_are_brought_together(tmp_path, write_track, capsys):
    write_track(tmp_path / "a", 8009, ("drums",), sample_rate_hz=8000)
    write_track(tmp_path / "b", 16018, ("drums",), sample_rate_hz=16000, channels=1)
    low, high = find_tracks(tmp_path, None, sample_rate_hz=8000, channels=2)
    assert (low.samples, high.samples) == (8009, 8009)
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"{tmp_path}: 1 file resampled from 16000 to 8000 Hz",
        f"{tmp_path}: 1 file converted from 1 to 2 channels",
    ]
    assert high.read("drums").shape == (8009, 2)
    own = find_tracks(tmp_path)
    assert [(t.sample_rate_hz, t.channels) for t in own] == [(8000, 2), (16000, 1)]

    # one track of two rates: at the higher
    write_track(tmp_path / "b", 8009, ("vocals",), sample_rate_hz=8000, channels=1)
    mixed = find_tracks(tmp_path)[1]
    assert (mixed.sample_rate_hz, mixed.samples) == (16000, 16018)
    assert mixed.read_sources(("drums", "vocals")).shape == (16018, 1, 2)


def test_channels_that_cannot_be_mixed_are_named(tmp_path, write_track):
    write_track(tmp_path / "a", 1009, ("drums",), channels=3)
    with pytest.raises(ValueError, match=r"drums\.wav: has 3 channels, wanted 2"):
        find_tracks(tmp_path, channels=2)
    assert find_tracks(tmp_path, channels=1)[0].read("drums").shape == (1009, 1)


def test_nothing_there(tmp_path):
    with pytest.raises(ValueError, match="nowhere: no such folder of audio"):
        find_tracks(tmp_path / "nowhere")
    (tmp_path / "train").mkdir()
    with pytest.raises(ValueError, match="train: no tracks in this folder"):
        find_tracks(tmp_path, "train")


def test_real_clips(shared_audio):
    tracks = find_tracks(shared_audio / "musdb_clips", None, ("vocals", "accompaniment"))
    assert [track.samples for track in tracks] == [300032, 1323000, 1323000]
    rock, mallory, _ = tracks
    parts = [
        read_audio(shared_audio / "musdb_clips" / rock.name / f"{name}.flac")[0]
        for name in ("bass", "drums", "other")
    ]
    np.testing.assert_allclose(rock.read("accompaniment"), sum(parts), atol=1e-6)
    # the stems were coded to MP3 one by one: they sum to the mixture but for the coding
    error = mallory.read_sources(("vocals", "accompaniment")).sum(-1) - mallory.read_mixture()
    assert np.sqrt(np.mean(error**2)) < 0.1 * np.sqrt(np.mean(mallory.read_mixture() ** 2))
