"""Files from their publishers, whole, checked, and kept."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import requests
from tqdm import tqdm

from keras_sep._brief import one_line
from keras_sep._whole_files import writing
from keras_sep.pretrained._cache import only_process, original_file, place_of
from keras_sep.pretrained._hash import has_hash, in_words
from keras_sep.pretrained.preset import Original

MIRROR = "KERAS_SEP_MIRROR"
TIMEOUT_SECONDS = (10, 30)  # without a connection, and without a byte
MOST_BYTES = 2**31  # of a file whose server never ends
CHUNK_BYTES = 1 << 16  # what a cut may lose


class Unreachable(ValueError):
    """A file that cannot be had from its address; the text says how to put it there by hand."""


def download(file: Original) -> Path:
    """The path of an original, which is fetched unless it is there with the right hash.

    A download that was cut goes on where it ended. With `KERAS_SEP_MIRROR`, the mirror takes the
    place of every publisher: its address is followed by host and path of the original's.

    Raises:
        Unreachable: If the file cannot be had; the text names address, folder and hash.
    """
    path = original_file(file.address)
    if path.is_file() and has_hash(path, file.hash):
        return path
    with only_process(path):
        if not (path.is_file() and has_hash(path, file.hash)):  # nor has another process got it
            _fetch(_address(file), file, path)
    return path


def _address(file: Original) -> str:
    mirror = os.environ.get(MIRROR)
    return f"{mirror.rstrip('/')}/{place_of(file.address)}" if mirror else file.address


def _fetch(address: str, file: Original, path: Path) -> None:
    part = path.with_name(f"{path.name}.part")
    resumed = part.exists()
    try:
        _fill(address, part)
        if resumed and not has_hash(part, file.hash):  # begun before the publisher changed it
            part.unlink()
            _fill(address, part)
        if not has_hash(part, file.hash):
            raise _Unfit(_not_the_file(part))
        with writing(path):
            os.replace(part, path)
    except (requests.RequestException, _Unfit) as error:
        if isinstance(error, _Unfit):  # a cut download goes on, this one cannot
            part.unlink(missing_ok=True)
        raise Unreachable(
            f"{address}: not downloaded ({_reason(error)}). Try again, or put the file at {path}: "
            f"its {in_words(file.hash)}"
        ) from error


class _Unfit(Exception):
    """What a server sends cannot be the file."""


def _not_the_file(part: Path) -> str:
    with part.open("rb") as file:
        if file.read(CHUNK_BYTES).lstrip().startswith(b"<"):
            return "a web page came instead, as from a network that wants you to log in"
    return "what it sends has another hash"


def _fill(address: str, part: Path) -> None:
    """Append to a file until it is whole, as long as each attempt brings something."""
    while True:
        before = _size(part)
        try:
            if _append(address, part):
                return
            cut: requests.RequestException = requests.exceptions.ChunkedEncodingError()
        except requests.RequestException as error:
            cut = error
        if _size(part) <= before:
            raise cut


def _append(address: str, part: Path) -> bool:
    """One attempt; returns whether the file is whole."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(address, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable and have:
            return True  # there is no more; the hash tells whether that is all
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            have = 0
        length = answer.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        with _opened(part, "ab" if have else "wb") as out, _bar(part, have, total) as bar:
            for chunk in answer.iter_content(CHUNK_BYTES):
                if out.tell() + len(chunk) > MOST_BYTES:
                    raise _Unfit(f"it sends more than {MOST_BYTES >> 20} MiB")
                _write(out, chunk, part)
                bar.update(len(chunk))
    return total is None or _size(part) >= total


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


@contextlib.contextmanager
def _opened(part: Path, mode: str) -> Iterator[IO[bytes]]:
    with writing(part):
        out = part.open(mode, buffering=0)
    with out:
        yield out


def _write(out: IO[bytes], chunk: bytes, part: Path) -> None:
    try:
        with writing(part):
            out.write(chunk)
    except ValueError:
        with contextlib.suppress(OSError):  # room for others on a full disk
            part.unlink()
        raise


def _bar(part: Path, have: int, total: int | None) -> tqdm:
    name = part.name.removesuffix(".part")
    return tqdm(
        desc=name, initial=have, total=total, unit="B", unit_scale=True, disable=None, leave=False
    )


def _reason(error: Exception) -> str:
    """What went wrong, without the objects that requests writes out."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "no answer"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut"
    if isinstance(error, requests.exceptions.ProxyError):
        return "no connection through the proxy"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return one_line(error, 120)
