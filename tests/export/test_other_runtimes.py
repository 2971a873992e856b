"""ONNX and LiteRT files: every network gives Keras's stems there, in operators of the runtime."""

import functools

import keras
import numpy as np
import onnx
import pytest
from served_networks import SOURCES, ZOO, served_separator

import keras_sep
from keras_sep.export._verified import verify
from keras_sep.inference import CompiledSeparator, ExportedSeparator

# of samples up to 1: sums in another order, of Keras's own graphs also
NEAR = 1e-4


def sound(samples, channels=1):
    noise = np.random.default_rng(23).normal(size=(samples, channels))
    return (0.02 * np.cumsum(noise, axis=0)).astype("float32")


def conv_tasnet(**changes):
    keras.utils.set_random_seed(5)
    settings = {"filters": 7, "bottleneck": 5, "hidden": 6, "blocks": 2, "repeats": 1} | changes
    return keras_sep.Separator(keras_sep.zoo.conv_tasnet(**settings), 8000, SOURCES)


def near(found, expected):
    assert expected.std() > 1e-4  # something to compare
    np.testing.assert_allclose(found, expected, rtol=0, atol=NEAR * np.abs(expected).max())


@functools.cache
def kept(model):
    """A separator, and its stems of a sound, for both runtimes."""
    separator = served_separator(model)
    return separator, CompiledSeparator(separator)(sound(1601))


@pytest.mark.parametrize("model", ZOO)
def test_every_network_runs_in_onnx_runtime(tmp_path, model):
    separator, stems = kept(model)
    path = keras_sep.export.onnx(separator, tmp_path / "model.onnx")
    near(ExportedSeparator(path, threads=1)(sound(1601)), stems)
    graph = onnx.load(path)
    assert {node.domain for node in graph.graph.node} == {""}
    assert [entry.domain for entry in graph.opset_import if entry.domain] in ([], ["ai.onnx.ml"])
    assert not {"Loop", "Scan"} & {node.op_type for node in graph.graph.node} or (
        separator.post_filter is not None  # k-means goes round until nothing moves
    )


@pytest.mark.parametrize("model", ZOO)
def test_every_network_runs_in_litert(tmp_path, model):
    separator, stems = kept(model)
    path = keras_sep.export.litert(separator, tmp_path / "model.tflite", samples=1601)
    near(ExportedSeparator(path, threads=1)(sound(1601)), stems)
    assert b"Flex" not in path.read_bytes()


