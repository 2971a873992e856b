"""Checkpoints that PyTorch wrote (`golden/make.py`), and files that mean harm."""

import os
import pickle
import sys
import zipfile
from fractions import Fraction

import numpy as np
import pytest
from programs import (
    FOUR,
    GOLDEN,
    archive,
    rebuilt,
    refusal,
    storage,
    stream,
)

from keras_sep import convert


@pytest.mark.parametrize("name", ["archive.pth", "stream.pth", "training.pth"])
def test_reads_what_pytorch_wrote(name):
    tensors = convert.read_checkpoint(GOLDEN / name)
    with np.load(GOLDEN / "state.npz") as wanted:
        assert set(tensors) == set(wanted)
        for key in wanted:
            assert tensors[key].shape == wanted[key].shape
            np.testing.assert_array_equal(tensors[key].astype("float32"), wanted[key])
    assert tensors["extra"].shape == (6, 4)
    kinds = ("int64", "bool", "float16", "float64", "float32")
    names = ("count", "flags", "in_half", "in_double", "in_brain")
    assert tuple(tensors[name].dtype.name for name in names) == kinds


class Harm:
    """A pickle of this runs a shell command when Python's own unpickler reads it."""

    def __init__(self, flag):
        self.flag = flag

    def __reduce__(self):
        return os.system, (f"touch {self.flag}",)


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("within", [None, "state", "state_dict", "model_state_dict"])
def test_commands_are_named_and_not_run(tmp_path, protocol, within):
    flag = tmp_path / "flag"
    state = {"fc1.weight": Harm(flag)}
    program = pickle.dumps(state if within is None else {within: state}, protocol=protocol)
    assert "'posix.system'" in refusal(archive(tmp_path / "harm.pth", program))
    (tmp_path / "harm.pt").write_bytes(program)
    assert "'posix.system'" in refusal(tmp_path / "harm.pt")
    assert not flag.exists()
    pickle.loads(program)  # the pickle does what it is feared for
    assert flag.exists()


class Settings(dict):
    """What trainers keep beside a state dict: a class, with items and attributes."""


def test_what_is_beside_the_state_dict_is_not_made(tmp_path):
    flag = tmp_path / "flag"
    settings = Settings(segment=Fraction(39, 5))
    settings.harm = Harm(flag)
    for protocol in (2, 4):
        beside = {"klass": Harm, "kwargs": settings, "harm": Harm(flag), (1, 2): "lower".upper}
        whole = beside | {"state": {}}
        program = pickle.dumps(whole, protocol=protocol)
        assert convert.read_checkpoint(archive(tmp_path / "model.th", program)) == {}
    assert not flag.exists()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"epoch": 3, "net": {}}, "no tensor but a int at 'epoch'"),
        ({"epoch": 3, "model": {"x": 3}}, "no tensor but a int at 'x' of 'model'"),
        ({"state": {"x": 3}}, "no tensor but a int at 'x' of 'state'"),
        ({"state_dict": {3: {}}}, "no name but a int of 'state_dict'"),
        ({"state_dict": {(1, 2): {}}}, "no name but 'tuple' of 'state_dict'"),
        ({"state_dict": {}, "state": {}}, "two dicts, at 'state_dict' and 'state'"),
        ({"state": {"__quantized": True}}, "quantised weights ('__quantized'), which are not read"),
        ({"state": [1.0]}, "no tensor but a list at 'state'"),
        ({"state_dict": Settings(x=1)}, f"but {__name__ + '.Settings'!r} at 'state_dict'"),
        (Settings(x=1), f"no state dict but {__name__ + '.Settings'!r}"),
    ],
)
def test_only_state_dicts(tmp_path, content, text):
    path = archive(tmp_path / "other.pth", pickle.dumps(content, protocol=2))
    assert text in refusal(path)


def test_nested_values_take_no_time(tmp_path):
    wide = b")" + b"".join(b"q\x00h\x00\x86" for _ in range(200))  # each twice in the next
    for nested in (b")" + b"\x85" * 50_000, wide):
        for program, text in (
            (b"}" + nested + b"K\x01s.", "no name but 'tuple'"),
            (b"]" + nested + b"a.", "no state dict but a list"),
            (nested + b"Q.", "the persistent id ("),
            (nested + b")R.", "a call of a tuple"),
            (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage() + b"K\x00" + nested + b")tR.",
             "a tensor of size ("),
        ):  # fmt: skip
            assert text in refusal(archive(tmp_path / "nested.pth", program))
    own = b"}q\x00X\x05\x00\x00\x00stateh\x00s."  # a dict that is its own `state`
    assert "no tensor but a dict at 'state'" in refusal(archive(tmp_path / "own.pth", own))


