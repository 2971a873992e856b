"""What all builders share: checks of sizes and quantities, and arguments that are kept."""

import functools
import inspect
import types
import typing
from collections.abc import Callable, Iterable
from typing import ParamSpec

from keras_sep._validate import (
    is_integer,
    require_flags,
    require_numbers_from_zero,
    require_positive_numbers,
    require_rates,
)
from keras_sep.zoo._published import published
from keras_sep.zoo._remembered import remembered
from keras_sep.zoo._variants import variant_arguments
from keras_sep.zoo.network import Network

P = ParamSpec("P")


def sized(*from_zero: str) -> Callable[[Callable[P, Network]], Callable[P, Network]]:
    """A decorator for builders: it checks sizes, and the network knows its builder and arguments.

    Counts and sizes are positive integers: the arguments with an integer, or a tuple of integers,
    as default, and those that are annotated `int` or `int | None`. Arguments that are `float` by
    default or annotation are positive numbers; `dropout` is a number in [0, 1). None passes where
    it is annotated. Names are a text, or several. Flags, those that are annotated `bool`, are True
    or False. A `variant` stands for the arguments of a
    published size that are not given, and `weights` for a network that is built and trained.

    Args:
        from_zero: Names of those that may be 0 too.
    """

    def decorate(build: Callable[P, Network]) -> Callable[P, Network]:
        signature = inspect.signature(build)
        names = signature.parameters
        checks = {
            name: check
            for name, argument in names.items()
            if (check := _check_of(argument, name in from_zero))
        }

        @functools.wraps(build)
        def checked(*args: P.args, **kwargs: P.kwargs) -> Network:
            given = {**dict(zip(names, args, strict=False)), **kwargs}
            for name, value in variant_arguments(build.__name__, given.pop("variant", None)):
                if name not in given:
                    given[name] = kwargs[name] = value
            for name, check in checks.items():
                if name in given:
                    check(**{name: given[name]})
            weights = given.pop("weights", None)
            if weights is not None:
                signature.bind_partial(*args, **kwargs)  # the usual TypeError for unknown names
                return published(build.__name__, weights, given)
            network = build(*args, **kwargs)
            arguments = {name: value.default for name, value in names.items()} | given
            for name in ("variant", "weights"):
                arguments.pop(name, None)
            network.facts = remembered(network.facts, build.__name__, arguments)
            return network

        return checked

    return decorate


def _check_of(argument: inspect.Parameter, from_zero: bool):
    """The function that checks an argument; None for one that is neither size nor quantity."""
    if argument.annotation is bool:
        return require_flags
    kinds = typing.get_args(argument.annotation) or (argument.annotation,)
    values = argument.default if isinstance(argument.default, tuple) else (argument.default,)
    if argument.annotation is argument.empty:
        kinds = tuple(map(type, values))
    or_none = types.NoneType in kinds
    if int in kinds:
        return functools.partial(_require_sizes, 0 if from_zero else 1, or_none)
    if str in kinds and isinstance(argument.default, tuple):
        return _require_names
    if float not in kinds or isinstance(argument.default, tuple):  # several: the layers check them
        return None
    if argument.name == "dropout":
        return require_rates
    require = require_numbers_from_zero if from_zero else require_positive_numbers
    return functools.partial(require, or_none)


def _require_names(**names):
    for name, value in names.items():
        if not isinstance(value, Iterable):
            raise ValueError(f"`{name}` must be a name, or several. Received: {name}={value!r}")


def _require_sizes(least, or_none, **sizes):
    for name, value in sizes.items():
        several = isinstance(value, (tuple, list))
        if several and not value:
            raise ValueError(
                f"`{name}` must contain at least one number. Received: {name}={value!r}"
            )
        if not all(is_integer(item, least) for item in (value if several else (value,))):
            if or_none and value is None:
                continue
            positive = "a positive integer" if least else "a non-negative integer"
            wanted = f"hold nothing but {positive}" if several else f"be {positive}"
            raise ValueError(f"`{name}` must {wanted}. Received: {name}={value!r}")
