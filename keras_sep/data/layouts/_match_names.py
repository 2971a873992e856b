"""Matching names with a regular expression that may never end."""

import json
import subprocess
import sys
from collections.abc import Sequence

from keras_sep._brief import brief

_SECONDS = 8.0
# A process of its own, as nothing else can stop `re`. A line for each name: the last one tells how
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
    """The names that a pattern matches as a whole, each with its first group.

    Args:
        pattern: A regular expression of Python's. Without a group the whole name stands for it.
        names: The names.
        seconds: How long it may take.

    Returns:
        Pairs of a name and what the first group has matched, None where it took no part.

    Raises:
        ValueError: If the pattern is not a regular expression, or matching has no end.

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
            f"`pattern` must match soon, but took over {seconds:g} s, stopped at {brief(name)}: "
            f"avoid repeats inside of repeats. Received: {brief(pattern)}"
        ) from None
    if done.returncode:
        reason = " ".join(done.stderr.split()[-12:])
        raise ValueError(
            f"`pattern` must be a regular expression ({reason}). Received: {brief(pattern)}"
        )
    matches = [json.loads(line) for line in done.stdout.splitlines()]
    return [(name, match[0]) for name, match in zip(names, matches, strict=True) if match]
