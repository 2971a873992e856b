"""The commands of `keras-sep` and their options.

Defaults are in the functions that the commands call: options that are not given are not passed.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from keras_sep_cli.app_options import app_options
from keras_sep_cli.export_options import export_options
from keras_sep_cli.finetune_options import finetune_options
from keras_sep_cli.hosts_options import hosts_options
from keras_sep_cli.prepare_options import prepare_options
from keras_sep_cli.published_models import model_given
from keras_sep_cli.report_options import report_options
from keras_sep_cli.separation_options import (
    accept_option,
    evaluate_options,
    separate_options,
)
from keras_sep_cli.shipped_recipes import recipe_file
from keras_sep_cli.stream_options import stream_options
from keras_sep_cli.words import meant, user_path, with_command

COMMANDS = {
    "separate": "separate audio files into stems, one file per source",
    "evaluate": "score separated stems: SI-SDR, SDR, BSSEval v4",
    "prepare": "check a data set and convert it to shards for fast training",
    "train": "train a separator from a recipe",
    "report": "write a page about a training run: curves, scores, audio, recipe, machine",
    "plan": "estimate what a training run will cost: memory, operations and hours on this machine",
    "finetune": "fine-tune published weights, or your own separator, on your stems",
    "recipes": "list the recipes that come with the package, or copy one",
    "app": "serve a web page for separating songs, on computers and phones",
    "stream": "separate in real time, from a sound device or standard input",
    "export": "export a SavedModel, an ONNX or LiteRT file, or a page for browsers",
    "convert": "convert a published checkpoint to a separator",
    "info": "describe a model, checkpoint, folder or audio file, and what to do with it",
    "models": "list or download published weights, and list the networks of the zoo",
    "demo": "make a synthetic band, train a model on it, and write a listening page",
}
BAD_AUDIO = ("trim", "skip", "stop")


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the arguments of a command; errors end the process with the usage.

    A file, a folder or a pattern in the place of the command is to be separated.
    """
    top = parser()
    words = with_command(
        sys.argv[1:] if argv is None else argv, COMMANDS, top._option_string_actions
    )
    if not words:
        top.print_help(sys.stderr)
        top.exit(2)
    if not words[0].startswith("-") and words[0] not in COMMANDS:
        top.error(f"{words[0]!r} is not a command, file or folder{meant(words[0], COMMANDS)}")
    args, unknown = top.parse_known_args(words)
    if unknown:
        # the usage of the command lists its options, that of all commands does not
        command = _commands(top)[args.command]
        hint = meant(unknown[0].partition("=")[0], command._option_string_actions)
        command.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
    return args


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="keras-sep",
        description="Audio source separation for Keras. `keras-sep song.mp3` separates a song.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    # commands that are not given have no options to build
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    add = {
        name: commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        for name, text in COMMANDS.items()
    }
    for command in add.values():
        command.add_argument(
            "--import",
            dest="imports",
            action="append",
            default=[],
            metavar="MODULE",
            help="import this module of yours first, so that models and recipes can use its "
            "classes",
        )
    separate_options(add["separate"])
    evaluate_options(add["evaluate"])
    prepare_options(add["prepare"])
    _train(add["train"])
    report_options(add["report"])
    _plan(add["plan"])
    finetune_options(add["finetune"])
    _recipes(add["recipes"])
    app_options(add["app"])
    stream_options(add["stream"])
    export_options(add["export"])
    _convert(add["convert"])
    _info(add["info"])
    _models(add["models"])
    _demo(add["demo"])
    return top


