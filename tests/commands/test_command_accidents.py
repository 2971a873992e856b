"""Signals, closed streams, odd names and mistakes: nothing is lost, and one line says what was."""

import io
import os
import shutil
import signal as signals
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from small_song import RATE, SAMPLES, signal

import keras_sep_cli
from keras_sep import __version__
from keras_sep._lock_file import lock
from keras_sep._output_folders import output_folders
from keras_sep.data import write_audio
from keras_sep.inference import CompiledSeparator
from keras_sep_cli.quiet_start import quiet_start
from keras_sep_cli.signals import interrupted_by_signals
from keras_sep_cli.streams import open_streams

pytestmark = pytest.mark.fault


@pytest.mark.parametrize("number", [signals.SIGTERM, signals.SIGHUP])
def test_a_signal_ends_a_command_as_ctrl_c_does(model, song, run, monkeypatch, number):
    def killed(self, samples):
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)  # the second does not disturb the tidying up
        raise AssertionError("the signal comes first")

    monkeypatch.setattr(CompiledSeparator, "__call__", killed)
    out = song.parent / "new" / "out"
    status, _, said = run("separate", song, "--model", model, "--out", out)
    assert (status, said) == (128 + number, ["keras-sep separate: interrupted"])
    assert list(song.parent.iterdir()) == [song]
    assert signals.getsignal(number) == signals.SIG_DFL


def test_what_nohup_ignores_stays_ignored():
    before = signals.signal(signals.SIGHUP, signals.SIG_IGN)
    try:
        with interrupted_by_signals():
            os.kill(os.getpid(), signals.SIGHUP)
    finally:
        signals.signal(signals.SIGHUP, before)


def test_streams_that_are_closed(model, song, monkeypatch):
    kept = os.dup(2)
    try:
        os.close(2)
        monkeypatch.setattr(sys, "stderr", None)
        open_streams()
        assert os.path.samestat(os.fstat(2), os.stat(os.devnull))  # no stem takes its number
        command = ["separate", str(song), f"--model={model}", f"--out={song.parent / 'out'}"]
        assert keras_sep_cli.main(command) == 0
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def test_what_is_written_while_tensorflow_starts(monkeypatch, capfd):
    monkeypatch.delitem(sys.modules, "tensorflow")  # as before it is imported
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)

    def start(fails):
        with quiet_start():
            os.write(2, b"E0000 failed call to cuInit\n")
            if fails:
                raise ImportError("libfoo.so: no such file")
        print("our own", file=sys.stderr)

    start(fails=False)
    assert capfd.readouterr().err == "our own\n"
    with pytest.raises(ImportError, match="libfoo"):
        start(fails=True)
    assert capfd.readouterr().err == "E0000 failed call to cuInit\n"
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    start(fails=False)
    assert capfd.readouterr().err == "E0000 failed call to cuInit\nour own\n"


def test_a_name_that_a_terminal_would_obey(model, tmp_path, run):
    odd = tmp_path / "\x1b[2J\x9b1m\nsong.wav"
    write_audio(odd, signal(), RATE)
    missing = tmp_path / "\x1b]0;title\x07.wav"
    status, _, said = run("separate", odd, missing, "--model", model, "--out", tmp_path / "out")
    assert status == 1
    assert all(line.isprintable() for line in said)
    assert any("\\x1b[2J\\x9b1m\\x0asong.wav: stems in " in line for line in said)
    assert any("\\x1b]0;title\\x07.wav: no such file" in line for line in said)


LINKS = {
    "itself": lambda stem, other: stem,
    "another spelling": lambda stem, other: stem.parent / ".." / stem.parent.name / stem.name,
    "a link": lambda stem, other: other.symlink_to(stem) or other,
    "a hard link": lambda stem, other: os.link(stem, other) or other,
}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("later", [True, False])
def test_no_stem_replaces_a_file_of_the_batch(model, song, run, link, later):
    stem = song.parent / "song" / "vocals.wav"
    write_audio(stem, signal(5), RATE)
    before = stem.read_bytes()
    other = LINKS[link](stem, song.parent / "other.wav")
    files = (song, other) if later else (other, song)
    command = ("--model", model, "--out", song.parent, "--overwrite")
    status, _, said = run("separate", *files, *command)
    assert status == 1
    assert len(said) == 1
    assert f"would be replaced by a stem of {song} ({stem}); choose another --out" in said[0]
    assert stem.read_bytes() == before
    assert sorted(path.name for path in stem.parent.iterdir()) == ["vocals.wav"]


