"""Sections of docstrings that Griffe does not know, in Markdown.

"Input shape:", "Example:" and the like get a heading in bold, and examples are code.
"""

import re
import textwrap

import griffe

SECTION = re.compile(
    r"^(Input shapes?|Output shapes?|Call arguments|Example|References?|Equation|Note):\n"
    r"((?:\n|[ \t]+.*(?:\n|$))*)",
    re.MULTILINE,
)
ITEM = re.compile(r"^(\w+): ", re.MULTILINE)
EXAMPLE = re.compile(r"^( *)>>> .*\n?(?:\1.*\S.*\n?)*", re.MULTILINE)


def in_markdown(text: str) -> str:
    """A docstring whose sections Griffe and Markdown read."""
    return EXAMPLE.sub(_fenced, SECTION.sub(_section, text))


def _section(found: re.Match) -> str:
    inside = textwrap.dedent(found[2]).rstrip()
    if found[1] == "Call arguments":
        inside = ITEM.sub("- **`\\1`** \N{EN DASH} ", inside)
    return f"**{found[1]}**\n\n{inside}\n\n"


def _fenced(found: re.Match) -> str:
    indent, code = found[1], found[0].rstrip("\n")
    return f"{indent}```pycon\n{code}\n{indent}```\n"


class Sections(griffe.Extension):
    def on_object(self, *, obj, **kwargs):
        if obj.docstring:
            obj.docstring.value = in_markdown(obj.docstring.value)
