"""A causal model, a song, and `keras-sep stream` in its own process."""

import io
import subprocess
import sys

import keras
import numpy as np
import soundfile

import keras_sep

RATE = 8000
LATENCY = 48  # of frames of 64 samples every 16
COMMAND = "import sys, keras_sep_cli; sys.exit(keras_sep_cli.main())"


def save_causal(path):
    """A file of a model of the past only; stems are 48 samples late."""
    keras.utils.set_random_seed(7)
    sizes = {"bins": 33, "hidden": 6, "layers": 1, "bidirectional": False}
    network = keras_sep.zoo.open_unmix(("vocals", "drums"), **sizes)
    stft = keras_sep.layers.STFT(64, 16)
    keras_sep.Separator(network, RATE, ("vocals", "drums"), stft).save(path)


def song(samples=5003, channels=2):
    return 0.2 * np.random.default_rng(3).normal(size=(samples, channels)).astype("float32")


def as_wav(samples, rate=RATE, subtype="FLOAT"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype=subtype)
    return file.getvalue()


def stream(given, *arguments, **process):
    """Status, standard output in bytes, and the lines of standard error."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "stream", *map(str, arguments)],
        input=given,
        capture_output=True,
        check=False,
        timeout=240,
        **process,
    )
    return done.returncode, done.stdout, done.stderr.decode().splitlines()
