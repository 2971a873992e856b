"""A preparation that is killed at any moment goes on, and ends as one that was not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from keras_sep.data import prepare, verify_prepared

pytestmark = pytest.mark.fault
MODULE = sys.modules["keras_sep.data.shards.prepare"]
SCRIPT = Path(__file__).with_name("killed_preparations.py")


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_killed_at_random_moments_it_goes_on(tmp_path, write_track):
    for number in range(7):
        split = "valid" if number > 4 else "train"
        write_track(tmp_path / "set" / split / f"track {number}", 9001 + 500 * number, seed=number)
    prepare(tmp_path / "set", tmp_path / "whole", dtype="float32", shard_bytes=200_000)
    moments = np.random.default_rng(5).integers(1, 50, 6).tolist()
    # then near the end, when there is little left to write, and at last undisturbed
    moments = [9, *moments, *range(6, 1, -1), 0]
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path / "set", tmp_path / "shards", *map(str, moments)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    statuses = [line.split() for line in done.stdout.splitlines()]
    killed = [status for status, *_ in statuses if status == str(int(signal.SIGKILL))]
    assert len(killed) >= 6
    assert statuses[-1][0] == "0"
    counts = [int(count) for _, count, _ in statuses]
    assert len(set(counts)) > 2  # it went on from more and more
    assert files_of(tmp_path / "shards") == files_of(tmp_path / "whole")
    assert verify_prepared(tmp_path / "shards") == []


def test_finished_shards_of_a_killed_run_are_not_written_again(tmp_path, write_track, monkeypatch):
    for number in range(3):
        write_track(tmp_path / "set" / f"track {number}", 9001, seed=number)
    whole = tmp_path / "whole"
    prepare(tmp_path / "set", whole, dtype="float32", shard_bytes=200_000)

    def interrupted(*_):
        raise KeyboardInterrupt

    out = tmp_path / "shards"
    with monkeypatch.context() as patched:
        patched.setattr(MODULE, "write_index", interrupted)
        with pytest.raises(KeyboardInterrupt):
            prepare(tmp_path / "set", out, dtype="float32", shard_bytes=200_000)
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("*.audio")}
    assert len(before) == 6
    assert not (out / "index.json").exists()
    prepare(tmp_path / "set", out, dtype="float32", shard_bytes=200_000)
    assert {path.name: path.stat().st_mtime_ns for path in out.glob("*.audio")} == before
    assert files_of(out) == files_of(whole)


def test_two_at_a_time_do_not_write_into_one_folder(tmp_path, write_track, monkeypatch):
    write_track(tmp_path / "set" / "track")

    def second(*_):
        prepare(tmp_path / "set", tmp_path / "shards")

    with monkeypatch.context() as patched:
        patched.setattr(MODULE, "write_index", second)
        with pytest.raises(ValueError, match=r"another preparation .* writes into this folder"):
            prepare(tmp_path / "set", tmp_path / "shards")


def test_a_full_disk_is_said_and_leaves_nothing_half(tmp_path, write_track, monkeypatch):
    write_track(tmp_path / "set" / "track")

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("keras_sep.data.shards._groups.ShardWriter.write", full)
        with pytest.raises(ValueError, match=r"shards: not written \(No space left on device\)"):
            prepare(tmp_path / "set", tmp_path / "shards")
    assert not list((tmp_path / "shards").rglob("*.audio"))
    assert not list((tmp_path / "shards").glob(".unfinished*"))
    prepare(tmp_path / "set", tmp_path / "shards")
    assert verify_prepared(tmp_path / "shards") == []
