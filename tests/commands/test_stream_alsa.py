"""`keras-sep stream` through PortAudio and ALSA, to files by ALSA's own plugins.

What ALSA hears comes through a named pipe, which gives the pace; what it plays goes to a file. It
needs PortAudio and ALSA's configuration, not a sound card, and is left out where they are missing.
"""

import contextlib
import ctypes.util
import importlib.util
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from streams import COMMAND, RATE, as_wav, save_causal, song

from keras_sep.inference import load_separator

ALSA = Path("/usr/share/alsa/alsa.conf")
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("sounddevice") is None
    or ctypes.util.find_library("portaudio") is None
    or not ALSA.exists(),
    reason="needs sounddevice, PortAudio and ALSA",
)
CONFIGURATION = """
<{alsa}>
pcm.keras_sep_nothing {{ type null  hint {{ show on  description "nothing" }} }}
pcm.keras_sep_in {{
    type file  slave.pcm keras_sep_nothing  format raw
    file "/dev/null"  infile "{folder}/heard"
    hint {{ show on  description "from a pipe" }}
}}
pcm.keras_sep_out {{
    type file  slave.pcm keras_sep_nothing  format raw  file "{folder}/played"
    hint {{ show on  description "to a file" }}
}}
"""
BLOCK = f"""
import sounddevice, threading
called, blocks = threading.Event(), []

def call(heard, frames, time, status):
    blocks.append(frames)
    called.set()

settings = dict(samplerate={RATE}, channels=2, dtype="float32", callback=call)
with sounddevice.InputStream(device="keras_sep_nothing", **settings):
    called.wait()
print(blocks[0])
"""


@pytest.fixture
def alsa(tmp_path):
    """The environment of a process for which two devices of ALSA are files of a folder."""
    os.mkfifo(tmp_path / "heard")
    (tmp_path / "asound.conf").write_text(CONFIGURATION.format(alsa=ALSA, folder=tmp_path))
    path = os.pathsep.join(sys.path)
    return {**os.environ, "ALSA_CONFIG_PATH": f"{tmp_path}/asound.conf", "PYTHONPATH": path}


@pytest.fixture
def block(alsa, heard):
    """Number of samples that PortAudio reads at once."""
    found = subprocess.run(
        [sys.executable, "-c", BLOCK], env=alsa, check=True, capture_output=True, timeout=60
    )
    return int(found.stdout)


@pytest.fixture
def heard(alsa, tmp_path):
    """The descriptor of the pipe, of which both ends stay open: ALSA opens it to look at it."""
    descriptor = os.open(tmp_path / "heard", os.O_RDWR)
    yield descriptor
    os.close(descriptor)


@pytest.fixture(scope="module")
def causal(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "causal.keras"
    save_causal(path)
    return path


def streamed(alsa, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "stream", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=alsa,
    )


def speak(pipe, samples, block, stop):
    """Write samples at the pace of their rate, then silence, in pieces that ALSA reads at once."""
    begun = time.monotonic()
    for start in range(0, 10**9, block):
        if stop.wait(max(0.0, begun + start / RATE - time.monotonic())):
            return
        piece = np.zeros((block, samples.shape[1]), "float32")
        sound = samples[start : start + block]
        piece[: len(sound)] = sound
        while not select.select([], [pipe], [], 0.1)[1]:  # full: nobody listens
            if stop.is_set():
                return
        os.write(pipe, piece.tobytes())


@contextlib.contextmanager
def spoken(pipe, samples, block):
    """While it lasts somebody speaks, and nobody any more before the pipe is closed."""
    stop = threading.Event()
    speaker = threading.Thread(target=speak, args=(pipe, samples, block, stop))
    speaker.start()
    try:
        yield
    finally:
        stop.set()
        speaker.join()


def test_devices_are_listed(alsa, heard):
    process = streamed(alsa, "--devices")
    out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "keras_sep_in, ALSA" in out.decode()
    assert "keras_sep_out, ALSA" in out.decode()


def test_from_alsa_to_a_pipe(causal, alsa, block, heard):
    mixture = song(8000)
    process = streamed(
        alsa, "--model", causal, "--stems", "drums", "--input", "keras_sep_in", "--raw", "f32"
    )
    first = process.stderr.readline()  # the devices are open
    assert b"6 ms late" in first
    with spoken(heard, mixture, block):
        out = process.stdout.read(4 * 2 * 7600)
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    stem = np.frombuffer(out + rest, "float32").reshape(-1, 2)
    whole = np.array(load_separator(causal)(mixture[None]))[0, ..., 1]
    np.testing.assert_allclose(stem[:7600], whole[:7600], atol=1e-5)
    assert "input overflow: 0 ms dropped in 0 places, 0 reported by the device" in said.decode()


def test_from_a_pipe_to_alsa(causal, alsa, heard, tmp_path):
    """The device, which has no clock, plays as fast as it can: all of it, with gaps."""
    process = streamed(alsa, "--model", causal, "--stems", "drums", "--output", "keras_sep_out")
    _, said = process.communicate(as_wav(song()), timeout=120)
    assert process.returncode == 0, said
    played = np.fromfile(tmp_path / "played", "float32").reshape(-1, 2)
    stem = played[played.any(axis=1)]
    whole = np.array(load_separator(causal)(song()[None]))[0, ..., 1]
    np.testing.assert_allclose(stem, whole, atol=1e-5)
