"""Data are stored once: the same samples as in the files, levels as NumPy has them, whole files."""

import hashlib
import json

import numpy as np
import pytest
import soundfile
import tensorflow as tf

from keras_sep.data import (
    SpectrogramCache,
    excerpts,
    find_tracks,
    prepare,
    prepared_tracks,
    spectrogram_dataset,
    verify_prepared,
    write_audio,
)

STEMS = ("drums", "bass", "vocals")
RATE_HZ = 8000
HALF_A_STEP = 0.5 / 2**15


def files_of(folder):
    """Every file with its content and the time it was written."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def epochs(dataset):
    return [np.concatenate([batch.numpy() for batch in dataset]) for _ in range(2)]


@pytest.fixture
def shards(tmp_path, tracks):
    prepare(tmp_path / "set", tmp_path / "shards", dtype="float32", shard_bytes=150_000)
    return tmp_path / "shards"


def test_excerpts_are_those_of_the_files_bit_for_bit(tmp_path, tracks, shards):
    stored = prepared_tracks(shards, "train", STEMS)
    settings = {"excerpt_seconds": 0.13, "batch_size": 3, "excerpts_per_track": 20, "seed": 3}
    both = [epochs(excerpts(found, STEMS, **settings)) for found in (tracks, stored)]
    np.testing.assert_array_equal(*both)
    # with context, reflected at the ends, and a source that is a sum of stems
    more = {**settings, "hop_length": 16, "context": 400}
    sources = ("vocals", "accompaniment")
    both = [epochs(excerpts(found, sources, **more)) for found in (tracks, stored)]
    np.testing.assert_array_equal(*both)
    both = [
        epochs(excerpts(found, STEMS, whole_tracks=True, **settings)) for found in (tracks, stored)
    ]
    np.testing.assert_array_equal(*both)


def test_spectrograms_and_their_cache_are_those_of_the_files(tmp_path, tracks, shards):
    settings = {"frame_length": 64, "hop_length": 16, "excerpt_seconds": 0.1, "batch_size": 3}
    made = [
        next(iter(spectrogram_dataset(found, STEMS, cache=cache, excerpts_per_track=2, **settings)))
        for found, cache in (
            (tracks, None),
            (prepared_tracks(shards), None),
            (prepared_tracks(shards), SpectrogramCache(tmp_path / "cache")),
        )
    ]
    for one, other, cached in zip(*made, strict=True):
        np.testing.assert_array_equal(one, other)
        # the cache transforms in other blocks, in float32
        np.testing.assert_allclose(one, cached, atol=1e-5)


def test_sixteen_bits_are_within_half_a_step_and_exact_for_such_files(tmp_path, tracks):
    prepare(tmp_path / "set", tmp_path / "shards")
    stored = prepared_tracks(tmp_path / "shards")
    for one, other in zip(tracks, stored, strict=True):
        for name in STEMS:
            # and rounding of float32 numbers below 1
            np.testing.assert_allclose(
                other.read(name), one.read(name), rtol=0, atol=HALF_A_STEP + 2**-25
            )
            data, _ = soundfile.read(one.stems[name], dtype="float32")
            write_audio(tmp_path / "sixteen" / one.name / f"{name}.wav", data, RATE_HZ, "wav16")
    prepare(tmp_path / "sixteen", tmp_path / "more")
    for one, other in zip(
        find_tracks(tmp_path / "sixteen"), prepared_tracks(tmp_path / "more"), strict=True
    ):
        np.testing.assert_array_equal(one.read_sources(STEMS), other.read_sources(STEMS))


def test_other_rates_and_channels_are_converted_as_when_they_are_read(tmp_path, write_track):
    write_track(tmp_path / "set" / "a", 10007)
    write_track(tmp_path / "set" / "b", 20011, sample_rate_hz=16000, channels=1, seed=1)
    write_track(tmp_path / "set" / "c", 90011, suffix=".flac", seed=2)
    report = prepare(tmp_path / "set", tmp_path / "shards", dtype="float32")
    assert [(one["kind"], one["track"], one["text"]) for one in report.problems] == [
        ("sample rate", "b", "3 files resampled from 16000 to 8000 Hz"),
        ("channels", "b", "3 files converted from 1 to 2 channels"),
    ]
    wanted = find_tracks(tmp_path / "set", sample_rate_hz=RATE_HZ, channels=2)
    stored = prepared_tracks(tmp_path / "shards", sample_rate_hz=RATE_HZ, channels=2)
    for one, other in zip(wanted, stored, strict=True):
        # blocks are resampled one by one; float32 sums in another order
        np.testing.assert_allclose(other.read("bass"), one.read("bass"), atol=1e-6)
    with pytest.raises(
        ValueError, match=r"prepared with channels=2, but 1 is wanted.*--channels 1"
    ):
        prepared_tracks(tmp_path / "shards", channels=1)


def test_shards_are_of_bounded_size_and_hold_what_the_index_says(tmp_path, tracks, shards):
    index = json.loads((shards / "index.json").read_text())
    assert {path.name for path in shards.iterdir()} == {
        "index.json",
        "report.json",
        *(file["name"] for group in index["groups"] for file in group["files"]),
    }
    at = 0
    for group in index["groups"]:
        content = b""
        for file in group["files"]:
            stored = (shards / file["name"]).read_bytes()
            assert len(stored) == file["bytes"] <= 150_000
            assert hashlib.sha256(stored).hexdigest() == file["sha256"]
            content += stored
        assert [file["bytes"] for file in group["files"][:-1]] == [150_000] * (
            len(group["files"]) - 1
        )
        wanted = b""
        for entry in group["tracks"]:
            assert entry["name"] == tracks[at].name
            for name, source in entry["sources"].items():
                data, _ = soundfile.read(tracks[at].stems[name], dtype="float32")
                wanted += data.tobytes()
                seconds = [
                    data[s : s + RATE_HZ].astype("float64") for s in range(0, len(data), RATE_HZ)
                ]
                # stated to a tenth of a decibel
                np.testing.assert_allclose(
                    source["segments_db"],
                    [10 * np.log10((one**2).mean()) for one in seconds],
                    atol=0.0501,
                )
                level = 10 * np.log10((data.astype("float64") ** 2).mean())
                assert source["rms_db"] == pytest.approx(level, abs=0.0501)
                assert source["peak"] == pytest.approx(np.abs(data).max(), abs=1e-6)
            at += 1
        assert content == wanted
    assert at == len(tracks)
    assert verify_prepared(shards) == []


def test_the_result_does_not_depend_on_workers_and_nothing_is_written_twice(
    tmp_path, tracks, shards
):
    before = files_of(shards)
    prepare(tmp_path / "set", tmp_path / "other", dtype="float32", shard_bytes=150_000, workers=3)
    other = files_of(tmp_path / "other")
    assert {name: data for name, (data, _) in before.items()} == {
        name: data for name, (data, _) in other.items()
    }
    prepare(tmp_path / "set", shards, dtype="float32", shard_bytes=150_000, workers=1)
    again = files_of(shards)
    assert again.keys() == before.keys()
    assert all(again[name] == before[name] for name in before if name.endswith(".audio"))


def test_what_changed_is_stored_anew_and_what_went_is_removed(
    tmp_path, tracks, shards, write_track
):
    before = files_of(shards)
    write_track(tmp_path / "set" / "train" / "track 1", 8101, seed=9)
    (tmp_path / "set" / "train" / "track 2").rename(tmp_path / "gone")
    prepare(tmp_path / "set", shards, dtype="float32", shard_bytes=150_000)
    after = files_of(shards)
    now = find_tracks(tmp_path / "set", "train")
    for one, other in zip(now, prepared_tracks(shards), strict=True):
        np.testing.assert_array_equal(one.read_sources(STEMS), other.read_sources(STEMS))
    kept = {name for name in before if name.endswith(".audio")} & after.keys()
    assert kept
    assert all(before[name] == after[name] for name in kept)
    assert verify_prepared(shards) == []


def test_other_prepared_data_are_not_replaced_unasked(tmp_path, tracks, shards):
    with pytest.raises(ValueError, match=r"holds other prepared data.*--overwrite"):
        prepare(tmp_path / "set", shards)
    assert prepared_tracks(shards)[0].dtype == "float32"
    prepare(tmp_path / "set", shards, overwrite=True)
    assert prepared_tracks(shards)[0].dtype == "int16"


def test_damage_is_found(tmp_path, tracks, shards):
    first, second, *_ = sorted(shards.glob("*.audio"))
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(data)
    second.write_bytes(second.read_bytes()[:-1])
    changed, short = verify_prepared(shards)
    assert changed == f"{first}: its content has changed (SHA-256)"
    assert short.startswith(f"{second}: has ")
    second.unlink()
    mine = shards / "notes.audio"
    mine.write_bytes(b"not ours")
    with pytest.raises(tf.errors.OpError, match=rf"{second.name}: cannot be read"):
        epochs(excerpts(prepared_tracks(shards), STEMS, whole_tracks=True, excerpt_seconds=1.0))
    first.unlink()  # as the command says
    prepare(tmp_path / "set", shards, dtype="float32", shard_bytes=150_000)
    assert verify_prepared(shards) == []
    assert mine.exists()


def test_a_damaged_index_is_replaced_when_asked(tmp_path, tracks, shards):
    (shards / "index.json").write_text("{")
    with pytest.raises(ValueError, match=r"index.json: not an index.*again, with --overwrite"):
        prepare(tmp_path / "set", shards, dtype="float32")
    prepare(tmp_path / "set", shards, dtype="float32", overwrite=True)
    assert verify_prepared(shards) == []


def test_an_index_that_was_changed_is_refused(shards):
    path = shards / "index.json"
    text = path.read_text()
    for change, complaint in (
        ({"channels": 1}, "its checksum does not match"),
        ({"version": 99}, "its version is 99"),
        ({"format": "zip"}, "not an index of prepared data"),
    ):
        path.write_text(json.dumps({**json.loads(text), **change}))
        with pytest.raises(ValueError, match=complaint):
            prepared_tracks(shards)


def test_an_index_from_outside_leads_nowhere_else(shards):
    path = shards / "index.json"
    text = path.read_text()
    for part, change, complaint in (
        ("files", {"name": "../secret.audio"}, "not a shard"),
        ("tracks", {"samples": 10**9}, "beyond the end"),
        ("tracks", {"address": -4}, "without samples"),
        ("tracks", {"sources": {"../x": {}}}, "slash"),
    ):
        index = json.loads(text)
        del index["checksum"]
        index["groups"][0][part][0].update(change)
        digest = hashlib.sha256(json.dumps(index, sort_keys=True).encode()).hexdigest()
        path.write_text(json.dumps({**index, "checksum": digest}))
        with pytest.raises(ValueError, match=complaint):
            prepared_tracks(shards)


def test_wrong_arguments_are_named(tmp_path, tracks):
    place = tmp_path / "set", tmp_path / "shards"
    with pytest.raises(ValueError, match=r"`dtype` must be one of int16, float32.*'int8'"):
        prepare(*place, dtype="int8")
    with pytest.raises(ValueError, match=r"`layout` must be one of tracks.*'wav'"):
        prepare(*place, layout="wav")
    with pytest.raises(ValueError, match=r"has no stem `guitar`.*none of 3 tracks is left"):
        prepare(*place, sources=["guitar"])
    with pytest.raises(ValueError, match=r"`shard_bytes` must be a positive integer"):
        prepare(*place, shard_bytes=0)
    with pytest.raises(ValueError, match=r"no such folder of audio"):
        prepare(tmp_path / "nowhere", tmp_path / "shards")
    assert not (tmp_path / "shards").exists()
    with pytest.raises(ValueError, match=r"index.json: No such file"):
        prepared_tracks(tmp_path)
