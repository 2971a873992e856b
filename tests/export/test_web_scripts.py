"""The scripts of the page in Node.js: their numbers are those of Python."""

import json
import os
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import numpy as np
import soundfile
from scipy.optimize import linear_sum_assignment
from web_files import require_node

from keras_sep import plots
from keras_sep.inference import BlockGrid, separate_blocks

RATE = 8000


def noise(samples, channels, seed=1):
    return np.random.default_rng(seed).normal(0, 0.2, (samples, channels)).astype("float32")


def separated(samples, grid, interchangeable):
    """Stems that depend on the place in the block, in another order every other block."""
    lengths = []

    def separate(block):
        lengths.append(len(block))
        place = np.arange(len(block), dtype="float32")[:, None] / 1000
        stems = np.stack([block + place, block * block - place, -block], axis=-1)
        return stems[..., ::-1] if len(lengths) % 2 == 0 else stems

    pieces = separate_blocks(separate, [samples], grid, interchangeable)
    stems = np.concatenate(list(pieces)).transpose(2, 1, 0)  # sources, channels, samples
    return {"stems": stems.tolist(), "lengths": lengths}


def block_cases():
    grids = [BlockGrid(101, 37, 22), BlockGrid(101, 37, 74), BlockGrid(50, 0, 0)]
    for grid in grids:
        for samples in (1, 36, 174, 175, 176, 277, 1009):
            for interchangeable in (False, True):
                signal = noise(samples, 2)
                yield {
                    "grid": grid._asdict(),
                    "interchangeable": interchangeable,
                    "signal": signal.T.tolist(),
                    **separated(signal, grid, interchangeable),
                }


def assignment_cases():
    rng = np.random.default_rng(2)
    for size in (1, 2, 3, 5, 7):
        matrix = rng.uniform(-1, 1, (size, size))
        order = linear_sum_assignment(-matrix)[1]
        yield {"matrix": matrix.tolist(), "order": order.tolist()}


def spectrogram_cases():
    for samples, channels in ((20011, 1), (20011, 2), (900, 2)):
        sound = noise(samples, channels) * np.linspace(0, 1, samples)[:, None] ** 3
        levels = plots.decibels(sound, RATE, width=31, height=180)
        yield {"signal": sound.T.tolist(), "rate": RATE, "levels": levels.tolist()}


def waveform_cases():
    for samples, channels in ((20011, 1), (20011, 2), (7, 2)):
        sound = noise(samples, channels)
        picture = plots.WaveformPicture(samples)
        for part in np.split(sound, [3, 1009]):
            picture.add(part)
        yield {"signal": sound.T.tolist(), "path": picture.svg_path(0.5)}


def test_scripts_and_python_have_the_same_numbers(tmp_path):
    node = require_node()
    page = tmp_path / "page"
    with resources.as_file(resources.files("keras_sep.export") / "web_page") as sources:
        shutil.copytree(sources, page)
    (page / "package.json").write_text('{"type": "module"}')
    sound = 1.5 * noise(1009, 2, seed=3)
    cases = {
        "blocks": list(block_cases()),
        "assignments": list(assignment_cases()),
        "spectrograms": list(spectrogram_cases()),
        "waveforms": list(waveform_cases()),
        "sound": sound.T.tolist(),
    }
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    script = Path(__file__).with_name("web_scripts.test.mjs")
    run = subprocess.run(
        [node, "--test", script],
        env={**os.environ, "WEB_PAGE": str(page), "WEB_CASES": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "# pass 9" in run.stdout, run.stdout

    floats, rate = soundfile.read(tmp_path / "float32.wav", dtype="float32")
    np.testing.assert_array_equal(floats, sound)
    assert rate == RATE
    info = soundfile.info(tmp_path / "float32.wav")
    assert (info.subtype, info.frames) == ("FLOAT", 1009)
    shorts, _ = soundfile.read(tmp_path / "int16.wav", dtype="int16")
    np.testing.assert_array_equal(shorts, np.floor(sound * 0.5 * 32768 + 0.5).clip(-32768, 32767))
    assert soundfile.info(tmp_path / "int16.wav").subtype == "PCM_16"
