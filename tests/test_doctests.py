"""Every docstring example of the package runs."""

import doctest
import importlib
import pkgutil

import keras
import numpy as np
import pytest

import keras_sep

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(keras_sep.__path__, prefix="keras_sep.")
)
BACKENDS = "keras_sep.layers._backend."


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name, tmp_path, monkeypatch):
    if name.startswith(BACKENDS):
        backend = name.removeprefix(BACKENDS).split(".")[0]
        pytest.importorskip(backend, reason="its backend is not installed")
    if name.startswith("keras_sep.beam.") and not name.endswith(("__main__", "._options")):
        pytest.importorskip("apache_beam", reason="the extra `beam` is not installed")
    monkeypatch.chdir(tmp_path)
    names = {"np": np, "keras": keras, "keras_sep": keras_sep}
    result = doctest.testmod(
        importlib.import_module(name), extraglobs=names, optionflags=doctest.ELLIPSIS
    )
    assert result.failed == 0, f"{result.failed} of {result.attempted} examples failed"


def test_modules_are_found():
    assert {"keras_sep.layers.stft", "keras_sep.separator"} <= set(MODULES)


@pytest.mark.parametrize("room", ["layers", "losses", "zoo"])
def test_every_public_name_has_an_example(room):
    public = importlib.import_module(f"keras_sep.{room}")
    without = [n for n in public.__all__ if ">>>" not in (getattr(public, n).__doc__ or "")]
    assert not without
