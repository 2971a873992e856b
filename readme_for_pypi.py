"""A step of the build: the README as an index of packages shows it.

Its links and pictures lead into the repository, and nowhere from a page outside of it: there a link
is its text, and a picture is left out.
"""

import re

from setuptools.command.egg_info import egg_info

PICTURE = re.compile(r"!\[[^]]*\]\((?!https?:)[^)]*\)\n*")
LINK = re.compile(r"\[([^]]+)\]\((?!https?:|#)[^)]*\)")


def without_relative_links(text: str) -> str:
    """Markdown without what leads to files beside it."""
    return LINK.sub(r"\1", PICTURE.sub("", text))


class EggInfo(egg_info):  # every build writes its metadata by this step
    def run(self) -> None:
        metadata = self.distribution.metadata
        metadata.long_description = without_relative_links(metadata.long_description)
        super().run()
