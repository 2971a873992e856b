"""Fields whose numbers have a least and a greatest value, and the check of all of them at once."""

import dataclasses
import numbers
from typing import Any

from keras_sep._brief import brief


def ranged(default: Any, least: float, most: float, above: bool = False) -> Any:
    """A dataclass field of a number, or of pairs of them, each a lowest and a highest.

    Args:
        default: its default; None may then also be given.
        least: least value.
        most: greatest value.
        above: whether values must be greater than `least`.
    """
    return dataclasses.field(default=default, metadata={"range": (least, most, above)})


def check_ranges(settings: Any, where: str = "") -> None:
    """Refuse the first number that is outside of its field's range.

    Args:
        settings: a dataclass with fields from `ranged`.
        where: key of the section that it is, in messages.
    """
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if "range" in field.metadata and value is not None:
            require_within(
                f"{where}.{field.name}" if where else field.name, value, *field.metadata["range"]
            )


def require_within(name: str, value: Any, least: float, most: float, above: bool = False) -> None:
    """Refuse a number outside of a range, or a pair that is not [low, high] within it.

    Args:
        name: its dotted name.
        value: a number, a pair, or pairs.
        least: least value.
        most: greatest value.
        above: whether it must be greater than `least`.
    """
    if isinstance(value, (tuple, list)):
        for item in value:
            require_within(name, item, least, most, above)
        if all(isinstance(item, numbers.Real) for item in value) and [*value] != sorted(value):
            raise ValueError(f"`{name}` must be [low, high]. Received: {brief(list(value))}")
        return
    real = isinstance(value, numbers.Real)
    if not (real and (least < value if above else least <= value) and value <= most):
        wanted = f"be above {least} and at most" if above else f"lie between {least} and"
        raise ValueError(f"`{name}` must {wanted} {most}. Received: {brief(value)}")


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse a value that is none of the choices.

    Args:
        name: its dotted name.
        value: the value.
        choices: what it may be.
    """
    if value not in choices:
        raise ValueError(f"`{name}` must be one of {', '.join(choices)}. Received: {brief(value)}")
