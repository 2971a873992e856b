"""Parts shared by the scripts that train recipes on voices."""

import argparse
import concurrent.futures
import dataclasses
import itertools
import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from cards import ZOO, Snapshots, write_section

import keras_sep
from keras_sep import inference, metrics, plots, training

RECIPES = Path(__file__).resolve().parents[1] / "training" / "recipes"
TRAINING, TEST = "training.json", "test.json"
MARKS_SECONDS = (60, 120, 180, 240, 300, 420, 540, 660, 780)
MARKS_SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8)  # of all steps, without a limit


def run(
    doc: str,
    script: str,
    recipes: str,
    models: Sequence[str],
    tested: Callable[[training.Recipe, Path, Path], dict[str, Any]],
    report: Callable[[str, training.Recipe, list[dict[str, Any]]], str],
    picture: Callable[[training.Recipe, Path], bytes | None] = lambda recipe, folder: None,
) -> None:
    """Run the command line: train every model with every seed, and test them on request.

    The seeds of a model are trained in parallel, one process each, or one after another if the
    recipe has a time limit, which assumes the whole machine.

    Args:
        doc: Docstring of the script; its first line is the help.
        script: Name of the script in the cards.
        recipes: Prefix of the recipes' names, `<recipes>_<model>.yaml`.
        models: Names of the models that have recipes.
        tested: Function from recipe, data folder and training folder to scores on the test audio.
        report: Function from model, recipe and the results of all seeds to the section of the
            model's card.
        picture: Function from recipe and training folder of the first seed to a PNG for the card,
            or None.
    """
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the recordings")
    parser.add_argument("--out", type=Path, required=True, help="folder for the trainings")
    parser.add_argument("--models", nargs="+", default=models, choices=models)
    parser.add_argument("--seeds", nargs="+", type=int, default=(1, 2))
    parser.add_argument("--seconds", type=float, help="instead of the recipes' time limit")
    parser.add_argument("--test", action="store_true", help="read the test audio, at the end")
    parser.add_argument("--zoo", type=Path, default=ZOO, help="folder of the cards")
    arguments = parser.parse_args()

    for model in arguments.models:
        recipe = training.Recipe.from_yaml(RECIPES / f"{recipes}_{model}.yaml")
        if arguments.seconds is not None:
            fit = dataclasses.replace(recipe.fit, time_limit_seconds=arguments.seconds)
            recipe = dataclasses.replace(recipe, fit=fit)
        seeded = [dataclasses.replace(recipe, seed=seed) for seed in arguments.seeds]
        folders = [arguments.out / model / f"seed_{seed}" for seed in arguments.seeds]
        spawn = multiprocessing.get_context("spawn")
        at_once = len(seeded) if recipe.fit.time_limit_seconds is None else 1
        with concurrent.futures.ProcessPoolExecutor(at_once, spawn) as processes:
            results = [
                *processes.map(trained_once, seeded, [arguments.data] * len(seeded), folders)
            ]
        if not arguments.test:
            continue
        for one, folder, result in zip(seeded, folders, results, strict=True):
            result |= once(folder / TEST, tested, one, arguments.data, folder)
        curve = Path("curves") / f"{model}_{Path(script).stem}.svg"
        draw_curves(arguments.zoo / curve, results)
        text = f"{report(model, recipe, results)}\n\n![dB against minutes of training]({curve})"
        if png := picture(recipe, folders[0]):
            path = curve.with_suffix(".png")
            (arguments.zoo / path).write_bytes(png)
            text += f"\n\n![learned filters beside their frequency responses]({path})"
        name = recipe.model.name  # a network may have several recipes, and has one card
        mark = script if model == name else f"{script} --models {model}"
        write_section(arguments.zoo / f"{name}.md", mark, text)
        print(text)


