"""A name and its arguments, and what they stand for."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from keras_sep._brief import brief, cut
from keras_sep._named.arguments import check_arguments
from keras_sep._named.fields import from_mapping
from keras_sep._nearest import nearest
from keras_sep._own_code import name_of, own


@dataclass(frozen=True)
class Named:
    """A public name and the keyword arguments it is called with; in YAML also the name alone.

    Args:
        name: name in this package, or "package.module:name" of a class or function of your own,
            whose package `--import` or `training.allow` has named. In Python also that class or
            function.
        arguments: keyword arguments that it is called with.
    """

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if callable(self.name):
            object.__setattr__(self, "name", name_of(self.name))


def named_from(value: Any, where: str) -> Named:
    """A `Named` from YAML: a name, or a mapping of name and arguments."""
    return from_mapping(Named, value, where)


def public(room: Any, name: Any, key: str, choices: Sequence[str] | None = None) -> Any:
    """The class or function of a package that is called so, or one of the user's own.

    Args:
        room: the package.
        name: its name there, or "package.module:name".
        key: key that names it, in messages.
        choices: names to choose from. Default all that are public.
    """
    if isinstance(name, str) and ":" in name:
        return own(name, key)
    choices = room.__all__ if choices is None else choices
    if name not in choices:
        near = nearest(name, choices)
        raise ValueError(
            f"`{key}` must be one of {cut(', '.join(choices), 200)}. Received: {brief(name)}"
            f"{near and '. ' + near}"
        )
    return getattr(room, name)


def made(make: Any, known: dict[str, Any], named: Named, key: str) -> Any:
    """Call a class or function with named arguments, and with those known ones that it takes.

    Args:
        make: the class or function.
        known: arguments that the user need not give.
        named: the arguments that the user gives.
        key: key of `named`, in messages.
    """
    key = f"{key}.arguments"
    check_arguments(make, named.arguments, key, known)
    takes = inspect.signature(make).parameters
    arguments = {name: value for name, value in known.items() if name in takes}
    try:
        return make(**(arguments | named.arguments))
    except Exception as error:  # whatever Keras and the backend find in a user's arguments
        reason = cut(" ".join(str(error).split()), 200) or type(error).__name__
        raise ValueError(f"`{key}`: {reason}") from error
