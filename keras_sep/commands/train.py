"""`keras-sep train`: train a separator from a recipe."""

import argparse
import dataclasses

from keras_sep._printable import say
from keras_sep._tensorflow import require_tensorflow
from keras_sep.training import Recipe, StopAtNaN, interrupted, train

require_tensorflow("training")  # here, where its output while loading is suppressed


def run(args: argparse.Namespace) -> int:
    """Train as the recipe describes; the exit status is 1 if NaN stopped the training."""
    recipe = Recipe.from_yaml(args.recipe)
    if args.bad_audio is not None:
        data = dataclasses.replace(recipe.data, bad_audio=args.bad_audio)
        recipe = dataclasses.replace(recipe, data=data)
    mirrored, guard = args.strategy == "mirrored", StopAtNaN()
    try:
        train(recipe, args.data, args.out, args.resume, mirrored, callbacks=[guard])
    except KeyboardInterrupt:
        say(f"{args.out}: {interrupted(args.out)}")
        raise
    return 0 if guard.trouble is None else 1
