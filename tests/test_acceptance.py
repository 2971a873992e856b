"""The way through the public API that the documents promise, on a synthetic band.

Written from the contract (docs/architecture.md, docstrings) alone: names, signatures, and one small
model from audio files to a served SavedModel.
"""

import inspect
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_sep

RATE = 8000
FRAME, HOP = 256, 64

# What a user's other process does with a saved separator; keras_sep only registers its classes.
LOAD = """
import sys

import keras, keras_sep
import numpy as np

assert not {"keras_sep.data", "keras_sep.export", "keras_sep.training"} & set(sys.modules)
model, waveform, answer = sys.argv[1:]
separator = keras.saving.load_model(model)
assert type(separator) is keras_sep.Separator
assert separator.sample_rate_hz == 8000, separator.sample_rate_hz
assert tuple(separator.source_names) == ("vocals",), separator.source_names
assert separator.channels == 2, separator.channels
assert separator.license == "CC0-1.0", separator.license
np.save(answer, separator.predict(np.load(waveform), verbose=0))
"""


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    """Tracks of every split of a small synthetic band."""
    root = tmp_path_factory.mktemp("band")
    keras_sep.data.synthetic_band(root, train=2, valid=1, test=1, seconds=4, sample_rate_hz=RATE)
    return {name: keras_sep.data.find_tracks(root, name) for name in ("train", "valid", "test")}


@pytest.fixture(scope="module")
def fitted(tracks):
    """A network fitted for a few epochs as the README does it, and the history of the fit."""
    keras.utils.set_random_seed(7)

    def dataset(split, **settings):
        return keras_sep.data.spectrogram_dataset(
            tracks[split],
            keras_sep.data.BAND,
            targets=("vocals",),
            frame_length=FRAME,
            hop_length=HOP,
            **{"excerpt_seconds": 1, "batch_size": 4, **settings},
        )

    network = keras_sep.zoo.open_unmix(
        targets=("vocals",), bins=FRAME // 2 + 1, channels=2, hidden=32, layers=1
    )
    network.compile(
        keras.optimizers.Adam(3e-3, clipnorm=1.0),
        loss=keras_sep.losses.SpectrogramLoss(norm="l1"),
    )
    history = network.fit(
        dataset("train", excerpts_per_track=16),
        validation_data=dataset("valid", whole_tracks=True, batch_size=1),
        epochs=6,
        shuffle=False,  # Keras warns otherwise: it is the pipeline that draws at random
        callbacks=[keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True)],
        verbose=0,
    )
    return network, history.history


@pytest.fixture(scope="module")
def separator(fitted):
    return keras_sep.Separator(
        {"vocals": fitted[0]},
        sample_rate_hz=RATE,
        front_end=keras_sep.layers.STFT(FRAME, HOP),
        license="CC0-1.0",
    )


@pytest.fixture(scope="module")
def stems(separator, song):
    """What Python makes of the held-out song: (1, samples, channels, 1)."""
    return separator.predict(song[0][None], verbose=0)


@pytest.fixture(scope="module")
def song(tracks):
    """The held-out song: its mixture and its vocals, each (samples, channels)."""
    [track] = tracks["test"]
    stems = {name: keras_sep.data.read_audio(path)[0] for name, path in track.stems.items()}
    return sum(stems.values()), stems["vocals"]


def test_fit_lowers_the_loss_of_training_and_validation(fitted):
    for name in ("loss", "val_loss"):
        first, *later = fitted[1][name]
        assert np.isfinite([first, *later]).all()
        assert min(later) < 0.9 * first


def test_the_separated_stem_is_nearer_to_the_vocals_than_the_mixture_is(stems, song):
    mixture, vocals = song
    assert stems.shape == (1, *mixture.shape, 1)
    assert stems.dtype == np.float32
    before = keras_sep.metrics.si_sdr(vocals, mixture)
    assert np.mean(keras_sep.metrics.si_sdr(vocals, stems[0, ..., 0]) - before) > 1


def test_a_fresh_process_loads_the_separator_and_gives_the_same(separator, song, stems, tmp_path):
    separator.save(tmp_path / "separator.keras")
    np.save(tmp_path / "mixture.npy", song[0][None])
    paths = (tmp_path / name for name in ("separator.keras", "mixture.npy", "stems.npy"))
    subprocess.run([sys.executable, "-c", LOAD, *paths], check=True, timeout=300)
    # the same operations in another process: float32 rounding
    np.testing.assert_allclose(np.load(tmp_path / "stems.npy"), stems, atol=1e-6)


def test_the_export_gives_the_same(separator, song, stems, tmp_path):
    keras_sep.export.saved_model(separator, tmp_path / "open_unmix" / "1")
    served = tf.saved_model.load(str(tmp_path / "open_unmix" / "1")).signatures["serving_default"]
    answer = served(waveform=tf.constant(song[0][None]))
    assert set(answer) == {"vocals"}
    np.testing.assert_allclose(answer["vocals"], stems[..., 0], atol=1e-5)


