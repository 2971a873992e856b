"""Files and folders that several processes write at once."""

import os
import stat
import threading

import numpy as np
import pytest

from keras_sep._folder_lock import LOCK, only_writer
from keras_sep._whole_files import replace_whole
from keras_sep.data import write_audio


@pytest.mark.fault
def test_two_writers_of_one_file_each_write_a_whole_one(tmp_path):
    """One begins, another begins and ends, the first ends: both succeed, the last one wins."""
    final, begun, go_on = tmp_path / "best.keras", threading.Event(), threading.Event()

    def slowly(partial):
        with partial.open("wb") as file:
            file.write(b"A" * 1000)
            begun.set()
            go_on.wait(10)
            file.write(b"A" * 1000)

    first = threading.Thread(target=replace_whole, args=(final, slowly))
    first.start()
    begun.wait(10)
    replace_whole(final, lambda partial: partial.write_bytes(b"B" * 3000))
    assert final.read_bytes() == b"B" * 3000
    go_on.set()
    first.join()
    assert final.read_bytes() == b"A" * 2000
    assert [path.name for path in tmp_path.iterdir()] == ["best.keras"]


@pytest.mark.fault
def test_names_as_long_as_the_disk_takes(tmp_path):
    path = tmp_path / ("ä" * 124 + ".keras")  # 254 bytes
    replace_whole(path, lambda partial: partial.write_bytes(b"whole"))
    assert path.read_bytes() == b"whole"


@pytest.mark.fault
def test_one_writer_to_a_folder(tmp_path):
    with only_writer(tmp_path, "training"):
        said = rf"another training \(process {os.getpid()}\) writes into this folder: wait for it"
        with pytest.raises(ValueError, match=said), only_writer(tmp_path, "training"):
            pass
    (tmp_path / LOCK).write_text("12345678901\n")  # what a killed process leaves
    with only_writer(tmp_path, "training"):
        pass


@pytest.mark.fault
@pytest.mark.parametrize(
    "write",
    [
        lambda path: replace_whole(path, lambda partial: partial.write_bytes(b"whole")),
        lambda path: write_audio(path, np.zeros((7, 1)), 8000),
    ],
)
def test_a_pipe_or_a_device_is_not_replaced(write, tmp_path):
    """Nor a link to one, as /dev/stdout is."""
    pipe, link = tmp_path / "pipe.wav", tmp_path / "link.wav"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(ValueError, match=rf"{path.name}: cannot be written \(a pipe or a dev"):
            write(path)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert link.is_symlink()
