"""What people type: paths, a song in the place of a command, names spelled wrong."""

import argparse
import difflib
import os
import re
from collections.abc import Iterable
from pathlib import Path

_DASHED_FILE = re.compile(r"-[^-=][^=]*\.[A-Za-z]\w*")  # no option ends like a file's name
_PATTERN = re.compile(r"[*?\[]")


def user_path(given: str) -> Path:
    """Return a path, whose `~` the shell leaves alone in `--out=~/stems`.

    An empty one, as of a shell variable that is not set, would be the folder one stands in.
    """
    if not given:
        raise argparse.ArgumentTypeError("an empty name; `.` is the folder you are in")
    return Path(os.path.expanduser(given))


def is_pattern(path: str | Path) -> bool:
    """Whether it has wildcards that no shell has replaced by names."""
    return bool(_PATTERN.search(str(path))) and not os.path.lexists(path)


def with_command(
    words: Iterable[str], commands: Iterable[str], options: Iterable[str]
) -> list[str]:
    """Return the arguments with `separate` before them if they begin with audio or its options.

    Args:
        words: Arguments of the process.
        commands: Names of the commands.
        options: Options that stand before a command.
    """
    words = [os.path.join(".", word) if _is_dashed_file(word) else word for word in words]
    first = words[0] if words else ""
    is_option = first.startswith("-") and any(option.startswith(first) for option in options)
    if first in commands or (is_option and first not in ("-", "--")) or not _may_be_audio(first):
        return words
    return ["separate", *words]


def meant(word: str, known: Iterable[str]) -> str:
    """Return the known word that may have been meant, as a question; nothing if none is near."""
    near = difflib.get_close_matches(word[:60], [*known], n=1)
    return f". Did you mean {near[0]}?" if near else ""


def _is_dashed_file(word: str) -> bool:
    """Whether it is a file and no options; `-ostems.new` is `-o stems.new`, unless it is there."""
    is_out = word.startswith("-o") and not os.path.lexists(word)
    return bool(_DASHED_FILE.fullmatch(word)) and not is_out


def _may_be_audio(word: str) -> bool:
    is_path = os.path.lexists(word) or os.path.dirname(word) or os.path.splitext(word)[1]
    return word.startswith("-") or is_pattern(word) or bool(is_path)
