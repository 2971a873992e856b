"""The stems that `--two-stems`, `--stems` and `--mix` choose."""

import argparse
from collections import Counter
from typing import Any

from keras_sep._brief import brief_names
from keras_sep.inference import WITHOUT


def chosen_stems(args: argparse.Namespace) -> Any:
    """Return what `separate_file` takes as `stems`.

    Example:

    >>> chosen_stems(argparse.Namespace(two_stems="vocals", stems=None, mix=None))
    ['vocals', 'no_vocals']
    >>> chosen_stems(argparse.Namespace(two_stems=None, stems=None, mix=[("drums", 0.25)]))
    {'mix': {'mixture': 1.0, 'drums': -0.75}}
    """
    if args.two_stems is not None:
        return [args.two_stems, f"{WITHOUT}{args.two_stems}"]
    if args.mix is not None:
        twice = [name for name, count in Counter(name for name, _ in args.mix).items() if count > 1]
        if twice:
            raise ValueError(f"--mix: two gains for {brief_names(twice)}; give one")
        return {"mix": {"mixture": 1.0, **{name: gain - 1 for name, gain in args.mix}}}
    return args.stems
