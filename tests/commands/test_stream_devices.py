"""`keras-sep stream` with sound devices, doubles of which run at real pace in real threads."""

import json
import os
import pty
import re
import subprocess
import sys
import termios
import threading
from pathlib import Path

import numpy as np
import pytest
import soxr
from streams import COMMAND, LATENCY, RATE, as_wav, save_causal, song, stream

from keras_sep.inference import load_separator

DOUBLE = Path(__file__).parent / "device_double"
CHUNK = 160  # samples, of 20 ms

# a model that takes long now and then: the module is run by `--import`
STALLS = """
import time
from keras_sep.streaming import Stream

whole, calls = Stream.__call__, 0

def slow(self, chunk):
    global calls
    calls += 1
    if calls in {at}:
        time.sleep({seconds})
    return whole(self, chunk)

Stream.__call__ = slow
"""


@pytest.fixture(scope="module")
def causal(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "causal.keras"
    save_causal(path)
    return path


@pytest.fixture
def devices(tmp_path):
    """The environment of a process that has the doubles, given what they hear and settings."""

    def devices(heard=None, **settings):
        np.save(tmp_path / "heard.npy", song() if heard is None else heard)
        (tmp_path / "settings.json").write_text(json.dumps(settings))
        path = os.pathsep.join([str(DOUBLE), str(tmp_path), *sys.path])
        return {"env": {**os.environ, "SOUND_DOUBLE": str(tmp_path), "PYTHONPATH": path}}

    return devices


def played(tmp_path):
    samples = np.load(tmp_path / "played.npy")
    assert not np.isnan(samples).any()  # every block was filled
    return samples


def separated(model, mixture, source=1):
    return np.array(load_separator(model)(mixture[None]))[0, ..., source]


def counted(said, what):
    """Milliseconds and places of a kind of loss, and what the device reported, in the summary."""
    pattern = rf"{what}: (\d+) ms \w+ in (\d+) places, (\d+) reported"
    return tuple(map(int, re.search(pattern, said[-1]).groups()))


def numbered(samples):
    """Samples that say which they are, from 1; exact in float32."""
    return np.repeat(np.arange(1, samples + 1)[:, None] / 2**17, 2, axis=1).astype("float32")


def numbers(samples):
    return np.round(samples[:, 0] * 2**17).astype(int)


def test_from_a_device_to_a_pipe(causal, devices):
    status, out, said = stream(
        b"",
        *("--model", causal, "--stems", "drums", "--input", "line", "--raw", "f32"),
        **devices(ctrl_c=True),
    )
    assert status == 0, said
    stem = np.frombuffer(out, "float32").reshape(-1, 2)
    # silence is heard until Ctrl-C is noticed
    mixture = np.pad(song(), ((0, len(stem) - 5003), (0, 0)))
    np.testing.assert_allclose(stem, separated(causal, mixture), atol=1e-5)
    assert counted(said, "input overflow") == (0, 0, 0)
    # 48 samples, a chunk, and four blocks of 64
    assert (
        "6 ms late, and a chunk of 20 ms before that; 32 ms in the input device: 58 ms" in said[0]
    )


def test_from_a_pipe_to_a_device(causal, devices, tmp_path):
    status, out, said = stream(
        as_wav(song()),
        *("--model", causal, "--stems", "drums", "--output", "default", "--buffer-ms", 500),
        **devices(),
    )
    assert (status, out) == (0, b""), said
    stem, wanted = played(tmp_path), separated(causal, song())
    begin = np.flatnonzero(stem[:, 0])[0]
    np.testing.assert_allclose(stem[begin:][:5003], wanted, atol=1e-5)
    assert not stem[begin + 5003 :].any()
    assert counted(said, "output underflow") == (0, 0, 0)


def test_from_a_device_to_a_device(causal, devices, tmp_path):
    """In order, equal to the whole, and as late as was said."""
    mixture = song(12_000)
    status, out, said = stream(
        b"",
        *("--model", causal, "--stems", "drums", "--input", 0, "--output", 1),
        *("--buffer-ms", 1000),
        **devices(mixture, ctrl_c_s=4),
    )
    assert (status, out) == (0, b""), said
    stem, wanted = played(tmp_path), separated(causal, mixture)
    begin = np.flatnonzero(stem[:, 0])[0]
    np.testing.assert_allclose(stem[begin:][:11_900], wanted[:11_900], atol=1e-5)
    late = begin - LATENCY - (CHUNK + RATE)
    assert -128 <= late <= 2000  # the input starts after the output, soon
    assert counted(said, "input overflow") == counted(said, "output underflow") == (0, 0, 0)


@pytest.mark.parametrize("at", ["(60,)", "(60, 61, 62)", "range(50, 80, 4)"])
def test_a_model_that_stalls(causal, devices, tmp_path, at):
    """What is late is dropped and counted, and what follows is no later than before."""
    seconds = 0.6 if at == "(60,)" else 0.3
    (tmp_path / "stalls.py").write_text(STALLS.format(at=at, seconds=seconds))
    status, _, said = stream(
        b"",
        *("--model", causal, "--mix", "vocals=1", "--import", "stalls"),  # the mixture itself
        *("--input", "line", "--output", "speakers", "--buffer-ms", 100),
        **devices(numbered(60_000), ctrl_c_s=5),
    )
    assert status == 0, said
    samples = numbers(played(tmp_path))
    first, last = np.flatnonzero(samples)[[0, -1]]
    heard = samples[first : last + 1]
    sound = heard[heard > 0]
    assert (np.diff(sound) > 0).all()
    # what was counted is what is missing
    dropped, dropped_places, _ = counted(said, "input overflow")
    silent, silent_places, _ = counted(said, "output underflow")
    missing = sound[-1] - sound[0] + 1 - len(sound)
    assert dropped_places >= 1
    assert missing == pytest.approx(dropped * RATE / 1000, abs=RATE / 1000)
    assert silent_places >= 1
    assert (heard == 0).sum() <= (silent + 1) * RATE / 1000
    assert dropped > 300
    # the latency, sample by sample: no block that the devices hold more at the end
    late = np.arange(len(heard))[heard > 0] - sound
    assert late[-1] - late[0] <= 4 * 64 * 2
    # no callback waited for the model
    for way in ("input", "output"):
        assert json.loads((tmp_path / f"{way}.json").read_text())["longest_s"] < seconds / 2


def test_a_model_slower_than_sound(causal, devices, tmp_path):
    (tmp_path / "stalls.py").write_text(STALLS.format(at="range(5, 9999)", seconds=0.04))
    status, _, said = stream(
        b"",
        *("--model", causal, "--mix", "vocals=1", "--import", "stalls"),
        *("--input", "line", "--output", "speakers"),
        **devices(numbered(60_000), ctrl_c_s=5),
    )
    assert status == 0, said
    samples = numbers(played(tmp_path))
    first, last = np.flatnonzero(samples)[[0, -1]]
    sound = samples[first : last + 1] > 0
    assert 0.1 < sound.mean() < 0.6  # it goes on with what it manages
    dropped, *_ = counted(said, "input overflow")
    assert dropped > 1000
    late = np.arange(len(samples))[samples > 0] - samples[samples > 0]
    # were nothing dropped, it would be more than half of five seconds
    assert late.max() - late[0] < RATE


def test_a_device_of_another_rate(causal, devices):
    mixture = soxr.resample(song(9000), RATE, 16_000)
    status, out, said = stream(
        b"",
        *("--model", causal, "--stems", "drums", "--input", "line", "--raw", "f32"),
        **devices(mixture, rates=[16_000], ctrl_c=True),
    )
    assert status == 0, said
    stem = np.frombuffer(out, "float32").reshape(-1, 2)
    mixture = np.pad(mixture, ((0, 2 * len(stem) - len(mixture)), (0, 0)))
    wanted = separated(causal, soxr.resample(mixture, 16_000, RATE))
    # a stream and the whole are resampled in blocks of other lengths
    np.testing.assert_allclose(stem[:8900], wanted[:8900], atol=1e-4)
    assert re.search(r"input device at 16000 Hz, \d+ ms to change its rate", said[0])


def test_a_device_of_another_rate_plays(causal, devices, tmp_path):
    status, _, said = stream(
        as_wav(song()),
        *("--model", causal, "--stems", "drums", "--output", "speakers", "--buffer-ms", 500),
        **devices(rates=[16_000]),
    )
    assert status == 0, said
    stem = played(tmp_path)
    wanted = soxr.resample(separated(causal, song()), RATE, 16_000)
    begin = np.argmax(np.correlate(stem[:, 0], wanted[:, 0], "valid"))
    np.testing.assert_allclose(stem[begin:][: len(wanted)], wanted, atol=1e-4)
    assert counted(said, "output underflow") == (0, 0, 0)


def test_one_channel_is_heard_on_all(causal, devices):
    status, out, said = stream(
        b"",
        *("--model", causal, "--stems", "drums", "--input", "headset", "--raw", "f32"),
        **devices(song(channels=1), ctrl_c=True),
    )
    assert status == 0, said
    stem = np.frombuffer(out, "float32").reshape(-1, 2)
    mixture = np.pad(np.repeat(song(channels=1), 2, axis=1), ((0, len(stem) - 5003), (0, 0)))
    np.testing.assert_allclose(stem, separated(causal, mixture), atol=1e-5)


def test_the_devices_are_listed(devices):
    status, out, said = stream(b"", "--devices", **devices())
    assert (status, said) == (0, [])
    heading, *lines = (line.split() for line in out.decode().splitlines())
    assert heading == ["name", "inputs", "outputs", "Hz", "input", "ms", "output", "ms"]
    assert lines == [
        [">", "0", "Line", "of", "the", "double,", "Double", "2", "0", "44100", "8"],
        ["<", "1", "Speakers", "of", "the", "double,", "Double", "0", "2", "44100", "9"],
        ["2", "Old", "headset,", "Double", "1", "1", "44100", "8", "9"],
    ]


def test_the_meter_of_a_terminal(causal, devices):
    """A sine of amplitude 1/2: -6.0 dBFS, and 3 dB less on average."""
    time = np.arange(3 * RATE) / RATE
    sine = np.repeat(0.5 * np.sin(2 * np.pi * 500 * time)[:, None], 2, axis=1).astype("float32")
    terminal, other = pty.openpty()
    termios.tcsetwinsize(other, (24, 120))
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", COMMAND, "stream", "--model", str(causal), "--mix", "vocals=1"),
            *("--input", "line", "--output", "speakers", "--buffer-ms", "500"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=other,
        **devices(sine, ctrl_c_s=3),
    )
    os.close(other)
    written = []
    reader = threading.Thread(target=lambda: written.extend(_read(terminal)), daemon=True)
    reader.start()
    assert process.wait(120) == 0
    reader.join()
    os.close(terminal)
    lines = re.split(r"[\r\n]+", b"".join(written).decode())
    shown = [line for line in lines if "dBFS" in line]
    assert 15 <= len(shown) <= 40  # ten a second, for three seconds
    numbers = [tuple(map(float, re.findall(r"-?\d+\.\d", line))) for line in shown]
    assert numbers[len(shown) // 2] == (-9.0, -6.0, -9.0, -6.0)
    # 20 ms a chunk, 500 of buffer, 2 times 32 in devices, 6 of frames, and a block here or there
    late = [int(re.search(r"(\d+) ms late", line)[1]) for line in shown]
    assert 500 < late[len(late) // 2] < 650
    assert lines[-2].startswith("3.")
    assert " of sound in " in lines[-2]


def _read(terminal):
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # its other end is closed
            return
        if not piece:
            return
        yield piece


@pytest.mark.fault
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--input", "piano"), "--input: No input device matching 'piano'. `--devices` lists"),
        (("--input", "speakers"), "No input device matching"),
        (("--output", "e"), "--output: Multiple output devices"),
        (("--input", "7"), "Error querying device 7"),
        (("--output", "0"), "--output: Line of the double has none"),
        (("--input", "line", "--output", "1", "--raw", "s16"), "--raw: neither"),
        (("--output", "speakers", "--buffer-ms", "0"), "--buffer-ms: give more than 0"),
    ],
)
def test_refusals(causal, devices, run, monkeypatch, arguments, message):
    monkeypatch.setenv("SOUND_DOUBLE", devices()["env"]["SOUND_DOUBLE"])
    monkeypatch.syspath_prepend(DOUBLE)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    status, out, said = run("stream", "--model", causal, "--stems", "drums", *arguments)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    assert (status, out) == (1, [])
    (line,) = said
    assert message in line
    assert line.startswith("keras-sep stream: ")


@pytest.mark.fault
@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ((), {"rates": [96_000], "refused": [8000, 96_000]}, "runs neither at 8000 Hz"),
        (("--output", "headset"), {}, "Old headset has 1 channels, and the model 2"),
    ],
)
def test_devices_that_do_not_fit_the_model(causal, devices, arguments, settings, message):
    status, out, said = stream(
        b"",
        *("--model", causal, "--stems", "drums", "--input", "line", *arguments),
        **devices(**settings),
    )
    assert (status, out) == (1, b"")
    (line,) = said
    assert message in line


@pytest.mark.fault
@pytest.mark.parametrize("way", ["input", "output"])
def test_a_device_that_is_unplugged(causal, devices, way):
    status, _, said = stream(
        as_wav(song(80_000)),
        *("--model", causal, "--stems", "drums", f"--{way}", "default"),
        **devices(unplugged_s=0.5),
    )
    assert status == 1
    assert "has stopped" in said[-1]
    assert " of sound in " in said[-2]


@pytest.mark.fault
@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("raise ImportError('no module')", "pip install 'keras_sep[stream]'"),
        ("raise OSError('PortAudio library not found')", "apt install libportaudio2"),
    ],
)
@pytest.mark.parametrize("arguments", [("--devices",), ("--model", "m.keras", "--input", "0")])
def test_a_library_that_is_missing(tmp_path, module, message, arguments):
    (tmp_path / "sounddevice.py").write_text(module)
    (tmp_path / "m.keras").touch()
    path = os.pathsep.join([str(tmp_path), *sys.path])
    status, out, said = stream(
        b"", *arguments, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}
    )
    assert (status, out) == (1, b"")
    assert len(said) == 1
    assert message in said[0]
