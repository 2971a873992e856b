"""Recipes that come with the package: found by name, listed, and written out to be changed."""

from pathlib import Path

import pytest
import yaml

import keras_sep
from keras_sep import zoo
from keras_sep_cli.parser import parse
from keras_sep_cli.shipped_recipes import shipped_recipes

pytestmark = pytest.mark.fault
FOLDER = Path(keras_sep.__file__).parent / "recipes"


def trained(recipe):
    """The file that `keras-sep train` would read."""
    return parse(["train", recipe, "--data", "d", "--out", "o"]).recipe


def test_they_are_in_the_package_and_where_the_script_is(request):
    names = {path.name for path in FOLDER.iterdir()}
    assert names == {f"{name}.yaml" for name in shipped_recipes()}
    assert {path.name for path in (request.config.rootpath / "training/recipes").iterdir()} == names


def test_train_finds_a_recipe_by_name_whatever_the_folder_holds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("open_unmix").write_text("model: mine")
    assert trained("open_unmix").samefile(FOLDER / "open_unmix.yaml")
    assert trained("./open_unmix").read_text() == "model: mine"
    assert trained("open_unmix.yaml") == Path("open_unmix.yaml")
    assert trained(str(tmp_path / "open_unmix")).read_text() == "model: mine"


def test_a_name_that_is_none_is_said_before_anything_is_loaded(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("importlib.import_module", None)
    result = run("train", "open_umix", "--data", "d", "--out", "o")
    complaint = "open_umix: no such file or recipe (keras-sep recipes lists them)"
    assert result == (1, [], [f"keras-sep train: {complaint}"])


def test_they_are_listed_with_network_purpose_and_source(run):
    status, lines, _ = run("recipes")
    assert status == 0
    assert lines[::3] == sorted(path.stem for path in FOLDER.iterdir())
    for name, purpose, facts in zip(*[iter(lines)] * 3, strict=True):
        model = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())["model"]
        network = model if isinstance(model, str) else model["name"]
        assert hasattr(zoo, network)
        assert facts.startswith(f"    Network: {network}. Source: ")
        assert facts[-1] == purpose[-1] == "."
        assert facts.count("Source") == 1
        assert 20 < len(purpose) < 130


def test_one_is_shown_or_written_out_and_kept_from_being_replaced(run, tmp_path):
    shipped = (FOLDER / "open_unmix.yaml").read_text()
    assert run("recipes", "open_unmix") == (0, shipped.splitlines(), [])
    out = tmp_path / "new" / "my.yaml"
    assert run("recipes", "open_unmix", "--out", out) == (0, [str(out)], [])
    assert out.read_text() == shipped
    out.write_text("changed")
    complaint = f"keras-sep recipes: {out}: already exists; overwrite it or choose another name"
    assert run("recipes", "open_unmix", "--out", out) == (1, [], [complaint])
    assert out.read_text() == "changed"
    assert run("recipes", "open_unmix", "--out", out, "--overwrite")[0] == 0
    assert out.read_text() == shipped
    assert [path.name for path in out.parent.iterdir()] == ["my.yaml"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nothing"], "there is no recipe 'nothing'; leave NAME out to list all"),
        (["--out", "my.yaml"], "--out needs the NAME of the recipe to write"),
    ],
)
def test_what_cannot_be_written_out(run, tmp_path, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    assert run("recipes", *arguments) == (1, [], [f"keras-sep recipes: {complaint}"])
    assert not any(tmp_path.iterdir())
