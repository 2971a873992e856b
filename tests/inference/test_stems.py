"""Which stems a file is separated into, and what each is made of."""

from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from small import RATE, SOURCES, fixed_shares, noise

from keras_sep.data import write_audio
from keras_sep.inference import separate_file, stem_gains
from keras_sep.layers import WienerFilter

BLOCKS = {"block_seconds": 0.25, "context_seconds": 0.1}


@pytest.fixture(scope="module")
def compiled():
    return fixed_shares()


def quiet(line):
    pass


def separate(separator, path, stems=None, audio_format="float", **options):
    """Stems by name in float64, and the file."""
    options = {"overwrite": True, "say": quiet, **BLOCKS, **options}
    paths = separate_file(
        separator, path, path.parent / "out", audio_format, stems=stems, **options
    )
    assert {path.stem for path in paths.values()} == set(paths)
    song = soundfile.read(path, always_2d=True)[0]
    return {name: soundfile.read(path, always_2d=True)[0] for name, path in paths.items()}, song


@pytest.mark.parametrize(
    ("rate", "channels", "audio_format", "step"),
    [
        (RATE, 2, "float", 2**-24),
        (4400, 2, "float", 2**-24),
        (3001, 6, "wav24", 2**-23),
        (4400, 1, "wav16", 2**-15),
    ],
)
def test_a_stem_and_the_rest_sum_to_the_file(
    compiled, tmp_path, rate, channels, audio_format, step
):
    """Also above the rate of the model, and in the low-frequency channel."""
    path = tmp_path / "song.wav"
    write_audio(path, noise(2011, channels), rate, "float")
    stems, song = separate(compiled, path, ("vocals", "no_vocals"), audio_format)
    assert list(stems) == ["vocals", "no_vocals"]
    np.testing.assert_allclose(sum(stems.values()), song, atol=1.01 * step)
    np.testing.assert_array_equal(
        stems["vocals"], separate(compiled, path, None, audio_format)[0]["vocals"]
    )


def test_only_the_stems_wanted_are_written(compiled, song):
    both, _ = separate(compiled, song)
    one, _ = separate(compiled, song, ["drums"])
    np.testing.assert_array_equal(one["drums"], both["drums"])
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(one["drums"], both["vocals"])


def test_gains(compiled, song):
    stems, mixture = separate(compiled, song)
    wanted = {
        "karaoke": {"mixture": 1, "vocals": -0.75},
        "both": {"vocals": 0.5, "drums": 2},
        "rest": {"no_vocals": 1, "no_drums": 1},
        "twice": {"mixture": 2.0},
    }
    made, _ = separate(compiled, song, wanted)
    assert list(made) == list(wanted)
    expected = {
        "karaoke": mixture - 0.75 * stems["vocals"],
        "both": 0.5 * stems["vocals"] + 2 * stems["drums"],
        "rest": 2 * mixture - stems["vocals"] - stems["drums"],
        "twice": 2 * mixture,
    }
    for name, stem in expected.items():
        np.testing.assert_allclose(made[name], stem, atol=1e-7)


def test_stems_turned_down_still_sum_to_the_file_turned_down(compiled, tmp_path):
    path = tmp_path / "loud.wav"
    write_audio(path, noise(701, level=2.0), RATE, "float")
    stems, song = separate(compiled, path, ("drums", "no_drums"), "wav16")
    peak = max(np.abs(stem).max() for stem in separate(compiled, path, [*stems])[0].values())
    assert peak > 1.5
    np.testing.assert_allclose(sum(stems.values()), song / peak, atol=2.5 * 2**-15)


def test_a_residual_is_what_all_other_sources_leave(tmp_path):
    model = fixed_shares(post_filter=WienerFilter(iterations=0, residual=True))
    path = tmp_path / "song.wav"
    write_audio(path, noise(1999), 4400, "float")
    stems, song = separate(model, path, ["residual", "no_residual", "no_vocals", "drums"])
    np.testing.assert_allclose(stems["residual"] + stems["no_residual"], song, atol=1e-7)
    np.testing.assert_allclose(stems["residual"] + stems["drums"], stems["no_vocals"], atol=1e-7)


def test_a_model_of_one_source(song):
    stems, mixture = separate(fixed_shares(["vocals"]), song, ["vocals", "no_vocals"])
    assert np.abs(stems["vocals"]).max() > 1e-3
    np.testing.assert_allclose(sum(stems.values()), mixture, atol=2**-24)


def test_a_source_of_the_models_own_has_its_name_first(song):
    names = ("vocals", "no_vocals")
    model = fixed_shares(names)
    stems, mixture = separate(model, song, names)
    assert np.abs(sum(stems.values()) - mixture).max() > 1e-3
    stems, _ = separate(
        model, song, {"vocals": {"vocals": 1}, "no_vocals": {"mixture": 1, "vocals": -1}}
    )
    np.testing.assert_allclose(sum(stems.values()), mixture, atol=2**-24)


def test_a_stem_of_the_mixture_alone(compiled, song):
    stems, mixture = separate(compiled, song, ["mixture"])
    np.testing.assert_array_equal(stems["mixture"], mixture)


@pytest.mark.fault
@pytest.mark.parametrize(
    ("stems", "message"),
    [
        (
            ["vocal"],
            r"No stem is called 'vocal'. Did you mean `vocals`\? "
            "The model has vocals, drums, and names such as no_vocals, the song without one; "
            "`keras-sep models` lists models of other stems",
        ),
        (
            ["x"],
            "No stem is called 'x'. "
            "The model has vocals, drums, and names such as no_vocals, the song without one; "
            "`keras-sep models` lists models of other stems",
        ),
        (["no_drum"], r"No stem is called 'no_drum'. Did you mean `no_drums`\?"),
        ({"a": {"drum": 1}}, r"No stem is called 'drum'. Did you mean `drums`\?"),
        ({"a": {"b" * 999: 1}}, "No stem is called 'bbb"),
        ({"a": {("drums",): 1}}, r"No stem is called \('drums',\)"),
        ("vocals", r"`stems` must be several names, or a tuple of one: \('vocals',\)"),
        (7, "`stems` must be several names"),
        ([], "`stems` must name at least one stem"),
        ({}, "`stems` must name at least one stem"),
        ({"../a": {"vocals": 1}}, "`stems` must be file names.* holds a slash"),
        ({"a": 0.5}, "`stems` must map a name to gains, .*Received: 'a': 0.5"),
        ({"a": {}}, "`stems` must map a name to gains"),
        ({"a": {"vocals": float("nan")}}, "must be a number. Received: .*nan"),
        ({"a": {"vocals": "1"}}, "must be a number. Received: .*'1'"),
    ],
)
def test_stems_that_a_model_does_not_have(compiled, song, stems, message):
    with pytest.raises(ValueError, match=message) as error:
        separate(compiled, song, stems)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300
    assert list(song.parent.iterdir()) == [song]


def test_a_model_without_post_filter_has_gains():
    model = SimpleNamespace(source_names=SOURCES)
    assert stem_gains(model)["drums"].tolist() == [0, 0, 1]
