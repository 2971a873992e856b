"""`keras-sep train`: a recipe to a trained separator."""

import argparse
import dataclasses

from keras_sep._printable import say
from keras_sep._tensorflow import require_tensorflow
from keras_sep.training import Recipe, StopAtNaN, train
from keras_sep.training.messages import interrupted

require_tensorflow("training")  # here, as what it says while it loads is held back


def run(args: argparse.Namespace) -> int:
    """Train what the recipe describes; status 1 where NaN has stopped it."""
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
