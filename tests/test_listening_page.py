"""The listening page: whole in one file, its sounds and pictures what they say they are."""

import base64
import io
import json
import re
import sys
import webbrowser
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from PIL import Image

from keras_sep import plots
from keras_sep.data.audio import accepting_damage
from keras_sep.listening_page import Clip, Section, Table, open_page, write_page

RATE = 8009


def sine(frequency_hz, seconds=0.7, amplitude=1.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return amplitude * np.sin(2 * np.pi * frequency_hz * time)[:, None].repeat(2, axis=1)


class Page(HTMLParser):
    """What a browser would load and show."""

    def __init__(self, path):
        super().__init__()
        self.loaded, self.text, self.tags = [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        # what a browser fetches; `xmlns` is a name, not an address
        wanted = ("src", "srcset", "poster", "data", "action")
        names = (*wanted, "href", "xlink:href") if tag != "a" else wanted
        self.loaded += [value for name, value in attributes if name in names]

    def handle_data(self, data):
        self.text.append(data)


def page(tmp_path):
    sound = sine(440, amplitude=0.4)
    table = Table("dB", ["stem", "model"], [["a<b", "1.5"], ["mean", "1.5"]])
    sections = [
        Section("scores", table=table),
        Section("drums & bass", clips=[Clip("model", sound, RATE, "SI-SDR 3.1 dB")]),
        Section(
            "training", curve_svg=plots.curves_svg({"loss": [3.0, 2.0, 1.5]}), facts={"a": "b"}
        ),
    ]
    return sound, write_page(tmp_path / "page.html", "Title <i>", "Text.", sections, "Footer.")


def test_page_asks_for_nothing_outside_itself(tmp_path):
    _, path = page(tmp_path)
    parsed = Page(path)
    assert {address[:5] for address in parsed.loaded if not address.startswith("#")} == {"data:"}
    assert "@import" not in path.read_text()
    assert [item.name for item in tmp_path.iterdir()] == ["page.html"]


def test_names_are_text_not_markup(tmp_path):
    parsed = Page(page(tmp_path)[1])
    text = "".join(parsed.text)
    assert "i" not in parsed.tags[: parsed.tags.index("section")]
    for shown in ("Title <i>", "a<b", "drums & bass", "SI-SDR 3.1 dB", "Footer."):
        assert shown in text


def sounds(text):
    """Pieces by lane and number, of the scripts in a page or beside it."""
    found = {}
    for lane, first, pieces in re.findall(r"put\((\d+),(\d+),(\[.*?\])\)", text):
        for number, piece in enumerate(json.loads(pieces), int(first)):
            found[int(lane), number] = soundfile.read(io.BytesIO(base64.b64decode(piece)))
    return found


def noise(seconds, rate, channels=2):
    """Noise below 2 kHz, which MP3 keeps well."""
    white = np.random.default_rng(5).normal(size=(round(seconds * rate), channels))
    spectrum = np.fft.rfft(white, axis=0)
    spectrum[round(2000 * seconds) :] = 0
    return 0.1 * np.fft.irfft(spectrum, len(white), axis=0)


@pytest.mark.parametrize(("rate", "mp3_rate"), [(8000, 8000), (44100, 44100), (96000, 48000)])
def test_joined_pieces_are_the_sound(tmp_path, rate, mp3_rate):
    """Each piece after its margin goes on where the one before ended; also what is shorter."""
    sound = noise(7, rate)
    clips = [Clip("whole", sound, rate), Clip("short", sound[: 5 * rate, :1], rate)]
    page = write_page(tmp_path / "page.html", "", "", [Section("", clips=clips)])
    found = sounds(page.read_text())
    assert sorted(found) == [(0, 0), (0, 1), (1, 0)]
    assert {piece_rate for _, piece_rate in found.values()} == {mp3_rate}
    assert found[1, 0][0].ndim == 1
    margin = 0.2 * mp3_rate  # seconds that stand in the page
    assert page.read_text().count('data-margin-seconds="0.2"') == 2
    heard = [found[0, number][0][round(margin) :][: 6 * mp3_rate] for number in range(2)]
    heard = np.concatenate(heard)[: 7 * mp3_rate]
    wanted = sound[:: rate // mp3_rate]
    # a shift by one sample of noise up to 2 kHz would leave 12 dB at 48 kHz, and less below
    assert 10 * np.log10(np.mean(wanted**2) / np.mean((heard - wanted) ** 2)) > 20


def test_long_sounds_are_beside_the_page(tmp_path):
    """What does not fit at the lowest bit rate; a shorter page later takes the folder away."""
    clips = [Clip("a song & more", noise(61, 8000, 1), 8000)]
    path = tmp_path / "a page.html"
    write_page(path, "", "", [Section("", clips=clips)], most_bytes=10_000)
    assert path.stat().st_size < 100_000
    assert not sounds(path.read_text())
    assert 'data-audio="a%20page_audio"' in path.read_text()
    scripts = sorted((tmp_path / "a page_audio").iterdir())
    assert [script.name for script in scripts] == ["0-0.js", "0-1.js"]
    assert sorted(sounds("".join(script.read_text() for script in scripts))) == [
        (0, number) for number in range(11)
    ]
    write_page(path, "", "", [Section("", clips=clips)])
    assert [item.name for item in tmp_path.iterdir()] == ["a page.html"]
    assert len(sounds(path.read_text())) == 11


@pytest.mark.fault
def test_a_folder_of_something_else_stays(tmp_path):
    (tmp_path / "page_audio").mkdir()
    (tmp_path / "page_audio" / "song.wav").touch()
    with pytest.raises(ValueError, match="page_audio: a page's sounds would replace this folder"):
        page(tmp_path)
    assert [item.name for item in tmp_path.rglob("*")] == ["page_audio", "song.wav"]


def test_the_bit_rate_falls_until_the_page_fits(tmp_path):
    clips, most, sizes = [Clip("a", noise(7, 32000), 32000)], (20_000_000, 350_000, 300_000), []
    for number, limit in enumerate(most):
        path = tmp_path / f"{number}.html"
        write_page(path, "", "", [Section("", clips=clips)], most_bytes=limit)
        assert sounds(path.read_text())
        sizes.append(path.stat().st_size)
        assert sizes[-1] < limit
    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.fault
@pytest.mark.filterwarnings("ignore:.*cut short")
def test_damage_that_is_accepted_is_so_on_a_page(tmp_path):
    path = tmp_path / "cut.wav"
    soundfile.write(path, noise(7, 8000), 8000)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ValueError, match="cut short"):
        write_page(tmp_path / "page.html", "", "", [Section("", clips=[Clip("a", path)])])
    with accepting_damage():
        page = write_page(tmp_path / "page.html", "", "", [Section("", clips=[Clip("a", path)])])
    assert page.exists()


def test_a_sound_from_a_file_is_that_from_its_samples(tmp_path):
    sound = noise(7, 8000).astype("float32")
    soundfile.write(tmp_path / "sound.wav", sound, 8000, "FLOAT")
    pages = [
        write_page(tmp_path / "page.html", "", "", [Section("", clips=[clip])]).read_text()
        for clip in (Clip("a", sound, 8000), Clip("a", tmp_path / "sound.wav"))
    ]
    assert pages[0] == pages[1]


def test_a_sound_without_a_rate(tmp_path):
    with pytest.raises(ValueError, match=r"with its `sample_rate_hz`. Received: shape \(7, 1\)"):
        write_page(tmp_path / "page.html", "", "", [Section("", clips=[Clip("", np.ones((7, 1)))])])


def test_buttons_have_names_and_lanes_begin_as_they_should(tmp_path):
    sound = noise(0.5, 8000)
    clips = [Clip("vocals", sound, 8000), Clip("mixture", sound, 8000, muted=True)]
    text = write_page(tmp_path / "page.html", "", "", [Section("Song", clips=clips)]).read_text()
    for name, pressed in (("vocals", "false"), ("mixture", "true")):
        assert f'aria-label="Mute {name}" aria-pressed="{pressed}"' in text
        assert f'aria-label="Solo {name}" aria-pressed="false"' in text
        assert f'alt="Spectrogram: Song, {name}"' in text


def test_a_page_needs_no_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "PIL", None)
    _, path = page(tmp_path)
    assert "data:image/png" in path.read_text()


@pytest.mark.fault
def test_without_a_screen_no_browser_is_asked(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    assert not open_page(tmp_path / "a page.html")
    monkeypatch.setenv("DISPLAY", ":0")
    assert open_page(tmp_path / "a page.html")
    assert opened == [f"file://{tmp_path}/a%20page.html"]

    def fail(address):
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "open", fail)
    assert not open_page(tmp_path / "a page.html")


def test_picture_is_a_png(tmp_path):
    _, path = page(tmp_path)
    picture = next(item for item in Page(path).loaded if item.startswith("data:image/png"))
    image = Image.open(io.BytesIO(base64.b64decode(picture.split(",", 1)[1])))
    assert image.size == (720, 180)


def test_spectrogram_shows_level_and_frequency():
    """A full-scale sine is 0 dB, at the height of its frequency."""
    for frequency_hz in (211.0, 1009.0, 3001.0):
        levels = plots.decibels(sine(frequency_hz), RATE, width=31, height=307)
        middle = levels[:, 15]
        # a sine between two bins of a Hann window loses up to 1.42 dB, and rows interpolate
        assert -3 < middle.max() < 0.1
        height = 1 - middle.argmax() / 306
        assert abs(height - plots.frequency_position(frequency_hz, RATE)) < 0.02


def test_silence_has_a_picture():
    assert plots.spectrogram_png(np.zeros((100, 1)), RATE).startswith(b"\x89PNG")
    assert np.isfinite(plots.decibels(np.zeros((100, 1)), RATE, 11, 13)).all()


def test_a_spectrogram_in_pieces_is_that_of_the_whole():
    sound = sine(440, seconds=7)
    picture = plots.SpectrogramPicture(len(sound), RATE, width=31, height=40)
    for part in np.split(sound, [3, 1009, 30011]):
        picture.add(part)
    np.testing.assert_allclose(
        picture.levels(), plots.decibels(sound, RATE, width=31, height=40), atol=1e-3
    )


def test_a_waveform_shows_highest_and_lowest_samples():
    """Of each of 720 columns, in pieces, by the definition."""
    sound = np.random.default_rng(1).uniform(-1, 1, (720 * 11, 2))
    picture = plots.WaveformPicture(len(sound))
    for part in np.split(sound, [5, 1009, 7001]):
        picture.add(part)
    path = np.array(re.findall(r"([\d.]+) ([\d.]+)", picture.svg_path(2.0)), float)
    columns = sound.reshape(720, -1)
    np.testing.assert_array_equal(path[:720, 0], np.arange(720))
    np.testing.assert_allclose(path[:720, 1], 90 - 45 * columns.max(axis=1), atol=0.501)
    np.testing.assert_allclose(path[:719:-1, 1], 90 - 45 * columns.min(axis=1), atol=0.501)


def test_a_part_has_a_mask_where_it_can_be_compared(tmp_path):
    sound = noise(0.5, 8000)
    clips = [
        Clip("mixture", sound, 8000),
        Clip("half", sound / 2, 8000, part_of="mixture"),
        Clip("faster", sound[::2], 4000, part_of="mixture"),
        Clip("alone", sound, 8000),
    ]
    text = write_page(tmp_path / "page.html", "", "", [Section("Song", clips=clips)]).read_text()
    assert re.findall('alt="Mask: ([^"]+)"', text) == ["Song, half"]
    found = re.search('class="mask" alt="Mask: [^"]+" src="data:image/png;base64,([^"]+)"', text)
    shares = np.asarray(Image.open(io.BytesIO(base64.b64decode(found[1]))))  # of 63 shades
    assert set(np.unique(shares)) <= {0, 31, 32}  # and nothing above 2 kHz
    assert np.mean(shares > 0) > 0.5


def test_curves_are_where_their_values_are():
    """On a logarithmic axis equal factors are equal distances; what is not a number is left out."""
    values = [8.0, 4.0, 2.0, float("nan"), 1.0, 0.0]
    svg = ElementTree.fromstring(plots.curves_svg({"a <b>": values, "c": [3.0] * 6}))
    lines = [
        np.array([pair.split(",") for pair in line.get("points").split()], float)
        for line in svg.iter("{http://www.w3.org/2000/svg}polyline")
    ]
    assert [len(line) for line in lines] == [4, 6]
    steps = np.diff(lines[0], axis=0)
    np.testing.assert_allclose(steps[:, 0], steps[0, 0] * np.array([1, 1, 2]), atol=0.2)
    np.testing.assert_allclose(steps[:, 1], steps[0, 1], atol=0.2)  # downwards is more in SVG
    assert steps[0, 1] > 10
    np.testing.assert_allclose(np.diff(lines[1], axis=0)[:, 1], 0)
    texts = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert {"1", "2", "5", "6", "epoch", "loss", "a <b>", "c"} <= set(texts)


@pytest.mark.parametrize("values", [[], [2.0], [float("nan")], [1e-9, 1e9]])
def test_curves_of_few_or_far_values(values):
    for logarithmic in (True, False):
        ElementTree.fromstring(plots.curves_svg({"loss": values}, logarithmic=logarithmic))
