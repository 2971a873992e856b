"""The app in Chromium: a song goes in, its stems come out."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import requests
import soundfile
from axe import require_axe, violations
from chromium import Tab
from served_app import FRAME, download, separated, served
from small_app import NAMES, write_separator, write_song
from web_files import require_chromium

from keras_sep.inference import load_separator, separate_file

pytest.importorskip("gradio", reason="Gradio is not installed (make test-app)")

DROP = """(() => {
    const transfer = new DataTransfer(), told = { bubbles: true, cancelable: true };
    transfer.items.add(new File([new Uint8Array(2e6)], "large.wav"));
    document.querySelector(".upload-container").dispatchEvent(
        new DragEvent("drop", { ...told, dataTransfer: transfer }));
})()"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_separator(tmp_path_factory.mktemp("model") / "band.keras")


@pytest.fixture(scope="module")
def address(model, tmp_path_factory):
    """Of the command in its own process, which leaves nothing."""
    temporary = tmp_path_factory.mktemp("temporary")
    with served(temporary, "--model", model, "--max-seconds", "10", "--max-megabytes", "1") as one:
        yield one
    assert [path for path in temporary.rglob("*") if path.is_file()] == []


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    downloads = tmp_path_factory.mktemp("saved")
    tab = Tab(require_chromium(), downloads)
    yield tab, downloads
    tab.close()


@pytest.fixture
def tab(browser, address):
    tab, _ = browser
    tab.problems.clear(), tab.addresses.clear()
    tab.look(1280)
    tab.open(address)
    tab.wait("!!document.querySelector('input[type=file]')")
    yield tab
    # nothing is asked of any other server
    others = [one for one in tab.addresses if not one.startswith((address, "data:", "blob:"))]
    assert others == []


def test_a_song_is_separated_heard_and_saved(tab, browser, model, address, tmp_path):
    song = write_song(tmp_path / "a söng.wav")
    wanted = separate_file(load_separator(model), song, tmp_path / "wanted")
    shown = separated(tab, song)
    assert "Licence of the weights: CC-BY-4.0" in shown
    tab.wait(
        f"{FRAME}?.readyState === 'complete' && {FRAME}.querySelectorAll('.lane').length === 3"
    )

    tab.run(f"{FRAME}.querySelector('.play').click()")
    tab.wait(f"Number({FRAME}.querySelector('.seek').value) > 0.2", 20)
    tab.run(f"{FRAME}.querySelectorAll('.solo')[1].click()")
    silent = f"[...{FRAME}.querySelectorAll('.lane')].map((lane) => lane.matches('.silent'))"
    assert tab.run(silent) == [True, False, True]
    tab.run(f"{FRAME}.querySelector('[data-view=mask].view').click()")
    masks = (
        f"[...{FRAME}.querySelectorAll('.mask')].filter((mask) => mask.checkVisibility()).length"
    )
    assert tab.run(masks) == 2
    assert tab.run(f"{FRAME}.querySelector('.problem').textContent") == ""
    # the frame is as high as its page: nothing of it has to be scrolled to
    whole = f"{FRAME}.body.offsetHeight - document.querySelector('#result iframe').offsetHeight"
    tab.wait(f"Math.abs({whole}) < 2", 10)

    saved = download(tab, browser[1], "a söng", NAMES)
    for name, path in wanted.items():
        ours = soundfile.read(saved[name], dtype="int16")[0]
        np.testing.assert_array_equal(ours, soundfile.read(path, dtype="int16")[0])

    with urllib.request.urlopen(tab.run(f"{FRAME}.location.href")) as answer:
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    # Gradio's own words, which mean nothing
    assert [one for one in tab.problems if "Method not implemented." not in str(one)] == []


def test_what_is_wrong_is_said(tab, tmp_path):
    (tmp_path / "letter.wav").write_text("no sound")
    assert "letter.wav: " in separated(tab, tmp_path / "letter.wav")


def test_a_song_that_is_too_long(tab, tmp_path):
    long = write_song(tmp_path / "long.flac", seconds=11)
    assert "The song is 0:11 minutes long, and this page accepts at most 0:10:" in separated(
        tab, long
    )
    assert "at most 0:10 minutes and 1 MB" in tab.run("document.body.innerText")


def test_a_file_that_is_too_large_is_not_taken(address, tab, tmp_path):
    (tmp_path / "large.wav").write_bytes(bytes(2_000_000))
    files = {"files": ("large.wav", bytes(2_000_000))}
    assert requests.post(f"{address}/gradio_api/upload", files=files, timeout=30).status_code == 413
    refused = "document.querySelector('#too-large').innerText"
    words = "The file is 2.0 MB, and this page accepts at most 1 MB: compress it, or use keras-sep"
    for way in ("chosen", "dropped"):
        tab.run("document.querySelector('#too-large').textContent = ''")
        if way == "chosen":
            tab.choose("input[type=file]", tmp_path / "large.wav")
        else:
            tab.run(DROP)
        tab.wait(f"({refused}).startsWith({json.dumps(words)})", 20)
        assert tab.run("document.querySelector('#too-large').checkVisibility()")
        assert [one for one in tab.addresses if "/upload" in one] == []
    # the next one is taken
    (tmp_path / "letter.wav").write_text("no sound")
    assert "letter.wav: " in separated(tab, tmp_path / "letter.wav")
    assert tab.run(refused) == ""
    # no notice of Gradio's, which would count in binary kilobytes
    assert "976" not in tab.run("document.body.innerText")


def test_a_small_screen_and_axe(tab, tmp_path):
    """Of the page around the player; its own is what test_player.py looks at."""
    tab.look(390)
    separated(tab, write_song(tmp_path / "song.wav", seconds=1))
    tab.wait(f"{FRAME}?.readyState === 'complete'")
    assert tab.run("document.documentElement.scrollWidth") <= 390
    assert tab.run(f"{FRAME}.documentElement.scrollWidth") <= 390
    script = require_axe()
    assert violations(tab, script) == []


def test_only_this_machine_and_its_own_files(address):
    def status(path, **headers):
        try:
            with urllib.request.urlopen(
                urllib.request.Request(address + path, headers=headers)
            ) as it:
                return it.status
        except urllib.error.HTTPError as error:
            return error.code

    assert status("/") == 200
    assert status("/", Host="elsewhere.example") == 400
    assert status("/results/" + 32 * "0" + "/vocals.wav") == 404
    assert status("/results/..%2F..%2F/etc/hostname") == 404
    assert status("/gradio_api/file=/etc/hostname") == 403
    assert status(f"/gradio_api/file={Path.cwd() / 'pyproject.toml'}") == 403
