"""Guides and tutorial: the blocks of each run from top to bottom, and print what is there."""

import io
import tarfile
from pathlib import Path

import keras
import pytest
from guide_runner import Page
from publishers import home, publish, publisher
from spleeter_files import network, tensors_of, write

__all__ = ["home", "publish", "publisher"]  # fixtures

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted([*DOCS.glob("guides/*.md"), *DOCS.glob("tutorial/*.md")])


@pytest.fixture
def spleeter(publish, tmp_path):
    """The default preset as its publisher has it, with a small network and random weights."""
    folder = tmp_path / "spleeter"
    folder.mkdir()
    write(folder, tensors_of(network(2)))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for path in folder.glob("model.*"):
            tar.add(path, f"./{path.name}")
    publish("spleeter_2stems", {None: archive.getvalue()})


# what `skip_mismatch` leaves out, which the guide on training wants
@pytest.mark.filterwarnings("ignore:A total of 1 objects could not be loaded:UserWarning")
@pytest.mark.parametrize("page", PAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_page_runs(page, spleeter, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "reader"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)  # for the modules that a guide writes
    for screen in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):  # pages are written, not opened
        monkeypatch.delenv(screen, raising=False)
    keras.utils.set_random_seed(0)
    Page(page, capsys).run()
