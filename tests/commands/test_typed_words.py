"""What people type in the place of a command, and paths that a shell leaves alone."""

from pathlib import Path

import pytest

import keras_sep_cli
from keras_sep_cli.parser import parse


@pytest.mark.parametrize(
    "words",
    [
        ["song.mp3"],
        ["music"],
        ["a/b"],
        ["*.mp3"],
        ["-"],
        ["--model", "umxhq", "song.mp3"],
        ["-o", "x", "a"],
    ],
)
def test_what_is_no_command_is_separated(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "music").mkdir()
    args = parse(words)
    assert args.command == "separate"
    assert str(args.files[-1]) == words[-1]
    assert args.out == Path("x" if "-o" in words else "stems")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["seperate", "song.mp3"], "Did you mean separate?"),
        (["separate", "song.mp3", "--overwite"], "Did you mean --overwrite?"),
        (["quite other"], "'quite other' is not a command, file or folder\n"),
    ],
)
def test_words_spelled_wrong(words, hint, capsys):
    with pytest.raises(SystemExit):
        parse(words)
    assert hint in capsys.readouterr().err


def test_no_words_at_all_show_what_there_is(capsys):
    with pytest.raises(SystemExit) as ended:
        keras_sep_cli.main([])
    assert ended.value.code == 2
    assert "separate audio files into" in capsys.readouterr().err


def test_a_file_whose_name_begins_with_a_dash():
    assert parse(["-dash.mp3"]).files == [Path("-dash.mp3")]
    assert parse(["separate", "a.mp3", "-b.mp3", "--wiener", "-2"]).wiener == -2


def test_a_folder_of_stems_with_a_suffix(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    args = parse(["a.mp3", "-ostems.new"])
    assert (args.files, args.out) == ([Path("a.mp3")], Path("stems.new"))
    (tmp_path / "-one.mp3").touch()
    assert parse(["-one.mp3"]).files == [Path("-one.mp3")]


@pytest.mark.fault
@pytest.mark.parametrize(
    "words", [["separate", ""], ["separate", "a.mp3", "--out", ""], ["info", ""]]
)
def test_an_empty_name_is_not_the_folder_one_stands_in(words, capsys):
    with pytest.raises(SystemExit):
        parse(words)
    assert "an empty name; `.` is the folder you are in" in capsys.readouterr().err


def test_the_home_folder_behind_an_option(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("USERPROFILE", "/home/me")
    args = parse(["~/song.mp3", "--out=~/stems", "--model=~/band.keras"])
    assert [*args.files, args.out, args.model] == [
        Path("/home/me") / name for name in ("song.mp3", "stems", "band.keras")
    ]
    words = ["evaluate", "--references", "a", "--estimates", "b", "--page", "~/scores.html"]
    assert parse(words).page == Path("/home/me/scores.html")


@pytest.mark.parametrize(("given", "meant"), [("MP3", "mp3"), ("wav", "wav16")])
def test_formats_as_people_write_them(given, meant):
    assert parse(["separate", "a.mp3", "--format", given]).format == meant


@pytest.mark.fault
def test_an_address_in_the_place_of_a_file(capsys):
    assert keras_sep_cli.main(["https://example.com/watch?v=a"]) == 1
    said = capsys.readouterr().err
    assert said == "https://example.com/watch?v=a: an address, not a file; download it first\n"
