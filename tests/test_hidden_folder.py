"""What a killed process leaves goes with the next one; what a living one has stays."""

import os
import shutil

import pytest

from keras_sep._hidden_folder import hidden_folder, remove_abandoned
from keras_sep._new_folder import new_folder


@pytest.mark.fault
@pytest.mark.parametrize("locked", [True, False])  # killed at work; before, or tidying up
def test_a_killed_process_leaves_nothing_for_long(tmp_path, locked):
    with hidden_folder(tmp_path) as living:
        (tmp_path / living.name).joinpath("floats").write_bytes(bytes(10))
        killed = tmp_path / f"{living.name}-killed"  # the same without anybody to hold its lock
        shutil.copytree(living, killed)
        if not locked:
            (killed / ".lock").unlink()
        with hidden_folder(tmp_path) as hidden:
            assert sorted(tmp_path.iterdir()) == sorted([living, hidden])
        assert (living / "floats").is_file()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault
def test_where_nothing_can_be_locked_nothing_is_removed(tmp_path, monkeypatch):
    def unsupported(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", unsupported)
    with hidden_folder(tmp_path) as hidden, hidden_folder(tmp_path):
        assert hidden.is_dir()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault
def test_folders_that_were_new_go_when_they_stay_empty(tmp_path):
    def fail():
        with new_folder(tmp_path / "a" / "b" / "c"):
            raise OSError("disk full")

    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="disk full"):
        fail()
    assert [path.name for path in tmp_path.rglob("*")] == ["a"]
    with new_folder(tmp_path / "a" / "b" / "c"):
        (tmp_path / "a" / "b" / "kept").touch()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "kept"]


@pytest.mark.fault
def test_folders_of_others_and_links_stay(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / ".unfinished-link").symlink_to(tmp_path / "mine")
    (tmp_path / ".unfinished-other").mkdir()
    user = os.getuid()
    with monkeypatch.context() as patched:
        patched.setattr("os.getuid", lambda: user + 1)
        remove_abandoned(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    remove_abandoned(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".unfinished-link", "mine"]
