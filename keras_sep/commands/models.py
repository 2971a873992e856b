"""`keras-sep models`: the networks of the zoo."""

import argparse
import functools
import inspect
from collections.abc import Mapping
from typing import Any

from keras_sep import zoo
from keras_sep._nearest import nearest
from keras_sep._without_memory import without_memory
from keras_sep.zoo import VARIANTS


def run(args: argparse.Namespace) -> int:
    """Print what a network is, and its published sizes; without a name, those of all networks."""
    if args.name is not None and args.name not in zoo.__all__:
        hint = nearest(args.name, zoo.__all__) or f"Networks: {', '.join(sorted(zoo.__all__))}"
        raise ValueError(f"no network named {args.name!r}. {hint}")
    if args.name is not None:
        _print_sizes(args.name)
        return 0
    width = max(map(len, zoo.__all__))
    for name in sorted(zoo.__all__):
        print(f"{name:{width}}  {_first_line(name)}")
        if name in VARIANTS:
            print(f"{'':{width}}  variants: {', '.join(VARIANTS[name])}")
    return 0


def _print_sizes(name: str) -> None:
    """A line for the defaults and for every variant: its name, its parameters, its arguments."""
    print(_first_line(name))
    builder = getattr(zoo, name)
    sizes: dict[str, Mapping[str, Any]] = {"(defaults)": {}, **VARIANTS.get(name, {})}
    width = max(map(len, sizes))
    for variant, arguments in sizes.items():
        network = without_memory(functools.partial(builder, **arguments))
        told = ", ".join(f"{key}={value}" for key, value in arguments.items())
        print(f"{variant:{width}}  {network.count_params():>13,} parameters  {told}".rstrip())


def _first_line(name: str) -> str:
    return (inspect.getdoc(getattr(zoo, name)) or "").splitlines()[0]
