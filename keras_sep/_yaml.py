"""YAML in which `1e-4` is a number, as in YAML 1.2; PyYAML's takes it for text."""

import re
from typing import Any

import yaml

_FLOAT = "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$")


class _Loader(yaml.SafeLoader):
    """Numbers, texts, lists and mappings alone."""


class _Dumper(yaml.SafeDumper):
    """Of those, with texts that look like numbers in quotes."""


_Loader.add_implicit_resolver(*_FLOAT, list("-+.0123456789"))
_Dumper.add_implicit_resolver(*_FLOAT, list("-+.0123456789"))


def load(text: str) -> Any:
    """What a YAML text says; nothing in it is executed."""
    return yaml.load(text, _Loader)


def dump(value: Any) -> str:
    """The text from which `load` makes an equal value; mappings keep their order."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False)
