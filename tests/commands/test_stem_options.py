"""`keras-sep separate` with options on which stems are written, and where."""

import numpy as np
import pytest
import soundfile
from small_song import RATE, signal

import keras_sep.commands.export
import keras_sep.commands.separate
import keras_sep_cli
from keras_sep.data import write_audio
from keras_sep.inference import load_separator


def written(folder):
    return {path.stem: soundfile.read(path)[0] for path in sorted(folder.glob("*.wav"))}


@pytest.fixture(scope="module")
def loaded(model):
    return load_separator(model)


@pytest.fixture
def separate(model, loaded, song, run, monkeypatch):
    # it is compiled once for all tests
    monkeypatch.setattr(keras_sep.commands.separate, "chosen_model", lambda *args: loaded)

    def separate(*options, files=(song,)):
        out = song.parent / "out"
        status, printed, said = run("separate", *files, "--model", model, "--out", out, *options)
        assert printed == []
        return status, said, out

    return separate


def test_two_stems_sum_to_the_song(separate, song):
    status, said, out = separate("--two-stems", "drums")
    assert status == 0
    assert f"{song}: stems in {out / 'song'}" in said
    stems = written(out / "song")
    assert list(stems) == ["drums", "no_drums"]
    np.testing.assert_allclose(sum(stems.values()), soundfile.read(song)[0], atol=1.01 * 2**-15)


def test_only_some_stems(separate):
    _, _, out = separate()
    both = written(out / "song")
    _, _, out = separate("--stems", "no_vocals", "drums", "--overwrite")
    stems = written(out / "song")
    assert list(stems) == ["drums", "no_vocals", "vocals"]  # that of before stays
    np.testing.assert_array_equal(stems["drums"], both["drums"])


def test_a_mix_loses_nothing(separate, song):
    separate("--format", "float")
    _, _, out = separate("--mix", "vocals=0", "drums=0.5", "--format", "float")
    stems = written(out / "song")
    assert list(stems) == ["drums", "mix", "vocals"]
    expected = soundfile.read(song)[0] - stems["vocals"] - 0.5 * stems["drums"]
    np.testing.assert_allclose(stems["mix"], expected, atol=1e-7)


@pytest.mark.fault
def test_an_unknown_stem_is_said_once(separate, song, tmp_path):
    other = tmp_path / "other.wav"
    write_audio(other, signal(), RATE)
    status, said, _ = separate("--two-stems", "mixture")
    assert (status, len(said)) == (1, 1)
    assert "No stem is called 'no_mixture'" in said[0]
    status, said, _ = separate("--mix", "vocals=0", "vocals=1")
    assert (status, said) == (1, ["keras-sep separate: --mix: two gains for vocals; give one"])
    for option in ("--two-stems", "--stems"):
        status, said, out = separate(option, "vocal", files=(song, other))
        assert status == 1
        assert len(said) == 1
        assert "No stem is called 'vocal'. Did you mean `vocals`? The model has vocals," in said[0]
        assert not out.exists()


@pytest.mark.fault
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--mix", "vocals"], "'vocals' is not NAME=GAIN"),
        (["--mix", "vocals=loud"], "'vocals=loud' is not NAME=GAIN"),
        (["--mix", "vocals=nan"], "'vocals=nan' is not NAME=GAIN"),
        (["--mix", "=1"], "'=1' is not NAME=GAIN"),
        (["--mix", "mixture=1"], "the mixture is the whole song"),
        (["--stems"], "expected at least one argument"),
        (["--stems", "drums", "--two-stems", "drums"], "not allowed with argument"),
    ],
)
def test_options_that_make_no_sense(song, capsys, options, message):
    with pytest.raises(SystemExit):
        keras_sep_cli.main(["separate", str(song), "--out", "out", *options])
    assert message in capsys.readouterr().err


@pytest.mark.fault
def test_a_file_among_the_stems(song, capsys):
    with pytest.raises(SystemExit):
        keras_sep_cli.main(["separate", "--out", "out", "--stems", "drums", str(song)])
    assert "is a file: give FILE before the options" in capsys.readouterr().err


def test_a_pattern_names_the_files(separate, song, tmp_path):
    other = tmp_path / "b" / "song.wav"
    other.parent.mkdir()
    write_audio(other, signal(), RATE)
    status, said, out = separate("--name", "band/{track} - {stem}", files=(song, other))
    assert status == 0
    assert f"{other}: stems in {out / 'band' / 'b'}" in said
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.wav"))
    here = song.parent.name
    assert found == [
        "band/b/song - drums.wav",
        "band/b/song - vocals.wav",
        f"band/{here}/song - drums.wav",
        f"band/{here}/song - vocals.wav",
    ]
    options = ("--name", "band/{track} - {stem}", "--skip-existing")
    assert separate(*options, files=(song, other))[0] == 0  # `separate_file` would refuse to write


