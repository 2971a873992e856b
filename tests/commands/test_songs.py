"""Folders, patterns and standard input of `separate`, and what is done already."""

import io
import shutil
import sys

import pytest
from small_song import RATE, SAMPLES, signal

import keras_sep_cli
from keras_sep.commands.separate import separate_file
from keras_sep.data import audio_info, open_audio, write_audio
from keras_sep.data.audio import accepting_damage


@pytest.fixture
def music(tmp_path):
    """A folder of songs with subfolders, stems beside a mixture, and what is not a song."""
    folder = tmp_path / "music"
    for name in ("one.wav", "cd/one.wav", "cd/track/mixture.wav", "cd/track/vocals.wav"):
        write_audio(folder / name, signal(), RATE)
    for name in ("cover.jpg", "._one.wav", "cd/list.m3u"):
        (folder / name).write_bytes(b"no audio")
    return folder


@pytest.fixture
def separated(monkeypatch):
    """What is separated, in no time: the song is its own stems."""

    def copied(separator, path, out_dir, *_, say, **__):
        audio_info(path)
        out_dir.mkdir(parents=True)
        for name in separator.separator.source_names:
            shutil.copy(path, out_dir / f"{name}.wav")

    monkeypatch.setattr("keras_sep.commands.separate.separate_file", copied)

    def folders(out):
        return sorted(path.parent.relative_to(out).as_posix() for path in out.rglob("drums.wav"))

    return folders


def test_a_folder_is_separated_with_its_subfolders(model, music, run, separated, monkeypatch):
    monkeypatch.chdir(music.parent)
    status, _, said = run("music", "--model", model)
    assert status == 0
    assert separated(music.parent / "stems") == ["cd/one", "cd/track", "one"]
    assert said[0] == "music: 1 stems beside a mixture left out"
    assert said[-1] == "3 songs: 3 done"


def test_stems_are_not_separated_again(model, music, run, separated, monkeypatch):
    monkeypatch.chdir(music)
    assert run(".", "--model", model)[0] == 0
    again, last = ("separate", ".", "--model", model, "--skip-existing"), "3 songs: 3 skipped"
    status, _, said = run(*again)
    assert (status, said[-1]) == (0, last)
    (music / "stems" / "one" / "drums.wav").unlink()
    shutil.rmtree(music / "stems" / "one")
    assert run(*again)[2][-1] == "3 songs: 1 done, 2 skipped"
    status, _, said = run(".", "--model", model, "--out", ".")
    assert status == 1
    assert "choose another --out" in said[0]


def test_a_pattern_that_no_shell_has_expanded(model, music, run, separated, tmp_path):
    out = tmp_path / "out"
    assert run(music / "*.wav", "--model", model, "--out", out)[0] == 0
    assert separated(out) == ["one"]
    assert run(music / "**" / "*.mp3", "--model", model, "--out", out)[::2] == (
        1,
        [f"{music}/**/*.mp3: no such file"],
    )


@pytest.mark.fault
@pytest.mark.parametrize("pattern", ["**/*.wav", "*"])
def test_a_pattern_leaves_the_stems_of_before_alone(
    model, music, run, separated, monkeypatch, pattern
):
    monkeypatch.chdir(music)
    shutil.rmtree("cd")
    (music / "cover.jpg").unlink()
    again = ("separate", pattern, "--model", model, "--skip-existing")
    assert run(*again)[0] == 0
    assert run(*again) == (0, [], ["1 song: 1 skipped"])


def test_a_folder_without_audio_does_not_end_the_batch(model, music, run, separated, tmp_path):
    (tmp_path / "empty").mkdir()
    status, _, said = run(tmp_path / "empty", music, "--model", model, "--out", tmp_path / "out")
    assert status == 1
    assert said[0] == f"{tmp_path / 'empty'}: contains no audio files (WAV, FLAC, MP3, M4A, ...)"
    assert "4 songs: 3 done, 1 failed" in said


def test_standard_input(model, song, run, monkeypatch):
    out, content = song.parent / "out", song.read_bytes()
    standard_input = type("stdin", (), {"buffer": io.BytesIO(content), "isatty": lambda: False})
    monkeypatch.setattr(sys, "stdin", standard_input)
    command = ("separate", "-", "--model", model, "--out", out)
    assert run(*command) == (0, [], [f"-: stems in {out / 'stdin'}"])
    assert audio_info(out / "stdin" / "drums.wav").samples == SAMPLES
    # of nothing, and of what is not audio
    assert run(*command, "--overwrite") == (1, [], ["-: an empty file (0 bytes)"])
    standard_input.buffer = io.BytesIO(b"no audio" * 99)
    assert run(*command, "--overwrite")[2][0].startswith("-: not a readable audio file")
    standard_input.isatty = lambda: True
    assert "standard input is the keyboard" in run(*command)[2][0]


def test_a_terminal_sees_a_bar_over_all_songs(model, music, separated, tmp_path, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    words = ("separate", music, "--model", model, "--out", tmp_path / "out", "--skip-existing")
    assert keras_sep_cli.main([*map(str, words)]) == 0
    seen = terminal.getvalue()
    assert "0 of 3 songs: |" in seen
    assert "2 of 3 songs: |" in seen
    assert seen.endswith("3 songs: 3 done\n")
    assert keras_sep_cli.main([*map(str, words)]) == 0
    assert terminal.getvalue().endswith("3 songs: 3 skipped\n")


@pytest.mark.fault
def test_an_interrupted_batch_says_how_far_it_came(model, music, run, monkeypatch, tmp_path):
    calls = iter([None])

    def second_is_interrupted(*args, **kwargs):
        for _ in calls:
            return separate_file(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_sep.commands.separate.separate_file", second_is_interrupted)
    status, _, said = run(music, "--model", model, "--out", tmp_path / "out")
    assert status == 130
    assert said[-3] == "1 of 3 songs done"
    assert "--skip-existing goes on" in said[-2]


def test_scores_of_one_song_find_its_stems_as_those_of_many(model, music, run, tmp_path):
    track, out = music / "cd" / "track", tmp_path / "out"
    assert run(track / "mixture.wav", "--model", model, "--out", out)[0] == 0
    for references in (track, track.parent):
        options = ("--references", references, "--estimates", out, "--no-bss-eval")
        status, table, _ = run("evaluate", *options)
        assert status == 0
        assert any(line.split()[:2] == ["track", "vocals"] for line in table)


@pytest.mark.fault
@pytest.mark.filterwarnings("ignore:.*(cut short|damaged)")
@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_what_is_there_of_a_cut_song(model, tmp_path, run, separated, suffix):
    cut = tmp_path / f"cut.{suffix}"
    write_audio(cut, signal(samples=40_009), 8000, "wav16" if suffix == "wav" else suffix)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    command = ("separate", cut, "--model", model, "--out", tmp_path / "out")
    status, _, said = run(*command)
    assert status == 1
    assert said[0].startswith(f"{cut}: cut short")
    assert said[0].endswith("(--accept-damaged separates what can be decoded)")
    assert run(*command, "--accept-damaged")[0] == 0
    with accepting_damage(), open_audio(cut) as file:
        assert 0.4 < len(file.read(file.samples)) / 40_009 < 0.6