def given(files):
    """Songs that are named by themselves, not by a folder."""
    return {file: Path(file.name) for file in files}


@pytest.mark.parametrize(
    "name", ["...wav", "..wav", ".wav", ". .wav", ".. .wav", "...", "a.", "a ", "....flac", "CON"]
)
def test_no_name_leads_out_of_the_output_folder(name, tmp_path):
    (folder,) = output_folders(given([tmp_path / name]), tmp_path / "out").values()
    assert Path(os.path.normpath(folder)).parent == tmp_path / "out"
    assert folder.name.strip(". ")


def test_every_file_has_a_folder_of_its_own(tmp_path):
    names = [
        *("one/song.wav", "one/song.mp3", "one/other.wav", "one/song.wav.flac", "song.wav"),
        *("one/mixture.wav", "two/mixture.wav", "a/two/mixture.wav", "two/mixture.flac"),
        *("x/one.wav", "x/.wav", "x/..wav", "x/...wav", "y/...wav"),
    ]
    files = [tmp_path / name for name in names]
    out = tmp_path / "out"
    folders = output_folders(given(files), out)
    assert len({os.path.normpath(folder) for folder in folders.values()}) == len(files)
    assert all(out in Path(os.path.normpath(folder)).parents for folder in folders.values())
    assert folders[files[1]] == out / "song.mp3"
    assert folders[files[2]] == out / "other"
    # spellings of one file are one file; no order of the files matters
    again = [tmp_path / "one" / ".." / name for name in names]
    assert len(output_folders(given([*files, *again]), out)) == len(files)
    assert output_folders(given(reversed(files)), out) == folders
    assert len(set(output_folders(given([Path("/a.wav"), Path("/x/A.wav")]), out).values())) == 2


def test_formats_of_one_song_beside_one_that_cannot_be_read(model, song, run):
    folder, out = song.parent, song.parent / "out"
    (folder / "song.aac").write_bytes(b"no audio at all")
    write_audio(folder / "song.flac", signal(), RATE, "flac")
    files = [folder / f"song.{suffix}" for suffix in ("aac", "wav", "flac")]
    status, _, said = run("separate", *files, "--model", model, "--out", out)
    assert status == 1
    assert "3 songs: 2 done, 1 failed" in said
    assert said[-2].startswith(f"  {files[0]}: not a readable audio file")
    assert sorted(path.name for path in out.iterdir()) == ["song.flac", "song.wav"]
    assert soundfile.info(out / "song.wav" / "drums.wav").frames == SAMPLES


@pytest.mark.parametrize("error", [TypeError("samplerate must be specified"), KeyError("a")])
def test_an_error_that_nobody_thought_of_ends_no_batch(model, song, run, monkeypatch, error):
    separate, files = CompiledSeparator.__call__, [song, song.with_name("two.wav")]
    write_audio(files[1], signal(), RATE)
    errors = iter([error])

    def first_fails(self, samples):
        for error in errors:
            raise error
        return separate(self, samples)

    monkeypatch.setattr(CompiledSeparator, "__call__", first_fails)
    status, _, said = run("separate", *files, "--model", model, "--out", song.parent / "out")
    assert status == 1
    assert said[0].startswith(f"{song}: {type(error).__name__}: ")
    assert said[0].endswith("(unexpected; KERAS_SEP_TRACEBACK=1 shows where)")
    assert said[1].startswith(f"{files[1]}: stems in ")
    assert said[2:4] == ["2 songs: 1 done, 1 failed", f"  {said[0]}"]


