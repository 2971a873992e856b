"""The page of the command line, out of its parser."""

import argparse
import html
import re

from keras_sep_cli.parser import COMMANDS, parser

INTRODUCTION = """# Command line

`keras-sep COMMAND --help` prints the same. Without a command, `keras-sep song.mp3` separates a
song.
"""


def page():
    texts = [INTRODUCTION]
    top = parser()
    known = next(a for a in top._actions if isinstance(a, argparse._SubParsersAction)).choices
    for name in COMMANDS:
        texts += _command(name, known[name])
    return "\n".join(texts)


def _command(name, command):
    command.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=80)
    yield f"## {name}\n"
    yield f"{_text(command.description)}\n"
    yield f"```text\n{command.format_usage().removeprefix('usage: ').rstrip()}\n```\n"
    formatter = command._get_formatter()
    for action in command._actions:
        if action.help == argparse.SUPPRESS or isinstance(action, argparse._HelpAction):
            continue
        said = formatter._format_action_invocation(action)
        yield f"- `{said}`: {_text(formatter._expand_help(action))}"
    yield ""


def _text(words):
    """Help as Markdown: what looks like a tag or emphasis is meant as it stands."""
    parts = words.split("`")
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"([\\*_\[])", r"\\\1", html.escape(parts[i], quote=False))
    return "`".join(parts)
