"""Spleeter's checkpoints: stems by their number, every tensor used, damage said in one line."""

import keras
import numpy as np
import pytest
from spleeter_files import SMALL, network, tensors_of, write

import keras_sep_cli
from keras_sep import convert, layers
from keras_sep.convert._crc32c import crc32c
from keras_sep.inference import load_separator

NAMES = {
    2: ("vocals", "accompaniment"),
    4: ("vocals", "drums", "bass", "other"),
    5: ("vocals", "piano", "drums", "bass", "other"),
}


@pytest.fixture(scope="module")
def two_stems():
    return tensors_of(network(2))


@pytest.fixture
def index(tmp_path, two_stems):
    return write(tmp_path, two_stems)


@pytest.mark.parametrize("stems", NAMES)
def test_stems_follow_from_their_number(tmp_path, stems):
    model = network(stems)
    write(tmp_path, tensors_of(model))
    separator = convert.from_checkpoint(tmp_path, interchangeable_sources=True, **SMALL)
    assert separator.source_names == NAMES[stems]
    assert separator.interchangeable_sources
    assert separator.sample_rate_hz == 44100
    assert separator.front_end.padding == "zeros"
    assert separator.post_filter.get_config()["bandwidth_bins"] == SMALL["bandwidth_bins"]
    x = np.random.default_rng(1).gamma(1, 2, (1, 13, 17, 2)).astype("float32")
    np.testing.assert_array_equal(separator.networks(x), model(x))


def test_from_the_command_to_a_file_that_separates(tmp_path, capsys, index):
    out = tmp_path / "two.keras"
    sizes = [f"{name}={value}" for name, value in SMALL.items()]
    assert keras_sep_cli.main(["convert", str(index), "--out", str(out), "--with", *sizes]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    separator = load_separator(out)
    x = np.random.default_rng(0).uniform(-1, 1, (1, 301, 2)).astype("float32")
    stems = keras.ops.convert_to_numpy(separator(x))
    assert isinstance(separator.post_filter, layers.RatioMask)
    assert stems.shape == (1, 301, 2, 2)
    assert np.abs(stems).max() > 0.01


def test_a_training_of_ones_own(two_stems):
    """Optimizer slots are not weights, and targets have other names."""
    slots = {f"{name}/Adam": value for name, value in two_stems.items() if "/" in name}
    tensors = two_stems | slots | {"beta1_power": np.float32(0.9)}
    model = convert.spleeter_unet(tensors, ("speech", "noise"), **SMALL)
    assert tuple(model.facts.arguments["targets"]) == ("speech", "noise")


@pytest.mark.fault
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"conv2d_1/kernel": None}, "The checkpoint must have the tensor 'conv2d_1/kernel'."),
        ({"conv2d_2/bias": None}, "The checkpoint must have the tensor 'conv2d_2/bias'."),
        ({"batch_normalization_1/beta": None}, "the tensor 'batch_normalization_1/beta'"),
        ({"conv2d_9/other": np.zeros(3)}, "must have no other tensors. Received: conv2d_9/other"),
        ({"conv2d_3/kernel": np.zeros((5, 5, 7, 3))}, "must have shape (5, 5, 2, 3)."),
        ({"conv2d/bias": np.full(3, np.nan)}, "'conv2d/bias' must contain finite numbers"),
        (
            {"batch_normalization/moving_variance": np.full(3, -1.0)},
            "must contain non-negative variances",
        ),
    ],
)
def test_other_tensors(two_stems, change, complaint):
    tensors = {name: x for name, x in (two_stems | change).items() if x is not None}
    with pytest.raises(ValueError) as error:
        convert.spleeter_unet(tensors, **SMALL)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_other_numbers_of_stems_need_names(two_stems):
    one = {name: x for name, x in two_stems.items() if _number(name) < _half(name)}
    with pytest.raises(ValueError, match="`targets` must name the 1 targets of the checkpoint"):
        convert.spleeter_unet(one, **SMALL)
    with pytest.raises(ValueError, match="must name 1 targets"):
        convert.spleeter_unet(one, ("a", "b"), **SMALL)
    assert convert.spleeter_unet(one, ("a",), **SMALL).output_shape[-1] == 1


def _number(name):
    number = name.partition("/")[0].rpartition("_")[2]
    return int(number) if number.isdigit() else 0


def _half(name):
    return 4 if "norm" in name else 2 if "transpose" in name else 3


def test_every_way_to_name_it(tmp_path, index, two_stems):
    data = tmp_path / "model.data-00000-of-00001"
    for path in (index, tmp_path, tmp_path / "model", data):
        read = convert.read_checkpoint(path)
        assert read.keys() == two_stems.keys()
    for name, value in two_stems.items():
        np.testing.assert_array_equal(read[name], value)


@pytest.mark.fault
def test_a_damaged_index_is_said_in_one_line(index):
    whole = index.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [whole[:size] for size in rng.integers(0, len(whole), 20)]
    for at in rng.integers(0, len(whole), 60):
        damaged.append(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
    footer = len(whole) - 48  # whose zeros mean nothing
    damaged = [content for content in damaged if content[:footer] != whole[:footer]]
    assert len(damaged) > 60
    for content in damaged:
        index.write_bytes(content)
        with pytest.raises(ValueError, match=r"^'.*' must be the index of a TensorFlow che.*$"):
            convert.read_checkpoint(index)


@pytest.mark.fault
def test_damaged_numbers(tmp_path, index):
    data = tmp_path / "model.data-00000-of-00001"
    whole = data.read_bytes()
    data.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    with pytest.raises(ValueError, match="damaged numbers of 'conv2d/kernel'"):
        convert.read_checkpoint(index)
    data.write_bytes(whole[:-1])
    with pytest.raises(ValueError, match=r"a file of \d+ bytes of numbers, which ends"):
        convert.read_checkpoint(index)
    data.unlink()
    with pytest.raises(ValueError, match=r"no file 'model\.data-00000-of-00001' beside it"):
        convert.read_checkpoint(index)


@pytest.mark.parametrize("size", [0, 9, 4095, 4096, 300_001])
def test_checksum(size):
    """Against the plain sum, a bit at a time."""
    data = np.random.default_rng(size).bytes(size)
    if size == 9:
        assert crc32c(b"123456789") == 0xE3069283  # the usual test of the polynomial
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = (state >> 1) ^ (0x82F63B78 * (state & 1))
    assert crc32c(data) == state ^ 0xFFFFFFFF
