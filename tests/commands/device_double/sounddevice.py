"""Sound devices that are files, behind the small part of sounddevice's API that is used here.

A thread calls each stream's callback at the pace of its sample rate, as PortAudio does. What it
hands over is one buffer for all calls: its old contents are overwritten, and an output that is not
filled stays full of nan. A callback that takes longer than the device has sound for is reported to
the next one.

`SOUND_DOUBLE` names a folder. The input devices hear `heard.npy`, (samples, channels), then
silence, and `settings.json` may hold:

- `rates`: the only sample rates at which devices run, the first being their own;
- `refused`: rates at which they do not run after all;
- `ctrl_c`: whether the user presses Ctrl-C after the last sample of `heard.npy`;
- `ctrl_c_s`: or after so many seconds;
- `unplugged_s`: seconds after which a device is gone.

Output devices leave `played.npy`, and every device `<way>.json` with the seconds that its longest
callback took and the number of blocks.
"""

import json
import os
import signal
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

FOLDER = Path(os.environ["SOUND_DOUBLE"])
SETTINGS = json.loads((FOLDER / "settings.json").read_text())
BLOCK = 64
BLOCKS = 4  # that the device itself holds


class PortAudioError(Exception):
    pass


def _device(index, name, inputs, outputs):
    return {
        "index": index,
        "name": name,
        "hostapi": 0,
        "max_input_channels": inputs,
        "max_output_channels": outputs,
        "default_low_input_latency": 0.008 if inputs else -1.0,
        "default_low_output_latency": 0.009 if outputs else -1.0,
        "default_samplerate": float(SETTINGS.get("rates", [44100])[0]),
    }


_DEVICES = [
    _device(0, "Line of the double", 2, 0),
    _device(1, "Speakers of the double", 0, 2),
    _device(2, "Old headset", 1, 1),
]
default = SimpleNamespace(device=(0, 1))


def query_hostapis():
    return ({"name": "Double"},)


def query_devices(device=None, kind=None):
    if device is None and kind is None:
        return tuple(_DEVICES)
    if device is None:
        return dict(_DEVICES[default.device[kind == "output"]])
    if isinstance(device, int):
        if device >= len(_DEVICES):
            raise PortAudioError(f"Error querying device {device}")
        return dict(_DEVICES[device])
    able = [x for x in _DEVICES if x[f"max_{kind}_channels"] > 0]
    found = [x for x in able if device.lower() in f"{x['name']}, double".lower()]
    if len(found) != 1:
        how = f"Multiple {kind} devices found for" if found else f"No {kind} device matching"
        raise ValueError(f"{how} {device!r}")
    return dict(found[0])


def check_input_settings(device, channels, dtype, samplerate):
    _check(device, channels, dtype, samplerate, "input")


def check_output_settings(device, channels, dtype, samplerate):
    _check(device, channels, dtype, samplerate, "output")


def _check(device, channels, dtype, samplerate, way):
    assert dtype == "float32"
    able = SETTINGS.get("rates", [samplerate])
    if samplerate not in able or samplerate in SETTINGS.get("refused", []):
        raise PortAudioError("Invalid sample rate [PaErrorCode -9997]")
    if not 0 < channels <= _DEVICES[device][f"max_{way}_channels"]:
        raise PortAudioError("Invalid number of channels [PaErrorCode -9998]")


class _Stream:
    def __init__(self, device, dtype, samplerate, channels, callback, finished_callback):
        _check(device, channels, dtype, samplerate, self.way)
        self.latency = BLOCKS * BLOCK / samplerate
        self._rate = samplerate
        self._callback = callback
        self._finished_callback = finished_callback
        self._buffer = np.full((BLOCK, channels), np.nan, "float32")
        self._stopping = threading.Event()
        self._longest = 0.0
        self._blocks = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    abort = close = stop

    def _run(self):
        begun = time.monotonic()
        late = False
        try:
            while not self._stopping.is_set():
                now = self._blocks * BLOCK / self._rate
                if now > SETTINGS.get("unplugged_s", np.inf):
                    break
                time.sleep(max(0.0, begun + now - time.monotonic()))
                status = SimpleNamespace(input_overflow=late, output_underflow=late)
                called = time.monotonic()
                self._block(status)
                took = time.monotonic() - called
                late = took > self.latency
                self._longest = max(self._longest, took)
                self._blocks += 1
        finally:
            self._end()
            report = {"longest_s": self._longest, "blocks": self._blocks}
            (FOLDER / f"{self.way}.json").write_text(json.dumps(report))
            self._finished_callback()

    def _end(self):
        pass


class InputStream(_Stream):
    way = "input"

    def __init__(self, **settings):
        super().__init__(**settings)
        self._heard = np.load(FOLDER / "heard.npy")[:, : self._buffer.shape[1]]
        self._until = SETTINGS.get("ctrl_c_s", np.inf) * self._rate
        if SETTINGS.get("ctrl_c"):
            self._until = len(self._heard)

    def _block(self, status):
        start = self._blocks * BLOCK
        sound = self._heard[start : start + BLOCK]
        self._buffer[:] = 0
        self._buffer[: len(sound)] = sound
        self._callback(self._buffer, BLOCK, None, status)
        self._buffer[:] = np.nan
        if start + BLOCK >= self._until:
            self._until = np.inf
            os.kill(os.getpid(), signal.SIGINT)


class OutputStream(_Stream):
    way = "output"

    def __init__(self, **settings):
        super().__init__(**settings)
        self._played = []

    def _block(self, status):
        self._buffer[:] = np.nan
        self._callback(self._buffer, BLOCK, None, status)
        self._played.append(self._buffer.copy())

    def _end(self):
        np.save(FOLDER / "played.npy", np.concatenate(self._played))
