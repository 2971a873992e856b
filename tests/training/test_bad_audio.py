"""Odd tracks and folders: what is left out, cut or ignored is said, and stops nothing."""

import dataclasses
import shutil

import numpy as np
import pytest
from small_runs import with_data

from keras_sep.data import write_audio
from keras_sep.training import VoiceSettings, messages, training_audio, validation_audio

pytestmark = pytest.mark.fault
STEMS = ("drums", "bass", "other", "vocals")


def put(folder, *samples):
    """A track whose stems have so many samples each."""
    rng = np.random.default_rng(samples)
    for name, count in zip(STEMS, samples, strict=False):
        noise = 0.1 * rng.standard_normal((count, 2))
        write_audio(folder / f"{name}.wav", noise, 4000)


@pytest.fixture
def album(tmp_path):
    """A good track of each split, and beside it three odd ones: an excerpt is 1600 samples."""
    for split in ("train", "valid"):
        root = tmp_path / "data" / split
        put(root / "good", 4001, 4001, 4001, 4001)
        put(root / "short", 400, 400, 400, 400)
        put(root / "uneven", 8000, 7999, 7001, 8000)
        put(root / "broken", 4000, 4000, 4000, 4000)
        (root / "broken" / "bass.wav").write_bytes(b"RIFF and no more")
    return tmp_path / "data"


@pytest.mark.parametrize(("of", "split"), [(training_audio, "train"), (validation_audio, "valid")])
def test_odd_tracks_stop_nothing(album, recipe, capsys, of, split):
    good, uneven = of(recipe, album)
    assert (good.name, good.samples, uneven.name, uneven.samples) == ("good", 4001, "uneven", 7001)
    left_out, broken, short, cut, unequal = capsys.readouterr().err.splitlines()
    place = album / split
    assert left_out == f"{place}: 2 of 4 tracks left out:"
    assert broken.startswith(f"  {place / 'broken' / 'bass.wav'}: not a readable audio file")
    assert short == f"  {place / 'short'}: 0.10 s long, shorter than an excerpt of 0.40 s"
    assert cut == f"{place}: 1 of 4 tracks cut to their shortest stem, of so many samples:"
    assert unequal == (
        f"  {place / 'uneven'}: drums.wav 8000, bass.wav 7999, other.wav 7001, vocals.wav 8000"
    )
    assert uneven.read_sources(STEMS).shape == (7001, 2, 4)


def test_a_recipe_may_skip_or_stop(album, recipe, capsys):
    (good,) = training_audio(with_data(recipe, bad_audio="skip"), album)
    assert good.name == "good"
    assert "train: 3 of 4 tracks left out:" in capsys.readouterr().err
    with pytest.raises(ValueError, match="stems of unequal length") as stopped:
        training_audio(with_data(recipe, bad_audio="stop"), album)
    assert len(str(stopped.value).splitlines()) == 3
    with pytest.raises(ValueError, match=r"`data\.bad_audio` must be one of trim, skip, stop"):
        with_data(recipe, bad_audio="ignore")


def test_nothing_but_odd_tracks_is_an_error(album, recipe, capsys):
    for name in ("good", "uneven", "broken"):
        shutil.rmtree(album / "train" / name)
    with pytest.raises(ValueError) as stopped:
        training_audio(recipe, album)
    odd = f"{album / 'train' / 'short'}: 0.10 s long, shorter than an excerpt of 0.40 s"
    assert str(stopped.value) == f"{odd}; none of 1 tracks is left"
    assert "1 of 1 tracks left out" in capsys.readouterr().err


def test_odd_recordings_stop_nothing(tmp_path, recipe, capsys):
    for voice in ("ann", "bob"):
        write_audio(tmp_path / voice / "one.wav", np.zeros((700, 1)), 8000)
    (tmp_path / "bob" / "two.wav").write_bytes(b"RIFF and no more")
    mixed = dataclasses.replace(
        with_data(recipe, spectrograms="model", excerpts_per_track=64),
        voices=VoiceSettings(train=(r"([^/]+)/.+",)),
    )
    pools = training_audio(mixed, tmp_path)
    assert [[*pool] for pool in pools] == [["ann", "bob"]] * 4
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"{tmp_path}: 1 of 3 recordings left out:"
    assert said[1].startswith(f"  {tmp_path / 'bob' / 'two.wav'}: not a readable audio file")
    with pytest.raises(ValueError, match=r"two\.wav: not a readable"):
        training_audio(
            dataclasses.replace(mixed, data=dataclasses.replace(mixed.data, bad_audio="stop")),
            tmp_path,
        )


@pytest.mark.parametrize("name", ["valid", "validation", "val", "dev", "Valid", "VAL"])
def test_names_of_the_validation_folder(tmp_path, recipe, name):
    put(tmp_path / "train" / "one", *[4000] * 4)
    assert validation_audio(recipe, tmp_path) == []
    put(tmp_path / name / "two", *[4000] * 4)
    assert [track.name for track in validation_audio(recipe, tmp_path)] == ["two"]
    shutil.rmtree(tmp_path / name / "two")
    with pytest.raises(ValueError, match=f"{name}: no tracks in this folder"):
        validation_audio(recipe, tmp_path)


def test_validation_folders_that_leave_a_doubt(tmp_path, recipe):
    put(tmp_path / "train" / "one", *[4000] * 4)
    for name in ("val", "dev"):
        put(tmp_path / name / name, *[4000] * 4)
    with pytest.raises(ValueError, match=r"must be the validation, called `valid`.*dev, val"):
        validation_audio(recipe, tmp_path)
    put(tmp_path / "valid" / "two", *[4000] * 4)
    assert [track.name for track in validation_audio(recipe, tmp_path)] == ["two"]


def test_training_tracks_in_a_folder_called_in_capitals(tmp_path, recipe):
    put(tmp_path / "Train" / "one", *[4000] * 4)
    put(tmp_path / "Train" / "two", *[4000] * 4)
    named = with_data(recipe, validation=("two",))
    assert [track.name for track in training_audio(named, tmp_path)] == ["one"]
    assert [track.name for track in validation_audio(named, tmp_path)] == ["two"]


def test_what_lies_beside_the_data_is_a_hint_alone(tmp_path, recipe):
    """As in a home directory that has folders of these names."""
    for name in ("val", "dev"):
        (tmp_path / name).mkdir()
    put(tmp_path / "songs" / "one", *[4000] * 4)
    audio = training_audio(recipe, tmp_path / "songs")
    said = messages.opening(recipe, tmp_path / "songs", audio, [])
    assert f"Is {tmp_path / 'dev'} meant?" in said[-1]


def test_named_validation_tracks_are_not_ignored_in_silence(tmp_path, recipe, capsys):
    put(tmp_path / "train" / "one", *[4000] * 4)
    named = with_data(recipe, validation=("two", "nine"))
    with pytest.raises(ValueError, match="validation tracks are not in it: nine, two"):
        validation_audio(named, tmp_path)
    with pytest.raises(
        ValueError, match="all of its tracks are listed for validation: leave some for training"
    ):
        training_audio(with_data(recipe, validation=("one",)), tmp_path)
    put(tmp_path / "val" / "two", *[4000] * 4)
    assert [track.name for track in validation_audio(named, tmp_path)] == ["two"]
    assert capsys.readouterr().err == (
        f"{tmp_path / 'val'}: used for validation, but lacks tracks that "
        "`data.validation` names: nine\n"
    )
