"""`Separator.separate`: an array of any length, rate and channels, to arrays."""

import keras
import numpy as np
import pytest
import soundfile
from small import RATE, SOURCES, fixed_shares, noise

import keras_sep
from keras_sep.data import write_audio
from keras_sep.inference import separate_file

BLOCKS = {"block_seconds": 0.25, "context_seconds": 0.1}


@pytest.fixture(scope="module")
def separator():
    return fixed_shares()


@pytest.mark.parametrize(
    ("rate", "channels", "stems"),
    [
        (RATE, 2, None),
        (4400, 1, ("drums", "no_drums")),
        (1009, 6, {"mix": {"mixture": 1, "drums": -0.5}}),
    ],
)
def test_equals_the_stems_of_a_file(separator, tmp_path, rate, channels, stems):
    path = tmp_path / "song.wav"
    signal = noise(2011, channels)
    write_audio(path, signal, rate, "float")
    quiet = {"say": lambda line: None, "stems": stems, **BLOCKS}
    paths = separate_file(separator, path, tmp_path / "out", "float", **quiet)
    made = separator.separate(signal, rate, stems, **BLOCKS)
    assert list(made) == list(paths)
    for name, stem in made.items():
        assert (stem.shape, stem.dtype) == (signal.shape, np.float32)
        np.testing.assert_array_equal(stem, soundfile.read(paths[name], always_2d=True)[0])


@pytest.mark.parametrize("samples", [1, 63, 3001])
def test_equals_predict_at_the_separators_rate(separator, samples):
    signal = noise(samples)
    wanted = separator.predict(signal[None], verbose=0)[0]
    made = separator.separate(signal, RATE)
    for index, name in enumerate(SOURCES):
        # two graphs, fused in different ways
        np.testing.assert_allclose(made[name], wanted[..., index], atol=1e-6)


def test_shapes_and_types(separator):
    signal = noise(1999, channels=1)[:, 0]
    wanted = separator.separate(signal[:, None], 3001)
    for array, error in (
        (signal, 0),
        (signal.tolist(), 0),
        (keras.ops.convert_to_tensor(signal), 0),
        (signal.astype("float64"), 0),
        (signal.astype("float16"), 2**-12),
        (np.rint(signal * 2.0**15).astype("int16"), 2**-15),
        (np.rint(signal * 2.0**31).astype("int32"), 1e-7),
    ):
        made = separator.separate(array, 3001)
        assert list(made) == list(SOURCES)
        for name, stem in made.items():
            assert (stem.shape, stem.dtype) == ((1999,), np.float32)
            np.testing.assert_allclose(stem, wanted[name][:, 0], atol=4 * error)


def test_the_input_stays_as_it_is(separator):
    signal = noise(701)
    before = signal.copy()
    made = separator.separate(signal, RATE, ["mixture", "no_drums"])
    np.testing.assert_array_equal(signal, before)
    assert not np.shares_memory(made["mixture"], signal)


def test_shifts_are_averaged(separator):
    made = separator.separate(noise(1999), RATE, shifts=2)
    compiled = keras_sep.inference.CompiledSeparator(separator, 2)
    np.testing.assert_array_equal(made["drums"], compiled(noise(1999))[..., 1])
    assert np.abs(made["drums"] - separator.separate(noise(1999), RATE)["drums"]).max() > 1e-6


def test_compiled_once_and_not_saved(tmp_path):
    separator = fixed_shares()
    separator(noise(331)[None])
    separator.save(tmp_path / "before.keras")
    config = separator.get_config()
    calls, inner = [], separator.call
    separator.call = lambda *args, **kwargs: calls.append(1) or inner(*args, **kwargs)
    for samples in (701, 331):
        separator.separate(noise(samples), RATE)
        separator.separate(noise(samples, channels=1), 4400, shifts=2)
    if keras.backend.backend() == "tensorflow":
        assert len(calls) == 1
    del separator.call
    separator.save(tmp_path / "after.keras")
    assert separator.get_config() == config
    sizes = [(tmp_path / f"{name}.keras").stat().st_size for name in ("before", "after")]
    assert sizes[0] == sizes[1]
    again = keras.saving.load_model(tmp_path / "after.keras")
    stems = [made.separate(noise(331), RATE)["drums"] for made in (separator, again)]
    np.testing.assert_array_equal(*stems)


