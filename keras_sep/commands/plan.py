"""`keras-sep plan`: what a training will cost."""

import argparse
import json

from keras_sep._tensorflow import require_tensorflow
from keras_sep.training import Recipe, plan, plan_lines

require_tensorflow("training")


def run(args: argparse.Namespace) -> int:
    """Print estimates of the recipe's training and, with data, what it takes on this machine."""
    recipe = Recipe.from_yaml(args.recipe)
    given = {} if args.seconds is None else {"seconds": args.seconds}
    document = plan(recipe, args.data, **given)
    if args.json:
        print(json.dumps(document, indent=2))
    else:
        print("\n".join(plan_lines(recipe, document)))
    return 0
