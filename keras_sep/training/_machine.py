"""`machine.json`: what a training ran on, each time that it was begun or taken up."""

import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import keras

from keras_sep._printable import say
from keras_sep._whole_files import replace_whole

MACHINE = "machine.json"
_PACKAGES = ("keras_sep", "keras", "tensorflow", "jax", "torch", "numpy")
_MOST_STARTS = 100
_MOST_BYTES = 1 << 20


def machine() -> dict[str, Any]:
    """Describe this machine and the packages that compute on it.

    Example:

    >>> sorted(machine())
    ['backend', 'cores', 'devices', 'memory_gib', 'packages', 'processor', 'python', 'system']
    """
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _memory_gib(),
        "devices": _devices(),
        "python": platform.python_version(),
        "backend": keras.backend.backend(),
        "packages": _packages(),
    }


def note_start(out_dir: Path, epochs_done: int) -> None:
    """Add this start of a training to the file; where that fails, training goes on.

    Args:
        out_dir: Folder of the training.
        epochs_done: Number of epochs before this start.
    """
    starts = read_starts(out_dir) if epochs_done else []
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    starts = [*starts, {"time": now, "epochs_done": epochs_done, **machine()}][-_MOST_STARTS:]
    text = json.dumps(starts, indent=1) + "\n"
    try:
        replace_whole(out_dir / MACHINE, lambda partial: partial.write_text(text, "utf-8"))
    except ValueError as error:
        say(f"{error}; training goes on")


def read_starts(out_dir: Path) -> list[dict[str, Any]]:
    """Return the starts of a training in their order; none if the file is missing or damaged."""
    try:
        with (out_dir / MACHINE).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _packages() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _devices() -> list[str]:
    try:
        return [str(device) for device in keras.distribution.list_devices()]
    except (AttributeError, ImportError, NotImplementedError, RuntimeError):  # of some backends
        return []


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            names = (line.partition(":")[2].strip() for line in file if "model name" in line)
            return next(names, "") or platform.machine()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None