def test_a_traceback_for_those_who_ask(model, song, run, monkeypatch):
    def fail(*_, **__):
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr("keras_sep.commands.separate.chosen_model", fail)
    command = ("separate", song, "--model", model, "--out", song.parent / "out")
    status, _, said = run(*command)
    assert (status, len(said)) == (1, 1)
    assert said[0].startswith("keras-sep separate: RecursionError: maximum recursion depth")
    monkeypatch.setenv("KERAS_SEP_TRACEBACK", "1")
    assert any("Traceback" in line for line in run(*command)[2])


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--wiener", -1), "`wiener_iterations` (--wiener) must be 0 or more. Received: -1"),
        (("--block-seconds", "inf"), "--block-seconds must be positive"),
        (("--block-seconds", "nan"), "--block-seconds must be positive"),
        (("--block-seconds", 0), "--block-seconds must be positive"),
        (("--context-seconds", -1), "--context-seconds not negative"),
        (("--context-seconds", "inf"), "--context-seconds not negative"),
        (("--shifts", 0), "--shifts must be a positive integer"),
    ],
)
def test_numbers_that_make_no_sense(model, song, run, options, what):
    status, _, said = run("separate", song, "--model", model, "--out", song.parent / "o", *options)
    assert (status, len(said)) == (1, 1)
    assert what in said[0]


def test_bit_rates_are_named_as_options(model, song, run):
    _, _, said = run("separate", song, "--model", model, "--bit-rate", 192)
    assert said[0].startswith("keras-sep separate: --bit-rate is for the formats mp3")


def test_an_unknown_option_shows_those_of_its_command(capsys):
    with pytest.raises(SystemExit):
        keras_sep_cli.main(["separate", "a.wav", "--model", "m", "--out", "o", "--chords", "C"])
    said = capsys.readouterr().err
    assert "usage: keras-sep separate" in said
    assert "--block-seconds" in said
    assert "unrecognized arguments: --chords C" in said


def test_stems_that_exist_name_the_option_that_replaces_them(model, song, run):
    command = ("separate", song, "--model", model, "--out", song.parent / "out")
    assert run(*command)[0] == 0
    assert "keep it with --skip-existing" in run(*command)[2][0]


def test_a_crash_while_tensorflow_starts_is_not_silent():
    code = (
        "import os\n"
        "from keras_sep_cli.quiet_start import quiet_start\n"
        "with quiet_start():\n"
        "    os.write(2, b'compiled to use AVX instructions\\n')\n"
        "    {}\n"
    )
    for ending, said in (("os.abort()", "compiled to use AVX instructions\n"), ("pass", "")):
        command = [sys.executable, "-c", code.format(ending)]
        ended = subprocess.run(
            command, cwd=Path(keras_sep_cli.__file__).parents[1], capture_output=True, text=True
        )
        assert ended.stderr == said


def test_a_killed_separation_leaves_nothing_to_later_ones(model, song, run):
    out = song.parent / "out"
    abandoned = [out / ".unfinished-1", out / "other" / ".unfinished-2"]
    living = out / "third" / ".unfinished-3"
    for folder in (*abandoned, living):
        folder.mkdir(parents=True)
        (folder / "spool").write_bytes(bytes(100))
    with lock(living / ".lock"):
        assert run("separate", song, "--model", model, "--out", out)[0] == 0
        assert living.exists()
    assert not any(folder.exists() for folder in abandoned)


@pytest.mark.parametrize("option", ["--block-seconds", "--context-seconds"])
def test_what_is_wrong_with_an_option_is_said_once(model, song, run, option):
    files = [song, song.parent / "missing.wav"]
    command = ["separate", *files, "--model", model, "--out", song.parent / "out", option, "nan"]
    status, _, said = run(*command)
    assert (status, len(said)) == (1, 1)
    assert said[0].startswith("keras-sep separate: --block-seconds must be positive")


