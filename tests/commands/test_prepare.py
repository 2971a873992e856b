"""`keras-sep prepare`: a summary, its files, what it verifies, and what it wants."""

import json

import numpy as np
import pytest
from small_song import RATE

from keras_sep.data import prepared_tracks, write_audio
from keras_sep.data.shards import LAYOUTS
from keras_sep.data.shards._storage import DTYPES
from keras_sep_cli import prepare_options


@pytest.fixture
def album(tmp_path):
    rng = np.random.default_rng(3)
    for split, song in (("train", "one"), ("train", "two"), ("valid", "three")):
        for stem in ("vocals", "drums"):
            noise = 0.1 * rng.standard_normal((4001, 2))
            write_audio(tmp_path / "album" / split / song / f"{stem}.wav", noise, RATE)
    return tmp_path / "album"


def test_it_prepares_says_what_is_wrong_and_verifies(run, album, tmp_path):
    (album / "train" / "two" / "vocals.wav").write_bytes(b"none")
    shards = tmp_path / "shards"
    options = ("--sample-rate", RATE // 2, "--channels", 1, "--dtype", "float32", "--workers", 2)
    status, out, _ = run("prepare", album, "--out", shards, *options)
    assert status == 0
    assert out[:3] == ["train: 1 track, 0.00 h", "valid: 1 track, 0.00 h", "1 x tracks left out:"]
    assert out[3].startswith("  train/two: ")
    assert out[4].startswith("2 x tracks at another sample rate:")
    assert out[-1] == f"{shards}: 0.00 GB, details in report.json"
    assert json.loads((shards / "report.json").read_text())["counts"]["left out"] == 1
    track, _ = prepared_tracks(shards)
    assert (track.sample_rate_hz, track.channels, track.dtype) == (RATE // 2, 1, "float32")

    assert run("prepare", "--verify", shards)[:2] == (
        0,
        [f"{shards}: all shards are intact"],
    )
    shard = min(shards.glob("*.audio"))
    shard.write_bytes(shard.read_bytes()[:-4] + b"abcd")
    status, out, err = run("prepare", "--verify", shards)
    assert (status, out) == (1, [])
    assert err[0] == f"{shard}: its content has changed (SHA-256)"
    assert err[1].startswith(f"{shards}: 1 file differ")


def test_what_it_wants_is_said(run, album, tmp_path):
    wanted = "wanted: keras-sep prepare DATA --out SHARDS, or keras-sep prepare --verify SHARDS"
    assert run("prepare", album) == (1, [], [wanted])
    status, _, err = run("prepare", album, "--out", tmp_path / "a", "--verify", tmp_path)
    assert (status, err) == (
        1,
        ["keras-sep prepare: --verify only reads shards: leave out DATA and --out"],
    )
    status, _, err = run("prepare", "--verify", tmp_path)
    assert status == 1
    assert err[0].startswith(f"keras-sep prepare: {tmp_path}/index.json: No such file")
    status, _, err = run("prepare", album, "--out", tmp_path / "a", "--sources", "guitar")
    assert status == 1
    assert "has no stem `guitar`" in err[-1]


def test_its_options_are_those_of_the_package():
    assert tuple(LAYOUTS) == prepare_options.LAYOUTS
    assert tuple(DTYPES) == prepare_options.DTYPES