def once(path: Path, find: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """The result of `find`, or of an earlier run."""
    if not path.is_file():
        path.write_text(json.dumps(find(*arguments), indent=1), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def trained_once(recipe: training.Recipe, data_dir: Path, out_dir: Path) -> dict[str, Any]:
    """The result of `trained`, or of an earlier run, which must have had the same recipe."""
    out_dir.mkdir(parents=True, exist_ok=True)
    earlier, done = out_dir / "recipe.yaml", (out_dir / TRAINING).is_file()
    if earlier.is_file() and not (done and training.Recipe.from_yaml(earlier) == recipe):
        raise ValueError(f"{out_dir}: holds an unfinished training, or another recipe's: delete it")
    return once(out_dir / TRAINING, trained, recipe, data_dir, out_dir)


def trained(recipe: training.Recipe, data_dir: Path, out_dir: Path) -> dict[str, Any]:
    """Train, and score the weights of every mark on the recipe's validation mixtures."""
    snapshots = Snapshots(*marks(recipe))
    started = time.monotonic()
    training.train(recipe, data_dir, out_dir, callbacks=[snapshots], verbose=2)
    seconds = time.monotonic() - started

    pools = training.validation_audio(recipe, data_dir)
    batches = training.validation_dataset(recipe, pools, out_dir)
    if recipe.stft is None:  # pairs of the mixture and its sources
        batches = batches.map(lambda mixture, stems: keras.tree.flatten(stems)[0])
    held_out = np.concatenate([*batches])
    network = training.build_network(recipe)
    probe = training.build_separator(recipe, network)

    def score(separator: keras_sep.Separator) -> float:
        estimates = separator.predict(held_out.sum(axis=-1), batch_size=16, verbose=0)
        return mean_improvement_db(recipe, held_out, estimates)

    curve = []
    for at, step, weights in snapshots.kept:
        network.set_weights(weights)
        curve.append({"seconds": at, "steps": step, "improvement_db": score(probe)})
    finished = inference.load_separator(out_dir / "separator.keras")
    best = {"seconds": seconds, "steps": snapshots.steps, "improvement_db": score(finished)}
    print(f"seed {recipe.seed}, on validation mixtures: {best['improvement_db']:.2f} dB")
    return {
        "seed": recipe.seed,
        "parameters": network.count_params(),
        "curve": [*curve, best],
    }


def marks(recipe: training.Recipe) -> tuple[Sequence[float], Sequence[int]]:
    """When to keep weights: in seconds if the training has a time limit, else in steps."""
    if recipe.fit.time_limit_seconds is not None or recipe.voices is None:
        return MARKS_SECONDS, ()
    steps = recipe.fit.epochs * (recipe.voices.mixtures_per_epoch // recipe.fit.batch_size)
    return (), [round(share * steps) for share in MARKS_SHARES]


def mean_improvement_db(recipe: training.Recipe, stems: Any, estimates: Any) -> float:
    """Mean over mixtures of `improvement_db`, for stems of all sources."""
    places = [recipe.sources.index(name) for name in recipe.targets]
    return float(
        np.mean(
            [
                improvement_db(
                    one[..., places], guess, one.sum(axis=-1), recipe.interchangeable_sources
                )
                for one, guess in zip(stems, estimates, strict=True)
            ]
        )
    )


def improvement_db(
    stems: np.ndarray, estimates: np.ndarray, mixture: np.ndarray, any_order: bool
) -> float:
    """Mean over sources of the SI-SDR gained over the mixture.

    Args:
        stems: Stems, (samples, channels, sources).
        estimates: Estimates, of the same shape.
        mixture: Mixture, (samples, channels).
        any_order: Whether to score the estimates in their best order.
    """
    if any_order:
        estimates = estimates[..., metrics.source_order(stems, estimates)]
    unprocessed = np.broadcast_to(mixture[..., np.newaxis], stems.shape)
    return float(np.mean(metrics.si_sdr(stems, estimates) - metrics.si_sdr(stems, unprocessed)))


def draw_curves(path: Path, results: list[dict[str, Any]]) -> None:
    """The curves of all seeds as an SVG."""
    curves = {f"seed {result['seed']}": result["curve"] for result in results}
    values = {name: [row["improvement_db"] for row in rows] for name, rows in curves.items()}
    minutes = {name: [row["seconds"] / 60 for row in rows] for name, rows in curves.items()}
    labels = {"x_label": "minutes of training", "y_label": "SI-SDR improvement, dB"}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(plots.curves_svg(values, minutes, **labels, logarithmic=False), "utf-8")


def curve_table(results: list[dict[str, Any]]) -> list[str]:
    """Improvement on validation mixtures against minutes of training; last, the best epoch's."""
    seeds = [result["seed"] for result in results]
    lines = [
        "|" + "".join(f" minutes, seed {s} | steps | dB |" for s in seeds),
        "|" + "---|" * 3 * len(seeds),
    ]
    for rows in itertools.zip_longest(*(result["curve"] for result in results)):
        cells = [
            f"{row['seconds'] / 60:.1f} | {row['steps']} | {row['improvement_db']:.1f}"
            if row
            else " | | "
            for row in rows
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines
