"""The exported graph: signatures, shapes, the same numbers elsewhere, operations every CPU has."""

import json
import resource
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_sep
from keras_sep._keras import sublayers

SOURCES = ("vocals", "lead guitar")  # a name may have a space

# What a client without keras_sep does: separate two lengths in two batches, each twice.
CLIENT = """
import sys
import numpy as np
import tensorflow as tf

folder, requests, answers = sys.argv[1:]
served = tf.saved_model.load(folder).signatures["serving_default"]
results = {}
for name, waveform in np.load(requests).items():
    for turn in ("first", "again"):
        stems = served(waveform=tf.constant(waveform))
        results |= {f"{name}/{turn}/{source}": stem for source, stem in stems.items()}
assert "keras_sep" not in sys.modules
np.savez(answers, **results)
"""


WIENER = keras_sep.layers.WienerFilter(iterations=1, window_frames=23)


def make_separator(sources=SOURCES, post_filter=WIENER):
    """The whole way: transform, two recurrent networks, Wiener filter, inverse."""
    network = keras_sep.zoo.open_unmix(
        targets=[name.split()[-1] for name in sources],  # names of layers have no spaces
        bins=33,
        channels=2,
        hidden=14,
        layers=1,
        bandwidth_bins=29,
    )
    return keras_sep.Separator(
        network,
        sample_rate_hz=8000,
        source_names=sources,
        front_end=keras_sep.layers.STFT(60, 25, window="sqrt_hann", fft_length=64),
        post_filter=post_filter,
        license="CC-BY-4.0, © the band",
    )


@pytest.fixture(scope="module")
def separator():
    keras.utils.set_random_seed(5)
    return make_separator()


@pytest.fixture(scope="module")
def folder(separator, tmp_path_factory):
    return keras_sep.export.saved_model(separator, tmp_path_factory.mktemp("models") / "band" / "7")


@pytest.fixture(scope="module")
def loaded(folder):
    return tf.saved_model.load(str(folder))


def noise(*shape):
    return np.random.default_rng(11).normal(size=shape).astype("float32")


def operations(function):
    """The kinds of all operations a concrete function can reach."""
    graph = function.graph.as_graph_def()
    nodes = [*graph.node, *(node for body in graph.library.function for node in body.node_def)]
    return {node.op for node in nodes}


def test_the_signature_names_its_input_and_an_output_a_source(loaded):
    served = loaded.signatures["serving_default"]
    assert served.structured_input_signature == (
        (),
        {"waveform": tf.TensorSpec((None, None, 2), tf.float32, name="waveform")},
    )
    outputs = served.structured_outputs
    assert set(outputs) == set(SOURCES)
    assert {str(output.dtype) for output in outputs.values()} == {"<dtype: 'float32'>"}
    assert {tuple(output.shape) for output in outputs.values()} == {(None, None, 2)}


def test_an_export_tells_what_it_is(folder, loaded):
    written = json.loads((folder / "assets.extra" / "keras_sep.json").read_text("utf-8"))
    assert written == {
        "sample_rate_hz": 8000,
        "source_names": list(SOURCES),
        "channels": 2,
        "license": "CC-BY-4.0, © the band",
        "interchangeable_sources": False,
        "facts": {
            "hop_samples": 25,
            "stride_samples": 25,
            "stride_frames": 2,
            "context_samples": None,
            "segment_samples": None,
            "window_frames": 23,
            "extra_sources": [],
        },
        # fourteen seconds in windows of 23 hops, 6.95 seconds, a tenth of a second
        "blocks": {"stride": 195 * 23 * 25, "context": 55600, "fade": 800},
    }
    rows = loaded.signatures["metadata_json"](rows=tf.constant([7, 1, 2]))["json"].numpy()
    assert [json.loads(row) for row in rows] == [written] * 3
    told = loaded.signatures["metadata"]()
    assert told["sample_rate_hz"].numpy() == 8000
    assert told["channels"].numpy() == 2
    assert [name.decode() for name in told["source_names"].numpy()] == list(SOURCES)
    assert told["license"].numpy().decode() == "CC-BY-4.0, © the band"


