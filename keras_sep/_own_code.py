"""Users' classes and functions, which recipes name as "package.module:name"."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from keras_sep._brief import brief

_ALLOWED: set[str] = set()


def allow(module: str) -> None:
    """Import a module, whose classes and functions recipes may then name.

    A recipe may come from anywhere, so by itself it runs only code of this package.

    Args:
        module: Name of the module, or of the package that it is in.

    Raises:
        ValueError: If it cannot be imported.
    """
    try:
        importlib.import_module(module)
    except Exception as error:  # whatever importing a module raises
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{module}: cannot be imported ({brief(reason)})") from error
    _ALLOWED.add(module)


def allow_from_here(modules: Sequence[str]) -> None:
    """Allow modules, which may also lie in the current folder, as for `python -m`."""
    if modules:
        sys.path.insert(0, os.getcwd())
    for module in modules:
        allow(module)


def own(name: str, key: str) -> Any:
    """What a recipe names by `name`, at `key`: a class or function of a module that is allowed."""
    module, _, attribute = name.partition(":")
    if not all(part.isidentifier() for part in [*module.split("."), attribute]):
        raise ValueError(f"`{key}` must be a name, or package.module:name. Received: {brief(name)}")
    if not any(module == one or module.startswith(f"{one}.") for one in _ALLOWED):
        package = module.split(".")[0]
        raise ValueError(
            f"`{key}` names code of the module {module!r}, which a recipe may run only if you say "
            f"so: give --import {package} (in Python `keras_sep.training.allow({package!r})`)"
        )
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"`{key}`: {error}") from error
    if not callable(found):
        raise ValueError(f"`{key}` must be a class or a function. Received: {brief(found)}")
    return found


def name_of(thing: Any) -> str:
    """The name of a class or function by which `own` finds it; its module is allowed."""
    module, called = thing.__module__, getattr(thing, "__qualname__", type(thing).__qualname__)
    name = f"{module}:{called}"
    if getattr(sys.modules.get(module), called, None) is not thing:
        raise ValueError(
            "a class or function that a recipe names must stand in a module by its own name. "
            f"Received: {name}"
        )
    _ALLOWED.add(module)
    return name
