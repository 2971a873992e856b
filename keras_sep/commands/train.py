"""`keras-sep train`: train a separator from a recipe."""

import argparse
import dataclasses

from keras_sep._printable import say
from keras_sep._tensorflow import require_tensorflow
from keras_sep.training import Hosts, Recipe, StopAtNaN, interrupted, train

require_tensorflow("training")  # here, where its output while loading is suppressed


def run(args: argparse.Namespace) -> int:
    """Train as the recipe describes; the exit status is 1 if NaN stopped the training."""
    recipe = Recipe.from_yaml(args.recipe)
    if args.bad_audio is not None:
        data = dataclasses.replace(recipe.data, bad_audio=args.bad_audio)
        recipe = dataclasses.replace(recipe, data=data)
    mirrored, guard = args.strategy == "mirrored", StopAtNaN()
    try:
        hosts = _hosts(args)
        train(recipe, args.data, args.out, args.resume, mirrored, callbacks=[guard], hosts=hosts)
    except KeyboardInterrupt:
        say(f"{args.out}: {interrupted(args.out)}")
        raise
    return 0 if guard.trouble is None else 1


def _hosts(args: argparse.Namespace) -> Hosts | None:
    """Which process this is, if it is one of several."""
    if args.hosts is not None:
        return Hosts.found(args.hosts, args.processes, args.process)
    if args.processes is not None or args.process is not None:
        raise ValueError(
            "`--processes` and `--process` need `--hosts`, the address of process 0: leave them "
            "out to train alone"
        )
    return None
