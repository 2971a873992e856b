"""TensorFlow is an extra: what works without it, and what is said where it is needed."""

import json
import os
import re
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_sep import Separator, _keras_backend, data, export, layers, training, zoo

pytestmark = pytest.mark.fault
INSTALL = "needs tensorflow, which is not installed: pip install 'keras_sep[tensorflow]'"


def spectral_separator():
    network = zoo.open_unmix(targets=("one", "other"), bins=33, hidden=8, layers=1, channels=1)
    return Separator(network, 4000, ("one", "other"), layers.STFT(64, 16), layers.WienerFilter(1))


@pytest.mark.parametrize(
    ("given", "configured", "installed", "expected"),
    [
        (None, None, {"tensorflow", "jax", "torch"}, None),
        (None, None, {"jax", "torch"}, "jax"),
        (None, None, {"torch"}, "torch"),
        (None, "tensorflow", {"torch"}, "torch"),  # Keras's own word, nobody's choice
        (None, "torch", {"jax", "torch"}, None),
        ("jax", None, {"jax"}, "jax"),
        ("numpy", None, set(), "numpy"),  # not one that we know
    ],
)
def test_the_backend_that_is_installed_is_taken(looking, given, configured, installed, expected):
    looking(given, configured, installed)
    _keras_backend.find_backend()
    assert os.environ.get("KERAS_BACKEND") == expected


@pytest.mark.parametrize(
    ("given", "configured", "installed", "complaint"),
    [
        (None, None, set(), r"needs a backend, and none is installed: pip install 'keras_sep\["),
        ("tensorflow", None, {"jax"}, r"KERAS_BACKEND chooses the backend tensorflow, which is no"),
        ("torch", None, {"jax"}, r"pip install 'keras_sep\[torch\]'"),
        (None, "jax", {"tensorflow"}, r"keras.json chooses the backend jax, which is not install"),
    ],
)
def test_a_missing_backend_is_named(looking, given, configured, installed, complaint):
    looking(given, configured, installed)
    with pytest.raises(ImportError, match=complaint) as caught:
        _keras_backend.find_backend()
    assert "\n" not in str(caught.value)


@pytest.fixture
def looking(monkeypatch, tmp_path):
    """Look for a backend as in a new process with the given environment."""

    def look(given, configured, installed):
        monkeypatch.delitem(sys.modules, "keras")
        monkeypatch.setenv("KERAS_BACKEND", given or "")  # also takes back what is set
        if given is None:
            monkeypatch.delenv("KERAS_BACKEND")
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        if configured:
            (tmp_path / "keras.json").write_text(json.dumps({"backend": configured}))
        monkeypatch.setattr(_keras_backend, "_is_installed", installed.__contains__)

    return look


def test_rooms_that_need_tensorflow_say_so(monkeypatch, tmp_path):
    recipe = training.Recipe(training.Named("open_unmix"), ("a", "b"), ("a",))
    separator = spectral_separator()
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match=re.escape(f"training {INSTALL}")):
        training.train(recipe, tmp_path, tmp_path / "run")
    with pytest.raises(ImportError, match=re.escape(f"a SavedModel {INSTALL}")):
        export.saved_model(separator, tmp_path / "saved" / "1")
    song = np.random.default_rng(0).uniform(-0.5, 0.5, (4000, 1))
    for source in ("a", "b"):
        data.write_audio(tmp_path / "train" / "song" / f"{source}.wav", song, 4000)
    tracks = data.find_tracks(tmp_path, "train", ("a", "b"), sample_rate_hz=4000, channels=1)
    with pytest.raises(ImportError, match=re.escape(f"a `tf.data` pipeline {INSTALL}")):
        data.excerpts(tracks, ("a", "b"), excerpt_seconds=0.1, batch_size=1)
    dataset = data.ExcerptDataset(tracks, ("a", "b"), ("b",), excerpt_seconds=0.1, batch_size=1)
    mixture, targets = dataset[0]
    assert mixture.shape == targets.shape[:-1] == (1, 400, 1)
    assert {path.name for path in tmp_path.iterdir()} == {"train"}


def test_tensorboard_is_asked_for_before_anything_is_read(monkeypatch, tmp_path):
    recipe = training.Recipe(training.Named("open_unmix"), ("a", "b"), ("a",))
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError, match=r"^`fit.tensorboard` needs tensorboard, which is not"):
        training.train(recipe, tmp_path, tmp_path / "run")


@pytest.mark.skipif(keras.backend.backend() == "tensorflow", reason="run by make test-backends")
def test_separates_without_tensorflow(tmp_path):
    """Stems as on the command line, in a process that cannot import TensorFlow."""
    spectral_separator().save(tmp_path / "separator.keras")
    mixture = np.random.default_rng(0).uniform(-0.5, 0.5, (3 * 4000, 1))
    data.write_audio(tmp_path / "song.wav", mixture, 4000)
    code = (
        "import sys; sys.modules['tensorflow'] = None; import keras_sep_cli\n"
        "sys.exit(keras_sep_cli.main(['separate', 'song.wav', '--model', 'separator.keras', "
        "'--out', 'stems', '--format', 'float']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    stems = [
        data.read_audio(tmp_path / "stems/song" / f"{name}.wav")[0] for name in ("one", "other")
    ]
    # the Wiener filter's stems sum to the mixture
    np.testing.assert_allclose(sum(stems), mixture, atol=1e-3)