def test_a_file_becomes_files(separator, song, stems, tmp_path):
    keras_sep.data.write_audio(tmp_path / "song.wav", song[0], RATE, "float")
    files = keras_sep.inference.separate_file(
        separator, tmp_path / "song.wav", tmp_path / "stems", audio_format="float"
    )
    assert list(files) == ["vocals"]
    stem, rate = keras_sep.data.read_audio(files["vocals"])
    assert rate == RATE
    assert stem.shape == song[0].shape
    # four seconds are less than a block: nothing is cut, so only rounding is left
    np.testing.assert_allclose(stem, stems[0, ..., 0], atol=1e-5)


REQUIRED = inspect.Parameter.empty

SIGNATURES = {
    "ops.stft": {"waveform": REQUIRED, "frame_length": REQUIRED, "hop_length": REQUIRED},
    "ops.istft": {
        "pair": REQUIRED,
        "frame_length": REQUIRED,
        "hop_length": REQUIRED,
        "length": None,
    },
    "ops.magnitude": {"pair": REQUIRED},
    "ops.phase": {"pair": REQUIRED},
    "ops.magnitude_spectrum_approximation": {"stems_pair": REQUIRED, "mixture_pair": REQUIRED},
    "ops.phase_sensitive_approximation": {"stems_pair": REQUIRED, "mixture_pair": REQUIRED},
    "ops.truncated_phase_sensitive_approximation": {
        "stems_pair": REQUIRED,
        "mixture_pair": REQUIRED,
    },
    "ops.wiener": {"magnitudes": REQUIRED, "mixture_pair": REQUIRED},
    "layers.STFT": {"frame_length": REQUIRED, "hop_length": REQUIRED},
    "layers.ISTFT": {"frame_length": REQUIRED, "hop_length": REQUIRED},
    "layers.Magnitude": {},
    "layers.LearnableNormalization": {"mean": None, "scale": None},
    "layers.MaskReshape": {"sources": REQUIRED, "channels": None},
    "layers.RecurrentStack": {
        "units": REQUIRED,
        "layers": REQUIRED,
        "cell": "lstm",
        "bidirectional": True,
        "dropout": 0.0,
    },
    "layers.ApplyMixturePhase": {},
    "layers.WienerFilter": {"iterations": 1, "window_frames": 300, "residual": False},
    "losses.SpectrogramLoss": {"norm": "l1"},
    "losses.WaveformLoss": {"norm": "l1"},
    "losses.SISNR": {},
    "losses.SISDR": {},
    "zoo.open_unmix": {
        "targets": ("vocals",),
        "bins": 2049,
        "channels": 2,
        "hidden": 512,
        "layers": 3,
        "bidirectional": True,
    },
    "Separator": {
        "networks": REQUIRED,
        "sample_rate_hz": REQUIRED,
        "source_names": None,
        "front_end": None,
        "post_filter": None,
        "license": None,
    },
    "data.read_audio": {"path": REQUIRED, "start": 0, "samples": None},
    "data.write_audio": {
        "path": REQUIRED,
        "array": REQUIRED,
        "sample_rate_hz": REQUIRED,
        "audio_format": "wav16",
    },
    "inference.separate_file": {
        "separator": REQUIRED,
        "path": REQUIRED,
        "out_dir": REQUIRED,
        "audio_format": "wav16",
    },
    "metrics.si_sdr": {"reference": REQUIRED, "estimate": REQUIRED},
    "metrics.sdr": {"reference": REQUIRED, "estimate": REQUIRED},
    "export.saved_model": {"separator": REQUIRED, "path": REQUIRED},
}


@pytest.mark.parametrize("name", keras_sep.layers.__all__)
def test_signatures_of_layers_are_those_of_their_constructors(name):
    layer = getattr(keras_sep.layers, name)
    takes = [*inspect.signature(layer.__init__).parameters][1:]
    assert [*inspect.signature(layer).parameters] == takes


def test_a_layer_itself_has_the_signature_of_its_call():
    assert [*inspect.signature(keras_sep.layers.STFT(64, 16)).parameters] == ["args", "kwargs"]


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_are_those_promised(name):
    thing = keras_sep
    for part in name.split("."):
        thing = getattr(thing, part)
    parameters = list(inspect.signature(thing).parameters.values())
    promised = SIGNATURES[name]
    first = parameters[: len(promised)]  # what is promised may be passed by position
    assert {p.name: p.default for p in first} == promised
    assert [p.name for p in first] == list(promised)
    for parameter in parameters[len(promised) :]:  # what comes on top may be left out
        variadic = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        assert variadic or parameter.default is not REQUIRED


def test_every_public_class_is_registered_under_the_package():
    rooms = (keras_sep.layers, keras_sep.losses)
    classes = {getattr(room, name) for room in rooms for name in room.__all__}
    assert len(classes) >= 14
    for each in {*classes, keras_sep.Separator}:
        assert keras.saving.get_registered_name(each) == f"keras_sep>{each.__name__}"
        assert keras.saving.get_registered_object(f"keras_sep>{each.__name__}") is each
