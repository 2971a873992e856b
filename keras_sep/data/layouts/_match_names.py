"""Matching names against a regular expression that may take forever."""

import json
import subprocess
import sys
from collections.abc import Sequence

from keras_sep._brief import brief

_SECONDS = 8.0
# Runs in its own process, as nothing else can stop `re`. One line per name: the last shows how
# far it came.
_CHILD = """
import json, re, sys
pattern, names = json.load(sys.stdin)
try:
    expression = re.compile(pattern)
except (re.error, OverflowError, RecursionError) as error:
    sys.exit(str(error))
group = 1 if expression.groups else 0
for name in names:
    match = expression.fullmatch(name)
    print(json.dumps(match and [match[group]]), flush=True)
"""


def match_names(
    pattern: str, names: Sequence[str], seconds: float = _SECONDS
) -> list[tuple[str, str | None]]:
    """Find the names that a pattern matches whole, each with its first group.

    Args:
        pattern: Python regular expression. Without a group, the whole name counts as the group.
        names: Names to match.
        seconds: Time limit in seconds.

    Returns:
        Pairs of a name and the text of the first group, None if the group took no part.

    Raises:
        ValueError: If the pattern is not a regular expression, or matching takes too long.

    Example:

    >>> match_names("(.+)/.+", ["ann/1.wav", "2.wav"])
    [('ann/1.wav', 'ann')]
    """
    command = [sys.executable, "-I", "-S", "-c", _CHILD]
    try:
        done = subprocess.run(
            command,
            input=json.dumps([pattern, names]),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        name = [*names, ""][(late.stdout or b"").count(b"\n")]
        raise ValueError(
            f"`pattern` must match fast, but took over {seconds:g} s, stopped at {brief(name)}: "
            f"avoid repeats inside of repeats. Received: {brief(pattern)}"
        ) from None
    if done.returncode:
        reason = " ".join(done.stderr.split()[-12:])
        raise ValueError(
            f"`pattern` must be a regular expression ({reason}). Received: {brief(pattern)}"
        )
    matches = [json.loads(line) for line in done.stdout.splitlines()]
    return [(name, match[0]) for name, match in zip(names, matches, strict=True) if match]
