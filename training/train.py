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
    arguments = parser.parse_args()

    # recipe
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
    devices = training.distribution(mirrored=arguments.strategy == "mirrored")
    keras.utils.set_random_seed(recipe.seed)
    cache = out / "cache"

    # tracks, or recordings of voices that are mixed at random
    audio = training.training_audio(recipe, arguments.data)
    held_out = training.validation_audio(recipe, arguments.data)
    messages.say(*messages.opening(recipe, arguments.data, audio, held_out))

    # model, its input normalised by the data's statistics
    mean = scale = None
    if training.wants_statistics(recipe) and not arguments.resume:
        mean, scale = training.input_statistics(recipe, audio, cache)
    with devices.scope():
        network = training.build_network(recipe, mean, scale)
        model = training.build_model(recipe, network)
        model.compile(
            optimizer=training.build_optimizer(recipe, devices.num_replicas_in_sync),
            loss=training.build_loss(recipe),
            loss_weights=training.build_loss_weights(recipe),
            jit_compile=training.compile_jit(recipe),
        )
        # before the step is traced: a step that makes its variables itself is traced twice
        model.optimizer.build(model.trainable_variables)
        callbacks, checkpoints = training.build_callbacks(recipe, out, network, bool(held_out))
        if arguments.resume:
            training.take_up(recipe, model, checkpoints)

    # fit
    shared = training.share_batch(recipe, devices)
    dataset = training.training_dataset(shared, audio, cache, epoch=checkpoints.epochs_done)
    messages.say(*messages.plan(shared, model, dataset, devices, checkpoints))
    idle = training.nothing_to_do(recipe, checkpoints)
    if idle:
        messages.say(f"{out}: {idle}")
    else:
        verbose, lines = messages.progress(checkpoints)
        model.fit(
            dataset,
            validation_data=training.shared_validation(shared, held_out, cache, devices),
            epochs=recipe.fit.epochs,
            initial_epoch=checkpoints.epochs_done,
            callbacks=[*callbacks, *lines],
            shuffle=False,  # the excerpts are drawn at random already
            verbose=verbose,
        )
    training.finish(recipe, checkpoints)
    messages.say(*messages.closing(checkpoints))
    if checkpoints.trouble is not None:
        sys.exit(1)


if __name__ == "__main__":
    try:
        with ended_by_signals("train.py"), plain_warnings():
            main()
    except Exception as error:
        say_failure(error, "train.py")
        sys.exit(1)
