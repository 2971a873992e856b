"""Digests of files, whole or as far as a publisher gives them."""

import hashlib
from pathlib import Path


def has_hash(path: Path, given: str) -> bool:
    """Whether the file's digest begins with the one given, such as `sha256:b62c91ce`."""
    algorithm, _, digest = given.partition(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest().startswith(digest)


def in_words(given: str) -> str:
    """A digest for people: its algorithm, and whether it is the whole of it."""
    algorithm, _, digest = given.partition(":")
    whole = len(digest) == 2 * hashlib.new(algorithm).digest_size
    return f"{algorithm.upper()} {'is' if whole else 'begins with'} {digest}"