class _Version(argparse.Action):
    """Look up the version only if it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        from importlib.metadata import version

        print(f"keras_sep {version('keras_sep')}")
        parser.exit()


def _recipe(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "recipe",
        type=recipe_file,
        metavar="RECIPE",
        help="a name listed by `keras-sep recipes`, or a YAML file (write ./NAME for a file "
        "with such a name)",
    )


def _plan(command: argparse.ArgumentParser) -> None:
    _recipe(command)
    add = command.add_argument
    add(
        "--data",
        type=user_path,
        metavar="DIR",
        help="measure with this data, laid out as for `train`",
    )
    add("--seconds", type=float, metavar="S", help="duration of each measurement (default: 10)")
    add("--json", action="store_true", help="print JSON")


def _train(command: argparse.ArgumentParser) -> None:
    _recipe(command)
    add = command.add_argument
    add(
        "--data",
        type=user_path,
        required=True,
        metavar="DIR",
        help="folder of the data: <DIR>/<split>/<track>/<stem>.wav, the output of `keras-sep"
        " prepare` or, for a recipe with `voices`, the folder that its patterns are "
        "relative to",
    )
    add(
        "--out",
        type=user_path,
        required=True,
        metavar="DIR",
        help="folder for checkpoints, logs and the model",
    )
    add("--resume", action="store_true", help="continue from the last completed epoch in DIR")
    add("--strategy", choices=["mirrored"], help="split each batch among all GPUs of this machine")
    hosts_options(command)
    add(
        "--bad-audio",
        choices=BAD_AUDIO,
        help="trim: cut stems to the shortest of their track and skip otherwise bad tracks; "
        "skip: skip all bad tracks; stop: refuse to train. Overrides the recipe's "
        "`data.bad_audio` (default trim)",
    )


def _recipes(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("name", nargs="?", metavar="NAME", help="recipe to show (default: list all recipes)")
    add("--out", type=user_path, metavar="FILE", help="write the recipe to this file, for editing")
    add("--overwrite", action="store_true", help="replace FILE if it exists")


def _convert(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "checkpoints",
        type=user_path,
        nargs="+",
        metavar="FILE",
        help="a PyTorch checkpoint, bare or as published by asteroid, demucs or speechbrain;"
        " an MSST checkpoint, with its YAML file next to it or given here too; "
        "Spleeter's model.index; DTLN's .h5; for open_unmix one file per source, named "
        "after it; for sepformer one file, or encoder, masknet and decoder; or a folder"
        " with any of these",
    )
    add(
        "--out",
        type=user_path,
        metavar="M.keras",
        help="separator to write (default: named after the published weights or FILE, in the"
        " current folder)",
    )
    add(
        "--model",
        metavar="NAME",
        help="network that the weights belong to, see `keras-sep models` (default: detected)",
    )
    add(
        "--sources",
        nargs="+",
        metavar="NAME",
        help="names of the sources in the network's order (default: those in the file, or "
        "s1, s2, ...)",
    )
    add(
        "--sample-rate",
        type=int,
        metavar="HZ",
        help="sample rate of the network (default: as stated in the file or next to it)",
    )
    add("--any-order", action="store_true", help="the network outputs the sources in any order")
    add(
        "--with",
        nargs="+",
        default=(),
        dest="arguments",
        metavar="KEY=VALUE",
        help="arguments of the network that the file does not record, such as stride=8",
    )
    add("--license", metavar="TEXT", help="licence of the weights, stored in the separator")
    add("--overwrite", action="store_true", help="replace M.keras if it exists")


def _info(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "names",
        type=model_given,
        nargs="+",
        metavar="FILE",
        help="a separator, checkpoint or audio file; a folder with weights, a training run "
        "or a SavedModel; or the name of published weights",
    )
    add("--json", action="store_true", help="print JSON")


def _models(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "name",
        nargs="?",
        metavar="NAME",
        help="published weights, to show everything known about them, or a network, to show "
        "the parameters and arguments of its published sizes",
    )
    add("--download", action="store_true", help="download the weights NAME for offline use")
    accept_option(add)


def _demo(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--out",
        type=user_path,
        required=True,
        metavar="DIR",
        help="folder for songs, stems, scores and the page",
    )
    add("--export", type=user_path, required=True, metavar="DIR", help="folder for the SavedModel")
    add("--seconds", type=float, metavar="S", help="training time in seconds")


def _commands(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (action,) = (
        action for action in top._actions if isinstance(action, argparse._SubParsersAction)
    )
    return action.choices
