"""Notebooks of the tutorial, run by a kernel of Jupyter, and what the site makes of them."""

import importlib.util
import io
import itertools
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import soundfile

from website import notebooks as site

DOCS = Path(__file__).parents[1] / "docs"
NAME = "01-networks"  # ten seconds, three sounds


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("notebooks", DOCS / "notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(script, tmp_path_factory):
    folder = tmp_path_factory.mktemp("executed")
    script.main([str(folder), "--execute", "--only", NAME])
    return folder


def test_a_notebook_runs_and_prints_what_its_page_shows(folder):
    made = nbformat.read(folder / f"{NAME}.ipynb", as_version=4)
    nbformat.validate(made)
    cells = {cell.source: cell.outputs for cell in made.cells if cell.cell_type == "code"}
    page = (DOCS / "tutorial" / f"{NAME}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(python|text)\n(.*?)\n```", page, re.MULTILINE | re.DOTALL)
    compared = 0
    for (_, code), (kind, text) in itertools.pairwise(blocks):
        if kind == "python":
            continue
        printed = "".join(output.text for output in cells[code])
        if not re.search(r"\d\.\d", text):  # processors round differently
            assert printed.split() == text.split()
            compared += 1
    assert compared >= 2


def test_the_site_offers_it_with_players(folder, monkeypatch):
    page = (DOCS / "tutorial" / f"{NAME}.md").read_text(encoding="utf-8")
    assert site.with_sounds(page, "no-such-page") == page
    monkeypatch.setattr(site, "FOLDER", folder)
    files = site.files()
    sounds = {name: content for name, content in files.items() if name.endswith(".wav")}
    assert len(sounds) == page.count("\nAudio(") == 3
    for content in sounds.values():
        samples, rate = soundfile.read(io.BytesIO(content))
        assert (samples.shape, rate) == ((48000, 2), 8000)  # the band's six seconds
        assert np.abs(samples).max() > 0.1
    shown = site.with_sounds(page, NAME)
    assert f"({NAME}.ipynb)" in shown
    linked = re.findall(r'```\n\n<audio [^>]*src="\.\./([^"]+)"', shown)
    assert [f"tutorial/{name}" for name in linked] == [*sounds]


def test_a_page_not_run_offers_its_notebook_without_players(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(site, "FOLDER", tmp_path)
    with caplog.at_level("INFO"):
        files = site.files()
    pages = sorted(path.stem for path in DOCS.glob("tutorial/[0-9]*.md"))
    assert sorted(files) == [f"tutorial/{page}.ipynb" for page in pages]
    assert [record.levelname for record in caplog.records] == ["INFO"]  # a warning fails a build
    for page in pages:
        made = nbformat.reads(files[f"tutorial/{page}.ipynb"].decode(), as_version=4)
        nbformat.validate(made)
        assert page in caplog.text
        shown = site.with_sounds((DOCS / "tutorial" / f"{page}.md").read_text(), page)
        assert f"({page}.ipynb)" in shown
        assert "<audio" not in shown


def test_a_notebook_older_than_its_page_is_not_offered(folder, monkeypatch, tmp_path):
    text = (folder / f"{NAME}.ipynb").read_text(encoding="utf-8")
    (tmp_path / f"{NAME}.ipynb").write_text(text.replace("import ", "import  ", 1))
    monkeypatch.setattr(site, "FOLDER", tmp_path)
    assert not any(name.endswith(".wav") for name in site.files())
    (tmp_path / f"{NAME}.ipynb").write_text(text)
    assert any(name.endswith(".wav") for name in site.files())


def test_a_cell_that_fails_is_named(script):
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    with pytest.raises(ValueError, match=r"1 / 0[\s\S]*ZeroDivisionError"):
        script.execute(broken)
