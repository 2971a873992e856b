"""The stems that `--two-stems`, `--stems` and `--mix` choose."""

import argparse
from typing import Any


def chosen_stems(args: argparse.Namespace) -> Any:
    """Return what `separate_file` takes as `stems`.

    Example:

    >>> chosen_stems(argparse.Namespace(two_stems="vocals", stems=None, mix=None))
    {'vocals': {'vocals': 1.0}, 'no_vocals': {'mixture': 1.0, 'vocals': -1.0}}
    >>> chosen_stems(argparse.Namespace(two_stems=None, stems=None, mix=[("drums", 0.25)]))
    {'mix': {'mixture': 1.0, 'drums': -0.75}}
    """
    if args.two_stems is not None:
        name = args.two_stems
        return {name: {name: 1.0}, f"no_{name}": {"mixture": 1.0, name: -1.0}}
    if args.mix is not None:
        return {"mix": {"mixture": 1.0, **{name: gain - 1 for name, gain in args.mix}}}
    return args.stems
