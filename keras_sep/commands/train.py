"""`keras-sep train`: a recipe to a trained separator."""

import argparse
import dataclasses

from keras_sep._printable import say
from keras_sep.training import Recipe
from keras_sep.training.train import run as run_training
from keras_sep.training.words import interrupted


def run(args: argparse.Namespace) -> int:
    """Train what the recipe describes; status 1 where NaN has stopped it."""
    recipe = Recipe.from_yaml(args.recipe)
    if args.bad_audio is not None:
        data = dataclasses.replace(recipe.data, bad_audio=args.bad_audio)
        recipe = dataclasses.replace(recipe, data=data)
    mirrored = args.strategy == "mirrored"
    try:
        _, checkpoints = run_training(recipe, args.data, args.out, args.resume, mirrored)
    except KeyboardInterrupt:
        say(f"{args.out}: {interrupted(args.out)}")
        raise
    return 0 if checkpoints.trouble is None else 1
