"""Who does what docs/first_layer.md says has a layer that passes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "first_layer.md").read_text(encoding="utf-8")
BLOCK = r"\n\n```(?:python|markdown)\n(.*?)```"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    clone = tmp_path_factory.mktemp("clone")
    unwanted = shutil.ignore_patterns("__pycache__", "parity")
    for folder in ("keras_sep", "keras_sep_cli", "tests", "docs"):
        shutil.copytree(ROOT / folder, clone / folder, ignore=unwanted)
    shutil.copy(ROOT / "pyproject.toml", clone)

    for path in re.findall(r"Write `([\w/.]+)`", PAGE):
        assert not (clone / path).exists()
        (clone / path).write_text(re.search(rf"Write `{path}`:{BLOCK}", PAGE, re.S)[1])

    def after(path, line, new):
        text = (clone / path).read_text()
        assert line in text
        (clone / path).write_text(text.replace(line, line + new, 1))

    exports = re.findall(r"^```python\n(from keras_sep[^\n]*)\n```", PAGE, re.M)
    for path, line in zip(("keras_sep/ops", "keras_sep/layers"), exports, strict=True):
        with (clone / path / "__init__.py").open("a") as file:
            file.write(line + "\n")
    after("keras_sep/layers/__init__.py", "__all__ = [\n", '    "MidSide",\n')
    case = re.search(r'^    "MidSide": .*\n', PAGE, re.M)[0]
    after("tests/cases/masks_and_spectra.py", "LAYERS = {\n", case)
    row = re.search(r"^\| \[`MidSide`.*\n", PAGE, re.M)[0]
    after("docs/building_blocks.md", "| block | what it does | in the zoo |\n|---|---|---|\n", row)
    return clone


def test_the_layer_of_the_page_passes(clone):
    files = (
        "tests/test_harness.py", "tests/layers/test_mid_side.py", "tests/test_building_blocks.py",
        "tests/test_rooms.py", "tests/test_doctests.py",
    )  # fmt: skip
    chosen = "MidSide or mid_side or row or rooms or public_name"
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", *files, "-k", chosen, "-p", "no:cacheprovider", "-rA"],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone)},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout[-3000:]
    passed = re.findall(r"^PASSED (\S+)", answer.stdout, re.M)
    assert sum("MidSide" in test for test in passed) >= 12
    assert (
        "tests/layers/test_mid_side.py::test_mid_side_is_a_rotation_and_its_own_inverse" in passed
    )
    assert any("doctest" in test and "mid_side" in test for test in passed)
