"""What saved models answer in a new process: one for all the tests that run now."""

import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from keras_sep.testing import _reload
from keras_sep.testing.outputs import through_json


def in_a_fresh_process(request: Any) -> tuple[Any, Any, dict[str, np.ndarray]]:
    """A network of a test, its inputs, and what it answers in a new process, by output.

    Args:
        request: pytest's fixture of a test with an argument `name`, in a class whose `saved(name)`
            returns a network and its inputs.

    Raises:
        AssertionError: If it cannot be loaded there.
    """
    answers = _answers(request.session, request.node.path, _worker(request.node))
    network, inputs, found = answers[_key(request.node)]
    assert "error" not in found, (
        f"{request.node.callspec.params['name']}: its file must load in a process that imports "
        f"keras_sep and the modules of its classes. Received: {found['error']}"
    )
    return network, inputs, found


def _key(item):
    return item.cls.__name__, item.callspec.params["name"]


def _worker(item):
    """What tells pytest-xdist which tests go to one worker, if anything does."""
    mark = item.get_closest_marker("xdist_group")
    return mark and mark.args


@functools.cache
def _answers(session, path, worker):
    """Answers to all tests of a file that run in this worker, given by -k or not."""
    items = [
        item
        for item in session.items
        if item.path == path
        and item.originalname.endswith("in_a_fresh_process")
        and hasattr(item.cls, "saved")
        and _worker(item) == worker
    ]
    models = [item.cls().saved(item.callspec.params["name"]) for item in items]
    found = zip(models, _run(models), strict=True)
    answers = [(network, inputs, answer) for (network, inputs), answer in found]
    return dict(zip(map(_key, items), answers, strict=True))


def _run(models):
    with tempfile.TemporaryDirectory() as folder:
        modules = set()
        for i, (network, inputs) in enumerate(models):
            network.save(Path(folder, f"{i}.keras"))
            np.savez(Path(folder, f"{i}.npz"), *inputs)
            modules |= set(_modules(through_json(network)))
        process = subprocess.run(
            [sys.executable, "-P", _reload.__file__, folder, *sorted(modules)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert process.returncode == 0, process.stderr
        answers = []
        for i in range(len(models)):
            with np.load(Path(folder, f"{i}.answer.npz")) as found:
                answers.append(dict(found))
        return answers


def _modules(config: Any) -> Iterator[str]:
    """Modules of classes that are neither Keras's nor keras_sep's."""
    values = config.values() if isinstance(config, dict) else config
    if isinstance(config, dict):
        module = config.get("module")
        ours = ("builtins", "keras", "keras_sep")
        if "class_name" in config and isinstance(module, str) and module.split(".")[0] not in ours:
            yield module
    if isinstance(config, dict | list):
        for value in values:
            yield from _modules(value)
