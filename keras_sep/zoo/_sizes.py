"""The check of sizes that all builders have in common."""

import functools
import inspect
import numbers
import typing


def sized(*from_zero: str):
    """A decorator for builders: their counts and sizes are positive integers, by their own names.

    Those are the arguments with an integer, or a tuple of integers, as default, and those that
    are annotated `int | None`. What is None passes.

    Args:
        from_zero: Names of those that may be 0 too.
    """

    def decorate(build):
        names = inspect.signature(build).parameters
        sizes = [name for name, argument in names.items() if _is_size(argument)]

        @functools.wraps(build)
        def checked(*args, **kwargs):
            given = {**dict(zip(names, args, strict=False)), **kwargs}
            for name in sizes:
                _check(name, given.get(name), 0 if name in from_zero else 1)
            return build(*args, **kwargs)

        return checked

    return decorate


def _is_size(argument: inspect.Parameter) -> bool:
    if argument.annotation is not argument.empty:
        return int in (argument.annotation, *typing.get_args(argument.annotation))
    values = argument.default if isinstance(argument.default, tuple) else (argument.default,)
    return bool(values) and all(type(value) is int for value in values)


def _check(name, value, least):
    if value is None:
        return
    several = isinstance(value, (tuple, list))
    for item in value if several else (value,):
        if isinstance(item, bool) or not isinstance(item, numbers.Integral) or item < least:
            positive = "a positive integer" if least else "an integer from 0 on"
            wanted = f"hold nothing but {positive}" if several else f"be {positive}"
            raise ValueError(f"`{name}` must {wanted}. Received: {name}={value!r}")
