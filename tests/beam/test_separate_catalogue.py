"""A catalogue with faults: every good song is separated once, every bad one is named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("apache_beam", reason="the extra `beam` is not installed")

from catalogue import SOURCES, bad_songs, good_songs, run, separator

from keras_sep._output_folders import output_folders
from keras_sep.inference import CompiledSeparator, load_separator, separate_file

pytestmark = pytest.mark.fault

KILLED = """
import os, signal, sys
from pathlib import Path
from catalogue import run
from keras_sep.beam import _files

model, out, root, listed = sys.argv[1:]
moved, move = [], _files.move
def until_killed(file, path):
    if len(moved) == 61:  # one stem of the 31st song is there, the other is not
        os.kill(os.getpid(), signal.SIGKILL)
    moved.append(path)
    move(file, path)
_files.move = until_killed
run(Path(listed).read_bytes().split(b"\\n"), model, out, roots=root)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The songs, the model, and what the first run wrote."""
    root = tmp_path_factory.mktemp("catalogue")
    good, bad = good_songs(root / "songs"), bad_songs(root / "songs")
    separator().save(root / "model.keras")
    given = [*good, *bad, *good[:9], *bad]
    found = run(given, root / "model.keras", root / "out", roots=str(root / "songs"))
    return root, good, bad, given, found


def tree(folder):
    """Every file below a folder, hidden ones too, and its content without what a clock says."""
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix in (".json", ".jsonl"):
            entries = [json.loads(line) for line in content.splitlines()]
            content = [{**entry, "work_seconds": None} for entry in entries]
        files[path.relative_to(folder)] = content
    return files


def test_stems_are_those_of_separate_file(made):
    root, good, _, _, (manifest, _) = made
    assert set(manifest) == set(good)
    inside = {song: song.relative_to(root / "songs") for song in good}
    folders = output_folders(inside, root / "out")  # of all songs at once, as `keras-sep` has it
    compiled = CompiledSeparator(load_separator(root / "model.keras"))
    for song, row in manifest.items():
        assert root / "out" / row["folder"] == folders[song]
        stems = separate_file(compiled, song, root / "alone" / row["folder"], say=lambda _: None)
        assert tuple(row["outputs"]) == SOURCES
        for name, path in stems.items():
            assert (folders[song] / row["outputs"][name]).read_bytes() == path.read_bytes()


def test_rows_say_what_was_read_and_by_what(made):
    import hashlib

    import soundfile

    root, _, _, _, (manifest, _) = made
    model = hashlib.sha256((root / "model.keras").read_bytes()).hexdigest()
    for song, row in manifest.items():
        with soundfile.SoundFile(os.fsencode(song)) as file:
            assert row["seconds"] == file.frames / file.samplerate
            assert (row["sample_rate_hz"], row["channels"]) == (file.samplerate, file.channels)
        assert row["input_sha256"] == hashlib.sha256(song.read_bytes()).hexdigest()
        assert (row["model"], row["model_sha256"], row["license"]) == (
            "model.keras",
            model,
            "CC0-1.0",
        )
        assert row["work_seconds"] > 0
        assert any("resampled" in note for note in row["notes"]) == (row["sample_rate_hz"] == 3000)
        assert json.loads((root / "out" / row["folder"] / "separation.json").read_text()) == row


def test_bad_songs_are_named_with_a_reason(made):
    _, _, bad, _, (_, failures) = made
    assert set(failures) == set(bad)
    for song, part in bad.items():
        assert part in failures[song]["problem"], song
        assert "\n" not in failures[song]["problem"]


def test_nothing_else_is_left(made):
    root, good, _, _, _ = made
    names = {"separation.json", "manifest.jsonl", "failures.jsonl", "vocals.wav", "drums.wav"}
    files = [*tree(root / "out")]
    assert {file.name for file in files} == names
    assert len(files) == 3 * len(good) + 2
    assert all(any(folder.iterdir()) for folder in (root / "out").rglob("*") if folder.is_dir())


def test_a_second_run_does_nothing(made):
    root, _, _, given, found = made

    def stamps():
        files = [path for path in (root / "out").rglob("*") if path.suffix != ".jsonl"]
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}

    before, content = stamps(), tree(root / "out")
    assert run(given, root / "model.keras", root / "out", roots=str(root / "songs")) == found
    assert stamps() == before
    assert tree(root / "out") == content


def test_a_killed_run_is_continued(made):
    root, _, _, given, _ = made
    (root / "listed").write_bytes(b"\n".join(map(os.fsencode, given)))
    out = root / "killed"
    arguments = [root / "model.keras", out, root / "songs", root / "listed"]
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    child = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
    )
    assert child.returncode == -9, child.stderr.decode()
    stems = {
        path: path.stat().st_ino for path in out.rglob("[!.]*.wav") if path.parent.name[0] != "."
    }
    done = {path.parent for path in stems if len([*path.parent.glob("*.wav")]) == 2}
    assert len(done) == 30
    run(given, root / "model.keras", out, roots=str(root / "songs"))
    assert tree(out) == tree(root / "out")
    # what was done is not done again
    assert {path.stat().st_ino == ino for path, ino in stems.items() if path.parent in done} == {
        True
    }
