"""What `docs/architecture.md` says of packages and their imports is so."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("\n## ")[1]
ORDER = re.findall(r"(?m)^\| `keras_sep/(\w+)(?:/|\.py)`", TABLE)
FILES = sorted((ROOT / "keras_sep").rglob("*.py"))


def package(path):
    """The package of a file, or its module, directly below `keras_sep`."""
    return path.relative_to(ROOT / "keras_sep").parts[0].removesuffix(".py")


def imports(path):
    """Modules of keras_sep that a file imports, and the names that it takes out of them."""
    return imported(path.read_text(encoding="utf-8"))


def imported(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for alias in node.names:
                first, *names = ".".join([*module, alias.name]).split(".")
                if first == "keras_sep" and names:
                    yield tuple(names)


def test_every_package_is_in_the_table():
    packages = {path.parent.name for path in (ROOT / "keras_sep").glob("*/__init__.py")}
    assert packages == set(ORDER) - {"separator", "demo", "recipes"}


@pytest.mark.parametrize("name", ORDER)
def test_a_package_imports_only_from_packages_above_it(name):
    above = ORDER[: ORDER.index(name) + 1]
    below = {
        f"{path.relative_to(ROOT)}: {'.'.join(names)}"
        for path in FILES
        if package(path) == name
        for names in imports(path)
        if names[0] in ORDER and names[0] not in above
    }
    assert not below


def crossing(names, package):
    """Whether they are of the inside of another package."""
    return names[0] != package and any(name.startswith("_") for name in names[1:])


def test_no_package_imports_internal_modules_of_another():
    assert not [
        f"{path.relative_to(ROOT)}: {'.'.join(names)}"
        for path in FILES
        for names in imports(path)
        if crossing(names, package(path))
    ]


@pytest.mark.parametrize(
    ("code", "crosses"),
    [
        ("from keras_sep.pretrained import _download", True),
        ("from keras_sep.pretrained._download import download", True),
        ("import keras_sep.pretrained._download", True),
        ("import os, keras_sep.pretrained._download as download", True),
        ("from keras_sep.commands import _pairs", False),
        ("import keras_sep, keras_sep.pretrained", False),
        ("from keras_sep import _brief", False),
    ],
)
def test_every_way_to_import_is_seen(code, crosses):
    assert any(crossing(names, "commands") for names in imported(code)) == crosses


def test_what_packages_share_is_on_their_faces():
    """What one package wants of the inside of another, the other's `__init__` exports."""
    past = []
    for path in FILES:
        for *module, name in imports(path):
            if not module or module[0] == package(path):
                continue
            if not any(part.startswith("_") for part in (*module, package(path))):
                file = (ROOT / "keras_sep").joinpath(*module)
                face = (file / "__init__.py").exists() or len(module) == 1
                past += [] if face else [f"{path.relative_to(ROOT)}: {'.'.join([*module, name])}"]
    assert not past


def test_a_module_without_underscore_is_imported_by_its_package():
    unknown = []
    for face in (ROOT / "keras_sep").rglob("__init__.py"):
        if any(part.startswith("_") for part in face.relative_to(ROOT).parts[:-1]):
            continue
        known = {name for names in imports(face) for name in names}
        modules = {path.stem for path in face.parent.glob("[a-z]*.py")}
        unknown += [f"{face.parent.relative_to(ROOT)}/{name}.py" for name in modules - known]
    # commands are imported by the console script, the demo by its command
    assert [path for path in unknown if "/commands/" not in path] == ["keras_sep/demo.py"]


def test_converting_weights_imports_neither_training_nor_data():
    todo, seen = [ROOT / "keras_sep/commands/convert.py"], set()
    others = ("_tensorflow", "pretrained")  # which knows published files, and downloads them
    while todo:
        names = {names for names in imports(todo.pop()) if not names[0].startswith(others)}
        new = {names[: i + 1] for names in names for i in range(len(names))} - seen
        seen |= new
        paths = [ROOT.joinpath("keras_sep", *parts) for parts in new]
        todo += [path.with_suffix(".py") for path in paths if path.with_suffix(".py").is_file()]
        todo += [path / "__init__.py" for path in paths if (path / "__init__.py").is_file()]
    assert ("convert", "from_checkpoint") in seen
    assert not {("training",), ("data",)} & seen
