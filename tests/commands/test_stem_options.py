"""`keras-sep separate` with options on which stems are written, and where."""

import numpy as np
import pytest
import soundfile
from small_song import RATE, signal

import keras_sep_cli
from keras_sep.data import write_audio


def written(folder):
    return {path.stem: soundfile.read(path)[0] for path in sorted(folder.glob("*.wav"))}


@pytest.fixture
def separate(model, song, run):
    def separate(*options, files=(song,)):
        out = song.parent / "out"
        status, printed, said = run("separate", *files, "--model", model, "--out", out, *options)
        assert printed == []
        return status, said, out

    return separate


def test_two_stems_sum_to_the_song(separate, song):
    status, said, out = separate("--two-stems", "drums")
    assert (status, said) == (0, [f"{song}: stems in {out / 'song'}"])
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
    assert "is a file, not a stem: give FILE before the options" in capsys.readouterr().err
