"""The player in Chromium: stems in step, by mouse and by keys, for everybody."""

import numpy as np
import pytest
from axe import require_axe, violations
from chromium import Tab
from web_files import require_chromium

from keras_sep.listening_page import Clip, Section, Table, write_page
from keras_sep.plots import curves_svg

RATE = 8000

SILENT = "[...document.querySelectorAll('.lane')].map((lane) => lane.matches('.silent'))"
FOCUSED = "document.activeElement.getAttribute('aria-label')"
PLACE = "Number(document.querySelector('.seek').value)"
BUTTON = "document.querySelector('.play').textContent"

# which of the two tones go to the loudspeaker, by an analyser before it
LISTEN = """(() => {
    const connect = AudioNode.prototype.connect;
    AudioNode.prototype.connect = function (node, ...rest) {
        if (node !== this.context.destination) return connect.call(this, node, ...rest);
        const options = { fftSize: 4096, smoothingTimeConstant: 0 };
        window.heard = new AnalyserNode(this.context, options);
        connect.call(window.heard, node);
        return connect.call(this, window.heard);
    };
    window.levels = () => {
        const decibels = new Float32Array(window.heard.frequencyBinCount);
        window.heard.getFloatFrequencyData(decibels);
        const bin = window.heard.context.sampleRate / window.heard.fftSize;
        return [300, 1500].map((hz) => decibels[Math.round(hz / bin)] > -40);
    };
})()"""
HEARD = "JSON.stringify(levels()) === '{}'".format


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Seven seconds, which are two pieces, of two tones and their sum."""
    time = np.arange(7 * RATE)[:, None] / RATE
    low, high = 0.2 * np.sin(2 * np.pi * 300 * time), 0.2 * np.sin(2 * np.pi * 1500 * time)
    clips = [
        Clip("mixture", low + high, RATE),
        Clip("low", low, RATE, "SI-SDR 3 dB", muted=True, part_of="mixture"),
        Clip("high", high, RATE, muted=True, part_of="mixture"),
    ]
    table = Table("dB", ["stem", "model"], [["low", "1.5"], ["mean", "1.5"]])
    curves = curves_svg({"training": [3.0, 2.0], "validation": [3.1, 2.4]})
    sections = [
        Section("Tones", "Two of them.", clips=clips),
        Section("Numbers", table=table, curve_svg=curves, facts={"a": "b"}),
        Section("More", curve_svg=curves, code="model:\n  name: open_unmix\n"),
    ]
    return write_page(tmp_path_factory.mktemp("page") / "page.html", "A page", "Text.", sections)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    tab = Tab(require_chromium(), tmp_path_factory.mktemp("saved"))
    yield tab
    tab.close()


@pytest.fixture
def tab(browser, page):
    browser.problems.clear(), browser.addresses.clear()
    browser.look(1280)
    browser.open("about:blank")
    browser.wait("location.href === 'about:blank'")
    browser.open(page.as_uri())
    browser.wait("location.protocol === 'file:' && document.readyState === 'complete'")
    yield browser
    assert browser.problems == []
    # one file, and the sounds and pictures in it
    assert {address.partition(":")[0] for address in browser.addresses} <= {"file", "data", "about"}
    files = [address for address in browser.addresses if address.startswith("file:")]
    assert files == [page.as_uri()]


def test_it_plays_over_a_joint_to_the_end(tab):
    tab.run(LISTEN)
    tab.press("ArrowRight")
    assert tab.run(PLACE) == 5
    tab.run("document.querySelector('.play').click()")
    assert tab.run(BUTTON) == "Pause"
    tab.wait(f"{PLACE} > 6.3", 20)
    assert tab.run("levels()") == [True, True]
    tab.wait(f"{BUTTON} === 'Play'", 20)
    assert tab.run("document.querySelector('output').textContent") == "0:00 / 0:07"
    assert tab.run("document.querySelector('.problem').textContent") == ""


def test_what_is_heard_is_what_the_buttons_say(tab):
    """The level of each tone in what goes to the loudspeaker, by an analyser."""
    tab.run(LISTEN)
    tab.run("document.querySelector('.play').click()")
    tab.wait(HEARD("[true,true]"), 20)
    tab.run("document.querySelectorAll('.solo')[1].click()")
    tab.wait(HEARD("[true,false]"), 5)
    tab.run("document.querySelectorAll('.solo')[2].click()")
    tab.wait(HEARD("[false,true]"), 5)
    tab.run("""(() => {
        const volume = document.querySelectorAll('.volume')[2];
        volume.value = 0;
        volume.dispatchEvent(new Event('input'));
    })()""")
    tab.wait(HEARD("[false,false]"), 5)
    assert tab.run(SILENT) == [True, True, False]


def test_everything_goes_by_keys(tab):
    assert tab.run(SILENT) == [False, True, True]
    tab.press("3")  # not where the player has no focus: it may be meant for something else
    assert tab.run(SILENT) == [False, True, True]
    tab.press(" ", "Space")
    assert (tab.run(BUTTON), tab.run(FOCUSED)) == ("Pause", "Player: Tones")
    tab.press(" ", "Space")
    assert tab.run(BUTTON) == "Play"
    tab.run("document.querySelector('.lane').focus()")
    tab.press("ArrowDown")
    assert tab.run(FOCUSED) == "Tones, low"
    ring = "getComputedStyle(document.activeElement).outlineStyle"
    assert tab.run(ring) == "solid"
    tab.press("s", "KeyS")
    assert tab.run(SILENT) == [True, False, True]
    tab.press("s", "KeyS")
    tab.press("m", "KeyM")
    assert tab.run(SILENT) == [False, False, True]
    tab.press("ArrowDown"), tab.press("ArrowDown")
    assert tab.run(FOCUSED) == "Tones, high"
    tab.press("2", "Digit2")
    assert tab.run(SILENT) == [True, False, True]
    tab.press("0", "Digit0")
    assert tab.run(SILENT) == [False, False, True]
    tab.press("ArrowRight")
    assert tab.run(PLACE) == 5
    tab.run("document.querySelectorAll('.volume')[1].focus()")
    tab.press("ArrowLeft")  # of the volume, not of the song
    assert tab.run(PLACE) == 5
    assert tab.run("Number(document.querySelectorAll('.volume')[1].value)") < 1
    tab.press("Home")
    tab.run("document.querySelector('.seek').focus()")
    tab.press("Home")
    assert tab.run(PLACE) == 0


def test_pictures_change_and_a_mixture_has_no_mask(tab):
    shown = """[...document.querySelectorAll('.picture')].map((picture) =>
        [...picture.querySelectorAll('img, svg')].filter((child) => child.checkVisibility())
            .map((child) => child.getAttribute('class')).join())"""
    assert tab.run(shown) == ["spectrogram"] * 3
    tab.run("document.querySelector('[data-view=mask].view').click()")
    assert tab.run(shown) == ["spectrogram", "mask", "mask"]
    tab.run("document.querySelector('[data-view=waveform].view').click()")
    assert tab.run(shown) == ["waveform"] * 3


def test_the_cursor_moves_less_where_the_system_asks_for_it(tab):
    tab.look(1280, still=True)
    tab.run("document.querySelector('.play').click()")
    places = tab.run("""new Promise((resolve) => {
        const seen = new Set(), end = performance.now() + 1200;
        const look = () => {
            seen.add(document.querySelector('.mixer').style.getPropertyValue('--place'));
            if (performance.now() < end) requestAnimationFrame(look);
            else resolve(seen.size);
        };
        look();
    })""")
    assert 2 <= places <= 5


def test_axe_finds_nothing(tab):
    script = require_axe()
    assert violations(tab, script) == []
    tab.run("document.querySelector('[data-view=mask].view').click()")
    tab.run("document.querySelector('.problem').textContent = 'A sound is missing.'")
    assert violations(tab, script) == []
