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
    "separate": "separate audio files into one file per source",
    "evaluate": "score separated stems: SI-SDR, SDR, BSSEval v4",
    "prepare": "check a data set, and store it once in shards, for training",
    "train": "train a separator from a recipe",
    "report": "write a page about a training: curves, scores, sounds, recipe, machine",
    "plan": "say what a training will cost: memory, arithmetic and, on this machine, hours",
    "finetune": "go on training published weights, or your own, on stems of yours",
    "recipes": "list the recipes that come with the package, or write one out",
    "app": "serve a page on which songs are separated, to a browser or a phone",
    "stream": "separate sound as it comes, from a sound device or standard input",
    "export": "write a SavedModel, an ONNX or LiteRT file, or a page for browsers",
    "convert": "read published weights into a separator",
    "info": "say what a model, checkpoint, folder or audio file is, and what to do with it",
    "models": "list or download published weights, and list the networks of the zoo",
    "demo": "a synthetic band, a model trained on it, a listening page",
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
        top.error(f"{words[0]!r} is no command, file or folder{meant(words[0], COMMANDS)}")
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
            help="run a module of your own first: models and recipes may then name its classes",
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
        help="a name that `keras-sep recipes` lists, or a YAML file (./NAME if it has such a name)",
    )


def _plan(command: argparse.ArgumentParser) -> None:
    _recipe(command)
    add = command.add_argument
    add("--data", type=user_path, metavar="DIR", help="measure with this data, as for `train`")
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
        help="<DIR>/<split>/<track>/<stem>.wav, what `keras-sep prepare` wrote or, for a recipe "
        "with `voices`, the folder that its patterns start from",
    )
    add("--out", type=user_path, required=True, metavar="DIR", help="checkpoints, logs, the model")
    add("--resume", action="store_true", help="continue from the last whole epoch in DIR")
    add("--strategy", choices=["mirrored"], help="share each batch among all GPUs of this machine")
    hosts_options(command)
    add(
        "--bad-audio",
        choices=BAD_AUDIO,
        help="cut stems to the shortest of their track and leave out other bad tracks, leave out "
        "all bad ones, or stop; instead of the recipe's `data.bad_audio` (trim)",
    )


def _recipes(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("name", nargs="?", metavar="NAME", help="the recipe to show (default: list all)")
    add("--out", type=user_path, metavar="FILE", help="file to write it to, to change it")
    add("--overwrite", action="store_true", help="replace FILE if it exists")


def _convert(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "checkpoints",
        type=user_path,
        nargs="+",
        metavar="FILE",
        help="weights as PyTorch saved them, bare or as asteroid, demucs and speechbrain publish "
        "them; of MSST, with the YAML file beside them or here; model.index of Spleeter; the "
        ".h5 of DTLN; for "
        "open_unmix one file per source, named after it; for sepformer one file, or encoder, "
        "masknet and decoder; or the folder of any of these",
    )
    add(
        "--out",
        type=user_path,
        metavar="M.keras",
        help="the separator (default: named after published weights or FILE, in this folder)",
    )
    add(
        "--model",
        metavar="NAME",
        help="network that the weights are for, see `keras-sep models` (default: what they are of)",
    )
    add(
        "--sources",
        nargs="+",
        metavar="NAME",
        help="names in the network's order (default: those in the file, or s1, s2, ...)",
    )
    add(
        "--sample-rate",
        type=int,
        metavar="HZ",
        help="sample rate of the network (default: that in the file, or beside it)",
    )
    add("--any-order", action="store_true", help="the network outputs the sources in any order")
    add(
        "--with",
        nargs="+",
        default=(),
        dest="arguments",
        metavar="KEY=VALUE",
        help="arguments of the network that its file does not record, such as stride=8",
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
        help="a separator, a checkpoint, audio, a folder of weights, of a training or of a "
        "SavedModel, or published weights by name",
    )
    add("--json", action="store_true", help="print JSON")


def _models(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "name",
        nargs="?",
        metavar="NAME",
        help="published weights, with all that is known of them, or a network, with the "
        "parameters and arguments of its published sizes",
    )
    add("--download", action="store_true", help="fetch the weights NAME, to be there offline")
    accept_option(add)


def _demo(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--out", type=user_path, required=True, metavar="DIR", help="songs, stems, scores, the page"
    )
    add("--export", type=user_path, required=True, metavar="DIR", help="the SavedModel")
    add("--seconds", type=float, metavar="S", help="training time")


def _commands(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (action,) = (
        action for action in top._actions if isinstance(action, argparse._SubParsersAction)
    )
    return action.choices
