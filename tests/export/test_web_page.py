"""The page in Chromium: stems of a song, saved from it, are Python's."""

import time

import keras
import numpy as np
import pytest
import soundfile
from axe import require_axe, violations
from chromium import ISOLATED, Tab, served
from web_files import require_chromium, require_runtime

import keras_sep
import keras_sep_cli
from keras_sep.data.synthetic import band_song
from keras_sep.inference import ExportedSeparator, separate_array

RATE, SECONDS = 8000, 45  # blocks of 14 seconds, each with half as much on either side

STATE = "document.body.dataset.state"
STATUS = "document.getElementById('status').textContent"
PROBLEM = "document.getElementById('problem').textContent"


@pytest.fixture(scope="module")
def song():
    """One that grows louder, so that what a network of the whole block makes of it does, too."""
    played = np.sum([*band_song(SECONDS, RATE, seed=3).values()], axis=0)
    return played * np.linspace(0.1, 1, len(played), dtype="float32")[:, None]


@pytest.fixture(scope="module")
def song_file(song, tmp_path_factory):
    path = tmp_path_factory.mktemp("songs") / "a söng.wav"
    soundfile.write(path, song, RATE, "FLOAT")
    return path


@pytest.fixture(scope="module")
def music_page(tmp_path_factory):
    """A page of a network of spectra in stereo, written by the command."""
    require_chromium(), require_runtime()
    keras.utils.set_random_seed(5)
    names = ("vocals", "drums")
    network = keras_sep.zoo.open_unmix(names, bins=1025, hidden=12, layers=1)
    stft = keras_sep.layers.STFT(2048, 512)  # frames of which the runtime's own FFT is used
    folder = tmp_path_factory.mktemp("music")
    separator = keras_sep.Separator(network, RATE, names, stft, license="CC-BY-4.0")
    separator(np.zeros((1, 1000, 2), "float32"))
    separator.save(folder / "band.keras")
    arguments = ["export", "--model", folder / "band.keras", "--web", folder / "page"]
    assert keras_sep_cli.main([*map(str, arguments), "--stems", "vocals", "no_vocals"]) == 0
    return folder / "page"


@pytest.fixture(scope="module")
def speech_page(tmp_path_factory):
    """A page of a network of one channel that may swap its speakers."""
    require_chromium(), require_runtime()
    keras.utils.set_random_seed(6)
    network = keras_sep.zoo.conv_tasnet(
        2, filters=32, bottleneck=16, hidden=32, blocks=3, repeats=1
    )
    separator = keras_sep.Separator(network, RATE, ("s1", "s2"), interchangeable_sources=True)
    return keras_sep.export.web(separator, tmp_path_factory.mktemp("speech") / "page")


@pytest.fixture(scope="module")
def make_tab(tmp_path_factory):
    """The tab of one browser for all tests, and the folder of what is saved in it."""
    downloads = tmp_path_factory.mktemp("saved")
    tab = Tab(require_chromium(), downloads)
    yield tab, downloads
    tab.close()


@pytest.fixture
def tab(make_tab):
    tab, downloads = make_tab
    tab.problems.clear(), tab.addresses.clear()
    for path in downloads.iterdir():
        path.unlink()
    yield tab
    tab.open("about:blank")
    tab.wait("location.href === 'about:blank'")


@pytest.fixture
def saved(tab, make_tab):
    """Press all buttons that save; return the stems by the names of their files."""

    def saved(audio_format, count):
        tab.run(f"document.getElementById('format').value = '{audio_format}'")
        tab.run("document.querySelectorAll('.save').forEach((button) => button.click())")
        end = time.monotonic() + 60
        while len(files := [*make_tab[1].glob("*.wav")]) < count:
            assert time.monotonic() < end, [*make_tab[1].iterdir()]
            time.sleep(0.1)
        found = {path.stem: soundfile.read(path, dtype="float32", always_2d=True) for path in files}
        for path in files:
            path.unlink()
        return found

    return saved


