"""YAML of numbers, texts, lists and mappings, bounded in size, whose `1e-4` is a number.

As in YAML 1.2, that is; PyYAML takes it for text, and dates for dates.
"""

import re
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from keras_sep._brief import brief, cut

_FLOAT = "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$")
_MERGE = "tag:yaml.org,2002:merge"
_TUPLE = "tag:yaml.org,2002:python/tuple"
_TEXTS = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value")  # to PyYAML more than texts
_MOST_BYTES = 1 << 18
_MOST_LEVELS = 32
_MOST_VALUES = 100_000  # each counted as often as aliases repeat it


class _Loader(yaml.SafeLoader):
    """Loader of numbers, texts, lists and mappings only, with distinct keys and bounded aliases."""

    tags: tuple[str, ...] = ()  # that mean something

    def __init__(self, stream: str | bytes) -> None:
        super().__init__(stream)
        self.level = 0
        self.values: dict[Node, int] = {}  # number of values in a node

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Compose one node, or raise if it or its content exceeds a limit."""
        event: Any = self.peek_event()
        if getattr(event, "tag", None) not in (None, "!", *self.tags):
            self._refuse(f"a tag such as {brief(event.tag)} means nothing here", event)
        if self.level == _MOST_LEVELS:
            self._refuse(f"more than {_MOST_LEVELS} levels, one inside the other", event)
        self.level += 1
        node = super().compose_node(parent, index)
        self.level -= 1
        if isinstance(event, yaml.AliasEvent):
            if node not in self.values:
                self._refuse("an alias inside of what it stands for", event)
        elif node is not None:
            self._count(node, event)
        return node

    def _count(self, node: Node, event: Any) -> None:
        inside: list[Node] = []
        if isinstance(node, SequenceNode):
            inside = node.value
        elif isinstance(node, MappingNode):
            inside = [item for pair in node.value for item in pair]
            self._require_distinct([key for key, _ in node.value])
        self.values[node] = 1 + sum(self.values[item] for item in inside)
        if self.values[node] > _MOST_VALUES:
            self._refuse(f"more than {_MOST_VALUES} values, aliases counted in full", event)

    def _require_distinct(self, keys: list[Node]) -> None:
        seen = set()
        for key in keys:
            if isinstance(key, ScalarNode) and key.tag != _MERGE:
                if key.value in seen:
                    self._refuse(f"the key {brief(key.value)} is given twice", key)
                seen.add(key.value)

    def _refuse(self, problem: str, where: Any) -> None:
        raise yaml.composer.ComposerError(None, None, problem, where.start_mark)


class _TupleLoader(_Loader):
    """Loader of tuples too, as Python programs write them."""

    tags = (_TUPLE,)


class _Dumper(yaml.SafeDumper):
    """Of those, with texts that look like numbers in quotes."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _TEXTS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(*_FLOAT, list("-+.0123456789"))
_Dumper.add_implicit_resolver(*_FLOAT, list("-+.0123456789"))


def _tuple(loader: _Loader, node: Any) -> tuple[Any, ...]:
    return tuple(loader.construct_sequence(node))


_TupleLoader.add_constructor(_TUPLE, _tuple)


def load(text: str | bytes, tuples: bool = False) -> Any:
    """Parse a YAML text; nothing in it is executed.

    Args:
        text: YAML text, or its bytes in UTF-8 or UTF-16.
        tuples: Whether lists may be marked as tuples. Default False.

    Raises:
        ValueError: If it is not YAML, or larger than any recipe; the message is one line.
    """
    try:
        return yaml.load(text, _TupleLoader if tuples else _Loader)
    except yaml.MarkedYAMLError as error:
        mark, problem = error.problem_mark, " ".join(str(error.problem).split())
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"not YAML: {place}{cut(problem)}") from None
    except (yaml.YAMLError, ValueError) as error:  # `0b_` is an integer to PyYAML, not to Python
        raise ValueError(f"not YAML: {cut(' '.join(str(error).split()))}") from None


def load_file(path: Any, tuples: bool = False) -> Any:
    """Parse a YAML file of at most 256 KiB, as `load` does."""
    with open(path, "rb") as file:
        text = file.read(_MOST_BYTES + 1)  # of a file without end no more
    if len(text) > _MOST_BYTES:
        raise ValueError(f"not YAML of settings: longer than {_MOST_BYTES >> 10} KiB")
    return load(text, tuples)


def dump(value: Any) -> str:
    """Return YAML from which `load` makes an equal value; mappings keep their order.

    Raises:
        ValueError: If the text is too long for `load_file`.
    """
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False)
    if len(text.encode()) > _MOST_BYTES:
        raise ValueError(
            f"the recipe must be at most {_MOST_BYTES >> 10} KiB long as YAML, to be read back: "
            f"shorten its lists, such as `stft.window`. Received: {len(text.encode()) >> 10} KiB"
        )
    return text