def test_a_process_without_keras_sep_gives_the_same_numbers(separator, folder, tmp_path):
    requests = {"short": noise(1, 397, 2), "long": noise(3, 1009, 2)}
    np.savez(tmp_path / "requests.npz", **requests)
    subprocess.run(
        [sys.executable, "-c", CLIENT, folder, tmp_path / "requests.npz", tmp_path / "answers.npz"],
        check=True,
        timeout=300,
    )
    answers = np.load(tmp_path / "answers.npz")
    assert len(answers.files) == len(requests) * 2 * len(SOURCES)
    for name, waveform in requests.items():
        expected = separator(waveform).numpy()
        assert expected.std() > 0.01
        for index, source in enumerate(SOURCES):
            first = answers[f"{name}/first/{source}"]
            # the same float32 operations in another order: a Wiener filter magnifies their
            # rounding, on some processors to 1.02e-5
            np.testing.assert_allclose(first, expected[..., index], atol=4e-5)
            np.testing.assert_allclose(answers[f"{name}/again/{source}"], first, atol=1e-6)


def test_the_fingerprint_is_that_of_the_file(folder):
    """The file is changed after TensorFlow has saved it."""
    from tensorflow.core.protobuf.fingerprint_pb2 import FingerprintDef
    from tensorflow.python.saved_model.pywrap_saved_model.fingerprinting import CreateFingerprintDef

    fingerprint = tf.saved_model.experimental.read_fingerprint(str(folder))
    expected = FingerprintDef.FromString(CreateFingerprintDef(str(folder)))
    assert fingerprint.saved_model_checksum == expected.saved_model_checksum


def test_nothing_in_the_graph_is_random(loaded):
    reached = operations(loaded.signatures["serving_default"])
    assert "MatMul" in reached  # the bodies of inner functions were looked at
    assert not {op for op in reached if "Random" in op or "Dropout" in op}


def test_weights_are_variables_and_constants_are_few(separator, folder, loaded):
    weights = {
        (tuple(weight.shape), float(np.sum(weight.numpy(), dtype="float64")))
        for weight in separator.weights
        if "seed" not in weight.path
    }
    variables = loaded.signatures["serving_default"].variables
    assert weights == {
        (tuple(v.shape), float(np.sum(v.numpy(), dtype="float64"))) for v in variables
    }
    graph = loaded.signatures["serving_default"].graph.as_graph_def()
    nodes = [*graph.node, *(node for body in graph.library.function for node in body.node_def)]
    constants = [len(n.attr["value"].tensor.tensor_content) for n in nodes if n.op == "Const"]
    # the largest is the inverse's table, a float64 for each sample of a hop and each way that
    # four overlapping windows can cover it; a weight matrix would be 14 x 66 floats and more
    assert max(constants) <= (4 + 1) ** 2 * 16 * 8
    # the recurrent loops, in stretches and again, four frames a turn: operations, no weights
    assert (folder / "saved_model.pb").stat().st_size < 1.5e6


def test_an_export_after_a_gpu_has_no_cudnn_in_it(tmp_path, monkeypatch):
    # Keras puts cuDNN in a graph wherever it sees a GPU while tracing; that is all it looks at.
    real = tf.config.list_logical_devices
    gpu = [tf.config.LogicalDevice("/device:GPU:0", "GPU")]
    monkeypatch.setattr(
        tf.config, "list_logical_devices", lambda kind=None: gpu if kind == "GPU" else real(kind)
    )
    separator = make_separator(("vocals",), post_filter=None)
    spec = tf.TensorSpec((None, None, 2))
    trained = tf.function(separator, autograph=False).get_concrete_function(spec)
    assert any("Cudnn" in op for op in operations(trained))  # what a plain export would hold
    settings = [layer.use_cudnn for layer in recurrent_layers(separator)]

    folder = keras_sep.export.saved_model(separator, tmp_path / "1")

    monkeypatch.undo()
    served = tf.saved_model.load(str(folder)).signatures["serving_default"]
    assert not {op for op in operations(served) if "Cudnn" in op or "CuDNN" in op}
    assert served(waveform=tf.constant(noise(1, 211, 2)))["vocals"].shape == (1, 211, 2)
    assert [layer.use_cudnn for layer in recurrent_layers(separator)] == settings
    assert set(settings) == {"auto"}


def recurrent_layers(model):
    found = [layer for layer in sublayers(model) if hasattr(layer, "use_cudnn")]
    assert found
    return found


