"""`keras-sep train`: a recipe to a trained separator."""

import argparse
import dataclasses

from keras_sep.training import Recipe, train


def run(args: argparse.Namespace) -> int:
    """Train what the recipe describes."""
    recipe = Recipe.from_yaml(args.recipe)
    if args.bad_audio is not None:
        data = dataclasses.replace(recipe.data, bad_audio=args.bad_audio)
        recipe = dataclasses.replace(recipe, data=data)
    mirrored = args.strategy == "mirrored"
    train(recipe, args.data, args.out, resume=args.resume, mirrored=mirrored)
    return 0
