"""Where downloaded and converted files are kept."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import keras_sep
from keras_sep._home import home
from keras_sep._lock_file import lock
from keras_sep._progress import waiting
from keras_sep._whole_files import writing
from keras_sep.pretrained.preset import Preset

WAIT_SECONDS = 0.2


def place_of(address: str) -> str:
    """An address as a relative path, host first: also what it is called at a mirror."""
    parts = urlsplit(address)
    return f"{parts.netloc}{unquote(parts.path)}".replace(":", "_")


def original_file(address: str) -> Path:
    """Where the file of an address is kept, or may be put by hand."""
    return home() / "downloads" / place_of(address)


def package_folder(package: str) -> Path:
    """Where members of a release on PyPI are kept, as in its wheel."""
    return home() / "downloads" / "pypi.org" / package


def converted_file(preset: Preset) -> Path:
    """Where a preset's separator is kept; another version of either has another name."""
    name = f"{preset.name}-{preset.digest}-{keras_sep.__version__}.keras"
    return home() / "models" / name


@contextlib.contextmanager
def only_process(path: Path) -> Iterator[None]:
    """Wait until no other process works on this file; make its folder."""
    with contextlib.ExitStack() as stack:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        if not _locked(path, stack):
            with waiting(f"another process works on {path.name}"):
                while not _locked(path, stack):
                    time.sleep(WAIT_SECONDS)
        yield


def _locked(path: Path, stack: contextlib.ExitStack) -> bool:
    with writing(path), contextlib.suppress(BlockingIOError):
        stack.enter_context(lock(path.with_name(f"{path.name}.lock")))
        return True
    return False
