"""Which worker runs what, where several share a file."""

import zlib


def shared(config) -> bool:
    """Whether workers share the file of the harness (`--dist loadgroup`)."""
    return config.getoption("dist", "no") == "loadgroup"


def worker_of(case: str) -> int:
    """Which of two runs the tests of a case: so neither builds the other's networks."""
    return zlib.crc32(case.encode()) % 2