def test_weights_may_change_between_calls():
    mixture = keras.Input((None, 33, 2))
    network = keras.Model(mixture, keras.layers.Dense(2)(mixture)[..., None])
    separator = keras_sep.Separator(network, RATE, ("vocals",), keras_sep.layers.STFT(64, 32))
    assert separator.separate(noise(331), RATE)["vocals"].any()
    for weight in separator.weights:
        weight.assign(np.zeros(weight.shape, "float32"))
    assert not separator.separate(noise(331), RATE)["vocals"].any()


@pytest.mark.fault
@pytest.mark.parametrize(
    ("waveform", "rate", "message"),
    [
        (np.zeros((0, 2)), RATE, r"`waveform` must contain at least one sample.*\(0, 2\)"),
        (np.zeros((7, 0)), RATE, r"`waveform` must contain at least one sample.*\(7, 0\)"),
        ([], RATE, r"`waveform` must contain at least one sample.*\(0,\)"),
        (1.0, RATE, r"`waveform` must contain .* shape: \(\)"),
        (np.zeros((1, 7, 2)), RATE, r"\(samples,\) or \(samples, channels\).*: \(1, 7, 2\)"),
        (np.zeros((2, 701)), RATE, r"`waveform.T` may be meant. Received shape: \(2, 701\)"),
        ([0.0, np.nan, 0.0], RATE, "must be finite.*Received: .*nan.* at sample 1"),
        ([[0.0, 1.0], [0.0, np.inf]], RATE, "must be finite.*inf.* at sample 1"),
        ([0.0, 1e300], RATE, r"must be finite, as 32-bit floats. Received: .*1e\+300.* at sample"),
        (np.zeros(9, "int64"), RATE, "floats, or integers of 16 or 32 bits. Received: int64"),
        (np.zeros(9, "uint8"), RATE, "floats, or integers of 16 or 32 bits. Received: uint8"),
        (np.zeros(9, bool), RATE, "floats, or integers of 16 or 32 bits. Received: bool"),
        (np.zeros(9, complex), RATE, "floats, or integers of 16 or 32 bits. Received: complex"),
        (["a", "b"], RATE, "floats, or integers of 16 or 32 bits. Received: <U1"),
        (np.zeros(9), 0, "`sample_rate_hz` must be a positive"),
        (np.zeros(9), 44100.5, "`sample_rate_hz` must be a positive"),
        (np.zeros(9), None, "`sample_rate_hz` must be a positive"),
        (np.zeros(9), np.nan, "`sample_rate_hz` must be a positive"),
        (np.zeros(9), 10**12, "`sample_rate_hz` must be from 1000 to 1000000. Received: 10{12}"),
    ],
)
def test_what_is_no_recording(separator, waveform, rate, message):
    with pytest.raises(ValueError, match=message) as error:
        separator.separate(waveform, rate)
    assert "\n" not in str(error.value)


@pytest.mark.fault
def test_options_that_make_no_sense(separator):
    for options, message in (
        ({"stems": ["vocal"]}, r"No stem is called 'vocal'. Did you mean `vocals`\?"),
        ({"shifts": 0}, "`shifts` must be"),
        ({"shifts": None}, "`shifts` must be"),
        ({"block_seconds": 0}, "`block_seconds` must be positive"),
        ({"context_seconds": -1.0}, "`context_seconds` not negative"),
    ):
        with pytest.raises(ValueError, match=message):
            separator.separate(noise(101), RATE, **options)


@pytest.mark.fault
def test_too_loud_for_the_stems(separator):
    with pytest.raises(
        ValueError, match="the model outputs NaN or infinite samples for samples of"
    ):
        separator.separate(noise(701, level=5e37), RATE)
    with pytest.raises(ValueError, match="too loud for 32-bit floats"):
        separator.separate(noise(701), RATE, stems={"loud": {"mixture": 1e39}})
