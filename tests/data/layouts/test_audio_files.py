"""What counts as audio, everywhere by the same rule."""

import importlib

import numpy as np
import pytest
import soundfile

from keras_sep.commands._stems import stem_files
from keras_sep.data import find_recordings, find_tracks, write_audio
from keras_sep.data.layouts.audio_files import AUDIO_SUFFIXES, audio_files, audio_files_below

pytestmark = pytest.mark.fault
RATE_HZ = 8000
NOISE = (0.1 * np.random.default_rng(0).standard_normal((4, 1009, 2))).astype(np.float32)


def put(path, array=NOISE[0]):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, array, RATE_HZ)


def test_stems_of_every_suffix_are_in_the_accompaniment(tmp_path):
    for name, array in zip(
        ("vocals.wav", "drums.WAV", "bass.aiff", "other.caf"), NOISE, strict=True
    ):
        put(tmp_path / "train" / "song" / name, array)
    (track,) = find_tracks(tmp_path, "train", ("vocals", "accompaniment"))
    np.testing.assert_allclose(
        track.read("accompaniment"), NOISE[1] + NOISE[2] + NOISE[3], atol=1e-4
    )
    # evaluation finds the same ones
    assert stem_files(tmp_path / "train" / "song") == track.stems


@pytest.mark.parametrize(
    "suffix", [".wav", ".flac", ".ogg", ".opus", ".mp3", ".aif", ".w64", ".m4a"]
)
def test_suffixes_in_use(tmp_path, suffix):
    assert suffix in AUDIO_SUFFIXES
    (tmp_path / f"vocals{suffix.upper()}").touch()
    assert [path.stem for path in audio_files(tmp_path)] == ["vocals"]


def test_a_stem_twice_is_named_whatever_the_suffixes(tmp_path):
    put(tmp_path / "song" / "vocals.wav")
    put(tmp_path / "song" / "vocals.aiff")
    with pytest.raises(ValueError, match="song: `vocals` is given twice, also as vocals"):
        find_tracks(tmp_path)
    with pytest.raises(ValueError, match="'vocals' is there twice"):
        stem_files(tmp_path / "song")


def test_folders_and_hidden_files_are_no_audio(tmp_path):
    put(tmp_path / "song" / "vocals.wav")
    (tmp_path / "song" / "drums.wav").mkdir()
    put(tmp_path / "song" / ".hidden" / "bass.wav")
    (tmp_path / "song" / "._vocals.wav").write_bytes(b"what another system leaves behind")
    put(tmp_path / ".trash" / "vocals.wav")
    (track,) = find_tracks(tmp_path)
    assert [*track.stems] == ["vocals"]
    assert audio_files_below(tmp_path) == [tmp_path / "song" / "vocals.wav"]


def test_links_are_followed_and_circles_end(tmp_path):
    put(tmp_path / "elsewhere" / "one.wav")
    put(tmp_path / "set" / "bob" / "one.wav", NOISE[1])
    (tmp_path / "set" / "ann").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "bob" / "up").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "a second way to bob").symlink_to(tmp_path / "set" / "bob")
    (tmp_path / "set" / "itself").symlink_to(tmp_path / "set" / "itself")
    voices = find_recordings(tmp_path / "set")
    assert {voice: [file.path for file in files] for voice, files in voices.items()} == {
        "ann": [tmp_path / "set" / "ann" / "one.wav"],
        "bob": [tmp_path / "set" / "bob" / "one.wav"],
    }
    (tmp_path / "set" / "bob" / "lost.wav").symlink_to(tmp_path / "nowhere.wav")
    with pytest.raises(ValueError, match=r"lost\.wav: no such file"):
        find_recordings(tmp_path / "set")


def test_many_links_to_each_other_end_soon(tmp_path):
    folders = [tmp_path / str(number) for number in range(12)]
    for folder in folders:
        put(folder / "x.wav")
    for folder in folders:
        for other in folders:
            (folder / f"to {other.name}").symlink_to(other)
    assert audio_files_below(tmp_path) == sorted(folder / "x.wav" for folder in folders)


def test_stem_files_are_no_stems(tmp_path):
    put(tmp_path / "song" / "vocals.wav")
    (tmp_path / "song" / "A - B.stem.mp4").touch()
    assert audio_files_below(tmp_path) == [tmp_path / "song" / "vocals.wav"]


def test_audio_by_another_name_is_not_left_out_in_silence(tmp_path, capsys):
    write_audio(tmp_path / "song" / "vocals.wav", NOISE[0], RATE_HZ)
    (tmp_path / "song" / "drums.wav.part").write_bytes(
        (tmp_path / "song" / "vocals.wav").read_bytes()
    )
    (tmp_path / "song" / "notes.txt").write_text("RIFF of the guitar")
    find_tracks(tmp_path)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "drums.wav.part: looks like audio" in said[0]


def test_a_folder_that_cannot_be_listed_is_a_bad_track(tmp_path, monkeypatch, capsys):
    for name in ("good", "locked"):
        put(tmp_path / name / "vocals.wav")

    def refuse(folder):
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied", str(folder))
        return audio_files(folder)

    module = importlib.import_module("keras_sep.data.layouts.find_tracks")
    monkeypatch.setattr(module, "audio_files", refuse)
    with pytest.raises(ValueError, match=r"^\S+locked: Permission denied$"):
        find_tracks(tmp_path)
    (track,) = find_tracks(tmp_path, skip_bad=True)
    assert track.name == "good"
    assert "1 of 2 tracks left out" in capsys.readouterr().err
