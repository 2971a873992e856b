"""Stem files: their streams by FFmpeg, their description, and what hostile ones say."""

import json

import av
import numpy as np
import pytest
from by_ffmpeg import ffmpeg_stream, lag, noise

from keras_sep.data import AudioError, AudioWriter, audio_info, find_tracks, read_audio
from keras_sep.data.audio._formats.stem_box import add_stem_box, read_stem_box

STEMS = ("drums", "bass", "other", "vocals")
RATE_HZ = 44100


def write(path, samples=10007, stems=STEMS, channels=2, rate_hz=RATE_HZ):
    """Write a stem file of noise, and return what is in it, (samples, channels, streams)."""
    sound = np.stack([noise(samples + n, channels)[:samples] for n in range(5)], axis=-1)
    with AudioWriter(path, rate_hz, channels, "stem.mp4", stems=stems) as writer:
        for block in np.array_split(sound, 3):
            writer.write(block)
    return sound


def without_description(path):
    """Rename the box of the names, so that no reader finds it."""
    content = path.read_bytes()
    at = content.rindex(b"stem", 0, content.rindex(b'"version"'))
    path.write_bytes(content[:at] + b"skip" + content[at + 4 :])


@pytest.mark.parametrize("described", [True, False])
def test_a_stem_file_is_a_track(tmp_path, described):
    path = tmp_path / "train" / "A - B.stem.mp4"
    sound = write(path)
    if not described:  # as in MUSDB18
        without_description(path)
    (track,) = find_tracks(tmp_path, "train", ("vocals", "accompaniment"))
    assert (track.name, [*track.stems]) == ("A - B", [*STEMS])
    assert (track.samples, track.channels, track.sample_rate_hz) == (len(sound), 2, RATE_HZ)
    for number, name in enumerate(("mixture", *STEMS)):
        array, _ = read_audio(path / name)
        np.testing.assert_array_equal(array, ffmpeg_stream(path, number)[: len(array)])
        assert lag(array, sound[..., number]) == 0
        if number:
            np.testing.assert_array_equal(track.read(name), array)
    np.testing.assert_array_equal(read_audio(path)[0], read_audio(path / "mixture")[0])
    np.testing.assert_allclose(
        track.read("accompaniment", 100, 1000),
        sum(read_audio(path / name, 100, 1000)[0] for name in STEMS[:3]),
        atol=1e-6,
    )


def test_a_stem_file_is_as_djs_software_expects(tmp_path):
    """Five streams, of which only the mixture plays by itself; names and colours in udta."""
    path = tmp_path / "a.stem.mp4"
    write(path, stems=("kick", "bass", "synths", "voice"))
    with av.open(str(path)) as file:
        assert file.metadata["major_brand"] == "M4A "
        default = [bool(stream.disposition & 1) for stream in file.streams]
    assert default == [True, False, False, False, False]
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"udta") < content.index(b'"version"')
    with path.open("rb") as file:
        said = json.loads(read_stem_box(file))
    assert said["version"] == 1
    assert said["mastering_dsp"].keys() == {"compressor", "limiter"}
    assert [stem["name"] for stem in said["stems"]] == ["kick", "bass", "synths", "voice"]
    assert len({stem["color"] for stem in said["stems"]}) == 4


@pytest.mark.parametrize(("rate_hz", "file_rate_hz"), [(8000, 8000), (100_000, 96_000)])
def test_mono_and_other_rates(tmp_path, rate_hz, file_rate_hz):
    write(tmp_path / "a.stem.mp4", 5000, channels=1, rate_hz=rate_hz)
    expected = (file_rate_hz, 5000 * file_rate_hz // rate_hz, 1)
    assert audio_info(tmp_path / "a.stem.mp4" / "vocals") == expected


@pytest.mark.parametrize("before", [b"", b"\0\0\0\x08free"])
def test_the_box_is_added_whatever_is_there(tmp_path, before):
    """A file without `udta`, and one whose other boxes come first."""
    moov = b"\0\0\0\x10moov" + b"\0\0\0\x08trak"
    with (tmp_path / "a").open("w+b") as file:
        file.write(before + moov)
        add_stem_box(file, b"{}")
        file.seek(0)
        assert file.read() == before + b"\0\0\0\x22moov\0\0\0\x08trak\0\0\0\x12udta\0\0\0\x0astem{}"
        assert read_stem_box(file) == b"{}"


@pytest.mark.fault
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"stems": 7}',
        b'{"stems": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}',
        b'{"stems": [{"name": "a"}, {"name": "a"}, {"name": "b"}, {"name": "c"}]}',
        b'{"stems": [{"name": "../a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]}',
        b'{"stems": [{"name": "mixture"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]}',
        b'{"stems": [{"name": 1}, {"name": 2}, {"name": 3}, {"name": 4}]}',
    ],
)
def test_names_that_cannot_be_used(tmp_path, said):
    path = tmp_path / "a.stem.mp4"
    write(path, 3000)
    without_description(path)
    with path.open("r+b") as file:
        add_stem_box(file, said)
    (track,) = find_tracks(tmp_path)
    assert [*track.stems] == [*STEMS]


@pytest.mark.fault
def test_files_that_are_no_stem_files_are_named(tmp_path):
    write(tmp_path / "a.stem.mp4", 3000)
    with pytest.raises(AudioError, match=r"a\.stem\.mp4: has no stem 'piano', but drums, bass, "):
        read_audio(tmp_path / "a.stem.mp4" / "piano")
    (tmp_path / "b.stem.mp4").write_bytes(b"no audio" * 100)
    (tmp_path / "c.stem.mp4").write_bytes((tmp_path / "a.stem.mp4").read_bytes()[:9000])
    with pytest.raises(ValueError, match=r"(?s)b\.stem\.mp4: not a .*c\.stem\.mp4: not a "):
        find_tracks(tmp_path)
    with pytest.raises(AudioError, match=r"d\.stem\.mp4/vocals: no such file"):
        read_audio(tmp_path / "d.stem.mp4" / "vocals")


@pytest.mark.fault
def test_a_writer_of_stem_files_needs_four_names(tmp_path):
    with pytest.raises(ValueError, match="`stems` must name the 4 stems of the format"):
        AudioWriter(tmp_path / "a", RATE_HZ, 2, "stem.mp4", stems=("vocals", "drums"))
    with pytest.raises(ValueError, match=r"none in others. Received: stems=.* for wav16"):
        AudioWriter(tmp_path / "a", RATE_HZ, 2, stems=STEMS)
    with (
        pytest.raises(ValueError, match=r"must have shape \(samples, 2, 5\). Received: \(7, 2\)"),
        AudioWriter(tmp_path / "a", RATE_HZ, 2, "stem.mp4", stems=STEMS) as writer,
    ):
        writer.write(np.zeros((7, 2)))
    assert not any(tmp_path.iterdir())
