"""What is wrong with a data set is found, named by track, and nothing else is."""

import json

import numpy as np
import pytest
import scipy.signal
import soundfile

from keras_sep.data import prepare, prepared_tracks, synthetic_band, write_audio

RATE_HZ = 8000


def noise(seconds, seed, level=0.1):
    """Noise whose loudness moves as that of music does, (samples, 2)."""
    rng = np.random.default_rng(seed)
    samples = round(seconds * RATE_HZ)
    beats = np.repeat(rng.uniform(0.1, 1.0, -(-samples // 1600)), 1600)[:samples, None]
    return (level * beats * rng.standard_normal((samples, 2))).astype(np.float32)


def write(folder, audio_format="float", **stems):
    suffix = {"float": "wav", "mp3": "mp3"}[audio_format]
    for name, array in stems.items():
        write_audio(folder / f"{name}.{suffix}", array, RATE_HZ, audio_format)


def found(report):
    return {(one["kind"], one["split"], one["track"]) for one in report.problems}


@pytest.fixture
def album(tmp_path):
    for number in range(3):
        write(
            tmp_path / "set" / "train" / f"song {number}",
            vocals=noise(13, number),
            drums=noise(13, number + 10),
        )
    write(tmp_path / "set" / "valid" / "held", vocals=noise(13, 20), drums=noise(13, 21))
    return tmp_path / "set"


def report_of(album, **settings):
    return prepare(album, album.parent / "shards", dtype="float32", overwrite=True, **settings)


def test_nothing_is_found_where_nothing_is_wrong(album):
    report = report_of(album)
    assert report.problems == []
    assert report.tracks == {"train": 3, "valid": 1}
    assert report.lines()[-1] == "nothing wrong was found"
    assert report.hours["train"] == pytest.approx(3 * 13 / 3600)


def test_songs_of_one_band_are_not_taken_for_copies(tmp_path):
    synthetic_band(tmp_path / "set", train=5, valid=1, test=1, seconds=12.0, sample_rate_hz=RATE_HZ)
    assert prepare(tmp_path / "set", tmp_path / "shards").problems == []


def test_clipping_silence_and_a_mixture_of_another_sum(album):
    song = album / "train" / "song 0"
    loud = noise(13, 0)
    loud[1000:1007, 1] = 1.0
    loud[2000:2002, 0] = -1.0  # two in a row may be a peak
    stems = {"vocals": loud, "drums": np.zeros_like(loud), "bass": 1e-4 * noise(13, 5)}
    total = sum(stems.values())
    error = np.float32(0.02) * noise(13, 77)
    write(song, mixture=total + error, **stems)
    report = report_of(album)
    assert found(report) == {
        ("clipping", "train", "song 0"),
        ("silent", "train", "song 0"),
        ("not the sum", "train", "song 0"),
    }
    texts = {one["text"] for one in report.problems}
    wanted = 10 * np.log10((error**2).sum(dtype=float) / ((total + error) ** 2).sum(dtype=float))
    (residual,) = (one for one in report.problems if one["kind"] == "not the sum")
    assert residual["residual_db"] == pytest.approx(wanted, abs=0.06)
    assert "vocals: 7 samples" in texts
    assert "drums: digital silence" in texts
    assert sum(one["kind"] == "silent" for one in report.problems) == 2
    assert (
        report.problems == json.loads((album.parent / "shards/report.json").read_text())["problems"]
    )
    # a mixture within rounding of 16 bits is the sum
    write(song, mixture=np.rint(total * 2**15) / 2**15, **stems)
    assert ("not the sum", "train", "song 0") not in found(report_of(album))


def test_unreadable_files_are_named_and_the_others_stored(album):
    (album / "train" / "song 1" / "drums.wav").write_bytes(b"no audio")
    with soundfile.SoundFile(album / "train" / "song 2" / "vocals.wav", "r+") as file:
        file.seek(100_000)
        file.write(np.full((1, 2), np.nan))  # which only decoding shows
    report = report_of(album)
    assert found(report) == {("left out", "train", "song 1"), ("left out", "train", "song 2")}
    assert [one["text"].split(": ")[-1][:20] for one in report.problems] == [
        "not a readable audio",
        "sample 100000 is NaN",
    ]
    shards = album.parent / "shards"
    assert [track.name for track in prepared_tracks(shards)] == ["song 0", "held"]
    np.testing.assert_array_equal(prepared_tracks(shards, "train")[0].read("drums"), noise(13, 10))


def test_the_same_audio_under_two_names_in_two_splits_and_twice_in_a_track(album):
    write(album / "train" / "copy", vocals=noise(13, 0), drums=noise(13, 10))
    write(album / "valid" / "leak", vocals=noise(13, 1), drums=noise(13, 30))
    write(album / "train" / "twice", vocals=noise(13, 40), drums=noise(13, 40))
    report = report_of(album)
    assert [(one["kind"], one["track"], one["text"]) for one in report.problems] == [
        ("leak", "leak", "as train/song 1: vocals: the same to the last bit"),
        ("duplicate", "song 0", "as train/copy: drums, vocals: the same to the last bit"),
        ("duplicate", "twice", "drums as vocals: the same to the last bit"),
    ]


def test_copies_that_were_coded_cut_resampled_and_made_quieter_are_found(album):
    stems = {"vocals": noise(13, 1), "drums": noise(13, 11)}
    write(album / "valid" / "coded", "mp3", **{k: 0.6 * v[4000:90000] for k, v in stems.items()})
    for name, array in stems.items():
        slower = scipy.signal.resample_poly(array[3001:], 2, 1)
        path = album / "valid" / "other rate" / f"{name}.wav"
        write_audio(path, 0.3 * slower, 2 * RATE_HZ, "float")
    report = report_of(album)
    leaks = {one["track"]: one for one in report.problems if one["kind"] == "leak"}
    assert {name: one["same_as"] for name, one in leaks.items()} == {
        "coded": "train/song 1",
        "other rate": "train/song 1",
    }


def test_lengths_that_differ_are_cut_and_said(album):
    write(album / "train" / "song 0", drums=noise(12, 10))
    report = report_of(album)
    assert [one["text"] for one in report.problems] == [
        "cut to the shortest, of so many samples: drums.wav 96000, vocals.wav 104000"
    ]
    assert prepared_tracks(album.parent / "shards")[0].samples == 96000


def test_what_16_bits_cannot_hold_is_said(album):
    loud = noise(13, 0)
    loud[500, 0], loud[700, 1] = 1.25, -1.5
    write(album / "train" / "song 0", vocals=loud)
    report = prepare(album, album.parent / "shards")
    (one,) = report.problems
    assert one["text"].startswith("vocals: 2 samples beyond full scale were clamped")
    stored = prepared_tracks(album.parent / "shards")[0].read("vocals")
    assert (stored[500, 0], stored[700, 1]) == (np.float32(1 - 2**-15), -1)


def test_the_summary_is_short(album):
    for number in range(9):
        silence = np.zeros((8000 + number, 1))
        write(album / "train" / f"empty {number}", vocals=silence, drums=silence + 1e-3 * number)
    lines = report_of(album).lines()
    assert sum("digital silence" in line for line in lines) == 5
    assert any(line.startswith("  and ") and line.endswith(" more") for line in lines)
