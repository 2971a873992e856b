"""Vocals of one real clip: train on it alone for ten minutes, separate it, draw the curve.

    python benchmarks/musdb_clip.py --data ../shared/data/musdb_clips --out runs/musdb_clip

Runs training/recipes/musdb_clip.yaml, keeps the network's weights at marks of the training clock,
and afterwards scores each of them, and by `keras-sep separate` and `keras-sep evaluate` the
finished separator, on the clip's mixture. The figures go into zoo/open_unmix.md. A fit to one clip
tests the code, not generalisation.
"""

import argparse
import dataclasses
import json
import time
from pathlib import Path

import keras
import numpy as np
from cards import ZOO, Snapshots, write_section

import keras_sep_cli
from keras_sep import data, metrics, ops, training

ROOT = Path(__file__).resolve().parents[1]
RECIPE = ROOT / "training" / "recipes" / "musdb_clip.yaml"
CARD = ZOO / "open_unmix.md"
MARKS_SECONDS = (30, 60, 120, 180, 240, 300, 360, 420, 480, 540)
PYTORCH_DB = {120: 8.7, 300: 10.3, 540: 10.9}  # openunmix on two cores, same clip and sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--out", type=Path, required=True, help="folder for the training")
    parser.add_argument("--seconds", type=float, help="instead of the recipe's time limit")
    parser.add_argument("--jit", action="store_true", help="compile the training step with XLA")
    parser.add_argument("--card", type=Path, default=CARD, help="the page the figures go into")
    arguments = parser.parse_args()

    recipe = training.Recipe.from_yaml(RECIPE)
    fit = dataclasses.replace(recipe.fit, jit=recipe.fit.jit or arguments.jit)
    if arguments.seconds is not None:
        fit = dataclasses.replace(fit, time_limit_seconds=arguments.seconds)
    recipe = dataclasses.replace(recipe, fit=fit)

    snapshots = Snapshots(MARKS_SECONDS)
    started = time.monotonic()
    path = training.train(recipe, arguments.data, arguments.out, callbacks=[snapshots], verbose=2)
    whole_seconds = time.monotonic() - started

    (track,) = training.training_audio(recipe, arguments.data)
    mixture, vocals = track.read_mixture(), track.read("vocals")
    final = scored(path, track, arguments.out)
    unprocessed, ideal = metrics.sdr(vocals, mixture), ideal_db(recipe, track)

    network = training.build_network(recipe)
    probe = training.build_separator(recipe, network)
    curve = []
    for seconds, steps, weights in snapshots.kept:
        network.set_weights(weights)
        estimate = probe.predict(mixture[np.newaxis], verbose=0)[0, ..., 0]
        curve.append((seconds, steps, metrics.sdr(vocals, estimate)))

    section = report(recipe, curve, final, whole_seconds, unprocessed, ideal)
    print(section)
    write_section(arguments.card, "musdb_clip.py", section)


def scored(model: Path, track: data.Track, out: Path) -> float:
    """SDR of the vocals, separated and scored by the command line."""
    scores, stems = out / "scores.json", out / "stems"
    separate = ["separate", track.mixture, "--model", model, "--out", stems, "--overwrite"]
    evaluate = ["evaluate", "--references", track.mixture.parent, "--sources", "vocals"]
    evaluate += ["--estimates", stems / track.mixture.stem, "--no-bss-eval", "--json", scores]
    for command in (separate, evaluate):
        if keras_sep_cli.main([str(part) for part in command]) != 0:
            raise SystemExit(f"keras-sep {command[0]} failed")
    (found,) = json.loads(scores.read_text(encoding="utf-8"))["tracks"].values()
    return found["vocals"]["sdr_db"]


def ideal_db(recipe: training.Recipe, track: data.Track) -> float:
    """SDR of the vocals under the ideal ratio mask of vocals and accompaniment."""
    stems = track.read_sources(recipe.sources)
    stft = training.build_front_end(recipe)
    pair = stft(stems[np.newaxis])
    mask = ops.ideal_ratio_mask(pair)[..., 0]
    mixture = stft(track.read_mixture()[np.newaxis])
    estimate = stft.inverse()([mask * part for part in mixture], length=track.samples)
    return float(metrics.sdr(stems[..., 0], keras.ops.convert_to_numpy(estimate)[0]))


def report(
    recipe: training.Recipe,
    curve: list[tuple[float, int, float]],
    final: float,
    seconds: float,
    unprocessed: float,
    ideal: float,
) -> str:
    """The section of the card, in Markdown."""
    rows = []
    for at, steps, value in curve:
        peer = next((db for mark, db in PYTORCH_DB.items() if abs(mark - at) < 5), None)
        rows.append(f"| {at / 60:.1f} | {steps} | {value:.1f} | {peer or ''} |")
    return "\n".join(
        [
            "## A fit to one clip",
            "",
            "Trained on one 30 s clip of MUSDB18 (The Mountaineering Club - Mallory) alone by",
            f"`training/recipes/musdb_clip.yaml` on two cores: {seconds / 60:.1f} minutes from",
            f"start to saved separator. Vocals SDR of the separated clip: **{final:.1f} dB** (the",
            f"mixture itself {unprocessed:.1f}, the ideal ratio mask {ideal:.1f}). This is a fit",
            "to one clip, not generalisation. Written by `benchmarks/musdb_clip.py`.",
            "",
            "| minutes of training | steps | vocals SDR, dB | PyTorch Open-Unmix, dB |",
            "|---|---|---|---|",
            *rows,
            "",
            "The rate anneals towards the end of the time limit, which the PyTorch training did",
            f"not; the target is `{recipe.target.name}`.",
        ]
    )


if __name__ == "__main__":
    main()
