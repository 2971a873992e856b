"""What is not a file of sound, by its name or its kind, is called what it is."""

import os
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_seeds import written

from keras_sep import data
from keras_sep.commands.plain_warnings import plain_warnings
from keras_sep.data import AudioError, audio_info, find_recordings, find_tracks, read_audio
from keras_sep.data.audio._examine_audio import examine_audio
from keras_sep.data.audio.read_resampled import read_resampled
from keras_sep.data.pipelines.spectrogram_cache import CacheError, SpectrogramCache
from keras_sep.inference import load_separator

pytestmark = pytest.mark.fault


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "song.wav"
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal((8009, 2)), 8000)
    return path


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg"])
def test_names_that_are_not_utf8(tmp_path, suffix):
    good = tmp_path / f"good.{suffix}"
    soundfile.write(good, 0.1 * np.random.default_rng(0).standard_normal((8009, 2)), 8000)
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/d\xe9j\xe0")
    os.mkdir(folder)
    path = os.path.join(folder, os.fsdecode(b"caf\xe9.") + suffix)
    os.rename(good, path)
    assert len(read_audio(path)[0]) == audio_info(path).samples == 8009
    assert len(find_recordings(tmp_path)) == 1


def test_messages_about_such_names_can_be_printed_anywhere(tmp_path):
    path = os.path.join(tmp_path, os.fsdecode(b"\x1b[31mcaf\xe9.wav"))
    with pytest.raises(AudioError) as caught:
        audio_info(path)
    assert str(caught.value).encode("utf-8").endswith(rb"/\x1b[31mcaf\xe9.wav: no such file")


def test_line_separators_in_names_begin_no_line():
    assert str(AudioError("a\u2028b\x85c.wav", "x")) == r"a\u2028b\x85c.wav: x"


def test_searches_print_such_names_too(tmp_path, song):
    os.mkdir(folder := os.path.join(tmp_path, os.fsdecode(b"d\xe9j\xe0")))
    os.rename(song, os.path.join(folder, "song.wav"))
    for call in (
        lambda: find_recordings(tmp_path, "x"),
        lambda: find_recordings(os.path.join(folder, "none")),
        lambda: find_tracks(folder, None, ("vocals", "drums")),
    ):
        with pytest.raises(ValueError, match=r"d\\xe9j\\xe0") as caught:
            call()
        str(caught.value).encode("utf-8")


@pytest.mark.parametrize("name", ["a\n\x1b[2Jb", os.fsdecode(b"d\xe9j\xe0\r")])
def test_whatever_names_a_file_says_it_in_one_printable_line(tmp_path, song, capsys, name):
    tracks = tmp_path / name
    for track in ("1\n", "2\n", "3"):
        (tracks / track).mkdir(parents=True)
        for stem, samples in (("drums", 8009), ("vocals", 8009 - len(track))):
            content = written("WAV", "PCM_16", np.zeros((samples, 1)), 8000)
            (tracks / track / f"{stem}.wav").write_bytes(content)
    with pytest.raises(ValueError, match="unequal") as caught:
        find_tracks(tracks)
    said = [str(caught.value)]
    assert len(said[0].splitlines()) == 3
    (tracks / "2\n" / "drums.wav").write_bytes(b"no sound")
    found = find_tracks(tracks, skip_bad=True, trim=True, channels=2)
    with pytest.raises(CacheError) as caught:
        SpectrogramCache(song / name).spectra(found, ["drums"], 64, 16)
    said.append(str(caught.value))
    SpectrogramCache(tmp_path / f"{name}spectra").spectra(found, ["drums"], 64, 16)
    for call in (
        lambda: read_resampled(song.rename(tracks / f"{name}.wav"), 8000, 0, 9000),
        lambda: load_separator(tracks / "none.keras"),
        lambda: data.librimix_csv_tracks(tracks / "none.csv"),
    ):
        with pytest.raises(ValueError, match=r"\\x1b|\\xe9") as caught:
            call()
        said.append(str(caught.value))
    said += capsys.readouterr().err.split("\n")
    assert len(said) > 10
    text = "".join(said[1:])
    assert text.isprintable(), said


def test_warnings_are_one_plain_line_at_the_command_line():
    place = examine_audio.__code__.co_filename
    warning = UserWarning("a.mp4: holds 2 audio streams; reading number 1")
    with plain_warnings():
        said = warnings.formatwarning(warning, UserWarning, place, 7)
        assert said == f"{warning}\n"
        other = warnings.formatwarning(warning, UserWarning, "/usr/lib/other.py", 7, "x = 1")
    assert other == warnings.formatwarning(warning, UserWarning, "/usr/lib/other.py", 7, "x = 1")
    assert other.startswith("/usr/lib/other.py:7: UserWarning")


def test_standard_input_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AudioError, match="standard input is not read"):
        audio_info("-")


def test_a_suffix_says_nothing(tmp_path, song):
    named_raw = song.rename(tmp_path / "song.raw")
    assert audio_info(named_raw).samples == 8009
    named_raw.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(AudioError, match="not a readable audio file"):
        audio_info(named_raw)


def test_a_name_that_looks_like_an_address_is_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    soundfile.write("song.mp3", np.zeros((8009, 1)), 8000)
    os.rename("song.mp3", "http:song.mp3")
    assert audio_info("http:song.mp3").samples == 8009


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{song}\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile {song}\n"),
    ],
)
def test_playlists_are_not_followed(tmp_path, song, name, text):
    path = tmp_path / name
    path.write_text(text.format(song=song))
    with pytest.raises(AudioError, match="not a readable audio file"):
        audio_info(path)


def test_pipes_and_devices_are_called_so_and_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    with pytest.raises(AudioError, match="a named pipe, not a regular file; save what comes"):
        read_audio(pipe)
    with pytest.raises(AudioError, match="a device, not a regular file"):
        read_audio("/dev/null")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nul\0.wav", "cannot be the name of a file"),
        ("song.wav/x.wav", "no such file"),
        ("x" * 300, "cannot be read .File name too long"),
    ],
)
def test_impossible_names_are_named(tmp_path, song, name, problem):
    with pytest.raises(AudioError, match=problem):
        audio_info(tmp_path / name)


@pytest.fixture
def nobody():
    """Without the rights of root, who reads everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


@pytest.fixture
def refused():
    """A file that only root may read, in a folder where everyone may look."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder) / "song.wav"
        soundfile.write(path, np.zeros((99, 1)), 8000)
        path.chmod(0)
        yield path


def test_a_refused_permission_is_called_so(refused, nobody):
    with pytest.raises(AudioError, match=r"song\.wav: cannot be read .Permission denied"):
        audio_info(refused)


def test_a_broken_m4a_file_is_called_so_and_how_to_rescue_it(tmp_path):
    path = tmp_path / "song.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A \0\0\0\0M4A isom" + bytes(999))
    with pytest.raises(AudioError, match=r"M4A .*`ffmpeg -i"):
        audio_info(path)
