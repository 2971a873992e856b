"""A song to stems in lossy formats and stem files, with its tags."""

import keras
import numpy as np
import pytest
from small import HOP, RATE, SOURCES, noise, small_separator

import keras_sep
from keras_sep.data import (
    AudioTags,
    audio_info,
    find_tracks,
    read_audio,
    read_tags,
    resample,
    write_audio,
)
from keras_sep.inference import CompiledSeparator, separate_file, stem_files

FOUR = ("vocals", "drums", "bass", "other")


@pytest.fixture(scope="module")
def four():
    keras.utils.set_random_seed(29)
    network = keras_sep.zoo.open_unmix(FOUR, bins=33, channels=2, hidden=6, layers=1)
    front_end = keras_sep.layers.STFT(64, HOP)
    return CompiledSeparator(keras_sep.Separator(network, 8000, FOUR, front_end))


@pytest.fixture
def tagged(tmp_path):
    path = tmp_path / "song.flac"
    tags = AudioTags({"title": "Song", "artist": "A", "comment": "live"})
    write_audio(path, noise(8007), 8000, "flac", tags=tags)
    return path


def separate(separator, path, audio_format, **options):
    said = []
    out = path.parent / "out"
    return separate_file(separator, path, out, audio_format, say=said.append, **options), said


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "m4a", "wav16"])
def test_stems_keep_the_tags_and_say_which_they_are(four, tagged, monkeypatch, audio_format):
    paths, said = separate(four, tagged, audio_format)
    assert list(paths) == list(FOUR)
    expected = {"title": "Song (drums)", "artist": "A", "comment": "live"}
    assert read_tags(paths["drums"])[0].texts == expected
    assert bool(said) == (audio_format == "opus")
    if audio_format == "opus":
        assert said == [f"{tagged}: opus does not support 8000 Hz: stems at 48000 Hz"]
    monkeypatch.setattr(four.separator, "license", "MIT")
    paths, _ = separate(four, tagged, audio_format, overwrite=True)
    comment = "separated with keras_sep; licence of the weights: MIT"
    assert read_tags(paths["drums"])[0].texts == expected | {"comment": comment}


def test_a_bit_rate_reaches_the_files(four, tagged):
    sizes = []
    for kbps in (32, 160):
        paths, _ = separate(four, tagged, "m4a", bit_rate_kbps=kbps, overwrite=True)
        sizes.append(paths["drums"].stat().st_size)
    assert sizes[0] < 0.6 * sizes[1]
    with pytest.raises(ValueError, match="`bit_rate_kbps` is for the formats mp3"):
        separate(four, tagged, "wav16", bit_rate_kbps=160, overwrite=True)


def test_a_stem_file_holds_the_mixture_and_four_stems(four, tagged):
    paths, said = separate(four, tagged, "stem.mp4")
    file = tagged.parent / "out" / "out.stem.mp4"
    assert paths == {name: file / name for name in ("mixture", "drums", "bass", "other", "vocals")}
    assert list(file.parent.iterdir()) == [file]
    assert said == []
    assert read_tags(file)[0].texts == {"title": "Song", "artist": "A", "comment": "live"}
    (track,) = find_tracks(file.parent)
    assert [*track.stems] == [*paths][1:]
    whole = four(read_audio(tagged)[0])
    expected = dict(zip(FOUR, np.moveaxis(whole, -1, 0), strict=True))
    expected["mixture"] = read_audio(tagged)[0]
    for name, path in paths.items():
        array = read_audio(path)[0]
        errors = {other: np.square(array - stem).mean() for other, stem in expected.items()}
        assert min(errors, key=errors.__getitem__) == name
        # the noise of the codec is 12 dB below at the least
        assert errors[name] < 0.06 * np.square(expected[name]).mean()


def test_which_stems_a_stem_file_holds(four, tagged):
    chosen = ("vocals", "no_vocals", "drums", "bass")
    paths, _ = separate(four, tagged, "stem.mp4", stems=chosen, name="my {stem}")
    assert list(paths) == ["mixture", *chosen]
    assert paths["drums"].parent.name == "my out.stem.mp4"
    with pytest.raises(ValueError, match=r"the mixture and 4 stems, not 2 \(vocals, no_vocals\)"):
        separate(four, tagged, "stem.mp4", stems=chosen[:2])


@pytest.mark.fault
def test_a_stem_file_that_is_there_stays(four, tagged):
    file = tagged.parent / "out" / "out.stem.mp4"
    file.parent.mkdir()
    file.write_bytes(b"old")
    with pytest.raises(ValueError, match=r"out\.stem\.mp4: already exists"):
        separate(four, tagged, "stem.mp4")
    assert file.read_bytes() == b"old"
    again, _ = separate(four, tagged, "stem.mp4", overwrite=True)
    # a stem file is a song, too, and is not replaced by itself
    with pytest.raises(ValueError, match="would overwrite its own input file"):
        separate_file(four, file, file.parent, "stem.mp4", overwrite=True)
    assert audio_info(again["vocals"]).samples == 8007


@pytest.mark.fault
def test_what_lossy_stems_need_is_estimated(tagged, monkeypatch):
    """The free disk must contain floats until the gain is known, and then the bit rate."""
    small = CompiledSeparator(small_separator())
    seconds, stems = 8007 / 8000, len(SOURCES)
    needed = stems * (8007 * 2 * 4 + seconds * 320 * 125)

    class Disk:
        total, free = 1 << 40, int(0.99 * needed)

    monkeypatch.setattr(stem_files.shutil, "disk_usage", lambda folder: Disk)
    with pytest.raises(ValueError, match=rf"disk full: {needed / 1e6:.1f} MB needed"):
        separate(small, tagged, "mp3")
    monkeypatch.setattr(Disk, "free", int(1.01 * needed))
    assert list(separate(small, tagged, "mp3")[0]) == list(SOURCES)


@pytest.mark.fault
def test_a_song_with_tags_that_are_left_out(four, tmp_path):
    path = tmp_path / "song.mp3"
    tags = AudioTags({"title": "T" * 5000, "artist": "A"})
    write_audio(path, resample(noise(RATE), RATE, 8000), 8000, "mp3", tags=tags)
    paths, said = separate(four, path, "flac")
    assert said == [f"{path}: its title tag is left out, as it has 5,000 letters"]
    assert read_tags(paths["bass"])[0].texts == {"artist": "A"}
