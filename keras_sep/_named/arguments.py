"""Arguments that a recipe names, checked against what they are for before they are used."""

import inspect
import math
import typing
from collections.abc import Collection, Mapping
from typing import Any

from keras_sep._brief import brief, cut
from keras_sep._named.fields import join, typed
from keras_sep._named.ranges import require_within
from keras_sep._nearest import nearest

# an argument so named builds that many of something, once for each of another's
_COUNTS = ("layers", "blocks", "depth", "repeats", "stacks")
_MOST_BUILT = 256
_MOST = 2**20
_MOST_ITEMS = 128


def check_arguments(
    make: Any, arguments: Mapping[str, Any], key: str, known: Collection[str] = ()
) -> None:
    """Refuse an argument that `make` does not take, or of another type or size than it takes.

    The type is that of the annotation, or else of the default.

    Args:
        make: A function or a class.
        arguments: Its keyword arguments, from a recipe.
        key: Their dotted name in it.
        known: Arguments that a recipe does not name.
    """
    parameters = inspect.signature(make).parameters
    hints = _hints(make)
    called = getattr(make, "__name__", type(make).__name__)
    takes = {
        name: hints.get(name, _type_of(parameter.default))
        for name, parameter in parameters.items()
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    }
    for name, value in arguments.items():
        if name not in takes:
            others = ", ".join(sorted({*takes} - {*known, "name", "dtype"})) or "none"
            hint = nearest(name, takes) or f"Its arguments: {others}"
            raise ValueError(f"`{key}`: `{called}` takes no `{cut(str(name), 60)}`. {hint}")
        where = join(key, name)
        if _is_plain(value):
            typed(takes[name], value, where)
        _check_size(value, where)
    counts = {
        name: arguments.get(name, parameters[name].default)
        for name in takes
        if name.endswith(_COUNTS)
    }
    built = math.prod(count for count in counts.values() if isinstance(count, int) and count > 0)
    if built > _MOST_BUILT:
        raise ValueError(
            f"`{key}`: {' times '.join(f'`{name}`' for name in counts)} must be at most "
            f"{_MOST_BUILT}. Received: {' times '.join(map(brief, counts.values()))}"
        )


def _hints(make: Any) -> dict[str, Any]:
    """Annotations, or none where they name what is imported for type checkers alone."""
    try:
        return typing.get_type_hints(make.__init__ if inspect.isclass(make) else make)
    except (NameError, TypeError, AttributeError):
        return {}


def _type_of(default: Any) -> Any:
    """The type of what may stand in place of a default; a whole number may stand for any."""
    if isinstance(default, bool):
        return bool
    if isinstance(default, (int, float)):
        return float
    if isinstance(default, str):
        return str | None
    if isinstance(default, tuple) and default:
        return tuple[type(default[0]), ...]  # type: ignore[misc]
    return Any


def _is_plain(value: Any) -> bool:
    """Whether this is as YAML gives it, and not a layer or a loss made of that."""
    return value is None or isinstance(value, (bool, int, float, str, list, tuple, dict))


def _check_size(value: Any, where: str) -> None:
    """Refuse a number or a list that no network can be made of."""
    if isinstance(value, (list, tuple)):
        if len(value) > _MOST_ITEMS:
            raise ValueError(
                f"`{where}` must contain at most {_MOST_ITEMS} items. Received: {len(value)}"
            )
        for item in value:
            _check_size(item, where)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"`{where}` must be finite. Received: {value}")
    elif isinstance(value, (int, float)):
        require_within(where, value, -_MOST, _MOST)
