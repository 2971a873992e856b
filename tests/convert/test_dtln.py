"""DTLN, of files as its authors publish them, beside the paper's formulas in NumPy."""

import h5py
import keras
import numpy as np
import pytest
from dtln_files import SIZES, layers, write
from dtln_in_numpy import dtln

import keras_sep_cli
from keras_sep import convert
from keras_sep.inference import load_separator
from keras_sep.layers import InstantLayerNormalization
from keras_sep.streaming import Stepper
from keras_sep.testing import numpy

# float32 through two stacks of LSTM layers
RELATIVE = 1e-5


def mixture(samples):
    """Noise, with silence, a click and a whisper."""
    x = np.random.default_rng(1).normal(size=(2, samples)).astype("float32")
    x[0, samples // 3 : 2 * samples // 3] = 0
    x[0, samples // 2] = 0.1
    x[1] *= 1e-2
    return x


def error_of(ours, theirs):
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


@pytest.mark.parametrize("logarithms", [False, True])
@pytest.mark.parametrize("samples", [5, 400, 403])
def test_speech_is_that_of_the_formulas(tmp_path, logarithms, samples):
    weights = layers(logarithms)
    write(tmp_path / "model.h5", weights, cells=logarithms)
    network = convert.dtln(convert.read_checkpoint(tmp_path / "model.h5"))
    assert network.facts.arguments.items() >= {**SIZES, "log_magnitude": logarithms}.items()
    x = mixture(samples)
    wanted = np.stack([dtln(weights, one, SIZES["hop_length"]) for one in x])
    assert np.abs(wanted).max() > 1e-2
    assert error_of(numpy(network(x[..., None]))[..., 0, 0], wanted) < RELATIVE


@pytest.mark.parametrize("logarithms", [False, True])
def test_one_frame_in_and_one_frame_out(logarithms, tmp_path):
    weights = layers(logarithms)
    write(tmp_path / "model.h5", weights)
    stepper = Stepper(convert.dtln(convert.read_checkpoint(tmp_path / "model.h5")))
    hop = SIZES["hop_length"]
    assert (stepper.stride, stepper.latency) == (hop, SIZES["frame_length"] - hop)
    x = mixture(50 * hop)
    wanted = np.stack([dtln(weights, one, hop) for one in x])
    state, speech = stepper.initial_state(2), []
    for chunk in np.split(x[..., None], 50, axis=1):
        outputs, state = stepper.step(chunk, state)
        speech.append(numpy(outputs)[..., 0, 0])
    late = np.concatenate(speech, axis=1)[:, stepper.latency :]
    assert error_of(late, wanted[:, : late.shape[1]]) < RELATIVE


def test_the_paper_in_its_size():
    weights = layers(False, 512, 256, 128)
    kinds = {"lstm": 4, "dense": 2, "conv1d": 2, "norm": 1}
    assert {kind: sum(kind == one for one, _ in weights) for kind in kinds} == kinds
    assert sum(array.size for _, arrays in weights for array in arrays) == 986_753


def test_the_command_needs_the_file_alone(tmp_path, capsys):
    write(tmp_path / "speech.h5", layers(True), first=4)  # as of a later process
    out = tmp_path / "speech.keras"
    assert keras_sep_cli.main(["convert", str(tmp_path / "speech.h5"), "--out", str(out), "--model",
                               "dtln"]) == 0  # fmt: skip
    assert capsys.readouterr() == (f"{out}\n", "")
    separator = load_separator(out)
    assert separator.source_names == ("speech",)
    assert separator.sample_rate_hz == 16000
    assert separator.networks.facts.builder == "dtln"
    write(tmp_path / "first.h5", layers(True))
    assert convert.recognise(convert.read_checkpoint(tmp_path / "first.h5")) == "dtln"
    given = convert.from_checkpoint(tmp_path / "first.h5", ("voice",), 8000)
    assert (given.source_names, given.sample_rate_hz) == (("voice",), 8000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.pop(), "two layers of the kind conv1d. Received: 1"),
        (lambda x: x.pop(5), "as many LSTM layers .* Received: 1 normalisations, 3 LSTM layers"),
        (lambda x: x.extend(layers(True)[:1] * 2), "Received: 3 normalisations"),
        (lambda x: x[0][1].__setitem__(2, np.zeros(3)), r"must have shape \(20,\)\. .* \(3,\)"),
        (lambda x: x[0][1].__setitem__(2, np.full(20, np.nan)), "must contain finite numbers"),
        (lambda x: x.__setitem__(3, ("conv1d", [np.zeros((1, 30, 7))])), "must have shape"),
    ],
)
def test_other_layers(tmp_path, change, message):
    weights = layers(False)
    change(weights)
    write(tmp_path / "model.h5", weights)
    with pytest.raises(ValueError, match=message):
        convert.dtln(convert.read_checkpoint(tmp_path / "model.h5"))


def test_a_missing_or_extra_weight_is_named(tmp_path):
    write(tmp_path / "model.h5", layers(False))
    state = convert.read_checkpoint(tmp_path / "model.h5")
    fewer = {name: x for name, x in state.items() if name != "dense/dense/bias:0"}
    with pytest.raises(ValueError, match="must have the tensor 'dense/dense/bias:0'"):
        convert.dtln(fewer)
    with pytest.raises(ValueError, match=r"no other tensors\. Received: strange"):
        convert.dtln(state | {"strange": np.zeros(3)})


def linked(file, elsewhere):
    file["dense/link"] = h5py.ExternalLink(str(elsewhere), "/")


def external(file, elsewhere):
    file.create_dataset("dense/x:0", (4,), "f4", external=[(str(elsewhere), 0, 16)])


def packed(file, _):
    file.create_dataset("dense/x:0", data=np.zeros(10**6, "f4"), compression="gzip")


@pytest.mark.fault
@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (linked, "an? ExternalLink at 'dense/link'"),
        (external, "numbers of another file at 'dense/x:0'"),
        (packed, "numbers that are packed or missing at 'dense/x:0'"),
    ],
)
def test_numbers_from_elsewhere_are_not_read(tmp_path, harm, message):
    path, elsewhere = tmp_path / "model.h5", tmp_path / "secret.h5"
    write(path, layers(False))
    write(elsewhere, layers(False))
    with h5py.File(path, "a") as file:
        harm(file, elsewhere)
    with pytest.raises(
        ValueError, match=r"model.h5' must be a file of weights of Keras\. Received"
    ):
        convert.read_checkpoint(path)


@pytest.mark.fault
def test_another_kind_of_file(tmp_path):
    (tmp_path / "model.h5").write_bytes(b"no HDF5")
    with pytest.raises(ValueError, match=r"must be a file of weights of Keras\. Received: .*open"):
        convert.read_checkpoint(tmp_path / "model.h5")


def test_the_normalisation_of_a_flat_spectrum():
    """A frame of one sample has a flat spectrum, whose logarithms hardly differ."""
    flat = (np.log(0.1) + 1e-6 * np.random.default_rng(2).normal(size=(1, 3, 257))).astype("f4")
    exact = flat.astype("float64")
    exact = exact - exact.mean(axis=-1, keepdims=True)
    exact = exact / np.sqrt(exact.var(axis=-1, keepdims=True) + 1e-7)
    # of a mean, rounded by some 2e-7, over the root of 1e-7
    ours = keras.ops.convert_to_numpy(InstantLayerNormalization()(flat))
    np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-3)
