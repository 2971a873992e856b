"""What a published file says of its network, in the words of our builders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from keras_sep._brief import brief
from keras_sep.convert._pickled import Name

ABSENT = object()  # as default: where the file does not say, nothing follows


@dataclass(frozen=True)
class Told:
    """What a file says besides its tensors.

    Args:
        network: Name of the peer's class, without its module. None where the file does not say.
        positional: Arguments of that class by place.
        named: Arguments of that class by name.
    """

    network: str | None = None
    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)


class Argument(NamedTuple):
    """An argument of a peer's class.

    Args:
        default: Its default in that class, where ours may differ.
        ours: Name of our argument. None for one that the tensors tell, or that weights or training
            alone depended on.
        of: Function from the peer's value to ours. It raises a ValueError for a value that our
            builder does not know.
    """

    default: Any = ABSENT
    ours: str | None = None
    of: Callable[[Any], Any] = lambda value: value


def only(*values: Any) -> Callable[[Any], Any]:
    """A function that lets nothing but these values pass."""
    return among({value: value for value in values})


def among(ours: Mapping[Any, Any]) -> Callable[[Any], Any]:
    """A function that takes the peer's values to ours, and no others."""

    def of(value):
        for theirs, value_of_ours in ours.items():
            if type(value) is type(theirs) and value == theirs:
                return value_of_ours
        raise ValueError(" or ".join(map(repr, ours)))

    return of


def up_to(most: int) -> Callable[[Any], Any]:
    """A function of numbers from 0 on, none so large that a short file could fill the memory."""

    def of(value):
        if type(value) not in (int, float, Fraction) or not 0 <= value <= most:
            raise ValueError(f"a number from 0 to {most}")
        return value

    return of


number = up_to(100_000)


def number_or_none(value: Any) -> Any:
    """A number, or None."""
    return None if value is None else number(value)


def flag(value: Any) -> bool:
    """True or False, which configuration files also write as 1 and 0."""
    if type(value) not in (bool, int) or value not in (0, 1):
        raise ValueError("True or False")
    return bool(value)


def names(value: Any) -> tuple[str, ...]:
    """Names of sources."""
    if type(value) not in (list, tuple) or not all(type(name) is str for name in value):
        raise ValueError("a list of names")
    return tuple(value)


def translated(
    told: Told, known: Mapping[str, Argument], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Our arguments for those of a file, and what the file says that is not known here.

    Args:
        told: What the file says.
        known: Arguments of the peer's class, in the order of its signature.
        given: Our arguments that the user gives, whatever the file says.
    """
    if len(told.positional) > len(known):
        raise ValueError(
            f"{told.network} must have at most {len(known)} arguments. "
            f"Received: {len(told.positional)}"
        )
    said = {**dict(zip(known, told.positional, strict=False)), **told.named}
    ours = {}
    for name, argument in known.items():
        value = said.pop(name, argument.default)
        if value is ABSENT or (argument.ours is not None and argument.ours in given):
            continue
        try:
            translation = argument.of(value)
        except ValueError as wanted:
            instead = f"; give `{argument.ours}` instead" if argument.ours else ""
            raise ValueError(
                f"`{name}` of the file must be {wanted}{instead}. Received: {name}={brief(value)}"
            ) from None
        if argument.ours:
            ours[argument.ours] = translation
    return ours, said


def told_by(content: Any) -> Told:
    """What the content of a file says, as asteroid and demucs write it."""
    if not isinstance(content, dict):
        return Told()
    network = content.get("model_name", content.get("klass"))
    if isinstance(network, Name):  # a class, which is not imported
        network = network.name
    named = next((x for x in map(content.get, ("model_args", "kwargs")) if type(x) is dict), {})
    positional: Any = content.get("args")
    return Told(
        network.rpartition(".")[2] if type(network) is str else None,
        tuple(positional) if type(positional) in (tuple, list) else (),
        {name: value for name, value in named.items() if type(name) is str},
    )
