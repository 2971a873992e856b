"""Options of `keras-sep finetune`."""

import argparse

from keras_sep_cli.published_models import model_given
from keras_sep_cli.separation_options import accept_option
from keras_sep_cli.words import user_path


def finetune_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `finetune`."""
    add = command.add_argument
    add(
        "model",
        type=model_given,
        metavar="MODEL",
        help="name of published weights, as listed by `keras-sep models`, or a separator: a "
        "file written by `keras-sep train` or `keras-sep convert`, or "
        "hf://user/repository",
    )
    accept_option(add)
    add(
        "--data",
        type=user_path,
        required=True,
        metavar="DIR",
        help="folder of the data, <DIR>/<split>/<track>/<stem>.wav, as for `train`",
    )
    add(
        "--out",
        type=user_path,
        required=True,
        metavar="DIR",
        help="folder for checkpoints, logs, the model, and a recipe with which `train` can "
        "repeat the run",
    )
    add(
        "--resume",
        action="store_true",
        help="continue from the last completed epoch in DIR with the recipe there; of the "
        "options below, only --minutes and --epochs apply",
    )
    add(
        "--lora",
        type=_rank,
        metavar="RANK",
        help="train only low-rank adapters of the kernels, of this rank, such as 8",
    )
    add(
        "--train",
        nargs="+",
        metavar="PATTERN",
        help="train only layers or weights whose names match, such as 'decoder*'; with "
        "--lora, train them in addition to the adapters (default: all)",
    )
    add(
        "--sources",
        type=_names,
        metavar="A,B",
        help="stems that add up to the mixture (default: those of MODEL)",
    )
    add(
        "--targets",
        type=_names,
        metavar="A,B",
        help="stems to learn (default: those of MODEL if all of them are among the sources, "
        "otherwise all sources)",
    )
    add("--minutes", type=float, metavar="N", help="training time in minutes (default 10)")
    add("--epochs", type=int, metavar="N", help="maximum number of epochs (default 1000)")
    add(
        "--learning-rate",
        type=float,
        metavar="X",
        help="learning rate (default 0.0001, with --lora 0.0003)",
    )
    add("--batch-size", type=int, default=4, metavar="N", help="excerpts per step (default 4)")


def _rank(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(f"{text!r} must be names between commas, as vocals,drums")
    return names
