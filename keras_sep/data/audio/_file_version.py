"""Whether a file is still the one that it was."""

import os


def file_version(status: os.stat_result) -> tuple[int, ...]:
    """What differs between a file and one that took its place, even of the same size and time."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
