"""What pyproject.toml says of the package, and the README as PyPI shows it."""

import re
import tomllib

import pytest

import keras_sep
from readme_for_pypi import without_relative_links


@pytest.fixture
def project(request):
    text = (request.config.rootpath / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def test_links_into_the_repository_become_names_of_files(request):
    text = "![a](a.png)\n[`b/c.md`](b/c.md), [how](c.md), [d](https://d) [e](#e) [`f/`](f/g.md)"
    assert without_relative_links(text) == ("`b/c.md`, how (`c.md`), [d](https://d) [e](#e) `f/`")
    readme = (request.config.rootpath / "README.md").read_text(encoding="utf-8")
    assert re.search(r"\]\((?!https?:|#)", readme)
    assert not re.search(r"\]\((?!https?:|#)|<img", without_relative_links(readme))


def test_no_backend_is_brought_and_each_is_an_extra(project):
    backends = {"tensorflow", "tensorboard", "jax", "torch"}
    brought = {re.match(r"[\w-]+", line)[0] for line in project["project"]["dependencies"]}
    assert not brought & backends
    extras = project["project"]["optional-dependencies"]
    for backend in ("tensorflow", "jax", "torch"):
        assert extras[backend][0].startswith(f"{backend}>=")


def test_there_is_one_version(project):
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "keras_sep.__version__"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", keras_sep.__version__)
