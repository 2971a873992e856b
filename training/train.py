"""Train a separator from a recipe: recipe to dataset, model, compile, fit.

    python training/train.py open_unmix --data musdb18hq --out runs/vocals

A killed training goes on with `--resume`. `keras_sep.training.train` does the same in one call.
"""

import argparse
import dataclasses
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # what is wrong is said below, in one line

from keras_sep_cli.quiet_start import quiet_start
from keras_sep_cli.shipped_recipes import recipe_file
from keras_sep_cli.signals import ended_by_signals

with ended_by_signals("train.py"), quiet_start():
    import keras

    from keras_sep import data, training
    from keras_sep._own_code import allow_from_here
    from keras_sep.commands.failure import say_failure
    from keras_sep.commands.plain_warnings import plain_warnings
    from keras_sep.training import Recipe, messages


@data.plain_errors(messages.BAD_AUDIO)
def main() -> None:
    parser = argparse.ArgumentParser(description="Train a separator from a recipe.")
    parser.add_argument("recipe", type=recipe_file, help="a name or YAML file: training/recipes")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="of train/<track>/<stem> or the recipe's recordings",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--resume", action="store_true", help="go on from the last epoch in --out")
    parser.add_argument("--strategy", choices=["mirrored"], help="train on all accelerators")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument(
        "--import",
        dest="imports",
        action="append",
        default=[],
        metavar="MODULE",
        help="run a module of your own first: recipes may then name its classes and functions",
    )
    arguments = parser.parse_args()

    # recipe, which may name code of the modules that are imported
    allow_from_here(arguments.imports)
    recipe = Recipe.from_yaml(arguments.recipe)
    if arguments.epochs is not None:
        recipe = dataclasses.replace(
            recipe, fit=dataclasses.replace(recipe.fit, epochs=arguments.epochs)
        )
    try:
        with training.output_folder(recipe, arguments.out, arguments.resume) as out:
            fit(recipe, arguments, out)
    except KeyboardInterrupt:
        messages.say(f"{arguments.out}: {messages.interrupted(arguments.out)}")
        raise


def fit(recipe: Recipe, arguments: argparse.Namespace, out: Path) -> None:
    mirrored = arguments.strategy == "mirrored"
    devices = training.distribution(mirrored, recipe.fit.model_parallel)
    keras.utils.set_random_seed(recipe.seed)
    cache = out / "cache"

    # tracks, or recordings of voices that are mixed at random
    audio = training.training_audio(recipe, arguments.data)
    held_out = training.validation_audio(recipe, arguments.data)
    messages.say(*messages.opening(recipe, arguments.data, audio, held_out))

    # model, its input normalised by the data's statistics
    statistics = () if arguments.resume else training.input_statistics(recipe, audio, cache)
    with devices.scope():
        network = training.build_network(recipe, *statistics)
        model = training.build_model(recipe, network)
        model.compile(**training.compile_arguments(recipe, devices))
        callbacks, checkpoints = training.build_callbacks(recipe, out, network, held_out)
        training.start(recipe, model, checkpoints, arguments.resume)

    # fit
    done = checkpoints.epochs_done
    dataset, validation = training.fit_datasets(recipe, audio, held_out, cache, devices, done)
    messages.say(*messages.plan(recipe, model, dataset, devices, checkpoints))
    if training.more_to_do(recipe, checkpoints):
        verbose, lines = messages.progress(checkpoints)
        with devices.scope():
            model.fit(
                dataset,
                validation_data=validation,
                callbacks=[*callbacks, *lines],
                verbose=verbose,
                **training.fit_arguments(recipe, checkpoints),
            )
    training.finish(recipe, checkpoints)
    page = training.result_page(recipe, checkpoints, audio, held_out)
    messages.say(*messages.closing(checkpoints, page))
    if checkpoints.trouble is not None:
        sys.exit(1)


if __name__ == "__main__":
    try:
        with ended_by_signals("train.py"), plain_warnings():
            main()
    except Exception as error:
        say_failure(error, "train.py")
        sys.exit(1)
