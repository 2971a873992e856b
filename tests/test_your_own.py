"""The docs page on parts of one's own: its file, its session, its recipe and its tests run."""

import doctest
import importlib
import inspect
import re
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_sep
from keras_sep import testing
from keras_sep_cli import main

PAGE = (Path(__file__).parents[1] / "docs" / "your_own.md").read_text(encoding="utf-8")
MODULE, TESTS = PAGE.split("\n## Separate")[0], PAGE.split("\n## Test it")[1]


def blocks(text, language="python"):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """A folder with the page's `mine.py`, which is found there."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "mine.py").write_text("\n\n".join(blocks(MODULE)))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.chdir(folder)
        yield importlib.import_module("mine")
        sys.modules.pop("mine")


def test_its_session_runs(mine):
    text = "\n".join(block for block in blocks(PAGE) if ">>>" in block)
    names = {"np": np, "keras": keras, "keras_sep": keras_sep}
    session = doctest.DocTestParser().get_doctest(text, names, "your_own", None, None)
    result = doctest.DocTestRunner().run(session)
    assert result.attempted > 5
    assert result.failed == 0


def test_its_recipe_trains_and_its_commands_run(mine):
    folder = Path(mine.__file__).parent
    (recipe,) = blocks(PAGE, "yaml")
    (folder / "mine.yaml").write_text(recipe)
    keras_sep.data.synthetic_band(
        folder / "data", train=2, valid=1, test=0, seconds=2.0, sample_rate_hz=4000
    )
    noise = np.random.default_rng(0).normal(size=(4000, 1))
    keras_sep.data.write_audio(folder / "song.wav", 0.1 * noise.astype("float32"), 4000)
    (commands,) = blocks(PAGE, "bash")
    for command in commands.splitlines():
        assert main(command.split()[1:]) == 0
    assert (folder / "stems" / "song" / "drums.wav").exists()


@pytest.mark.parametrize("kind", ["LayerLaws", "NetworkLaws", "LossLaws"])
def test_its_parts_keep_the_laws(mine, kind):
    """All but the one that takes its own process, which the session stands for."""
    names = {}
    exec(blocks(TESTS)[0], names)
    (cls,) = [x for x in names.values() if getattr(x, "__base__", None) is getattr(testing, kind)]
    (name,) = cls.cases
    for law in (getattr(cls(), law) for law in dir(cls) if law.startswith("test_")):
        if list(inspect.signature(law).parameters) == ["name"]:
            law(name)


def test_its_table_lists_the_laws():
    table = set(re.findall(r"^\| (.*?) \|", TESTS, re.MULTILINE)) - {"law", "---", "fifteen more"}
    listed = {name for row in table for name in re.findall(r"`(\w+)`", row)}
    laws = [law for law in dir(keras_sep.testing.LayerLaws) if law.startswith("test_")]
    assert listed == {law.removeprefix("test_") for law in laws}
    losses = [law for law in dir(keras_sep.testing.LossLaws) if law.startswith("test_")]
    assert len(losses) == 15
