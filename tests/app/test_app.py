"""What the app does, without Gradio and without a browser."""

import os
import re
import sys
import zipfile

import numpy as np
import pytest
import soundfile
from small_app import NAMES, RATE, write_separator, write_song

import keras_sep_cli
from keras_sep.app import AppSettings, Models, Results, separate_upload, serve
from keras_sep.app._page import separated
from keras_sep.inference import CompiledSeparator, load_separator, separate_file
from keras_sep_cli.parser import parse


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_separator(tmp_path_factory.mktemp("model") / "band.keras")


@pytest.fixture(scope="module")
def separator(model):
    return CompiledSeparator(load_separator(model))


@pytest.fixture
def results(tmp_path):
    """And the time, in seconds, as a list of one."""
    now = [1e9]
    results = Results(tmp_path / "results", 60, lambda: now[0])
    yield results, now
    results.close()


def uploaded(results, name="a söng.wav", **song):
    path = results.uploads / "0123" / name
    path.parent.mkdir(exist_ok=True)
    return write_song(path, **song)


def test_stems_are_those_of_separate_file(separator, tmp_path):
    song = write_song(tmp_path / "a söng.wav", rate=11025)
    wanted = separate_file(separator, song, tmp_path / "wanted", say=[].append)
    done = []
    found = separate_upload(
        separator, song, tmp_path / "found", progress=lambda *told: done.append(told)
    )
    assert {*found.stems} == {*NAMES}
    for name, path in wanted.items():
        ours, theirs = (
            soundfile.read(file, dtype="int16")[0] for file in (found.stems[name], path)
        )
        np.testing.assert_array_equal(ours, theirs)
        assert np.any(theirs)
    with zipfile.ZipFile(found.archive) as archive:
        assert archive.namelist() == [f"a söng/{name}.wav" for name in NAMES]
        for name in NAMES:
            assert archive.read(f"a söng/{name}.wav") == found.stems[name].read_bytes()
    assert found.notes == (f"11025 Hz resampled to {RATE} Hz and back",)
    assert found.license == "CC-BY-4.0"
    page = found.page.read_text()
    assert page.count('class="lane"') == 3
    assert page.count('class="mask"') == 2
    shares = [share for share, _ in done]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert "Separating" in {words for _, words in done}


@pytest.mark.fault
def test_limits_are_said_and_kept(separator, results, tmp_path):
    results, _ = results
    long = uploaded(results, seconds=4)
    for settings, words in (
        (
            AppSettings(max_seconds=3),
            "The song is 0:04 minutes long, and this page accepts at most 0:03:",
        ),
        (
            AppSettings(max_megabytes=0.1),
            "The file is 0.1 MB, and this page accepts at most 0.1 MB:",
        ),
    ):
        with pytest.raises(ValueError, match=re.escape(words)):
            separate_upload(separator, long, tmp_path / "out", settings)
    assert not (tmp_path / "out").exists()
    assert AppSettings(max_seconds=90).in_words() == "at most 1:30 minutes and 200 MB"
    for wrong in ({"max_seconds": 0}, {"keep_minutes": float("nan")}, {"max_megabytes": "1"},
                  {"max_waiting": 0}, {"audio_format": "stem.mp4"}):  # fmt: skip
        with pytest.raises(ValueError, match=next(iter(wrong))):
            AppSettings(**wrong)


def shown(results, path, models, **settings):
    told = []
    text = separated(
        str(path), models.names[0], models, results, AppSettings(**settings),
        lambda share, desc: told.append((share, desc)),
    )  # fmt: skip
    return text, told


def test_a_song_is_shown_and_deleted_after_a_while(results, model):
    results, now = results
    text, told = shown(results, uploaded(results), Models([model]))
    assert [words for _, words in told][:2] == ["Loading the model", "Reading the song"]
    token = re.search(r'src="results/([0-9a-f]{32})/listen.html"', text)[1]
    assert 'download="a söng - vocals.wav"' in text
    assert "Licence of the weights: CC-BY-4.0" in text
    assert results.file(token, "listen.html").is_file()
    assert results.file(token, "stems.zip").is_file()
    os.utime(next(results.uploads.rglob("*.wav")), (now[0], now[0]))
    now[0] += 59
    assert results.sweep() == 0
    now[0] += 1
    assert results.sweep() == 2  # the result and the upload
    assert results.file(token, "listen.html") is None
    assert [*results.uploads.rglob("*.wav")] == []


