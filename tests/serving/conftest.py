"""The C++ program, and exports of the zoo for it."""

import functools
import shutil
from pathlib import Path

import pytest
from compile_program import compile_program
from served_networks import served_separator

import keras_sep


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """Function from a name to that program, compiled for the libraries of the tensorflow wheel."""
    if shutil.which("g++") is None:
        pytest.skip("g++ is needed to compile the programs in tests/serving")
    folder = tmp_path_factory.mktemp("programs")

    @functools.cache
    def compiled(name):
        compile_program(Path(__file__).with_name(f"{name}.cc"), folder / name)
        return folder / name

    return compiled


@pytest.fixture
def loader(program):
    return program("loader")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Function from a name in `ZOO` to a separator and its SavedModel, which is written once."""
    root = tmp_path_factory.mktemp("zoo")
    made = {}

    def export(model):
        if model not in made:
            separator = served_separator(model)
            folder = root / model.replace(" ", "_") / "1"
            made[model] = separator, keras_sep.export.saved_model(separator, folder)
        return made[model]

    return export
