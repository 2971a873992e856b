"""Where the page gets onnxruntime-web, and what it never replaces."""

import io
import shutil
import tarfile

import pytest
from web_files import require, require_runtime

import keras_sep
from keras_sep._home import HOME
from keras_sep.export._onnxruntime_web import ARCHIVE, FILES, onnxruntime_web


@pytest.fixture
def separator():
    network = keras_sep.zoo.conv_tasnet(2, filters=8, blocks=2, repeats=1)
    return keras_sep.Separator(network, 8000, ("first", "second"))


@pytest.fixture
def kept():
    return require_runtime()


@pytest.fixture
def empty_home(tmp_path, monkeypatch):
    """A cache in which there is nothing, on a machine without npm."""
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "home" / "downloads").mkdir(parents=True)
    return tmp_path / "home"


def archive(path, contents):
    with tarfile.open(path, "w:gz") as package:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            package.addfile(info, io.BytesIO(content))


def test_without_npm_it_says_what_to_do_and_writes_nothing(separator, empty_home, tmp_path):
    with pytest.raises(ValueError, match="npm is not installed") as raised:
        keras_sep.export.web(separator, tmp_path / "page")
    assert ARCHIVE in str(raised.value)
    assert str(empty_home / "downloads") in str(raised.value)
    assert [item.name for item in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_an_archive_of_something_else_is_refused(empty_home, content):
    path = empty_home / "downloads" / ARCHIVE
    if content is None:
        archive(path, {member: b"other" for member, _ in FILES.values()})
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"onnxruntime-web.*(cannot be read|is not that of)"):
        onnxruntime_web()
    assert not [file for name in FILES for file in empty_home.rglob(name)]


def test_the_archive_of_the_package_put_there_by_hand(kept, empty_home):
    path = empty_home / "downloads" / ARCHIVE
    archive(path, {FILES[name][0]: file.read_bytes() for name, file in kept.items()})
    found = onnxruntime_web()
    assert {name: file.read_bytes() for name, file in found.items()} == {
        name: file.read_bytes() for name, file in kept.items()
    }
    path.unlink()
    found["onnxruntime.js"].write_bytes(b"changed since")
    with pytest.raises(ValueError, match="npm is not installed"):
        onnxruntime_web()


def test_what_npm_says_when_it_fails(tmp_path, monkeypatch):
    require(shutil.which("npm"), "npm is not installed")
    monkeypatch.setenv(HOME, str(tmp_path))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")  # where nobody listens
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(ValueError, match=r"^`npm pack onnxruntime-web@[\d.]+` failed: .+"):
        onnxruntime_web()


def test_a_folder_that_is_there_stays(separator, tmp_path):
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(FileExistsError, match="this folder already exists; replace it with --over"):
        keras_sep.export.web(separator, tmp_path)
    (tmp_path / "holidays.html").write_text("mine")
    with pytest.raises(FileExistsError, match=r"more than a page of keras_sep: .*holidays\.html"):
        keras_sep.export.web(separator, tmp_path, overwrite=True)
    assert (tmp_path / "index.html").read_text() == "mine"


def test_a_page_is_replaced_by_the_next(separator, tmp_path):
    require_runtime()
    folder = keras_sep.export.web(separator, tmp_path / "page", weights="float16")
    small = (folder / "model.onnx").stat().st_size
    keras_sep.export.web(separator, folder, overwrite=True, stems=("second",))
    assert (folder / "model.onnx").stat().st_size > small
    assert '"second"\n  ]' in (folder / "model.json").read_text()
    assert [item.name for item in tmp_path.iterdir()] == ["page"]
