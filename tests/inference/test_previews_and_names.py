"""An excerpt from the middle of a file, and the names of the files of its stems."""

import numpy as np
import pytest
import soundfile
from small import RATE, fixed_shares, noise

from keras_sep.data import AudioFile, write_audio
from keras_sep.inference import separate_file


@pytest.fixture(scope="module")
def compiled():
    return fixed_shares()


def stems_of(paths):
    return np.stack([soundfile.read(path)[0] for path in paths.values()], axis=-1)


@pytest.mark.parametrize(
    ("samples", "seconds", "start", "length"),
    [(3001, 0.5, 1000, 1000), (3001, 1e-9, 1500, 1), (700, 0.5, 0, 700), (700, 1e308, 0, 700)],
)
def test_a_preview_is_the_middle(compiled, tmp_path, monkeypatch, samples, seconds, start, length):
    whole, part = tmp_path / "song.wav", tmp_path / "part.wav"
    signal = noise(samples)
    write_audio(whole, signal, RATE, "float")
    write_audio(part, signal[start : start + length], RATE, "float")
    wanted = stems_of(separate_file(compiled, part, tmp_path / "wanted", "float"))

    read, lengths = AudioFile.read, []
    monkeypatch.setattr(AudioFile, "read", lambda file, n: lengths.append(n) or read(file, n))
    paths = separate_file(compiled, whole, tmp_path / "out", "float", preview_seconds=seconds)
    np.testing.assert_array_equal(stems_of(paths), wanted)
    assert sum(lengths) == length  # nothing else of the file is read


def test_a_preview_of_mp3_and_at_another_rate(compiled, tmp_path):
    """What cannot be sought in is decoded up to the excerpt, which is the same."""
    path = tmp_path / "song.mp3"
    soundfile.write(path, noise(48000), 16000)
    decoded = soundfile.read(path, always_2d=True)[0]
    at = (len(decoded) - 16000) // 2
    write_audio(tmp_path / "part.wav", decoded[at : at + 16000], 16000, "float")
    options = {"audio_format": "float", "stems": ["mixture", "drums"], "say": lambda line: None}
    wanted = separate_file(compiled, tmp_path / "part.wav", tmp_path / "wanted", **options)
    paths = separate_file(compiled, path, tmp_path / "out", preview_seconds=1, **options)
    # libsndfile and FFmpeg round differently where they decode
    np.testing.assert_allclose(stems_of(paths), stems_of(wanted), atol=1e-5)


@pytest.mark.fault
@pytest.mark.parametrize("seconds", [0, -1.0, np.nan, np.inf, "30", True])
def test_previews_that_make_no_sense(compiled, song, seconds):
    with pytest.raises(ValueError, match="`preview_seconds` must be a positive number, or None"):
        separate_file(compiled, song, song.parent / "out", preview_seconds=seconds)
    assert list(song.parent.iterdir()) == [song]


def test_names_of_stems(compiled, song):
    out = song.parent / "out"
    paths = separate_file(compiled, song, out, stems=("drums", "no_drums"), name="a {b} - {stem}!")
    assert paths == {
        "drums": out / "a {b} - drums!.wav",
        "no_drums": out / "a {b} - no_drums!.wav",
    }
    assert sorted(out.iterdir()) == sorted(paths.values())


@pytest.mark.fault
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("stem", "`name` must contain {stem}, the name of the stem. Received: 'stem'"),
        ("", "`name` must contain {stem}"),
        (3, "`name` must contain {stem}"),
        ("../{stem}", "`name` must be file names.*'../vocals' holds a slash"),
        ("/tmp/{stem}", "`name` must be file names.* holds a slash"),
        (".{stem}", "`name` must be file names.* begins with a dot"),
        ("{stem}\n", "`name` must be file names.* control character"),
        ("n" * 250 + "{stem}", "`name` must be file names.* 256 bytes"),
    ],
)
def test_names_that_stems_cannot_have(compiled, song, name, message):
    with pytest.raises(ValueError, match=message):
        separate_file(compiled, song, song.parent / "out", name=name)
    assert list(song.parent.iterdir()) == [song]
