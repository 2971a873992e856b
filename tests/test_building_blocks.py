"""The docs page of building blocks: complete, in the docstrings' words, and its examples run."""

import doctest
import inspect
import re
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_sep

PAGE = Path(__file__).parents[1] / "docs" / "building_blocks.md"
TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = dict(section.split("\n", 1) for section in re.split(r"^##+ ", TEXT, flags=re.M)[1:])
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| \[`(\w+)`\]\(\.\./keras_sep/(\w+)/\w+\.py\) \| (.*) \| .+ \|$", re.MULTILINE)
ROWS = {(room, name): text for name, room, text in ROW.findall(TEXT)}
PUBLIC = [
    (room, name) for room in ("layers", "losses") for name in getattr(keras_sep, room).__all__
]


@pytest.mark.parametrize("heading", [key for key, text in SECTIONS.items() if PYTHON.search(text)])
def test_examples_of_a_section_run(heading, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"np": np, "keras": keras, "keras_sep": keras_sep}
    examples = doctest.DocTestParser().get_doctest(
        "\n".join(PYTHON.findall(SECTIONS[heading])), names, heading, str(PAGE), lineno=None
    )
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples)
    assert result.failed == 0, f"{result.failed} of {result.attempted} examples failed"


def test_every_public_layer_and_loss_has_a_row():
    assert [name for room, name in PUBLIC if (room, name) not in ROWS] == []


def test_rows_say_what_docstrings_say():
    told = {key: _first_sentence(*key) for key in ROWS}
    assert told == ROWS  # `told` is what rows ought to say


def _first_sentence(room, name):
    docstring = inspect.getdoc(getattr(getattr(keras_sep, room), name))
    return " ".join(docstring.split("\n\n")[0].split()).replace("|", r"\|")
