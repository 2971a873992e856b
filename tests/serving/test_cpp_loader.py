"""An exported separator run by a C++ program, without Python, gives Python's numbers.

The program goes through the SavedModel loader that TensorFlow Serving links, here from the
library in the tensorflow wheel.
"""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from served_networks import FRAMES, SMALL, SOURCES, served_separator
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

import keras_sep

# What a program in Python does, with all that TensorFlow says while it loads.
LOAD = """
import sys
import tensorflow as tf

tf.constant(0)  # what it says of the machine comes first
for folder in sys.argv[1:]:
    print("loading", folder, file=sys.stderr, flush=True)
    tf.saved_model.load(folder)
"""


# what each has in its graph that the others have not
NETWORKS = [
    "mask_inference, gru",  # a loop
    "deep_clustering",  # one that ends when nothing moves
    "deep_attractor",
    "complex masks",  # trained before it is saved
    "unet",  # windows
    "conv_tasnet",
    "bs_roformer",
    "tf_gridnet",
    "htdemucs",  # waveform and spectrum beside each other
    "dprnn_tasnet",  # chunks
    "wave_u_net, same",
    "wavenet",
]


@pytest.fixture(scope="module")
def separator():
    keras.utils.set_random_seed(3)
    network = keras_sep.zoo.open_unmix(
        targets=SOURCES, bins=257, channels=2, hidden=26, layers=1, bandwidth_bins=211
    )
    return keras_sep.Separator(
        network,
        sample_rate_hz=44100,
        source_names=SOURCES,
        front_end=keras_sep.layers.STFT(512, 128),
        post_filter=keras_sep.layers.WienerFilter(iterations=1, window_frames=37),
    )


@pytest.fixture(scope="module")
def folder(separator, tmp_path_factory):
    return keras_sep.export.saved_model(separator, tmp_path_factory.mktemp("models") / "band" / "1")


def run(loader, folder, waveform, tmp_path, *chunk):
    """The stems the program writes, each (batch, samples, channels)."""
    waveform.astype("float32").tofile(tmp_path / "waveform.f32")
    answer = subprocess.run(
        [
            loader,
            folder,
            *map(str, waveform.shape),
            tmp_path / "waveform.f32",
            tmp_path,
            *map(str, chunk),
        ],
        check=True,
        timeout=300,
        capture_output=True,
        text=True,
    )
    shape = "[" + ",".join(map(str, waveform.shape)) + "]"
    assert sorted(answer.stdout.splitlines()) == sorted(f"{name} {shape}" for name in SOURCES)
    return {
        name: np.fromfile(tmp_path / f"{name}.f32", "float32").reshape(waveform.shape)
        for name in SOURCES
    }


def nodes(folder):
    """All operations of a SavedModel."""
    (graph,) = SavedModel.FromString((folder / "saved_model.pb").read_bytes()).meta_graphs
    functions = graph.graph_def.library.function
    return [*graph.graph_def.node, *(node for body in functions for node in body.node_def)]


def compare(stems, expected):
    for index, name in enumerate(SOURCES):
        assert expected[..., index].std() > 1e-3  # something to compare
        # the same operations in another order: a Wiener filter magnifies their rounding, on some
        # processors to 1.4e-5 of samples up to 1
        np.testing.assert_allclose(stems[name], expected[..., index], rtol=0, atol=4e-5)


@pytest.mark.parametrize(("batch", "samples"), [(1, 6007), (2, 9973)])
def test_the_program_gives_pythons_stems(loader, folder, separator, tmp_path, batch, samples):
    # decaying partials over noise, in the range of audio
    generator = np.random.default_rng(17)
    time = np.arange(samples)[:, None] / 44100
    pitch = generator.uniform(80, 900, (batch, 1, 2))
    waveform = 0.3 * np.sin(2 * np.pi * pitch * time) * np.exp(-3 * time)
    waveform += 0.02 * generator.normal(size=waveform.shape)
    waveform = waveform.astype("float32")
    # as a graph: the Wiener filter divides by small numbers, which amplifies another rounding
    expected = separator.predict(waveform, verbose=0)
    compare(run(loader, folder, waveform, tmp_path), expected)


def test_the_program_gives_pythons_stems_of_real_music(
    loader, folder, separator, tmp_path, shared_audio
):
    clip = shared_audio / "musdb_clips" / "Music Delta - 80s Rock" / "mixture.flac"
    waveform, rate = keras_sep.data.read_audio(clip, start=44100, samples=44111)
    assert rate == separator.sample_rate_hz
    expected = separator.predict(waveform[None], verbose=0)
    compare(run(loader, folder, waveform[None], tmp_path), expected)


@pytest.mark.parametrize("model", NETWORKS)
def test_the_program_gives_the_stems_of_the_zoo(loader, exported, tmp_path, model):
    """Windows, clustering and attractors are in the graph: nothing is left to Python."""
    separator, folder = exported(model)
    noise = np.random.default_rng(19).normal(size=(2, 1601, 2))
    waveform = 0.1 * np.cumsum(noise, axis=1)[..., :1].astype("float32")
    compare(run(loader, folder, waveform, tmp_path), separator(waveform).numpy())


