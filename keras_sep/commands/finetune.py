"""`keras-sep finetune`: go on training a separator, on stems of one's own."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from keras_sep._printable import say
from keras_sep._tensorflow import require_tensorflow
from keras_sep.pretrained import all_presets, model_file
from keras_sep.training import Recipe, StopAtNaN, finetune_recipe, train

require_tensorflow("training")  # here, where its output while loading is suppressed


def run(args: argparse.Namespace) -> int:
    """Write the recipe and train; the exit status is 1 if NaN stopped the training."""
    path = model_file(args.model, args.accept_license)
    published = args.model in all_presets() or str(args.model).startswith("hf://")
    weights = str(args.model) if published else str(Path(path).resolve())
    recipe, guard = _recipe(args, weights), StopAtNaN()
    try:
        train(recipe, args.data, args.out, callbacks=[guard])
    except KeyboardInterrupt:
        words = [args.out / "recipe.yaml", "--data", args.data, "--out", args.out, "--resume"]
        say(f"goes on: keras-sep train {shlex.join(map(str, words))}")
        raise
    return 0 if guard.trouble is None else 1


def _recipe(args: argparse.Namespace, weights: str) -> Recipe:
    settings: dict[str, Any] = {
        name: value
        for name in ("sources", "targets", "lora", "train", "learning_rate")
        if (value := getattr(args, name)) is not None
    }
    return finetune_recipe(
        weights, batch_size=args.batch_size, seconds=60 * args.minutes, **settings
    )