def test_missing_files_are_named_before_anything_is_loaded(song, run, monkeypatch):
    monkeypatch.setattr("importlib.import_module", None)
    missing = song.parent / "missing.wav"
    for command in (
        ["separate", missing, "--model", song, "--out", "o"],
        ["train", missing, "--data", song.parent, "--out", "o"],
        ["convert", song, missing, "--out", "o.keras"],
    ):
        status, _, said = run(*command)
        assert (status, len(said)) == (1, 1)
        assert said[0].endswith(f"{missing}: no such file")


def test_a_missing_model_is_named_before_anything_is_loaded(song, run, monkeypatch):
    monkeypatch.setattr("importlib.import_module", None)
    status, _, said = run("separate", song, "--model", "gone.keras", "--out", "o")
    assert (status, len(said)) == (1, 1)
    start = "keras-sep separate: gone.keras: no such model file (keras-sep models lists published"
    assert said[0].startswith(start)


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        keras_sep_cli.main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"keras_sep {__version__}\n")


@pytest.mark.parametrize("name", ["t/vocals.wav", "band.keras"])
def test_scores_replace_nothing_but_scores(tmp_path, model, run, name):
    write_audio(tmp_path / "vocals.wav", signal(), RATE)
    (tmp_path / "t").mkdir()
    write_audio(tmp_path / "t" / "vocals.wav", signal(), RATE)
    shutil.copy(model, tmp_path)
    kept = (tmp_path / name).read_bytes()
    folders = ("--references", tmp_path / "t", "--estimates", tmp_path / "t", "--no-bss-eval")
    status, _, said = run("evaluate", *folders, "--json", tmp_path / name)
    assert (status, len(said)) == (1, 1)
    assert "contains no scores" in said[0]
    assert (tmp_path / name).read_bytes() == kept
    for _ in range(2):  # scores may be written anew
        assert run("evaluate", *folders, "--json", tmp_path / "s.json")[0] == 0


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_scores_that_cannot_be_written_are_refused_before_they_are_computed(kind, tmp_path, run):
    out = tmp_path / "scores.json"
    out.mkdir() if kind == "folder" else os.mkfifo(out)
    write_audio(tmp_path / "t" / "a.wav", signal(), RATE)
    folders = ("--references", tmp_path / "t", "--estimates", tmp_path / "t")
    status, shown, said = run("evaluate", *folders, "--json", out)
    assert (status, shown, len(said)) == (1, [], 1)
    assert f"{out}: cannot be written (a {kind}" in said[0]
    assert not out.is_file()


def test_scores_are_shown_where_their_file_cannot_be_written(tmp_path, run, monkeypatch):
    def full(path, write):
        raise ValueError(f"{path}: not written (No space left on device)")

    monkeypatch.setattr("keras_sep.commands.evaluate.replace_whole", full)
    write_audio(tmp_path / "t" / "a.wav", signal(), RATE)
    folders = ("--references", tmp_path / "t", "--estimates", tmp_path / "t", "--no-bss-eval")
    status, shown, said = run("evaluate", *folders, "--json", tmp_path / "s.json")
    assert status == 1
    assert "No space left" in said[-1]
    assert "SI-SDR" in "".join(shown)


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["recipes", "--help"], ["recipes"]])
@pytest.mark.parametrize("problem", [OSError(28, "No space left on device"), BrokenPipeError(32)])
def test_what_cannot_be_printed_ends_in_a_line_or_in_silence(words, problem, monkeypatch, capsys):
    class Full(io.StringIO):
        def flush(self):
            if self.getvalue():
                raise problem

    monkeypatch.setattr(sys, "stdout", Full())
    status = keras_sep_cli.main(words)
    said = capsys.readouterr().err
    if isinstance(problem, BrokenPipeError):
        assert (status, said) == (128 + signals.SIGPIPE, "")
    else:
        assert status == 1
        assert said.endswith(": what it prints cannot be written (No space left on device)\n")
        assert said.count("\n") == 1


def test_the_first_argument_may_be_longer_than_a_name(capsys):
    with pytest.raises(SystemExit):
        keras_sep_cli.main(["x" * 300])
    assert "is not a command, file or folder" in capsys.readouterr().err
