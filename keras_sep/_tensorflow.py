"""TensorFlow, imported where it is first used: Keras can run without it."""

import importlib
import sys
from typing import Any


def require_tensorflow(what: str, package: str = "tensorflow") -> Any:
    """Import TensorFlow, or raise a one-line `ImportError` if it is not installed.

    Args:
        what: Name of the thing that needs it, with which the message begins.
        package: Package of the extra `tensorflow` that is needed. Default "tensorflow".

    Returns:
        The package.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:  # one of its own parts
            raise
    raise ImportError(
        f"{what} needs {package}, which is not installed: pip install 'keras_sep[tensorflow]'"
    )


def tensorflow_errors() -> Any:
    """TensorFlow's own exceptions, for `except`; none if it has not been imported."""
    tensorflow = sys.modules.get("tensorflow")
    return () if tensorflow is None else (tensorflow.errors.OpError,)


class _TensorFlow:
    """The TensorFlow module, imported when an attribute is first used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(require_tensorflow("a `tf.data` pipeline"), name)


tf: Any = _TensorFlow()