def opened(tab, address):
    tab.open(address)
    tab.wait(f"location.href === '{address}' && {STATE} === 'ready'")


def separated(tab, path):
    tab.choose("#file", path)
    tab.wait(f"{STATE} === 'done' || {STATE} === 'failed'", seconds=300)
    assert tab.run(STATE) == "done", tab.run(PROBLEM)


@pytest.mark.parametrize("headers", [{}, ISOLATED], ids=["plain", "isolated"])
def test_stems_in_stereo(tab, saved, music_page, song, song_file, headers):
    """Three blocks with their cross-fades, also where threads are allowed."""
    expected = separate_array(ExportedSeparator(music_page / "model.onnx"), song, RATE)
    assert {*expected} == {"vocals", "no_vocals"}
    with served(music_page, headers) as address:
        opened(tab, address)
        assert tab.run("crossOriginIsolated") == bool(headers)
        separated(tab, song_file)
        assert {request for request in tab.addresses if not request.startswith(address)} <= {
            "data:,"
        }
        found = saved("float32", 2)
        assert {*found} == {f"a söng - {name}" for name in expected}
        for name, stem in expected.items():
            samples, rate = found[f"a söng - {name}"]
            assert (rate, samples.shape) == (RATE, stem.shape)
            # WebAssembly adds up in another order
            assert np.abs(samples - stem).max() <= 1e-3 * np.abs(stem).max()
        assert tab.run("document.getElementById('license').textContent") == "Model: CC-BY-4.0"
        assert tab.problems == []


def test_stems_of_16_bits_are_turned_down_alike(tab, saved, music_page, song, tmp_path):
    loud = 40 * song[: 5 * RATE]
    soundfile.write(tmp_path / "loud.wav", loud, RATE, "FLOAT")
    expected = separate_array(ExportedSeparator(music_page / "model.onnx"), loud, RATE)
    peak = max(np.abs(stem).max() for stem in expected.values())
    assert peak > 1
    with served(music_page) as address:
        opened(tab, address)
        separated(tab, tmp_path / "loud.wav")
        for name, (samples, _) in saved("int16", 2).items():
            stem = expected[name.removeprefix("loud - ")]
            # half a step, and the same again where full scale has no number of its own
            np.testing.assert_allclose(samples, stem / peak, atol=1.1 / 32768)


def test_a_stereo_file_and_a_model_of_one_channel(tab, saved, speech_page, song, song_file):
    exported = ExportedSeparator(speech_page / "model.onnx")
    expected = separate_array(exported, song, RATE)
    at_once = separate_array(exported, song, RATE, block_seconds=SECONDS)
    with served(speech_page) as address:
        opened(tab, address)
        separated(tab, song_file)
        for name, (samples, _) in saved("float32", 2).items():
            stem = expected[name.removeprefix("a söng - ")]
            assert samples.shape == stem.shape
            peak = np.abs(stem).max()
            assert np.abs(samples - stem).max() <= 1e-3 * peak
            # each block is normalized by itself: without the same blocks it would not be equal
            assert np.abs(at_once[name.removeprefix("a söng - ")] - stem).max() > 1e-2 * peak


def test_players_play_in_step(tab, music_page, song, tmp_path):
    soundfile.write(tmp_path / "short.wav", song[: 3 * RATE], RATE)
    with served(music_page) as address:
        opened(tab, address)
        separated(tab, tmp_path / "short.wav")
        tab.run("document.querySelector('.play').click()")
        assert tab.run("document.querySelector('.play').textContent") == "Pause"
        tab.wait("Number(document.querySelector('.seek').value) > 0.2", 20)
        silent = "[...document.querySelectorAll('.lane')].map((l) => l.matches('.silent'))"
        assert tab.run(silent) == [True, False, False]  # the mixture is muted
        tab.run("document.querySelectorAll('.mute')[1].click()")
        assert tab.run(silent) == [True, True, False]
        tab.run("document.querySelectorAll('.solo')[0].click()")
        assert tab.run(silent) == [False, True, True]
        tab.wait("document.querySelector('.play').textContent === 'Play'", 20)  # at the end
        assert tab.run("document.querySelector('output').textContent") == "0:00 / 0:03"
        drawn = """[...document.querySelectorAll('canvas')].every((canvas) => new Set(
            canvas.getContext('2d').getImageData(0, 0, 720, 180).data).size > 50)"""
        tab.wait(drawn, 30)
        assert tab.problems == []


