"""`keras-sep recipes`: the recipes that come with the package."""

import argparse
import itertools
import shutil
from pathlib import Path

from keras_sep._whole_files import replace_whole
from keras_sep.training import Recipe
from keras_sep_cli.shipped_recipes import shipped_recipes


def run(args: argparse.Namespace) -> int:
    """List the recipes, or write one to a file."""
    recipes = shipped_recipes()
    if args.name is None:
        if args.out is not None:
            raise ValueError("--out needs the NAME of the recipe to write")
        for name, path in recipes.items():
            print(_entry(name, path))
        return 0
    if args.name not in recipes:
        raise ValueError(f"there is no recipe {args.name!r}; leave NAME out to list all")
    if args.out is None:
        print(recipes[args.name].read_text(encoding="utf-8"), end="")
        return 0
    if args.out.exists() and not args.overwrite:
        raise ValueError(f"{args.out}: already exists; overwrite it or choose another name")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    replace_whole(args.out, lambda partial: shutil.copyfile(recipes[args.name], partial))
    print(args.out)
    return 0


def _entry(name: str, path: Path) -> str:
    """Name, network, purpose and source of a recipe; the last two are in its opening comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    comment = itertools.takewhile(lambda line: line.startswith("#"), lines)
    header = " ".join(line[2:] for line in comment)
    purpose, source = header.partition(". ")[0], header.rpartition("Source: ")[2]
    network = Recipe.from_yaml(path).model.name
    return f"{name}\n    {purpose}.\n    Network: {network}. Source: {source}"
