"""The documentation site has every public name and model, and figures as they would be drawn."""

import importlib
import inspect
import json

import pytest

import keras_sep
from website import api, figures


def test_every_public_package_has_a_page(request):
    folder = request.config.rootpath / "keras_sep"
    faces = [*folder.glob("*/__init__.py"), *folder.glob("data/*/__init__.py")]
    packages = {".".join(face.parent.relative_to(folder.parent).parts) for face in faces}
    public = {name for name in packages if not name.rsplit(".", 1)[1].startswith("_")}
    assert public | {"keras_sep"} == set(api.PACKAGES) | api.WITHIN


@pytest.mark.parametrize("package", api.PACKAGES)
def test_every_public_name_is_on_its_page(package):
    if package == "keras_sep.beam":
        pytest.importorskip("apache_beam")
    module = importlib.import_module(package)
    named = getattr(module, "__all__", ())
    public = {name for name in named if not inspect.ismodule(getattr(module, name))}
    assert public <= api.exported(package).keys()
    for name in api.exported(package):
        assert hasattr(module, name)
        path, line = api.exported(package)[name]
        assert name in path.read_text(encoding="utf-8").splitlines()[line - 1]


def test_every_network_has_a_figure_facts_and_a_card(request):
    names = set(keras_sep.zoo.__all__)
    assert {path.stem for path in figures.FOLDER.glob("*.svg")} == names
    assert json.loads((figures.FOLDER / "facts.json").read_text(encoding="utf-8")).keys() == names
    cards = {path.stem for path in (request.config.rootpath / "zoo").glob("*.md")}
    assert cards - {"README"} == names


# `python -m website.figures` draws all, in minutes
@pytest.mark.parametrize("name", ["dtln", "mask_inference", "open_unmix", "unet"])
def test_figures_are_of_the_networks(name):
    picture, facts = figures.drawn(name)
    assert picture == (figures.FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert facts == json.loads((figures.FOLDER / "facts.json").read_text(encoding="utf-8"))[name]
