"""`keras-sep stream` through pipes: the stems of the whole, and refusals in one line."""

import io

import numpy as np
import pytest
import soundfile
from streams import RATE, as_wav, save_causal, song, stream

import keras_sep
from keras_sep.inference import load_separator


@pytest.fixture(scope="module")
def causal(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "causal.keras"
    save_causal(path)
    return path


def test_a_wav_file_through_a_pipe(causal):
    mixture = song()
    status, out, said = stream(
        as_wav(mixture), "--model", causal, "--stems", "drums", "--chunk-ms", 7
    )
    assert status == 0, said
    # a header of unknown length, and the samples
    stem = np.frombuffer(out[44:], "float32").reshape(-1, 2)
    assert len(stem) == len(mixture)
    whole = load_separator(causal)(mixture[None]).numpy()[0, ..., 1]
    np.testing.assert_allclose(stem, whole, atol=1e-5)
    assert soundfile.read(io.BytesIO(out), dtype="float32")[1] == RATE
    assert any("6 ms late" in line for line in said)  # 64 - 16 samples
    assert any("0.6 s of sound" in line for line in said)


def test_raw_samples_and_a_mix(causal):
    mixture = song()
    status, out, said = stream(
        mixture.tobytes(), "--model", causal, "--mix", "vocals=0", "--raw", "f32"
    )
    assert status == 0, said
    stem = np.frombuffer(out, "float32").reshape(-1, 2)
    whole = mixture - load_separator(causal)(mixture[None]).numpy()[0, ..., 0]
    np.testing.assert_allclose(stem, whole, atol=1e-5)


def test_one_channel_and_a_model_that_looks_ahead(tmp_path):
    network = keras_sep.zoo.scnet(
        filters=(4, 8), frame_length=256, hop_length=64, blocks=2, segment_samples=2000
    )
    keras_sep.Separator(network, RATE, ("d", "b", "o", "v")).save(tmp_path / "ahead.keras")
    status, out, said = stream(
        as_wav(song(channels=1), subtype="PCM_16"),
        *("--model", tmp_path / "ahead.keras", "--stems", "v"),
    )
    assert status == 0, said
    assert len(out) == 44 + 2 * 2 * 5003


def test_an_exported_step(causal, tmp_path):
    path = keras_sep.export.litert(
        load_separator(causal), tmp_path / "step.tflite", chunk_samples=64
    )
    mixture = song()
    arguments = "--model", path, "--stems", "drums", "--threads", 1
    status, out, said = stream(as_wav(mixture), *arguments)
    assert status == 0, said
    stem = np.frombuffer(out[44:], "float32").reshape(-1, 2)
    whole = load_separator(causal)(mixture[None]).numpy()[0, ..., 1]
    np.testing.assert_allclose(stem, whole, atol=1e-5)
    assert any("a chunk of 8 ms" in line for line in said)
    status, out, said = stream(as_wav(mixture), *arguments, "--chunk-ms", 20)
    assert (status, out) == (1, b"")
    assert "--chunk-ms: an exported step has the chunks" in said[0]


@pytest.mark.fault
@pytest.mark.parametrize(
    ("given", "arguments", "message"),
    [
        (as_wav(song()), (), "one stem fits on standard output"),
        (b"not a WAV file", ("--stems", "drums"), "must be a WAV file"),
        (as_wav(song(), 44100), ("--stems", "drums"), "44100 Hz, and the model 8000"),
        (as_wav(song(channels=3)), ("--stems", "drums"), "3 channels, and the model 2"),
        (as_wav(song()), ("--stems", "drums", "--chunk-ms", "nan"), "--chunk-ms: give more"),
        (as_wav(song()), ("--stems", "drums", "--device", "gpu:7"), "--device gpu:7: tensorflow"),
    ],
)
def test_refusals(causal, given, arguments, message):
    status, out, said = stream(given, "--model", causal, *arguments)
    assert status == 1
    assert out == b""
    assert len(said) == 1
    assert message in said[0]
    assert said[0].startswith("keras-sep stream: ")
