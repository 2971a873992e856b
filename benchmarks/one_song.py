"""Four stems of one real song: train waveform networks on it alone, separate it, draw the curve.

    python benchmarks/one_song.py --data ../shared/data/musdb_clips --out runs/one_song

For every recipe `training/recipes/one_song_<model>.yaml`: train, keep the network's weights at
marks of the training clock, and afterwards score each of them, and the finished separator, on the
song's mixture. The figures go into the models' cards in zoo/. A fit to one song tests the code, not
generalisation. Results that exist in --out are reused.
"""

import argparse
import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cards import ZOO, Snapshots, paragraph, write_section
from training_runs import MARKS_SECONDS, RECIPES

from keras_sep import data, inference, metrics, plots, training

MODELS = ("wave_u_net", "demucs", "bs_roformer", "scnet", "tfc_tdf")
SCRIPT = Path(__file__).name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the song's folder")
    parser.add_argument("--out", type=Path, required=True, help="folder for the trainings")
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    parser.add_argument("--seconds", type=float, help="instead of the recipes' time limit")
    parser.add_argument("--zoo", type=Path, default=ZOO, help="folder of the cards")
    arguments = parser.parse_args()
    for model in arguments.models:
        recipe = training.Recipe.from_yaml(RECIPES / f"one_song_{model}.yaml")
        if arguments.seconds is not None:
            fit = dataclasses.replace(recipe.fit, time_limit_seconds=arguments.seconds)
            recipe = dataclasses.replace(recipe, fit=fit)
        out = arguments.out / model
        found = out / "scores.json"
        if not found.is_file():
            scores = trained(recipe, arguments.data, out)
            found.write_text(json.dumps(scores, indent=1), encoding="utf-8")
        scores = json.loads(found.read_text(encoding="utf-8"))
        picture = Path("curves") / f"{model}_one_song.svg"
        draw(arguments.zoo / picture, scores["curve"])
        text = f"{report(recipe, scores)}\n\n![dB against minutes of training]({picture})"
        write_section(arguments.zoo / f"{model}.md", SCRIPT, text)
        print(text, flush=True)


def trained(recipe: training.Recipe, data_dir: Path, out: Path) -> dict[str, Any]:
    """Train, and score the weights of every mark, and of the end, on the song's mixture."""
    snapshots = Snapshots(MARKS_SECONDS)
    started = time.monotonic()
    path = training.train(recipe, data_dir, out, callbacks=[snapshots], verbose=2)
    seconds = time.monotonic() - started
    (track,) = training.training_audio(recipe, data_dir)
    stems = track.read_sources(recipe.targets)
    finished = inference.load_separator(path)
    final = scored(finished, track, stems)
    curve = []
    for at, steps, weights in snapshots.kept:
        finished.networks.set_weights(weights)
        curve.append(
            {"seconds": at, "steps": steps, "si_sdr": scored(finished, track, stems)["mean"]}
        )
    curve.append({"seconds": seconds, "steps": snapshots.steps, "si_sdr": final["mean"]})
    mixture = np.broadcast_to(track.read_mixture()[..., np.newaxis], stems.shape)
    return {
        "final": final,
        "mixture": by_stem(recipe.targets, metrics.si_sdr(stems, mixture)),
        "parameters": finished.count_params(),
        "curve": curve,
    }


def scored(separator: Any, track: data.Track, stems: np.ndarray) -> dict[str, float]:
    """SI-SDR of every separated stem and their mean, in dB."""
    stems_by_name = separator.separate(track.read_mixture(), separator.sample_rate_hz)
    estimates = np.stack([stems_by_name[name] for name in separator.source_names], axis=-1)
    return by_stem(separator.source_names, metrics.si_sdr(stems, estimates))


def by_stem(names: Sequence[str], values: np.ndarray) -> dict[str, float]:
    return {**dict(zip(names, values.tolist(), strict=True)), "mean": float(np.mean(values))}


def draw(path: Path, curve: list[dict[str, float]]) -> None:
    """The curve as an SVG."""
    values = {"mean of the stems": [row["si_sdr"] for row in curve]}
    minutes = {"mean of the stems": [row["seconds"] / 60 for row in curve]}
    labels = {"x_label": "minutes of training", "y_label": "SI-SDR, dB"}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(plots.curves_svg(values, minutes, **labels, logarithmic=False), "utf-8")


def report(recipe: training.Recipe, scores: dict[str, Any]) -> str:
    """The section of the card, in Markdown."""
    names = [*recipe.targets, "mean"]
    minutes = scores["curve"][-1]["seconds"] / 60
    lines = [
        "## A fit to one song",
        "",
        paragraph(
            f"""Trained by `training/recipes/one_song_{recipe.model.name}.yaml` on two cores on
            6.8 s of MUSDB18 (Music Delta - 80s Rock) alone, {minutes:.1f} minutes from start to
            saved separator, {scores["parameters"] / 1e6:.1f} million weights, and scored on that
            song's mixture: SI-SDR in dB. This is a fit to one song, not generalisation. Written by
            `benchmarks/{SCRIPT}`."""
        ),
        "",
        f"| | {' | '.join(names)} |",
        "|---|" + "---|" * len(names),
    ]
    for name, row in (("the mixture itself", "mixture"), ("separated", "final")):
        lines.append(f"| {name} | {' | '.join(f'{scores[row][key]:.1f}' for key in names)} |")
    lines += ["", "| minutes of training | steps | mean SI-SDR, dB |", "|---|---|---|"]
    lines += [
        f"| {row['seconds'] / 60:.1f} | {row['steps']} | {row['si_sdr']:.1f} |"
        for row in scores["curve"]
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
