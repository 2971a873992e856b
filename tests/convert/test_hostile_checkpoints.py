"""Checkpoints that ask for more than they hold, that are damaged, or that would be misread."""

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from audit import HARMFUL, PROGRAMS, nothing_done
from programs import (
    FOUR,
    GOLDEN,
    archive,
    rebuilt,
    refusal,
    storage,
    stream,
    text,
)

from keras_sep import convert
from keras_sep.convert import _pickled

pytestmark = pytest.mark.fault

NAMES = ("archive.pth", "stream.pth")
ORDERED = b"ccollections\nOrderedDict\n"
REBUILT = b"ctorch._utils\n_rebuild_tensor_v2\n"


def long_list(items):
    return b"]q\x01(" + b"K\x00K\x01\x86" * items + b"e"


BOMBS = {
    # written once and asked for again
    "dicts": ORDERED + b"q\x00" + long_list(1000) + b"(" + b"h\x00h\x01\x85R" * 1000,
    "names": b"X\x10\x27\x00\x00" + b"a" * 10_000 + b"q\x00(" + b"h\x00h\x00\x93" * 2000,
    # ever so many small things
    "lists": b"(" + b"]" * 20_000,
    "memos": b"(" + b"}\x94" * 20_000,
    "classes": b"(" + b"ca\nb\n" * 20_000,
    "pairs": b"(" + b"}NNs" * 20_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_a_pickle_makes_is_bounded(tmp_path, monkeypatch, name):
    most = 10_000
    monkeypatch.setattr(_pickled, "MOST_MADE", most)
    program = b"\x80\x04" + BOMBS[name] + b"t."
    path = archive(tmp_path / "bomb.pth", program)
    tracemalloc.start()
    said = refusal(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "makes more than 10,000 values" in said
    assert peak < 2 * len(program) + 300 * most


def test_names_that_share_numbers_are_bounded(tmp_path):
    """Four megabytes sixteen times; and once more, a small file's bomb."""
    numbers = np.arange(1_000_000, dtype="f4")
    one = rebuilt(size=numbers.shape, stride=(1,), elements=numbers.size).removesuffix(b"s.")

    def named(times):
        again = b"".join(text(f"{number:04d}") + b"h\x00s" for number in range(times - 1))
        program = one + b"q\x00s" + again + b"."
        return archive(tmp_path / "wide.pth", program, [("archive/data/0", numbers)])

    path = named(16)
    tracemalloc.start()
    tensors = convert.read_checkpoint(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(tensors) == 16
    assert peak < 4 * numbers.nbytes
    np.testing.assert_array_equal(tensors["0014"], numbers)
    with pytest.raises(ValueError, match="read-only"):
        tensors["0000"][0] = 1
    assert "tensors of 17000000 numbers that share 1000000" in refusal(named(17))


def overlapping(members):
    """A zip archive whose members, (name, content, where it begins), lie where they are said to."""
    body, entries = bytearray(), []
    for name, content, at in members:
        sizes = (zlib.crc32(content), len(content), len(content), len(name), 0)
        local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, *(0,) * 4, *sizes) + name.encode()
        at = len(body) if at is None else at
        body[at : at + len(local) + len(content)] = local + content
        central = struct.pack(
            "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, *(0,) * 4, *sizes, *(0,) * 4, at
        )
        entries.append(central + name.encode())
    directory = b"".join(entries)
    end = (0x06054B50, 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return bytes(body) + directory + struct.pack("<IHHHHIIH", *end)


def test_members_of_an_archive_share_nothing(tmp_path):
    path = tmp_path / "one.pth"
    program = ("a/data.pkl", rebuilt(), None)
    path.write_bytes(overlapping([program, ("a/data/0", FOUR, None)]))
    np.testing.assert_array_equal(convert.read_checkpoint(path)["x"], [0, 1, 2, 3])
    path.write_bytes(overlapping([program, ("a/data/0", FOUR, None), ("a/data/1", FOUR, 200)]))
    assert "which reaches into the next one" in refusal(path)
    path.write_bytes(overlapping([program, ("a/data/0", FOUR, None), ("a/data/0", FOUR, None)]))
    assert "two members with one name" in refusal(path)


@pytest.mark.parametrize("sizes", [(2**31, 2**31), (4, 2**31), (2**31, 4), (2**32 - 1,) * 2])
def test_a_member_of_more_bytes_than_the_file(tmp_path, sizes):
    path = archive(tmp_path / "cut.pth", b"\x80\x02}.")
    whole = bytearray(path.read_bytes())
    directory = whole.find(b"PK\x01\x02")
    whole[directory + 20 : directory + 28] = struct.pack("<II", *sizes)
    path.write_bytes(whole)
    refusal(path)


FALSE = b"X\x03\x00\x00\x00neg\x89s"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (b"}X\x03\x00\x00\x00neg\x88s", "{'neg': True} at 'x'"),
        (b"}X\x04\x00\x00\x00conj\x88s", "{'conj': True} at 'x'"),
        (b"}" + FALSE + b"X\x04\x00\x00\x00conjK\x01s", "'conj': 1"),
        (b"K\x01", "a tensor with 1 at 'x'"),
        (b"cos\nsystem\n", "a tensor with 'os.system' at 'x'"),
        (b"}" + FALSE, None),
        (b"}", None),
        (b"N", None),
    ],
)
def test_numbers_that_torch_has_yet_to_compute(tmp_path, flags, said):
    """`_rebuild_tensor_v2` has flags of lazy views last, which change what the numbers mean."""
    program = rebuilt().removesuffix(b"tRs.") + flags + b"tRs."
    path = archive(tmp_path / "lazy.pth", program, [("archive/data/0", FOUR)])
    if said is None:
        np.testing.assert_array_equal(convert.read_checkpoint(path)["x"], [0, 1, 2, 3])
    else:
        assert said in refusal(path)


@pytest.mark.parametrize(
    "name",
    [
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter_with_state",
        "torch._utils._rebuild_meta_tensor_no_storage",
        "torch._utils._rebuild_qtensor",
        "torch._utils._rebuild_sparse_tensor",
        "torch._utils._rebuild_wrapper_subclass",
        "torch._tensor._rebuild_from_type_v2",
    ],
)
def test_tensors_of_other_kinds_are_named(tmp_path, name):
    other = "\n".join(name.rsplit(".", 1)).encode()
    program = rebuilt().replace(b"torch._utils\n_rebuild_tensor_v2", other)
    path = archive(tmp_path / "other.pth", program, [("archive/data/0", FOUR)])
    assert f"no tensor but '{name}' at 'x'" in refusal(path)


def test_long_names_make_no_long_message(tmp_path):
    long = "x" * 2_000_000
    for program in (
        b"}" + text(long) + b"K\x01s.",
        b"c" + long.encode() + b"\nb\n.",
        storage(kind=long) + b".",
        rebuilt(key=long),
        b"}" + text(long) + b"}ss.",
        b"}" + text("a\nb\x1b[2J") + b"K\x01s.",
    ):
        refusal(archive(tmp_path / "long.pth", program))
    (tmp_path / "long.pt").write_bytes(stream(rebuilt(key=long), [long], 4))
    refusal(tmp_path / "long.pt")


def test_what_is_no_file_is_said(tmp_path):
    assert refusal(tmp_path) == "a folder"
    with pytest.raises(FileNotFoundError):
        convert.read_checkpoint(tmp_path / "none.pth")
    assert refusal("/dev/null") == "a pipe or a device"


def damaged(whole, other, rng):
    """One of several accidents."""
    content, length = bytearray(whole), len(whole)
    first, last = sorted(rng.integers(length, size=2))
    kind = rng.integers(6)
    if kind == 0:  # bytes
        for at in rng.integers(length, size=rng.integers(1, 9)):
            content[at] = rng.integers(256)
    elif kind == 1:  # a size or an offset
        at = rng.integers(length - 8)
        large = rng.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 1])
        content[at : at + 4] = int(large).to_bytes(4, "little")
    elif kind == 2:
        del content[first:]
    elif kind == 3:
        del content[first:last]
    elif kind == 4:
        content[first:first] = content[first:last]
    else:
        content[first:last] = other[first:last]
    return bytes(content)


@pytest.mark.parametrize("name", NAMES)
def test_damaged_files_give_numbers_or_one_line(tmp_path, name):
    path = tmp_path / "damaged.pth"
    whole, other = ((GOLDEN / one).read_bytes() for one in (name, "training.pth"))
    rng = np.random.default_rng(3)
    read = 0
    for _ in range(300):
        path.write_bytes(damaged(whole, other, rng))
        try:
            with nothing_done(HARMFUL | PROGRAMS):
                tensors = convert.read_checkpoint(path)
            assert all(isinstance(tensor, np.ndarray) for tensor in tensors.values())
            read += 1
        except ValueError:
            refusal(path)
    assert 0 < read < 200
