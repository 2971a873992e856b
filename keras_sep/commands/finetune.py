"""`keras-sep finetune`: go on training a separator, on stems of one's own."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from keras_sep._printable import say
from keras_sep._tensorflow import require_tensorflow
from keras_sep.pretrained import all_presets, model_file
from keras_sep.training import Recipe, StopAtNaN, finetune_recipe, interrupted, train

require_tensorflow("training")  # here, where its output while loading is suppressed
MINUTES = 10.0


def run(args: argparse.Namespace) -> int:
    """Write the recipe and train; the exit status is 1 if NaN stopped the training."""
    recipe, guard = _kept(args) if args.resume else _recipe(args), StopAtNaN()
    try:
        train(recipe, args.data, args.out, args.resume, callbacks=[guard])
    except KeyboardInterrupt:
        say(f"{args.out}: {interrupted(args.out)}")
        raise
    return 0 if guard.trouble is None else 1


def _kept(args: argparse.Namespace) -> Recipe:
    """The recipe of the training in the output folder."""
    recipe = Recipe.from_yaml(args.out / "recipe.yaml")
    changes: dict[str, Any] = {}
    if args.minutes is not None:
        changes["time_limit_seconds"] = 60 * args.minutes
    if args.epochs is not None:
        changes["epochs"] = args.epochs
    return dataclasses.replace(recipe, fit=dataclasses.replace(recipe.fit, **changes))


def _recipe(args: argparse.Namespace) -> Recipe:
    """The recipe of a new training, of the model and the options."""
    path = model_file(args.model, args.accept_license)
    published = args.model in all_presets() or str(args.model).startswith("hf://")
    weights = str(args.model) if published else str(Path(path).resolve())
    minutes = MINUTES if args.minutes is None else args.minutes
    settings: dict[str, Any] = {
        name: value
        for name in ("sources", "targets", "lora", "train", "learning_rate", "epochs")
        if (value := getattr(args, name)) is not None
    }
    return finetune_recipe(weights, batch_size=args.batch_size, seconds=60 * minutes, **settings)
