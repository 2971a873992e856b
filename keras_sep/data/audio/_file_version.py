"""Telling whether a file has changed."""

import os


def file_version(status: os.stat_result) -> tuple[int, ...]:
    """A key that changes when a file is replaced, even by one of the same size and time."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