def test_python_loads_them_without_a_word(exported):
    """No custom gradient, ours or TensorFlow's, leaves a trace that is warned of."""
    folders = [exported(model)[1] for model in NETWORKS]
    answer = subprocess.run(
        [sys.executable, "-c", LOAD, *folders], timeout=600, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    said = answer.stderr[answer.stderr.index("loading") :].splitlines()
    assert said == [f"loading {folder}" for folder in folders]
    assert not answer.stdout


def test_a_layer_of_ones_own_with_a_custom_gradient(tmp_path):
    """One inside of a loop and one outside: plainly saved, the file names both."""

    @tf.custom_gradient
    def halved(x):
        return x / 2, lambda upstream: upstream / 2

    class Halved(keras.Layer):
        def call(self, x):
            return tf.map_fn(halved, halved(x))

    mixture = keras.Input((None, 1))
    halves = keras.ops.stack([Halved()(mixture), mixture / 2], axis=-1)
    separator = keras_sep.Separator(keras.Model(mixture, halves), 8000, SOURCES)
    folder = keras_sep.export.saved_model(separator, tmp_path / "halves" / "1")
    root = tf.Module()
    root.run = tf.function(separator.__call__, autograph=False)
    run = root.run.get_concrete_function(tf.TensorSpec((None, None, 1)))
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(root, str(tmp_path / "plain"), run, options)
    kinds = {node.op for node in nodes(tmp_path / "plain") if "_gradient_op_type" in node.attr}
    assert "IdentityN" in kinds
    kinds = {node.op for node in nodes(folder) if "_gradient_op_type" in node.attr}
    assert kinds <= {"PartitionedCall", "StatefulPartitionedCall"}  # of which none warns


STREAMS = {
    "conv_tasnet": lambda: keras_sep.zoo.conv_tasnet(
        filters=12, kernel_size=10, stride=5, bottleneck=6, hidden=8, blocks=3, repeats=2,
        causal=True,
    ),
    "hs_tasnet": lambda: keras_sep.zoo.hs_tasnet(2, 1, **FRAMES, filters=7, units=5, layers=1),
    "mask_inference": lambda: keras_sep.zoo.mask_inference(**SMALL, bidirectional=False),
    "open_unmix": lambda: keras_sep.zoo.open_unmix(
        targets=["vocals", "guitar"], bins=33, channels=1, hidden=8, layers=2, bidirectional=False
    ),
}  # fmt: skip


@pytest.mark.parametrize("model", STREAMS)
def test_the_program_gives_the_stems_of_a_stream(loader, tmp_path, model):
    keras.utils.set_random_seed(13)
    network = STREAMS[model]()
    front_end = None if network.facts.reads == "waveform" else keras_sep.layers.STFT(64, 16)
    separator = keras_sep.Separator(network, 8000, SOURCES, front_end)
    folder = keras_sep.export.saved_model(separator, tmp_path / "model" / "1")
    extra = json.loads((folder / "assets.extra" / "keras_sep.json").read_text())
    stride, latency = extra["stream"]["stride"], extra["stream"]["latency"]
    noise = np.random.default_rng(19).normal(size=(2, 100 * stride, 1))
    waveform = 0.1 * np.cumsum(noise, axis=1).astype("float32")
    stems = run(loader, folder, waveform, tmp_path, 7 * stride)
    whole = separator(waveform).numpy()[:, : waveform.shape[1] - latency]
    compare({name: stem[:, latency:] for name, stem in stems.items()}, whole)


def warm_up(folder):
    """The requests that a server sends itself, read with its own messages."""
    file = folder / "assets.extra" / "tf_serving_warmup_requests"
    for record in tf.data.TFRecordDataset(str(file)):
        log = PredictionLog.FromString(record.numpy())
        assert not log.predict_log.HasField("response")
        request = log.predict_log.request
        inputs = {name: tf.make_ndarray(proto) for name, proto in request.inputs.items()}
        yield request.model_spec, inputs


@pytest.mark.parametrize("model", STREAMS)
def test_the_program_runs_what_a_server_warms_up_with(loader, tmp_path, model):
    network = STREAMS[model]()
    front_end = None if network.facts.reads == "waveform" else keras_sep.layers.STFT(64, 16)
    separator = keras_sep.Separator(network, 8000, SOURCES, front_end)
    folder = keras_sep.export.saved_model(separator, tmp_path / "model" / "1")
    grid = keras_sep.inference.block_grid(separator)
    stepper = keras_sep.streaming.Stepper(separator)
    (whole, inputs), (step, state) = warm_up(folder)
    assert (whole.name, whole.signature_name) == ("model", "serving_default")
    assert (step.name, step.signature_name) == ("model", "stream")
    waveform = inputs.pop("waveform")
    assert (waveform.shape, waveform.dtype) == ((1, grid.block, 1), "float32")
    assert not inputs
    stems = run(loader, folder, waveform, tmp_path)
    assert not any(np.isnan(stem).any() for stem in stems.values())
    chunk = state.pop("chunk")
    assert chunk.shape == (1, stepper.stride, 1)
    run(loader, folder, chunk, tmp_path, stepper.stride)
    # the program's own first state is that of the request
    first = {name: x.numpy() for name, x in stepper.initial_state().items()}
    assert set(state) == set(first)
    for name, x in state.items():
        assert (x.shape, x.dtype) == (first[name].shape, first[name].dtype)
        assert not x.any()
    assert sum(file.stat().st_size for file in (folder / "assets.extra").iterdir()) < 4096


def test_no_warm_up(tmp_path):
    folder = keras_sep.export.saved_model(
        served_separator("complex masks"), tmp_path / "model" / "1", warm_up=False
    )
    assert [file.name for file in (folder / "assets.extra").iterdir()] == ["keras_sep.json"]


def test_the_program_names_a_folder_that_holds_no_model(loader, tmp_path):
    np.zeros((1, 3, 2), "float32").tofile(tmp_path / "waveform.f32")
    answer = subprocess.run(
        [loader, tmp_path, "1", "3", "2", tmp_path / "waveform.f32", tmp_path],
        timeout=300,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1
    assert "loading: " in answer.stderr
    assert str(tmp_path) in answer.stderr
