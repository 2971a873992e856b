"""Packages of extras, imported where they are first used."""

import importlib
from typing import Any


def require_extra(what: str, package: str, extra: str) -> Any:
    """Import a package, or raise a one-line `ImportError` that says which extra brings it.

    Args:
        what: Name of the thing that needs it, with which the message begins.
        package: Name of the package, as it is imported.
        extra: Extra of keras_sep.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.partition(".")[0]:  # one of its own parts
            raise
    raise ImportError(
        f"{what} needs {package.partition('.')[0]}, which is not installed: "
        f"pip install 'keras_sep[{extra}]'"
    )