@pytest.mark.parametrize(
    ("program", "text"),
    [
        # attributes of allowed functions, and functions with allowed names at the end
        (b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", "__globals__"),
        (b"cbuiltins\nOrderedDict\n.", "'builtins.OrderedDict'"),
        # instructions that make objects of classes
        (b"(ccollections\nOrderedDict\no.", "the pickle instruction OBJ"),
        (b"(icollections\nOrderedDict\n.", "the pickle instruction INST"),
        (b"ccollections\nOrderedDict\n)\x81.", "no state dict but 'collections.OrderedDict'"),
        (b"ctorch._utils\n_rebuild_parameter\n)\x81}\x85R.", "'torch._utils._rebuild_parameter'"),
        (b"\x82\x01.", "the pickle instruction EXT1"),
        # a storage type called as a function, and attributes set on a function
        (b"ctorch\nFloatStorage\n)R.", "no state dict but 'torch.FloatStorage'"),
        (b"cos\nsystem\nX\x02\x00\x00\x00ls\x85R}b.", "no state dict but 'os.system'"),
        (b"X\x02\x00\x00\x00a\nX\x01\x00\x00\x00b\x93.", r"no state dict but 'a\n.b'"),
        (b"}K\x01R.", "a call of a dict"),
        (b"ccollections\nOrderedDict\n}b.", "an instruction for a dict on a Name"),
        # nonsense
        (b"", "pickle exhausted"),
        (b"R.", "a damaged pickle"),
        (b"}", "pickle exhausted"),
        (b"}.", None),
        (b"K\x01.", "no state dict but a int"),
        (b"K\x01Q.", "the persistent id 1"),
    ],
)
def test_other_programs_are_refused(tmp_path, program, text):
    path = archive(tmp_path / "odd.pth", program)
    if text is None:
        assert convert.read_checkpoint(path) == {}
    else:
        assert text in refusal(path)


def test_reads_one_tensor_written_by_hand(tmp_path):
    program = rebuilt(offset=1, size=(2,), stride=(2,))
    path = archive(tmp_path / "one.pth", program, [("archive/data/0", FOUR)])
    np.testing.assert_array_equal(convert.read_checkpoint(path)["x"], [1, 3])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"size": (5,)}, "a tensor of size (5,) in 4 numbers"),
        ({"offset": 3, "size": (2,)}, "a tensor of size (2,) in 4 numbers"),
        ({"offset": -1, "size": (2,)}, "offset -1"),
        ({"stride": (-1,)}, "stride (-1,)"),
        ({"size": (2, 2), "stride": (1,)}, "stride (1,)"),
        ({"size": (99999, 99999), "stride": (0, 0)}, "a tensor of size (99999, 99999)"),
        ({"elements": 9, "size": (9,)}, "16 bytes for 9 numbers"),
        ({"kind": "UntypedStorage"}, "torch.UntypedStorage"),
        ({"key": "1"}, "an archive without 'data/1'"),
        ({"key": "../../etc/passwd"}, "an archive without 'data/../../etc/passwd'"),
    ],
)
def test_tensors_stay_in_their_storage(tmp_path, arguments, text):
    path = archive(tmp_path / "bad.pth", rebuilt(**arguments), [("archive/data/0", FOUR)])
    assert text in refusal(path)


def test_other_archives_are_refused(tmp_path):
    path = archive(tmp_path / "a.pth", b"}.", [("other/data.pkl", b"}.")])
    assert "without one `data.pkl`" in refusal(path)
    path = archive(tmp_path / "b.pth", b"}.", method=zipfile.ZIP_DEFLATED)
    assert "compressed" in refusal(path)
    path = archive(tmp_path / "c.pth", b"}.", [("archive/byteorder", b"middle")])
    assert "an unknown byte order" in refusal(path)
    whole = (GOLDEN / "archive.pth").read_bytes()
    (tmp_path / "d.pth").write_bytes(whole[: len(whole) // 2])
    refusal(tmp_path / "d.pth")


def test_a_big_endian_archive(tmp_path):
    content = np.arange(4, dtype=">f4").tobytes()
    members = [("archive/byteorder", b"big"), ("archive/data/0", content)]
    path = archive(tmp_path / "big.pth", rebuilt(), members)
    tensor = convert.read_checkpoint(path)["x"]
    np.testing.assert_array_equal(tensor, [0, 1, 2, 3])
    assert tensor.dtype.isnative


def test_a_truncated_stream(tmp_path):
    whole = (GOLDEN / "stream.pth").read_bytes()
    for length in (0, 10, 200, len(whole) - 3):
        (tmp_path / "cut.pth").write_bytes(whole[:length])
        refusal(tmp_path / "cut.pth")


def test_a_stream_that_announces_what_is_not_there(tmp_path):
    path = tmp_path / "stream.pth"
    for content, keys, size, text in (
        (rebuilt(), [], 0, "a stream without the numbers '0'"),
        (rebuilt(), ["1"], 0, "numbers of ['1'], which are of no tensor"),
        (rebuilt(), 3, 0, "numbers of 3, which are of no tensor"),
        (rebuilt(elements=2**30), ["0"], 2**30, "0 bytes for 1073741824 numbers"),
        (storage(elements=-1) + b".", ["0"], 0, "a storage of -1 numbers"),
    ):
        path.write_bytes(stream(content, keys, size))
        assert text in refusal(path)


def test_numbers_that_could_be_chosen_to_have_one_hash_are_no_keys(tmp_path):
    """A dict of many would compare each with all before it."""
    modulus = sys.hash_info.modulus
    for number, called in ((modulus - 1, "a int"), (modulus, "'int'"), (-3 * modulus, "'int'")):
        path = archive(tmp_path / "large.pth", pickle.dumps({number: {}}, protocol=2))
        assert f"no name but {called}" in refusal(path)
