"""`keras-sep models`: published weights, and the networks of the zoo."""

import argparse
import functools
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from keras_sep import zoo
from keras_sep._nearest import nearest
from keras_sep._without_memory import without_memory
from keras_sep.pretrained import (
    Preset,
    all_presets,
    model_file,
    preset_card,
    preset_of,
    preset_table,
)
from keras_sep.zoo import VARIANTS


def run(args: argparse.Namespace) -> int:
    """List published weights and networks, describe one, or fetch it."""
    known = all_presets()
    if args.download:
        if args.name is None:
            raise ValueError("--download needs the NAME of the weights to fetch")
        preset_of(args.name)  # a path means nothing here
        print(model_file(args.name, args.accept_license))
    elif args.name is None:
        _list(known.values())
    elif args.name not in {*known, *zoo.__all__}:
        hint = nearest(args.name, [*known, *zoo.__all__]) or "Without a name all are listed."
        raise ValueError(f"there are no weights and no network called {args.name!r}. {hint}")
    else:
        if args.name in known:
            print(preset_card(known[args.name]))
        if args.name in zoo.__all__:
            _print_sizes(args.name)
    return 0


def _list(known: Iterable[Preset]) -> None:
    print(
        "Published weights, for --model NAME; scores are as stated by their publishers, in "
        "different metrics:"
    )
    print(preset_table(known))
    print("\nNetworks, for recipes and keras-sep convert:")
    width = max(map(len, zoo.__all__))
    for name in sorted(zoo.__all__):
        print(f"{name:{width}}  {_first_line(name)}")
        if name in VARIANTS:
            print(f"{'':{width}}  variants: {', '.join(VARIANTS[name])}")


def _print_sizes(name: str) -> None:
    """A line for the defaults and for every variant: its name, its parameters, its arguments."""
    print(_first_line(name))
    builder = getattr(zoo, name)
    sizes: dict[str, Mapping[str, Any]] = {"(defaults)": {}, **VARIANTS.get(name, {})}
    width = max(map(len, sizes))
    for variant, arguments in sizes.items():
        network = without_memory(functools.partial(builder, **arguments))
        listed = ", ".join(f"{key}={value}" for key, value in arguments.items())
        print(f"{variant:{width}}  {network.count_params():>13,} parameters  {listed}".rstrip())


def _first_line(name: str) -> str:
    return (inspect.getdoc(getattr(zoo, name)) or "").splitlines()[0]
