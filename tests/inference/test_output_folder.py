"""The folder that stems are written into: nothing in it is lost, nothing is left behind."""

import os
import shutil

import pytest
from small import RATE, SOURCES, noise

from keras_sep._hidden_folder import hidden_folder
from keras_sep.data import AudioError, write_audio
from keras_sep.inference import separate_file


@pytest.mark.fault
def test_what_a_killed_run_left_goes_with_the_next(compiled, song):
    out = song.parent / "out"
    with hidden_folder(song.parent) as hidden:
        (hidden / "spool").write_bytes(bytes(1000))
        shutil.copytree(hidden, out / hidden.name)  # without anybody to hold its lock
    (out / ".lock").write_text("4194304\n")
    paths = separate_file(compiled, song, out)
    assert sorted(out.iterdir()) == sorted(paths.values())


@pytest.mark.fault
@pytest.mark.parametrize("links", [True, False])
def test_stems_that_cannot_all_be_replaced_all_stay(compiled, song, monkeypatch, links):
    out = song.parent / "out"
    separate_file(compiled, song, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    write_audio(song, noise(RATE), RATE, "float")
    replace = os.replace

    def refuses_the_second(source, target):
        if target == out / f"{SOURCES[1]}.wav" and source.parent.name != "replaced":
            raise PermissionError(1, "Operation not permitted")
        return replace(source, target)

    def no_links(*args, **kwargs):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "replace", refuses_the_second)
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(AudioError, match=r"out: cannot be written \(Operation not permitted"):
        separate_file(compiled, song, out, overwrite=True)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.fault
@pytest.mark.parametrize("target", ["nowhere", "out"])  # a link to nothing, and one to itself
def test_an_output_folder_that_is_a_broken_link_is_called_so(compiled, song, target):
    out = song.parent / "out"
    out.symlink_to(target)
    with pytest.raises(AudioError, match=r"out: .* needs a folder, but this is a link that leads"):
        separate_file(compiled, song, out / "song")
