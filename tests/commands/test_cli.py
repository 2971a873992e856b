"""The command line from the outside: every bad input, one line and an exit status."""

import io
import itertools
import os
import resource
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import soundfile
import tensorflow as tf
from small_song import RATE, SAMPLES, signal

import keras_sep_cli
from keras_sep.data import AUDIO_FORMATS, write_audio
from keras_sep.inference import CompiledSeparator, load_separator
from keras_sep.inference.stem_files import CLIP_MODES

GOLDEN_NETWORKS = Path(__file__).resolve().parents[1] / "convert" / "golden_networks"


def console_script(*arguments, code=""):
    command = f"import sys, keras_sep_cli\n{code}\nsys.exit(keras_sep_cli.main())"
    return subprocess.run(
        [sys.executable, "-c", command, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_imports_nothing_heavy():
    code = (
        "import atexit\natexit.register(lambda: print(sorted({'keras', 'tensorflow', 'numpy', "
        "'keras_sep', 'soundfile', 'yaml'} & set(sys.modules))))"
    )
    for arguments in (["--help"], ["separate", "--help"]):
        done = console_script(*arguments, code=code)
        assert done.returncode == 0
        assert "usage: keras-sep" in done.stdout
        assert done.stdout.splitlines()[-1] == "[]"
    done = console_script()
    assert done.returncode == 2
    assert "command" in done.stderr


def test_choices_are_those_of_the_library():
    assert tuple(AUDIO_FORMATS) == keras_sep_cli.AUDIO_FORMATS
    assert CLIP_MODES == keras_sep_cli.CLIP_MODES
    for command in keras_sep_cli.COMMANDS:
        assert callable(__import__(f"keras_sep.commands.{command}", fromlist=["run"]).run)


def test_separate_through_the_console_script(model, song):
    done = console_script("separate", song, "--model", model, "--out", song.parent / "out")
    assert done.returncode == 0, done.stderr
    for source in ("vocals", "drums"):
        info = soundfile.info(song.parent / "out" / "song" / f"{source}.wav")
        assert (info.samplerate, info.frames, info.channels) == (RATE, SAMPLES, 2)
        assert info.subtype == "PCM_16"


def bad_files(folder):
    """Files of every kind that cannot be separated, and what is said of each."""
    good = folder / "good.flac"
    write_audio(good, signal(), RATE, "flac")
    made = {
        "missing.wav": (None, "no such file"),
        "empty.wav": (b"", "empty file"),
        "text.wav": (b"this is not audio " * 99, "not a readable audio file"),
        "short.flac": (good.read_bytes()[: good.stat().st_size // 2], ""),
    }
    for name, (content, _) in made.items():
        if content is not None:
            (folder / name).write_bytes(content)
    write_audio(folder / "whole.wav", signal(), RATE)
    (folder / "cut.wav").write_bytes((folder / "whole.wav").read_bytes()[:2000])
    write_audio(folder / "zero.wav", signal(samples=0), RATE)
    for name, value in (("nan.wav", np.nan), ("infinite.wav", np.inf)):
        samples = signal()
        samples[701, 1] = value
        soundfile.write(folder / name, samples, RATE, subtype="FLOAT")
    return {name: text for name, (_, text) in made.items()} | {
        "cut.wav": "cut short",
        "zero.wav": "contains no samples",
        "nan.wav": "sample 701 is NaN or infinite",
        "infinite.wav": "sample 701 is NaN or infinite",
    }


def test_a_batch_goes_on_and_says_which_files_failed(model, song, run):
    folder, out = song.parent, song.parent / "out"
    bad = bad_files(folder)
    files = [folder / name for name in bad]
    # blocks so short that a file is well under way when its fault comes up
    blocks = ("--block-seconds", 0.1, "--context-seconds", 0.05)
    status, _, said = run("separate", *files, song, "--model", model, "--out", out, *blocks)
    assert status == 1
    for (name, text), line in zip(bad.items(), said, strict=False):
        assert line.startswith(f"{folder / name}: "), line
        assert text in line
    assert said[len(bad)] == f"{song}: stems in {out / 'song'}"
    assert said[len(bad) + 1] == f"{len(bad) + 1} songs: 1 done, {len(bad)} failed"
    assert said[len(bad) + 2 : -1] == [f"  {line}" for line in said[: len(bad)]]
    assert "--skip-existing goes on" in said[-1]
    # of the files that failed nothing is left, not even a folder
    assert [path.name for path in out.iterdir()] == ["song"]
    assert sorted(path.name for path in (out / "song").iterdir()) == ["drums.wav", "vocals.wav"]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (MemoryError(), "not enough memory"),
        (RuntimeError("no\n  way\n\nout "), "no way out"),
        (tf.errors.ResourceExhaustedError(None, None, "OOM:\n\tmuch"), "OOM: much"),
    ],
)
def test_a_batch_goes_on_when_memory_runs_out(model, tmp_path, run, monkeypatch, error, text):
    files = [tmp_path / f"{name}.wav" for name in ("one", "two", "three")]
    for file in files:
        write_audio(file, signal(), RATE)
    separate, calls = CompiledSeparator.__call__, itertools.count()

    def second_fails(self, samples):
        if next(calls) == 1:
            raise error
        return separate(self, samples)

    monkeypatch.setattr(CompiledSeparator, "__call__", second_fails)
    out = tmp_path / "out"
    status, _, said = run("separate", *files, "--model", model, "--out", out)
    assert status == 1
    assert f"{files[1]}: " in said[1]
    assert said[1].endswith(text)
    assert said[3:5] == ["3 songs: 2 done, 1 failed", f"  {said[1]}"]
    assert sorted(path.name for path in out.iterdir()) == ["one", "three"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_that_something_goes_on(model, song, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    out = song.parent / "out"
    command = ["separate", str(song), f"--model={model}", f"--out={out}"]
    assert keras_sep_cli.main(command) == 0
    seen = terminal.getvalue()
    assert "loading band.keras [00:" in seen
    assert "song.wav: |" in seen
    assert "song.wav, writing: |" in seen  # the second pass, since stems may be rescaled


def test_one_bad_file_is_one_line(model, tmp_path, run):
    missing = tmp_path / "gone.wav"
    result = run("separate", missing, "--model", model, "--out", tmp_path / "out")
    assert result == (1, [], [f"{missing}: no such file"])


def test_stems_that_exist_are_kept_unless_told(model, song, run):
    out = song.parent / "out"
    command = ("separate", song, "--model", model, "--out", out)
    kept = out / "song" / "drums.wav"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"mine")
    status, _, said = run(*command)
    assert status == 1
    assert len(said) == 1
    assert f"{kept}: already exists; replace it with --overwrite, keep it with" in said[0]
    assert kept.read_bytes() == b"mine"
    assert list(kept.parent.iterdir()) == [kept]
    assert run(*command, "--overwrite")[0] == 0
    assert soundfile.info(kept).frames == SAMPLES


def test_an_output_that_is_a_file(model, song, run):
    out = song.parent / "out"
    out.write_text("not a folder")
    status, _, said = run("separate", song, "--model", model, "--out", out)
    assert status == 1
    assert len(said) == 1
    assert f"{out}: the output needs a folder" in said[0]
    assert out.read_text() == "not a folder"


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="no /proc, which even root cannot write to")
def test_an_output_that_cannot_be_written(model, song, run):
    status, _, said = run("separate", song, "--model", model, "--out", "/proc/stems")
    assert status == 1
    assert len(said) == 1
    assert "/proc/stems/song: cannot be made" in said[0]


@pytest.fixture
def small_disk():
    """No file may grow past 3000 bytes: as on a full disk, the kernel refuses the write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("clip", ["rescale", "clamp"])
def test_a_disk_that_fills_up(model, song, run, small_disk, clip):
    out = song.parent / "out"
    small_disk()
    status, _, said = run("separate", song, "--model", model, "--out", out, "--clip", clip)
    assert status == 1
    assert len(said) == 1
    assert "be written" in said[0]
    assert str(out / "song") in said[0]
    assert not (out / "song").exists()


def test_a_full_disk_is_said_before_anything_is_computed(model, song, run, monkeypatch):
    usage = type("usage", (), {"free": 1000, "total": 10**9})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    status, _, said = run("separate", song, "--model", model, "--out", song.parent / "out")
    assert status == 1
    assert "disk full: 0.0 MB needed, 0.0 MB free" in said[0]
    assert not (song.parent / "out").exists()


@pytest.mark.parametrize("name", ["missing.keras", "song.wav"])
def test_a_model_that_is_none(song, run, name):
    path = song.parent / name
    status, _, said = run("separate", song, "--model", path, "--out", song.parent / "out")
    assert status == 1
    assert len(said) == 1
    assert said[0].startswith(f"keras-sep separate: {path}: ")


def test_files_of_one_name_go_to_folders_of_their_tracks(model, tmp_path, run):
    files = []
    for track in ("one", "two", "elsewhere/two"):
        files.append(tmp_path / track / "mixture.wav")
        write_audio(files[-1], signal(), RATE)
    out = tmp_path / "out"
    assert run("separate", *files, "--model", model, "--out", out)[0] == 0
    folders = {path.parent.relative_to(out).as_posix() for path in out.rglob("vocals.wav")}
    assert folders == {"one", f"{tmp_path.name}/two/mixture", "elsewhere/two/mixture"}


def test_ctrl_c_is_said_and_leaves_nothing(model, song, run, monkeypatch):
    def interrupt(self, samples):
        raise KeyboardInterrupt

    monkeypatch.setattr(CompiledSeparator, "__call__", interrupt)
    status, _, said = run("separate", song, "--model", model, "--out", song.parent / "out")
    assert (status, said) == (130, ["keras-sep separate: interrupted"])
    assert not (song.parent / "out" / "song").exists()


def test_export_writes_a_version_folder(model, tmp_path, run):
    folder = tmp_path / "band" / "1"
    assert run("export", "--model", model, "--out", folder)[:2] == (0, [str(folder)])
    assert (folder / "saved_model.pb").is_file()
    status, _, said = run("export", "--model", model, "--out", folder)
    assert status == 1
    assert str(folder) in said[0]


def test_models_lists_the_zoo(run):
    status, lines, _ = run("models")
    assert status == 0
    assert any(line.startswith("open_unmix") and "magnitude" in line for line in lines)


def test_convert_refuses_what_is_no_checkpoint(song, tmp_path, run):
    out = tmp_path / "converted.keras"
    status, _, said = run("convert", song, "--out", out)
    assert status == 1
    assert str(song) in said[0]
    assert not out.exists()
    assert run("convert", song, "--out", tmp_path / "converted.h5")[0] == 1


def test_convert_a_network_of_waveforms(tmp_path, run):
    golden, out = GOLDEN_NETWORKS / "conv_tasnet.npz", tmp_path / "digits.keras"
    with np.load(golden) as arrays:
        mixture, stems = arrays["mixture"], arrays["stems"]
    command = ("convert", golden.with_suffix(".pth"), "--out", out, "--model", "conv_tasnet")
    command += ("--sample-rate", 8000)
    options = ("--sources", "s1", "s2", "--any-order", "--with", "blocks=3", "mask_activation=relu")
    assert run(*command, *options)[:2] == (0, [str(out)])
    separator = load_separator(out)
    assert separator.source_names == ("s1", "s2")
    assert (separator.sample_rate_hz, separator.interchangeable_sources) == (8000, True)
    # the tolerance of `test_golden_networks.py`
    np.testing.assert_allclose(separator(mixture), stems, rtol=0, atol=1e-5 * np.abs(stems).max())
    named = ("--sources", "s1", "s2", "--with", "blocks=3", "normalization=LayerNormalization")
    assert run(*command, "--overwrite", *named)[0] == 0
    normalization = load_separator(out).networks.get_layer("normalization")
    assert type(normalization) is keras.layers.LayerNormalization
    unnamed = ("--with", "blocks=3")  # in no order that anybody knows
    assert run(*command, "--overwrite", *unnamed)[0] == 0
    separator = load_separator(out)
    assert separator.source_names == ("s1", "s2")
    assert separator.interchangeable_sources
    for options, complaint in (
        (("--sources", "s1", "s2", "--with", "blocks=4"), "`blocks` must divide the 6 blocks"),
        (("--sources", "s1", "s2", "--with", "blocks"), "--with takes KEY=VALUE. Received: 'bl"),
        (("--sources", "s1", "s2", "--with", "blocks=0"), "`blocks` must divide the 6 blocks"),
        (("--sources", "s1", "s2", "--with", "blocks=3", "block=4"), "--with: "),
        (
            ("--sources", "s1", "s2", "--with", "normalization=gLN"),
            "`--with normalization.name` must be one of CumulativeLayerNormalization, Gl",
        ),
    ):
        status, _, said = run(*command, "--overwrite", *options)
        assert status == 1
        assert complaint in said[-1]


def test_convert_reads_numbers_and_refuses_what_cannot_separate(tmp_path, run):
    out = tmp_path / "stems.keras"
    golden = GOLDEN_NETWORKS / "hdemucs.pth"
    command = ("convert", golden, "--out", out, "--model", "hdemucs", "--sample-rate", 4000)
    command += ("--sources", "vocals", "rest", "--with", "norm_groups=2")
    status, _, said = run(*command, "frequency_embedding=some")
    assert status == 1
    assert said[-1].endswith("must be a non-negative number. Received: frequency_embedding='some'")
    assert not out.exists()
    assert run(*command, "frequency_embedding=2e-1")[0] == 0
    assert load_separator(out).networks.get_layer("frequencies").weight == 0.2
    dual = GOLDEN_NETWORKS / "dprnn_tasnet.pth"
    command = ("convert", dual, "--out", out, "--overwrite", "--model", "dprnn_tasnet")
    command += ("--sources", "s1", "s2", "--sample-rate", 8000)
    for wrong in (("chunk_length=1",), ("chunk_length=12", "hop_length=0")):
        status, _, said = run(*command, "--with", *wrong)
        assert status == 1
        assert "`hop_length` must divide `chunk_length`. Received: hop_length=0" in said[-1]


def test_convert_joins_the_parts_of_a_sepformer(tmp_path, run):
    golden = GOLDEN_NETWORKS / "sepformer.pth"
    command = ("convert", "--out", tmp_path / "s.keras", "--sources", "s1", "s2")
    command += ("--sample-rate", 8000, "--model")
    parts = [tmp_path / f"{name}.ckpt" for name in ("encoder", "masknet", "decoder")]
    for path in parts:
        path.write_bytes(golden.read_bytes())
    for arguments, complaint in (
        # the names of the files came before those of the tensors
        (("sepformer", *parts), "('decoder.' stands before it)"),
        (("sepformer", *parts[:2]), "must be one, or three named encoder, masknet, decoder. Rece"),
        (("sepformer", *parts[:2], parts[0]), "Received: 2 files, encoder.ckpt, masknet.ckpt"),
        (("sudorm_rf", *parts), "sudorm_rf has all weights in one file. Received: 3 files"),
    ):
        name, *files = arguments
        status, _, said = run(*command, name, *files)
        assert status == 1
        assert complaint in said[-1]


def test_train_names_an_unknown_recipe_key(tmp_path, run):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("learning_rat: 0.1\n")
    options = ("--data", tmp_path, "--out", tmp_path / "out")
    status, _, said = run("train", recipe, *options)
    assert status == 1
    assert "learning_rat" in said[-1]