def test_a_song_called_as_the_pattern_is(separate, tmp_path):
    song = tmp_path / "{stem} {track}.wav"
    write_audio(song, signal(), RATE)
    status, _, out = separate(files=(song,))
    assert status == 0
    assert (out / "{stem} {track}" / "drums.wav").exists()


def test_a_preview_has_a_folder_of_its_own(separate, song):
    status, said, out = separate("--preview", "0.1", "--two-stems", "vocals", "--listen")
    folder = out / "song" / "preview"
    assert status == 0
    assert f"{song}: stems in {folder}" in said
    stems = written(folder)
    start = (len(signal()) - 200) // 2
    middle = soundfile.read(song)[0][start : start + 200]
    np.testing.assert_allclose(sum(stems.values()), middle, atol=1.01 * 2**-15)
    assert [path.name for path in (out / "song").iterdir()] == ["preview"]
    assert (folder / "listen.html").exists()
    status, _, _ = separate("--preview", "--name", "{track} - {stem}", "--listen")
    assert status == 0
    assert len(written(out / "preview")["song - drums"]) == len(signal())
    assert (out / "preview" / "song - listen.html").exists()


@pytest.mark.fault
def test_a_song_whose_name_no_stem_can_have_does_not_end_the_batch(separate, song, tmp_path):
    long = tmp_path / f"{'n' * 210}.wav"
    write_audio(long, signal(), RATE)
    status, said, out = separate("--name", "{track} - {stem}", files=(long, song))
    assert status == 1
    assert said[0].startswith(f"{long}: `name` must be file names")
    assert (out / "song - drums.wav").exists()


@pytest.mark.fault
def test_songs_that_would_share_their_files(separate, song, tmp_path):
    other = tmp_path / "other.wav"
    write_audio(other, signal(), RATE)
    status, said, out = separate("--name", "{stem}", files=(song, other))
    assert (status, len(said)) == (1, 1)
    assert f"would be a stem of {song} and of {other}; put {{track}} into --name" in said[0]
    assert not out.exists()
    status, _, _ = separate("--name", "{stem}")
    assert status == 0
    assert (out / "drums.wav").exists()


@pytest.mark.fault
def test_a_pattern_replaces_no_song_of_the_batch(model, song, run):
    drums = song.with_name("song drums.wav")
    write_audio(drums, signal(), RATE)
    before = drums.read_bytes()
    status, _, said = run(
        *("separate", song, drums, "--model", model, "--out", song.parent, "--overwrite"),
        *("--name", "{track} {stem}"),
    )
    assert (status, len(said)) == (1, 1)
    assert f"{drums}: would be replaced by a stem of {song}" in said[0]
    assert drums.read_bytes() == before
    assert sorted(song.parent.iterdir()) == sorted([song, drums])


@pytest.mark.fault
@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{track}", "must contain {stem} after its last slash"),
        ("{stem}/{track}", "must contain {stem} after its last slash"),
        ("{stem}/{stem}", "must contain {stem} after its last slash"),
        ("", "must contain {stem} after its last slash"),
        ("{artist}/{stem}", "holds {artist}; what is known is {track} and {stem}"),
        ("{}{stem}", "holds {}; what is known"),
        ("../{stem}", "must be a path inside --out"),
        ("{track}/../../{stem}", "must be a path inside --out"),
        ("/tmp/{stem}", "must be a path inside --out"),
        ("a//{stem}", "must be a path inside --out"),
        ("..\\{stem}", "must be a path inside --out"),
        (".{stem}", "must be a path inside --out"),
    ],
)
def test_patterns_that_make_no_sense(song, capsys, pattern, message):
    with pytest.raises(SystemExit):
        keras_sep_cli.main(["separate", str(song), "--out", "out", "--name", pattern])
    assert message in capsys.readouterr().err


@pytest.mark.fault
@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "x"])
def test_previews_that_make_no_sense(song, capsys, seconds):
    with pytest.raises(SystemExit):
        keras_sep_cli.main(["separate", str(song), "--out", "out", f"--preview={seconds}"])
    assert "is not a number of seconds, such as 30" in capsys.readouterr().err


@pytest.mark.fault
def test_a_file_after_preview(song, capsys):
    with pytest.raises(SystemExit):
        keras_sep_cli.main(["separate", "--preview", str(song)])
    assert "is a file: give FILE before the options" in capsys.readouterr().err


def test_export_of_two_stems(model, tmp_path, run, monkeypatch):
    given = []
    monkeypatch.setattr(
        keras_sep.commands.export, "saved_model", lambda *args: given.extend(args) or args[1]
    )
    status, printed, _ = run("export", "--model", model, "--out", tmp_path, "--two-stems", "drums")
    assert (status, printed) == (0, [str(tmp_path)])
    assert given[3] == ["drums", "no_drums"]
