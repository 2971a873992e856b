"""Files written by version 0.1.0 load, and separate as they did then."""

from pathlib import Path

import keras
import numpy as np
import pytest

import keras_sep
from keras_sep.data import read_audio, write_audio
from keras_sep.inference import load_separator, separate_file
from keras_sep.testing import outputs

FILES = Path(__file__).parent / "files_of_0_1"
ALONE = {"open_unmix-alone": "spectrum", "conv_tasnet-alone": "mixture"}
LATER = {  # builders that version 0.1.0 did not have
    *("bandit", "bs_roformer", "mel_band_roformer", "moises_light", "scnet", "sepreformer"),
    *("tf_gridnet", "tf_locoformer", "tfc_tdf", "dtln", "hs_tasnet"),
}
SEPARATORS = sorted({path.stem for path in FILES.glob("*.keras")} - ALONE.keys())
# Relative to the loudest sample. Other versions, processors and backends add up in another order:
# measured are 4e-6, most of it from k-means.
TOLERANCE = 1e-5 if keras.backend.backend() == "tensorflow" else 1e-4
# Compiled, and with zeros around the file, which the Wiener filter heeds most: 1.5e-4.
IN_A_FILE = 5e-4
on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="files are separated with TensorFlow"
)


# JAX compiles every operation of a network that it builds: there only those that are quickly built
QUICK = ("deep_attractor", "mask_inference", "sepformer", "tasnet", "unet", "wavenet")
every_separator = pytest.mark.parametrize(
    "name", QUICK if keras.backend.backend() == "jax" else SEPARATORS
)


def kept(name):
    return np.load(FILES / f"{name}.npy")


def check(stems, name, tolerance=TOLERANCE):
    wanted = kept(name)
    np.testing.assert_allclose(stems, wanted, rtol=0, atol=tolerance * np.abs(wanted).max())


def test_every_builder_has_a_file():
    assert {name.partition("-")[0] for name in SEPARATORS} >= set(keras_sep.zoo.__all__) - LATER


@every_separator
def test_a_separator_makes_the_same_stems(name):
    separator = load_separator(FILES / f"{name}.keras")
    mixture = kept("mixture")[None, :, : separator.channels]
    check(outputs(separator, [mixture])[0][0], name)


@pytest.mark.parametrize("name", ALONE)
def test_a_network_alone_gives_the_same(name):
    network = keras.saving.load_model(FILES / f"{name}.keras")
    read = kept(ALONE[name])[None, ..., : network.input_shape[-1]]
    check(outputs(network, [read])[0][0], name)


@on_tensorflow
@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("open_unmix", {}),
        ("conv_tasnet", {}),
        # in blocks, whose joins show nothing: the context is all that the network hears
        ("wavenet", {"block_seconds": 0.1, "context_seconds": 0.1}),
        ("wave_u_net", {"block_seconds": 0.1, "context_seconds": 0.1}),
    ],
)
def test_a_file_is_separated_into_the_same_stems(name, blocks, tmp_path):
    separator = load_separator(FILES / f"{name}.keras")
    song = tmp_path / "song.wav"
    write_audio(song, kept("mixture")[:, : separator.channels], separator.sample_rate_hz, "float")
    stems = separate_file(separator, song, tmp_path / "stems", "float", **blocks)
    check(np.stack([read_audio(path)[0] for path in stems.values()], axis=-1), name, IN_A_FILE)
