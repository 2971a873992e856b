"""`separate --listen`: a page beside the stems, which opens where there is a browser."""

import webbrowser

import pytest
from small_song import RATE, signal

from keras_sep.commands._song_page import mixture_clip, write_song_page
from keras_sep.data import write_audio


def test_each_song_has_a_page_beside_its_stems(run, model, song, monkeypatch, capsys):
    """The browser opens that of a single song."""
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    monkeypatch.setenv("DISPLAY", ":0")
    other, out = song.with_name("other.wav"), song.parent / "out"
    write_audio(other, signal(seed=7), RATE)
    status, _, said = run("separate", song, other, "--model", model, "--out", out, "--listen")
    assert status == 0
    stems = {name: out / "song" / f"{name}.wav" for name in ("vocals", "drums")}
    for name in ("song", "other"):
        page = out / name / "listen.html"
        assert {item.name for item in page.parent.iterdir()} == {
            "drums.wav",
            "vocals.wav",
            "listen.html",
        }
        assert any(f"listening page {page} (open {page.as_uri()})" in line for line in said)
    assert opened == []

    page = out / "song" / "listen.html"
    text = page.read_text()
    assert text.count('class="lane"') == 3
    assert 'aria-label="Mute vocals" aria-pressed="false"' in text
    assert 'aria-label="Mute mixture" aria-pressed="true"' in text

    # as of a stem file, which holds the mixture, too
    stems = {"mixture": song, **stems}
    write_song_page(song, mixture_clip(song, None), stems, page, show=True)
    assert opened == [page.as_uri()]
    assert page.read_text().count('class="lane"') == 3
    assert capsys.readouterr().err.splitlines()[-1] == f"{song}: listening page {page}"


@pytest.mark.fault
def test_a_page_that_is_there_stays(run, model, song):
    page = song.parent / "out" / "song" / "listen.html"
    page.parent.mkdir(parents=True)
    page.write_text("mine")
    status, _, said = run(
        "separate", song, "--model", model, "--out", song.parent / "out", "--listen"
    )
    assert status == 1
    assert said[-1] == f"{song}: {page}: exists; --overwrite replaces it"
    assert page.read_text() == "mine"
    assert [item.name for item in page.parent.iterdir()] == [page.name]