@pytest.mark.parametrize("kind", ["onnx", "litert"])
@pytest.mark.parametrize("frame_length", [2048, 2000])
def test_long_frames(tmp_path, kind, frame_length):
    """With the runtime's own FFT, which leaves the file small, and where it has none."""
    keras.utils.set_random_seed(5)
    network = keras_sep.zoo.mask_inference(bins=frame_length // 2 + 1, units=3, layers=1)
    stft = keras_sep.layers.STFT(frame_length, 500)
    separator = keras_sep.Separator(network, 8000, SOURCES, stft)
    x = sound(8001)
    if kind == "onnx":
        path = keras_sep.export.onnx(separator, tmp_path / "model.onnx")
    else:
        path = keras_sep.export.litert(separator, tmp_path / "model.tflite", samples=len(x))
    near(ExportedSeparator(path)(x), CompiledSeparator(separator)(x))
    matrices = 8 * frame_length * (frame_length + 2)
    own = path.stat().st_size - 4 * separator.count_params()
    assert own > matrices if frame_length == 2000 else own < matrices / 10


@pytest.mark.parametrize("kind", ["onnx", "litert"])
def test_a_long_file_is_separated_as_by_keras(tmp_path, kind):
    """The file says its blocks itself; the last block of a fixed length is filled up."""
    separator, x = conv_tasnet(), sound(101_007)
    song = tmp_path / "song.wav"
    keras_sep.data.write_audio(song, x, 8000, "float")
    if kind == "onnx":
        path = keras_sep.export.onnx(separator, tmp_path / "model.onnx")
    else:
        path = keras_sep.export.litert(separator, tmp_path / "model.tflite", samples=16_000)
    exported = ExportedSeparator(path)
    grid = keras_sep.inference.block_grid(exported.separator)
    files = keras_sep.inference.separate_file(exported, song, tmp_path / "stems", "float")
    found = np.stack([keras_sep.data.read_audio(files[stem])[0] for stem in SOURCES], axis=-1)
    pieces = keras_sep.inference.separate_blocks(CompiledSeparator(separator), [x], grid)
    expected, end = np.concatenate([*pieces]), len(x)
    if kind == "onnx":
        assert grid == keras_sep.inference.block_grid(separator)
    else:
        assert grid.block == 16_000
        end = (len(x) - 16_000) // grid.stride * grid.stride  # of whole blocks
    near(found[:end], expected[:end])


def test_stems_and_mixes_are_exported(tmp_path):
    separator = conv_tasnet()
    mixes = {"karaoke": {"mixture": 1, "vocals": -0.5}, "drums": {"drums": 1}}
    path = keras_sep.export.onnx(separator, tmp_path / "model.onnx", stems=mixes)
    exported = ExportedSeparator(path)
    assert exported.separator.source_names == ("karaoke", "drums")
    x = sound(900)
    stems = CompiledSeparator(separator)(x)
    near(exported(x), np.stack([x - 0.5 * stems[..., 0], stems[..., 1]], axis=-1))


@pytest.mark.parametrize("kind", ["onnx", "litert"])
def test_weights_of_fewer_bits_are_smaller_and_near(tmp_path, kind):
    """Rounding to 11 bits leaves 60 dB and more, to 8 bits with a scale per feature some 30."""
    separator = conv_tasnet(filters=64, bottleneck=48, hidden=64)
    x = sound(8000)
    expected = CompiledSeparator(separator)(x)
    sizes, db = [], []
    for weights in ("float32", "float16", "int8"):
        if kind == "onnx":
            path = keras_sep.export.onnx(separator, tmp_path / f"{weights}.onnx", weights=weights)
        else:
            path = keras_sep.export.litert(
                separator, tmp_path / f"{weights}.tflite", samples=8000, weights=weights
            )
        error = ExportedSeparator(path)(x) - expected
        sizes.append(path.stat().st_size)
        db.append(10 * np.log10(np.square(expected).sum() / np.square(error).sum()))
    assert sizes[1] < 0.75 * sizes[0]
    assert sizes[2] < 0.8 * sizes[1]
    assert db[0] > 90
    assert 50 < db[1] < 90
    assert 20 < db[2] < 60


def test_small_constants_keep_their_bits(tmp_path):
    """A Wiener filter is kept from dividing by zero by numbers that are none in float16."""
    keras.utils.set_random_seed(5)
    network = keras_sep.zoo.open_unmix(SOURCES, bins=129, channels=1, hidden=32, layers=1)
    stft, wiener = keras_sep.layers.STFT(256, 64), keras_sep.layers.WienerFilter(1)
    separator = keras_sep.Separator(network, 8000, SOURCES, stft, wiener)
    path = keras_sep.export.litert(
        separator, tmp_path / "half.tflite", samples=8000, weights="float16"
    )
    x = sound(8000)
    x[:3000] = 0
    expected = CompiledSeparator(separator)(x)
    error = ExportedSeparator(path)(x) - expected
    assert 50 < 10 * np.log10(np.square(expected).sum() / np.square(error).sum()) < 90


def test_what_differs_is_not_exported():
    def two(waveform):
        return {"a": waveform, "b": 2 * waveform}

    def swapped(waveform):  # by name, not by place
        return {"b": 2 * waveform, "a": waveform}

    def off(waveform):
        return {"a": waveform, "b": 2.001 * waveform}

    def broken(waveform):
        return {"a": waveform, "b": np.nan * waveform}

    def short(waveform):
        return {"a": waveform[:, :-1], "b": waveform[:, :-1]}

    def divided(waveform):  # by nothing where nothing sounds
        with np.errstate(invalid="ignore"):
            return {"a": waveform, "b": 2 * waveform * (waveform / waveform)}

    shapes = [(1, 100, 2)]
    assert verify(two, swapped, shapes, "float32", "X") == 0
    with pytest.raises(ValueError, match=r"the stems of X differ from Keras's by 5\.0e-04"):
        verify(two, off, shapes, "float32", "X")
    assert verify(two, off, shapes, "int8", "X") == pytest.approx(5e-4, rel=1e-3)
    for weights in ("float32", "int8"):
        with pytest.raises(ValueError, match="not exported"):
            verify(two, broken, shapes, weights, "X")
        with pytest.raises(ValueError, match="samples for silence: not exported"):
            verify(two, divided, shapes, weights, "X")
    with pytest.raises(ValueError, match="stems of shape"):
        verify(two, short, shapes, "float32", "X")


def test_a_file_that_fails_does_not_appear(tmp_path, monkeypatch):
    def nothing(separator, *args, **kwargs):
        raise ValueError("it differs")

    monkeypatch.setattr("keras_sep.export._traced.verify", nothing)
    for export, name in ((keras_sep.export.onnx, "a.onnx"), (keras_sep.export.litert, "a.tflite")):
        with pytest.raises(ValueError, match="it differs"):
            export(conv_tasnet(), tmp_path / "new" / name)
    assert [*tmp_path.iterdir()] == []


def test_what_is_asked_for_wrongly_is_said(tmp_path):
    separator = conv_tasnet()
    with pytest.raises(ValueError, match=r"must end in \.onnx"):
        keras_sep.export.onnx(separator, tmp_path / "model.tflite")
    with pytest.raises(ValueError, match="`weights` must be one of float32, float16, int8"):
        keras_sep.export.onnx(separator, tmp_path / "model.onnx", weights="int4")
    with pytest.raises(ValueError, match=r"must be a keras_sep\.Separator"):
        keras_sep.export.litert(keras.Sequential(), tmp_path / "model.tflite")
    with pytest.raises(ValueError, match="uses the past only"):
        keras_sep.export.onnx(separator, tmp_path / "model.onnx", chunk_samples=64)
    causal = conv_tasnet(causal=True)
    with pytest.raises(ValueError, match="multiple of 8, the stride"):
        keras_sep.export.onnx(causal, tmp_path / "model.onnx", chunk_samples=63)
    with pytest.raises(ValueError, match="with all its sources"):
        keras_sep.export.onnx(causal, tmp_path / "model.onnx", stems=["drums"], chunk_samples=64)
    with pytest.raises(ValueError, match="`samples` must be at least"):
        keras_sep.export.litert(separator, tmp_path / "model.tflite", samples=9)
    (tmp_path / "there.onnx").write_text("old")
    with pytest.raises(FileExistsError, match="--overwrite"):
        keras_sep.export.onnx(separator, tmp_path / "there.onnx")
    assert [item.name for item in tmp_path.iterdir()] == ["there.onnx"]


def test_a_stem_is_not_called_as_the_input(tmp_path):
    network = keras_sep.zoo.conv_tasnet(filters=7, bottleneck=5, hidden=6, blocks=2, repeats=1)
    separator = keras_sep.Separator(network, 8000, ("waveform", "rest"))
    with pytest.raises(ValueError, match="'waveform' is the name of the input"):
        keras_sep.export.onnx(separator, tmp_path / "model.onnx")


@pytest.mark.fault
@pytest.mark.parametrize("suffix", ["onnx", "tflite"])
@pytest.mark.parametrize(
    "content",
    [b"", b"no model at all" * 99, b"PK\x03\x04" + bytes(200)],
    ids=["empty", "text", "zip"],
)
def test_a_file_that_is_no_model_is_named(tmp_path, suffix, content):
    path = tmp_path / f"model.{suffix}"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"model\.{suffix}: "):
        ExportedSeparator(path)


def test_a_model_of_others_is_told_apart(tmp_path):
    value = onnx.helper.make_tensor_value_info("waveform", onnx.TensorProto.FLOAT, [1, 2])
    copied = onnx.helper.make_tensor_value_info("stem", onnx.TensorProto.FLOAT, [1, 2])
    node = onnx.helper.make_node("Identity", ["waveform"], ["stem"])
    graph = onnx.helper.make_graph([node], "other", [value], [copied])
    opset = [onnx.helper.make_opsetid("", 18)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "o.onnx")
    with pytest.raises(ValueError, match=r"o\.onnx: not exported by keras_sep"):
        ExportedSeparator(tmp_path / "o.onnx")
