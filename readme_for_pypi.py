"""A step of the build: the README as an index of packages shows it.

Links and pictures that lead into the repository lead nowhere from a page outside of it. There a
link becomes its text and the file's name, and a picture is left out.
"""

import re

from setuptools.command.egg_info import egg_info

PICTURE = re.compile(r"!\[[^]]*\]\((?!https?:)[^)]*\)\n*")
LINK = re.compile(r"\[([^]]*)\]\((?!https?:|#)([^)]*)\)")


def without_relative_links(text: str) -> str:
    """Markdown without what leads to files beside it."""
    return LINK.sub(_named, PICTURE.sub("", text))


def _named(link: re.Match[str]) -> str:
    text, target = link.groups()
    return text if target.startswith(text.strip("`")) else f"{text} (`{target}`)"


class EggInfo(egg_info):  # by which every build writes its metadata
    """`egg_info` with such a README."""

    def run(self) -> None:
        metadata = self.distribution.metadata
        metadata.long_description = without_relative_links(metadata.long_description)
        super().run()
