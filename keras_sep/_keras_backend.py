"""Choosing the backend of Keras before Keras is imported.

Keras takes TensorFlow by default, and ends in a traceback without it. Here the first installed
backend is taken instead, and if there is none, one line says so.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

BACKENDS = ("tensorflow", "jax", "torch")


def find_backend() -> None:
    """Set KERAS_BACKEND if it is not set and TensorFlow is not installed.

    Raises:
        ImportError: If no backend is installed, or the chosen one is not.
    """
    given = os.environ.get("KERAS_BACKEND")
    chosen = given or _configured()
    if "keras" in sys.modules or chosen not in BACKENDS or _is_installed(chosen):
        return
    if given or chosen != BACKENDS[0]:  # Keras itself writes TensorFlow into its file
        where = "KERAS_BACKEND" if given else _config_file()
        raise ImportError(
            f"{where} chooses the backend {chosen}, which is not installed: "
            f"pip install 'keras_sep[{chosen}]'"
        )
    installed = [name for name in BACKENDS if _is_installed(name)]
    if not installed:
        raise ImportError(
            "Keras needs a backend, and none is installed: pip install 'keras_sep[tensorflow]' "
            "(or [jax], or [torch])"
        )
    os.environ["KERAS_BACKEND"] = installed[0]


def _is_installed(name: str) -> bool:
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None  # a mere folder of that name has none


def _config_file() -> Path:
    home = os.environ.get("KERAS_HOME")
    return Path(home or Path("~").expanduser() / ".keras") / "keras.json"


def _configured() -> str:
    try:
        return str(json.loads(_config_file().read_text())["backend"])
    except (OSError, RuntimeError, ValueError, LookupError, TypeError):  # as Keras passes over it
        return BACKENDS[0]


find_backend()