def test_a_file_is_dropped_and_separation_cancelled(tab, music_page, song, song_file):
    soundfile.write(music_page / "again.wav", song[:RATE], RATE)  # where the page can get it
    with served(music_page) as address:
        opened(tab, address)
        tab.choose("#file", song_file)
        tab.wait("/^[1-9][0-9]? %, .* left$/.test(document.getElementById('left').textContent)")
        assert tab.run(STATUS) == "Separating"
        tab.run("document.getElementById('cancel').click()")
        assert tab.run(STATE) == "ready"
        assert tab.run(STATUS) == "Cancelled."
        tab.run("""(async () => {
            const transfer = new DataTransfer();
            const content = await (await fetch("again.wav")).blob();
            transfer.items.add(new File([content], "again.wav"));
            document.querySelector(".drop").dispatchEvent(
                new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
        })()""")
        tab.wait(f"{STATE} === 'done'")
        assert tab.run("document.getElementById('song').textContent") == "again"
    (music_page / "again.wav").unlink()


def test_what_goes_wrong_is_said(tab, music_page, song_file, tmp_path):
    (tmp_path / "letter.txt").write_text("no sound")
    folder = tmp_path / "half"
    folder.mkdir()
    for file in music_page.iterdir():
        if file.name != "model.onnx":
            (folder / file.name).symlink_to(file)
    with served(music_page) as address:
        opened(tab, address)
        tab.choose("#file", tmp_path / "letter.txt")
        tab.wait(f"{STATE} === 'failed'")
        assert tab.run(PROBLEM).startswith("letter.txt: this browser cannot decode it.")
    with served(folder) as address:
        opened(tab, address)
        tab.choose("#file", song_file)
        tab.wait(f"{STATE} === 'failed'")
        assert tab.run(PROBLEM) == "model.onnx could not be loaded: the server says 404."
        (folder / "model.onnx").write_bytes(b"half of it")
        tab.choose("#file", song_file)
        tab.wait(f"{PROBLEM}.includes('not as long')")


def test_opened_as_a_file_it_says_what_it_needs(tab, music_page):
    tab.open((music_page / "index.html").as_uri())
    tab.wait("location.protocol === 'file:' && document.readyState === 'complete'")
    assert "python3 -m http.server" in tab.run("document.getElementById('about').textContent")


def test_everything_to_press_has_a_name(tab, music_page, song, tmp_path):
    soundfile.write(tmp_path / "short.wav", song[:RATE], RATE)
    with served(music_page) as address:
        opened(tab, address)
        separated(tab, tmp_path / "short.wav")
        nodes = tab.accessible()
    controls = ("button", "slider", "combobox", "progressbar", "image", "group")
    named = [(role, name) for role, name in nodes if role in controls]
    assert all(name for _, name in named), named
    assert {("button", "Save no_vocals"), ("slider", "Volume of vocals")} <= {*named}


def test_axe_finds_nothing(tab, music_page, song, tmp_path):
    script = require_axe()
    soundfile.write(tmp_path / "short.wav", song[:RATE], RATE)
    with served(music_page) as address:
        opened(tab, address)
        assert violations(tab, script) == []
        separated(tab, tmp_path / "short.wav")
        assert violations(tab, script) == []
