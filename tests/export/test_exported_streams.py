"""Steps of streams in ONNX Runtime and LiteRT: chunk by chunk they give Keras's stems."""

import json

import keras
import numpy as np
import onnx
import pytest
from served_networks import SOURCES

import keras_sep
from keras_sep._runtimes import RUNTIMES
from keras_sep.inference import CompiledSeparator, ExportedSeparator
from keras_sep.streaming import ExportedStepper, Stepper, Stream

FRAMES = {"frame_length": 64, "hop_length": 16}
# of the largest sample: sums in another order, of Keras's own graphs also
NEAR = 1e-4
KINDS = {"onnx": keras_sep.export.onnx, "tflite": keras_sep.export.litert}
STREAMS = {
    "conv_tasnet": lambda: keras_sep.zoo.conv_tasnet(
        filters=12, kernel_size=10, stride=5, bottleneck=6, hidden=8, blocks=3, repeats=2,
        causal=True,
    ),
    "dtln": lambda: keras_sep.zoo.dtln(**FRAMES, filters=9, units=5),
    "dtln, FFT": lambda: keras_sep.zoo.dtln(
        frame_length=2048, hop_length=512, filters=9, units=5
    ),
    "hs_tasnet": lambda: keras_sep.zoo.hs_tasnet(2, 1, **FRAMES, filters=7, units=5, layers=1),
    "mask_inference": lambda: keras_sep.zoo.mask_inference(
        bins=33, units=5, layers=1, cell="gru", bidirectional=False
    ),
    "open_unmix": lambda: keras_sep.zoo.open_unmix(
        targets=["vocals", "guitar"], bins=33, channels=1, hidden=8, layers=2, bidirectional=False
    ),
    "tasnet": lambda: keras_sep.zoo.tasnet(  # whose filters do not overlap
        filters=7, kernel_size=16, stride=16, units=5, layers=1, causal=True
    ),
    "wavenet": lambda: keras_sep.zoo.wavenet(
        2, filters=5, skip=6, blocks=4, stacks=2, head_filters=(8, 7), causal=True
    ),
}  # fmt: skip


def causal(model):
    keras.utils.set_random_seed(13)
    network = STREAMS[model]()
    front_end = None if network.facts.reads == "waveform" else keras_sep.layers.STFT(**FRAMES)
    return keras_sep.Separator(
        network, 8000, SOURCES[: 1 if model.startswith("dtln") else 2], front_end
    )


def exported(separator, folder, kind, strides=2):
    chunk = strides * Stepper(separator).stride
    return KINDS[kind](separator, folder / f"step.{kind}", chunk_samples=chunk)


def sound(samples, channels=1):
    noise = np.random.default_rng(23).normal(size=(samples, channels))
    return (0.02 * np.cumsum(noise, axis=0)).astype("float32")


def near(found, expected):
    assert expected.std() > 1e-4  # something to compare
    np.testing.assert_allclose(found, expected, rtol=0, atol=NEAR * np.abs(expected).max())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", STREAMS)
def test_a_stream_is_the_whole_recording(tmp_path, model, kind):
    """Chunk by chunk, to its end, which comes within a chunk; then another from its start."""
    separator = causal(model)
    path = exported(separator, tmp_path, kind)
    stepper = Stepper(separator)
    stream = Stream(ExportedStepper(path, threads=1))
    size = stream.chunk_samples
    assert size == 2 * stepper.stride
    assert stream.stepper.latency == stepper.latency
    for samples in (40 * size + size // 2, 3 * size + 1):
        x = sound(samples)
        whole = samples // size * size
        parts = [stream(x[start : start + size]) for start in range(0, whole, size)]
        stems = np.concatenate([*parts, stream.finish(x[whole:])])[stepper.latency :]
        near(stems, CompiledSeparator(separator)(x))
    with pytest.raises(ValueError, match=r"a step of a stream.*ExportedStepper"):
        ExportedSeparator(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_without_keras_sep(tmp_path, kind):
    """Needs the runtime, and what the file says of its states."""
    separator = causal("mask_inference")
    path = exported(separator, tmp_path, kind)
    text, run = RUNTIMES[path.suffix](str(path), 1)
    said = json.loads(text)
    state = {
        name: np.zeros((1, *shape), dtype)
        for name, (shape, dtype) in said["stream"]["state"].items()
    }
    x = sound(20 * said["samples"])
    stems = []
    for chunk in np.split(x[None], 20, axis=1):
        outputs = run(chunk=chunk, **state)
        state = {name: outputs[f"next_{name}"] for name in state}
        stems.append(outputs["drums"][0])
    stems = np.concatenate(stems)[said["stream"]["latency"] :]
    whole = CompiledSeparator(separator)(x)[..., said["source_names"].index("drums")]
    reach = 64  # of what the end of the recording changes
    near(stems[:-reach], whole[: len(stems) - reach])


@pytest.fixture(scope="module")
def step(tmp_path_factory):
    return exported(causal("wavenet"), tmp_path_factory.mktemp("step"), "onnx")


def test_a_chunk_of_another_length(step):
    stepper = ExportedStepper(step)
    assert Stream(stepper, 500).chunk_samples == 2
    with pytest.raises(ValueError, match=r"of shape \(1, 2, 1\). Received: \(1, 3, 1\)"):
        stepper.step(np.zeros((1, 3, 1)), stepper.initial_state())


@pytest.mark.fault
def test_a_file_of_whole_recordings(tmp_path):
    path = keras_sep.export.onnx(causal("wavenet"), tmp_path / "whole.onnx")
    with pytest.raises(ValueError, match=r"whole\.onnx: takes whole recordings.*chunk_samples"):
        ExportedStepper(path)


@pytest.mark.fault
@pytest.mark.parametrize(
    "change",
    [
        {"stride": 0},
        {"latency": -1},
        {"state": {"a": [[2**40], "float32"]}},
        {"state": {"a": [[2], "object"]}},
        {"frames": {"a": [0, 0, 0, 0]}},
        {"state": 3},
    ],
    ids=str,
)
def test_what_a_file_says_is_checked(step, tmp_path, change):
    model = onnx.load(step)
    (said,) = model.metadata_props
    facts = json.loads(said.value)
    facts["stream"] |= change
    said.value = json.dumps(facts)
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(ValueError, match=r"other\.onnx: "):
        ExportedStepper(tmp_path / "other.onnx")