def test_what_is_being_made_is_not_deleted(results):
    results, now = results
    token, folder = results.new()
    now[0] += 1000
    assert results.sweep() == 0
    assert folder.is_dir()
    results.done(token)
    now[0] += 61
    assert results.sweep() == 1


@pytest.mark.fault
def test_no_name_leads_out_of_a_result(results):
    results, _ = results
    token, folder = results.new()
    other, _ = results.new()
    (folder / "vocals.wav").write_bytes(b"sound")
    (results.root / "secret").write_text("no")
    (folder / "link").symlink_to(results.root / "secret")
    assert results.file(token, "vocals.wav") == folder / "vocals.wav"
    for name in ("../secret", "../../secret", "/etc/hostname", "link", ".", "", "a\0b",
                 f"../{other}/.."):  # fmt: skip
        assert results.file(token, name) is None, name
    for wrong in ("..", ".", token[:-1], token.upper() + "0", f"{other}/../{token}"):
        assert results.file(wrong, "vocals.wav") is None, wrong


def test_what_goes_wrong_is_said_in_words(results, model, tmp_path, monkeypatch):
    """Without the path on the server; and nothing is left."""
    results, _ = results
    models = Models([model])
    broken = uploaded(results, "br<o>ken.mp3")
    broken.write_bytes(b"no sound " * 100)
    text, _ = shown(results, broken, models)
    assert text.startswith('<p class="problem" role="alert">br&lt;o&gt;ken.mp3: ')
    assert str(results.root) not in text
    text, _ = shown(results, uploaded(results), models, max_seconds=1)
    assert "accepts at most 0:01:" in text
    text, _ = shown(results, tmp_path / "elsewhere.wav", models)
    assert "choose it again" in text
    text, _ = shown(results, write_song(tmp_path / "elsewhere.wav"), models)
    assert "choose it again" in text
    other = Models([tmp_path / "gone.keras"])
    assert "gone.keras" in shown(results, uploaded(results), other)[0]
    with pytest.raises(ValueError, match="no model 'other' here"):
        models.load("other")
    # no way to the weights: a cache that is empty, and a proxy that nobody answers at
    monkeypatch.setenv("KERAS_SEP_HOME", str(tmp_path / "empty"))
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    text, _ = shown(results, uploaded(results), Models(["umxhq"]))
    assert "The weights of umxhq are not on this machine, and cannot be fetched now" in text
    assert [*(results.root / "results").iterdir()] == []


def test_published_weights_are_choices_if_their_terms_allow_it():
    free = Models()
    assert "spleeter_2stems" in free.names
    assert "umxl" not in free.names  # not for commercial use
    assert {*free.names} < {*Models(accept_license=True).names}
    assert {name: label for label, name in free.labels()}["spleeter_2stems"].endswith(
        "(spleeter_2stems)"
    )


def test_two_separators_are_kept(model, tmp_path):
    paths = [model.with_name(f"{name}.keras") for name in "abc"]
    for path in paths:
        path.write_bytes(model.read_bytes())
    models = Models(paths)
    first = models.load(str(paths[0]))
    models.load(str(paths[1]))
    assert models.load(str(paths[0])) is first
    models.load(str(paths[2]))  # in place of the second
    assert models.load(str(paths[0])) is first


def test_the_command_without_gradio(model, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert keras_sep_cli.main(["app", "--model", str(model)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "keras-sep app: The app needs gradio, which is not installed: pip install 'keras_sep[app]'"
    ]
    assert keras_sep_cli.main(["app", "--model", "gone.keras"]) == 1
    assert "gone.keras: no such model file" in capsys.readouterr().err
    assert keras_sep_cli.main(["app", "--max-seconds", "0"]) == 1
    assert "`max_seconds` must be more than 0" in capsys.readouterr().err
    assert parse(["app"]).host == "127.0.0.1"


@pytest.mark.fault
def test_a_port_that_is_taken(model):
    import socket

    pytest.importorskip("gradio", reason="Gradio is not installed (make test-app)")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=f"127.0.0.1:{port}: cannot listen there"):
            serve(Models([model]), port=port)
