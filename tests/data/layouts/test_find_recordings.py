"""Recordings by voice: what a pattern finds, at what rate, and all that is wrong said at once."""

import time

import numpy as np
import pytest

from keras_sep.data import Recording, find_recordings, write_audio
from keras_sep.data.layouts._match_names import match_names

RATE_HZ = 8000


def write(root, names, samples=101, sample_rate_hz=RATE_HZ, channels=1):
    for name in names:
        write_audio(root / name, np.full((samples, channels), 0.5), sample_rate_hz, "float")


def named(voices, root):
    return {
        voice: [file.path.relative_to(root).as_posix() for file in files]
        for voice, files in voices.items()
    }


def test_the_first_group_of_the_pattern_names_the_voice(tmp_path):
    write(tmp_path, ["bob/1_7.wav", "ann/b/1_2.wav", "ann/1_13.wav", "cid/1_2.wav", "1_2.wav"])
    (tmp_path / "ann" / "notes.txt").write_text("la la")
    (tmp_path / "ann" / "._1_13.wav").write_bytes(b"what another system leaves behind")

    def found(*pattern):
        return named(find_recordings(tmp_path, *pattern), tmp_path)

    # by default the first folder, at any depth
    assert found() == {
        "ann": ["ann/1_13.wav", "ann/b/1_2.wav"],
        "bob": ["bob/1_7.wav"],
        "cid": ["cid/1_2.wav"],
    }
    assert [*found()] == ["ann", "bob", "cid"]
    # the whole path must match
    assert found(r"(ann|bob)/1_\d\d?\.wav") == {"ann": ["ann/1_13.wav"], "bob": ["bob/1_7.wav"]}
    # another group than a folder, in its order
    assert found(r"[^/]+/1_(\d+)\.wav") == {
        "13": ["ann/1_13.wav"],
        "2": ["cid/1_2.wav"],
        "7": ["bob/1_7.wav"],
    }
    # without a group every file is its own voice
    assert found(r"(?:bob|cid)/.*") == {
        "bob/1_7.wav": ["bob/1_7.wav"],
        "cid/1_2.wav": ["cid/1_2.wav"],
    }


def test_a_pattern_that_matches_nothing_says_so(tmp_path):
    write(tmp_path, ["ann/1.wav", "bob/1.wav"])
    with pytest.raises(
        ValueError,
        match=r"matches none of its 2 audio files, such as ann/1\.wav\. Received: pattern='ann'",
    ):
        find_recordings(tmp_path, "ann")  # the folder alone is not the whole path
    with pytest.raises(ValueError, match=r"must be a regular expression .*Received: '\(ann'"):
        find_recordings(tmp_path, "(ann")
    with pytest.raises(ValueError, match=r"must take part in every match.*not in bob/1\.wav"):
        find_recordings(tmp_path, r"(ann)?.*/1\.wav")
    with pytest.raises(ValueError, match="nowhere: no such folder of audio"):
        find_recordings(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty: no audio files below this folder"):
        find_recordings(tmp_path / "empty")


@pytest.mark.fault
def test_patterns_that_never_end_are_stopped(tmp_path, monkeypatch):
    write(tmp_path, ["ann/1.wav", f"bob/{'a' * 40}.wav"])
    monkeypatch.setattr(match_names, "__defaults__", (1.0,))
    began = time.monotonic()
    with pytest.raises(
        ValueError, match=r"`pattern` must match fast.*bob/aaaa.*'\(\?:\(\[a-z"
    ) as said:
        find_recordings(tmp_path, r"(?:([a-z/0-9.]+)+)+X")
    assert time.monotonic() - began < 5
    assert len(str(said.value)) < 300
    for pattern in ("(" * 5000, "a{99999999999}", "[", "(?P<a>.)" * 300):
        with pytest.raises(ValueError, match=r"must be a regular expression|matches none") as said:
            find_recordings(tmp_path, pattern)
        assert len(str(said.value)) < 500


def test_every_bad_file_is_named_at_once(tmp_path):
    write(tmp_path, ["ann/1.wav", "ann/2.wav", "bob/1.wav"])
    (tmp_path / "ann" / "2.wav").write_bytes(b"RIFF")
    (tmp_path / "bob" / "1.wav").write_bytes(b"")
    write(tmp_path, ["cid/1.wav"], channels=3)
    write(tmp_path, ["cid/2.wav"], samples=2, sample_rate_hz=48000)
    with pytest.raises(ValueError) as caught:
        find_recordings(tmp_path, sample_rate_hz=RATE_HZ, channels=2)
    broken, empty, wide, short = str(caught.value).split("\n")
    assert broken.startswith(f"{tmp_path / 'ann' / '2.wav'}: not a readable audio file")
    assert empty == f"{tmp_path / 'bob' / '1.wav'}: an empty file (0 bytes)"
    assert wide == f"{tmp_path / 'cid' / '1.wav'}: has 3 channels, wanted 2"
    assert short == f"{tmp_path / 'cid' / '2.wav'}: is too short to hold a sample at 8000 Hz"
    # what the pattern leaves out may be bad
    assert [*find_recordings(tmp_path, r"(ann)/1\.wav")] == ["ann"]


def test_rates_and_channels_are_changed_aloud(tmp_path, capsys):
    seconds = np.arange(24000) / 24000
    sine = 0.5 * np.sin(2 * np.pi * 440 * seconds)
    write_audio(tmp_path / "ann" / "1.wav", np.stack([sine, 0.5 * sine], 1), 24000, "float")
    write(tmp_path, ["bob/1.wav"])
    (ann,), (bob,) = find_recordings(tmp_path, sample_rate_hz=RATE_HZ, channels=1).values()
    assert capsys.readouterr().err.splitlines() == [
        f"{tmp_path}: 1 file resampled from 24000 to 8000 Hz",
        f"{tmp_path}: 1 file converted from 2 to 1 channel",
    ]
    assert ann == Recording(tmp_path / "ann" / "1.wav", RATE_HZ, 8000, 1)
    assert (bob.samples, bob.channels) == (101, 1)
    # the mean of both channels, at the new rate; the filter needs room at the ends
    expected = 0.375 * np.sin(2 * np.pi * 440 * np.arange(8000) / RATE_HZ)
    np.testing.assert_allclose(ann.read()[500:-500, 0], expected[500:-500], atol=1e-5)
    np.testing.assert_allclose(ann.read(1009, 503)[:, 0], expected[1009:1512], atol=1e-5)

    own = find_recordings(tmp_path)
    assert [(f.sample_rate_hz, f.channels) for (f,) in own.values()] == [(24000, 2), (8000, 1)]
    assert capsys.readouterr().err == ""


def test_a_recording_is_read_anew_when_its_file_has_changed(tmp_path):
    write(tmp_path, ["ann/1.wav"])
    (recording,) = find_recordings(tmp_path)["ann"]
    first = recording.read()
    assert recording.read() is first  # kept in memory
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0
    write_audio(recording.path, np.full((101, 1), 0.25), RATE_HZ, "wav16")
    np.testing.assert_array_equal(recording.read(), np.full((101, 1), 0.25))
    recording.path.unlink()
    with pytest.raises(ValueError, match=r"1\.wav: no such file"):
        recording.read()


def test_real_digits(shared_audio):
    voices = find_recordings(shared_audio, r"speech_digits/(george|lucas)/\d_[1-4]\d\.wav")
    assert {voice: len(files) for voice, files in voices.items()} == {"george": 400, "lucas": 400}
    assert {(file.sample_rate_hz, file.channels) for file in voices["lucas"]} == {(8000, 1)}
