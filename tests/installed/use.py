"""The installed package, used as a newcomer would: `make test-wheel` runs this elsewhere."""

import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile
import yaml


def run(*arguments, status=(0,)):
    """Run a command of `keras-sep`, and return what it says."""
    command = [Path(sys.executable).with_name("keras-sep"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in status, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def write_band(folder):
    """Two splits of a song of four stems, a second and a half of noise each."""
    noise = np.random.default_rng(0).uniform(-0.2, 0.2, (2, 4, 66150, 2))
    for split, stems in zip(("train", "valid"), noise, strict=True):
        track = folder / split / "song"
        track.mkdir(parents=True)
        for name, samples in zip(("vocals", "drums", "bass", "other"), stems, strict=True):
            soundfile.write(track / f"{name}.wav", samples, 44100)
    soundfile.write(folder / "song.wav", noise[0].sum(axis=0), 44100)


def main():
    package = Path(importlib.util.find_spec("keras_sep").origin)
    assert package.is_relative_to(sys.prefix), f"{package} is not the installed package"
    assert run("--version") == f"keras_sep {importlib.metadata.version('keras_sep')}\n"

    assert "no commercial use" in run("models", "umxl")  # what is known of published weights

    # a recipe by name, until it finds no data; and a copy, made small, for one epoch
    write_band(Path("data"))
    run("recipes", "open_unmix", "--out", "mine.yaml")
    recipe = yaml.safe_load(Path("mine.yaml").read_text())
    recipe["model"]["arguments"] = {"hidden": 8, "layers": 1, "bandwidth_bins": 100}
    recipe["data"] |= {"excerpt_seconds": 1.0, "excerpts_per_track": 2, "validation": []}
    recipe["fit"] |= {"batch_size": 1, "epochs": 1}
    Path("mine.yaml").write_text(yaml.safe_dump(recipe))
    refused = run("train", "open_unmix", "--data", "nothing", "--out", "nowhere", status=(1,))
    assert "nothing" in refused, refused
    run("train", "mine.yaml", "--data", "data", "--out", "run")

    run("separate", "data/song.wav", "--model", "run/separator.keras", "--out", "stems")
    stem, rate = soundfile.read("stems/song/vocals.wav")
    assert (stem.shape, rate) == ((66150, 2), 44100)

    # so short a training need not do well, which the status would say
    run("demo", "--out", "demo", "--export", "saved/demo/1", "--seconds", "1", status=(0, 1))
    assert Path("demo/listen.html").stat().st_size > 100_000
    assert Path("saved/demo/1/saved_model.pb").is_file()


if __name__ == "__main__":
    main()
