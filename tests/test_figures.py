"""Figures and notebooks of the docs: each that is shown exists, and the scripts make them."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted([*DOCS.glob("guides/*.md"), *DOCS.glob("tutorial/*.md")])
PICTURE = re.compile(r"!\[([^\]]*)\]\(\.\./images/([\w.]+)\)")


def script(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_figures_shown_are_those_made_and_small():
    shown = {name: text for page in PAGES for text, name in PICTURE.findall(page.read_text())}
    figures = script("figures").FIGURES
    assert set(shown) == {f"{name}{suffix}" for name, (_, suffix) in figures.items()}
    for name, text in shown.items():
        assert 0 < (DOCS / "images" / name).stat().st_size < 100 * 1024
        assert len(text.split()) > 5, f"{name} needs a text for those who do not see it"


@pytest.mark.parametrize("name", ["receptive_field", "magnitude_and_phase"])
def test_a_figure_is_drawn(name, tmp_path):
    path = script("figures").write(name, tmp_path)
    head = {".svg": b"<?xml", ".png": b"\x89PNG"}[path.suffix]
    assert path.read_bytes().startswith(head)


def test_scores_shown_are_those_that_publishers_state(tmp_path):
    module = script("field_scores")
    module.main(["--out", str(tmp_path)])
    for folder in (tmp_path, DOCS / "images"):
        texts = re.findall(r">([^<>]+)</text>", (folder / module.NAME).read_text("utf-8"))
        for definition, rows in module.groups().items():
            assert definition in texts
            assert rows.keys() <= {*texts}
    # the weights' own paper, table 2: WSJ0-2Mix
    found = module.groups()["improvement of SI-SNR in dB, WSJ0-2Mix, test set"]
    assert found["sepformer_wsj02mix"] == {"all": 22.4}


def test_an_unknown_figure_is_refused(capsys):
    with pytest.raises(SystemExit):
        script("figures").main(["nosuch"])
    assert "no figure is called nosuch" in capsys.readouterr().err


def test_notebooks_have_all_cells_and_pictures_and_no_outputs(tmp_path):
    script("notebooks").main([str(tmp_path)])
    for page in DOCS.glob("tutorial/[0-9]*.md"):
        made = nbformat.read(tmp_path / f"{page.stem}.ipynb", as_version=4)
        nbformat.validate(made)
        code = [cell for cell in made.cells if cell.cell_type == "code"]
        blocks = re.findall(r"^```python\n(.*?)\n```", page.read_text(), re.MULTILINE | re.DOTALL)
        assert [cell.source for cell in code] == blocks
        assert not any(cell.outputs for cell in code)
        text = "".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
        assert "```text" not in text
        attached = {name for cell in made.cells for name in cell.get("attachments", {})}
        assert attached == {name for _, name in PICTURE.findall(page.read_text())}