def test_a_separator_from_a_file_exports_the_same(separator, loaded, tmp_path):
    separator.save(tmp_path / "band.keras")
    again = keras.saving.load_model(tmp_path / "band.keras")
    folder = keras_sep.export.saved_model(again, tmp_path / "band" / "1")
    waveform = tf.constant(noise(1, 397, 2))
    expected = loaded.signatures["serving_default"](waveform=waveform)
    stems = tf.saved_model.load(str(folder)).signatures["serving_default"](waveform=waveform)
    for source in SOURCES:
        np.testing.assert_allclose(stems[source], expected[source], atol=1e-6)


def test_half_precision_is_served_as_float32(tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        separator = make_separator(("vocals",), post_filter=None)
    finally:
        keras.config.set_dtype_policy("float32")
    folder = keras_sep.export.saved_model(separator, tmp_path / "1")
    served = tf.saved_model.load(str(folder)).signatures["serving_default"]
    waveform = noise(1, 397, 2)
    stems = served(waveform=tf.constant(waveform))
    expected = separator(waveform).numpy()
    assert stems["vocals"].dtype == tf.float32
    # float16 rounds at 1e-3 of signals of about 1, in another order in another graph: one sample
    # may be further off than all together are
    error = stems["vocals"].numpy() - expected[..., 0]
    assert np.abs(error).max() < 2e-2
    assert 10 * np.log10(np.sum(expected**2) / np.sum(error**2).clip(1e-30)) > 45


def test_an_existing_version_is_refused_before_anything_is_traced(separator, folder, monkeypatch):
    monkeypatch.setattr(tf, "TensorSpec", None)
    with pytest.raises(FileExistsError, match="/7: this version already exists"):
        keras_sep.export.saved_model(separator, folder)


def test_a_full_disk_leaves_no_version(separator, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, before[1]))  # less than the graph takes
    try:
        with pytest.raises(OSError, match="/1: the export could not be written"):
            keras_sep.export.saved_model(separator, tmp_path / "1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not any(tmp_path.iterdir())


def test_only_a_separator_is_exported(separator, tmp_path):
    with pytest.raises(ValueError, match=r"must be a keras_sep.Separator. Received: <Network"):
        keras_sep.export.saved_model(separator.networks, tmp_path / "1")


def test_another_backend_is_told_the_way(separator, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match=r"KERAS_BACKEND=tensorflow. Received: backend 'jax'"):
        keras_sep.export.saved_model(separator, tmp_path / "1")
    assert not any(tmp_path.iterdir())


@pytest.mark.fault
def test_a_request_without_samples_is_refused_in_words(loaded):
    served = loaded.signatures["serving_default"]
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have at least one sample"):
        served(waveform=tf.zeros((1, 0, 2)))


def test_stems_by_choice(tmp_path):
    bins = keras.Input((None, 33, 2))
    network = keras.Model(bins, keras.ops.stack([0.5 * bins, 0.25 * bins], axis=-1))
    separator = keras_sep.Separator(network, 8000, SOURCES, keras_sep.layers.STFT(64, 32))
    rest = {"mixture": 1, "vocals": -1}
    stems = {"vocals": {"vocals": 1}, "no_vocals": rest, "a": {"lead guitar": 3}}
    folder = keras_sep.export.saved_model(separator, tmp_path / "1", stems=stems)
    signatures = tf.saved_model.load(str(folder)).signatures
    names = [name.decode() for name in signatures["metadata"]()["source_names"].numpy()]
    metadata = json.loads((folder / "assets.extra" / "keras_sep.json").read_text())
    assert names == metadata["source_names"] == list(stems)
    x = noise(2, 701, 2)
    served = signatures["serving_default"](waveform=tf.constant(x))
    assert set(served) == set(names)
    for name, share in (("vocals", 0.5), ("no_vocals", 0.5), ("a", 0.75)):
        # rounding of the transform and its inverse
        np.testing.assert_allclose(served[name], share * x, atol=6e-6)
    np.testing.assert_allclose(served["vocals"] + served["no_vocals"], x, atol=5e-7)


def test_stems_that_the_model_lacks(separator, tmp_path):
    with pytest.raises(ValueError, match=r"No stem is called 'vocal'. Did you mean `vocals`\?"):
        keras_sep.export.saved_model(separator, tmp_path / "1", stems=["vocal"])
    assert not (tmp_path / "1").exists()
