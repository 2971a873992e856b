"""TensorFlow, imported where it is first used: Keras can run without it."""

import importlib
import sys
from typing import Any


def require_tensorflow(what: str, package: str = "tensorflow") -> Any:
    """Import TensorFlow, or raise an `ImportError` of one line where it is not installed.

    Args:
        what: The thing that needs it, as the message begins.
        package: The package of the extra `tensorflow` that is needed. Defaults to TensorFlow.

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
    """What TensorFlow raises of its own, for `except`: nothing, where it has not been imported."""
    tensorflow = sys.modules.get("tensorflow")
    return () if tensorflow is None else (tensorflow.errors.OpError,)


class _TensorFlow:
    """The module, imported when the first attribute is asked for."""

    def __getattr__(self, name: str) -> Any:
        return getattr(require_tensorflow("a `tf.data` pipeline"), name)


tf: Any = _TensorFlow()
