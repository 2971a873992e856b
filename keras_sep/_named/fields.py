"""Frozen dataclasses from plain mappings: every key known, every value of its field's type."""

import dataclasses
import numbers
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from keras_sep._brief import brief, cut
from keras_sep._nearest import nearest

_LISTS = (tuple, Sequence)


def from_mapping(cls: type, values: Any, where: str = "") -> Any:
    """Build the dataclass `cls` from a mapping, naming the key in every complaint.

    Args:
        cls: a dataclass whose fields are numbers, strings, booleans, tuples of those, mappings,
            optional ones or further dataclasses. One with a `name` may be given as that alone.
        values: the mapping, as YAML gives it.
        where: the dotted name of this mapping inside the whole.
    """
    hints = typing.get_type_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    if isinstance(values, str) and "name" in fields:
        values = {"name": values}
    if not isinstance(values, Mapping):
        raise ValueError(
            f"`{where or 'recipe'}` must be a mapping of keys. Received: {brief(values)}"
        )
    for key in values:
        if key not in fields:
            known = nearest(key, fields) or f"Known keys: {', '.join(sorted(fields))}"
            raise ValueError(f"unknown key `{join(where, key)}`. {known}")
    for name, field in fields.items():
        if _required(field) and name not in values:
            raise ValueError(f"missing key `{join(where, name)}`")
    return cls(**{key: typed(hints[key], value, join(where, key)) for key, value in values.items()})


def to_mapping(instance: Any) -> dict[str, Any]:
    """The mapping from which `from_mapping` builds an equal dataclass; tuples become lists."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value

    return plain(dataclasses.asdict(instance))


def join(where: str, key: Any) -> str:
    """The dotted name of a key, shortened where it is longer than any that is known."""
    key = cut(str(key) if isinstance(key, str) else brief(key), 60)
    return f"{where}.{key}" if where else key


def _required(field: dataclasses.Field) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def typed(hint: Any, value: Any, where: str) -> Any:
    """`value` as the type `hint`, or a ValueError that names the key.

    Args:
        hint: a type such as those of the fields that `from_mapping` knows.
        value: the value, as YAML gives it.
        where: its dotted name.
    """
    if hint is Any:
        return value
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):  # X | None, or X | Sequence[X]
        if value is None:
            return None
        options = [item for item in arguments if item is not type(None)]
        several = [item for item in options if typing.get_origin(item) in _LISTS]
        given_several = isinstance(value, (list, tuple)) and several
        return typed((several if given_several else options)[0], value, where)
    if dataclasses.is_dataclass(hint):
        return from_mapping(typing.cast(type, hint), value, where)
    if origin in _LISTS:
        if not isinstance(value, (list, tuple)):
            raise _wrong("a list", value, where)
        fixed = origin is tuple and arguments[-1] is not Ellipsis
        if fixed and len(value) != len(arguments):
            raise _wrong(f"a list of {len(arguments)}", value, where)
        return tuple(typed(arguments[0], item, where) for item in value)
    if origin is not None:
        if not isinstance(value, Mapping):
            raise _wrong("a mapping", value, where)
        for key in value:
            if not isinstance(key, str):
                raise _wrong("a mapping whose keys are texts", value, where)
        return {key: typed(arguments[1], item, join(where, key)) for key, item in value.items()}
    if hint is float:
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise _wrong("a number", value, where)
        try:
            return float(value)
        except OverflowError:
            raise _wrong("a number of at most 1e308", value, where) from None
    if hint is int and isinstance(value, bool):
        raise _wrong("a whole number", value, where)
    if not isinstance(value, hint):
        names = {int: "a whole number", str: "text", bool: "true or false"}
        raise _wrong(names.get(hint, hint.__name__), value, where)
    if hint is str and re.search("[\0\ud800-\udfff]", value):
        raise _wrong("text of whole characters, without NUL", value, where)
    return value


def _wrong(wanted: str, value: Any, where: str) -> ValueError:
    return ValueError(f"`{where}` must be {wanted}. Received: {brief(value)}")
