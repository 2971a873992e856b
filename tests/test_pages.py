"""README, docs and cards: their links lead somewhere, their commands and names exist."""

import functools
import re
import shlex
from pathlib import Path

import pytest

import keras_sep
from keras_sep.beam._options import parser as catalogue_options
from keras_sep_cli.parser import _commands, parse, parser

ROOT = Path(__file__).parents[1]
FOLDERS = ("", "docs/", "docs/guides/", "docs/tutorial/", "zoo/")
PAGES = sorted(path for folder in FOLDERS for path in ROOT.glob(f"{folder}*.md"))
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in PAGES}
TEXTS.pop("CHANGELOG.md", None)  # of names that were

pytestmark = pytest.mark.parametrize("page", TEXTS)


def blocks(page, language):
    found = re.findall(rf"^```{language}\n(.*?)^```", TEXTS[page], re.MULTILINE | re.DOTALL)
    return [re.sub(r"\\\n", " ", block) for block in found]


def prose(page):
    return re.sub(r"^```.*?^```", "", TEXTS[page], flags=re.MULTILINE | re.DOTALL)


def commands(page):
    """What stands in a terminal, and in a sentence with arguments."""
    lines = [line for block in blocks(page, "bash") for line in block.splitlines()]
    lines += [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose(page))]
    for line in lines:
        words = shlex.split(line, comments=True) if line.startswith("keras-sep ") else []
        if len(words) > 2 and "..." not in words:
            yield words[1:]


def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", prose(page))
    ours = [link for link in links if not link.startswith("http")]
    assert [link for link in ours if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_commands_parse(page):
    for command in commands(page):
        parse(command)


def test_options_exist(page):
    known = {
        name for command in _commands(parser()).values() for name in command._option_string_actions
    } | {*catalogue_options()._option_string_actions}
    assert set(re.findall(r"`(--[a-z-]+)", prose(page))) <= known


def test_python_compiles_and_its_names_exist(page):
    for block in blocks(page, "python"):
        if ">>>" in block or "->" in re.sub("#.*", "", block):  # a doctest, a table of signatures
            continue
        compile(block, page, "exec")
    if page == "docs/first_layer.md":  # it makes the names; test_first_layer.py follows it
        return
    for name in re.findall(r"(?<![\w/])keras_sep((?:\.[A-Za-z_]\w*)+)", TEXTS[page]):
        functools.reduce(getattr, name.strip(".").split("."), keras_sep)
