"""Two speakers: train the speech recipes on digits, separate the fixed test mixtures.

    python benchmarks/two_speakers.py --data ../shared/data --out runs/two_speakers

For every recipe and seed: train, keep the network's weights at marks of the training clock, score
each of them on the recipe's validation mixtures, and the finished separator, once, on the test
mixtures. `closed` are speakers heard in training (other takes), `open` has one never heard. Pieces of
one pair strung to a file of five minutes show what the joins of blocks cost. The figures go into the
models' cards in zoo/. A training that is finished in --out is not done again.
"""

import argparse
import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from cards import ZOO, Snapshots, write_section
from scipy import fft

from keras_sep import data, inference, metrics, training

SCRIPT = Path(__file__).name
RECIPES = Path(__file__).resolve().parents[1] / "training" / "recipes"
MODELS = ("deep_clustering", "chimera", "mask_inference", "deep_attractor")
MARKS_SECONDS = (60, 120, 180, 240, 300, 420, 540, 660, 780)
SETS = ("closed", "open")
TEST = "two_speaker_test"
STRUNG_SECONDS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of the digits and mixtures"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the trainings")
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    parser.add_argument("--seeds", nargs="+", type=int, default=(1, 2))
    parser.add_argument("--seconds", type=float, help="instead of the recipes' time limit")
    parser.add_argument("--zoo", type=Path, default=ZOO, help="folder of the cards")
    arguments = parser.parse_args()

    for model in arguments.models:
        recipe = training.Recipe.from_yaml(RECIPES / f"digits_{model}.yaml")
        if arguments.seconds is not None:
            fit = dataclasses.replace(recipe.fit, time_limit_seconds=arguments.seconds)
            recipe = dataclasses.replace(recipe, fit=fit)
        results = [
            one_seed(dataclasses.replace(recipe, seed=seed), arguments.data, arguments.out / model)
            for seed in arguments.seeds
        ]
        section = report(recipe, results)
        print(section)
        write_section(arguments.zoo / f"{model}.md", SCRIPT, section)


def one_seed(recipe: training.Recipe, data_dir: Path, out_dir: Path) -> dict[str, Any]:
    """Train and score with the recipe's seed, or read what an earlier run found."""
    out_dir = out_dir / f"seed_{recipe.seed}"
    path = out_dir / "scores.json"
    if not path.is_file():
        scores = train_and_score(recipe, data_dir, out_dir)
        path.write_text(json.dumps(scores, indent=1), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def train_and_score(recipe: training.Recipe, data_dir: Path, out_dir: Path) -> dict[str, Any]:
    snapshots = Snapshots(MARKS_SECONDS)
    started = time.monotonic()
    path = training.train(recipe, data_dir, out_dir, callbacks=[snapshots], verbose=2)
    seconds = time.monotonic() - started
    steps = sum(1 for _ in (out_dir / "log.csv").open()) - 1
    steps *= recipe.voices.mixtures_per_epoch // recipe.fit.batch_size

    # the curve, on mixtures of the takes that are kept for choosing
    pools = training.validation_audio(recipe, data_dir)
    held_out = np.concatenate([*training.validation_dataset(recipe, pools, out_dir)])
    network = training.build_network(recipe)
    probe = training.build_separator(recipe, network)
    curve = []
    for at, step, weights in snapshots.kept:
        network.set_weights(weights)
        estimates = probe.predict(held_out.sum(axis=-1), batch_size=16, verbose=0)
        gains = [improvement_db(*pair) for pair in zip(held_out, estimates, strict=True)]
        curve.append({"seconds": at, "steps": step, "improvement_db": float(np.mean(gains))})

    separator = inference.load_separator(path)
    compiled = inference.CompiledSeparator(separator)
    scores: dict[str, Any] = {
        "seed": recipe.seed,
        "seconds": seconds,
        "steps": steps,
        "curve": curve,
    }
    for name in SETS:
        tracks = data.find_tracks(data_dir / TEST, name, recipe.sources)
        pieces = [track.read_sources(recipe.sources) for track in tracks]
        gains = [improvement_db(stems, compiled(stems.sum(axis=-1))) for stems in pieces]
        scores[name] = float(np.mean(gains))
        if name == "closed":
            digits = data_dir / "speech_digits"
            scores["strung"] = strung(separator, tracks, recipe, digits, out_dir)
    return scores


def improvement_db(stems: np.ndarray, estimates: np.ndarray) -> float:
    """Mean over sources of the SI-SDR gained over the mixture, in the best order."""
    order = metrics.source_order(stems, estimates)
    mixture = np.broadcast_to(stems.sum(axis=-1, keepdims=True), stems.shape)
    gained = metrics.si_sdr(stems, estimates[..., order]) - metrics.si_sdr(stems, mixture)
    return float(np.mean(gained))


def strung(
    separator: Any, tracks: list[data.Track], recipe: training.Recipe, digits: Path, out_dir: Path
) -> dict[str, float]:
    """Pieces of one pair of speakers as one long file, separated block by block.

    The gain of the whole, in one order of the speakers from start to end, beside the mean gain of
    its pieces, each separated by itself in its own best order.
    """
    voices = Voices(digits)
    pairs: dict[tuple[str, ...], list[np.ndarray]] = {}
    for track in tracks:
        stems = track.read_sources(recipe.sources)
        speakers = [voices.of(stems[:, 0, place]) for place in range(stems.shape[-1])]
        order = np.argsort(speakers)  # each speaker in one place throughout
        pairs.setdefault(tuple(sorted(speakers)), []).append(stems[..., order])
    compiled = inference.CompiledSeparator(separator)
    gains = []
    for pieces in pairs.values():
        samples = STRUNG_SECONDS * recipe.sample_rate_hz
        rounds = -(-samples // sum(len(piece) for piece in pieces))
        whole = np.concatenate(pieces * rounds)[:samples]
        mixture = out_dir / "strung.wav"
        data.write_audio(mixture, whole.sum(axis=-1), recipe.sample_rate_hz, "float")
        files = inference.separate_file(
            separator, mixture, out_dir / "strung", "float", overwrite=True
        )
        estimates = np.stack([data.read_audio(files[name])[0] for name in recipe.targets], axis=-1)
        apart = [improvement_db(piece, compiled(piece.sum(axis=-1))) for piece in pieces]
        gains.append((improvement_db(whole, estimates), np.mean(apart)))
    whole_db, pieces_db = np.mean(gains, axis=0)
    return {"whole": float(whole_db), "pieces": float(pieces_db)}


class Voices:
    """Tells whose digits a stem of the test mixtures is strung from: it holds them, scaled.

    Args:
        folder: of `<speaker>/<digit>_<take>.wav`; takes 0 to 4 are the test's.
    """

    def __init__(self, folder: Path) -> None:
        self.digits = [
            (path.parent.name, data.read_audio(path)[0][:, 0].astype(np.float64))
            for path in sorted(folder.glob("*/*_[0-4].wav"))
        ]

    def of(self, stem: np.ndarray) -> str:
        """The speaker whose digit correlates best with some stretch of the stem."""
        size = fft.next_fast_len(2 * len(stem))
        spectrum = fft.rfft(stem, size)
        energy = np.concatenate([[0.0], np.cumsum(np.square(stem, dtype=np.float64))])
        best = (0.0, "")
        for speaker, digit in self.digits:
            places = len(stem) - len(digit) + 1
            if places < 1:
                continue
            products = fft.irfft(spectrum * fft.rfft(digit, size).conj(), size)[:places]
            norms = np.sqrt((energy[len(digit) :] - energy[:places]) * np.sum(digit**2))
            best = max(best, (float(np.max(products / np.maximum(norms, 1e-6))), speaker))
        return best[1]


def report(recipe: training.Recipe, results: list[dict[str, Any]]) -> str:
    """The section of the card, in Markdown."""
    limit = recipe.fit.time_limit_seconds
    lines = [
        "## Two speakers",
        "",
        f"Trained by `training/recipes/digits_{recipe.model.name}.yaml` on two cores on spoken digits",
        f"(Free Spoken Digit Dataset, takes 10 to 49 of three speakers), {limit / 60:.0f} minutes of",
        "fitting, and scored once on mixtures of 2.5 s: `closed` are other takes of these speakers,",
        "`open` has one who was never heard. Mean SI-SDR improvement in dB. Four speakers and ten",
        f"words: figures to compare training code with, no more. Written by `benchmarks/{SCRIPT}`.",
        "",
        "| seed | minutes, all | steps | examples | closed | open | long file | its pieces apart |",
        "|---|---|---|---|---|---|---|---|",
    ]
    seeds = [result["seed"] for result in results]
    for result in results:
        examples = result["steps"] * recipe.fit.batch_size
        lines.append(
            f"| {result['seed']} | {result['seconds'] / 60:.1f} | {result['steps']} | {examples} "
            f"| **{result['closed']:.1f}** | {result['open']:.1f} "
            f"| {result['strung']['whole']:.1f} | {result['strung']['pieces']:.1f} |"
        )
    lines += [
        "",
        "The long file strings the closed pieces of a pair of speakers to five minutes; it is",
        "separated block by block and scored in one order of the speakers (mean of three pairs).",
        "",
        "On validation mixtures (takes 5 to 9 of the three speakers), while training:",
        "",
        "| minutes | " + " | ".join(f"steps, seed {s} | dB, seed {s}" for s in seeds) + " |",
        "|---" * (1 + 2 * len(seeds)) + "|",
    ]
    for rows in zip(*(result["curve"] for result in results), strict=False):
        cells = [f"{row['steps']} | {row['improvement_db']:.1f}" for row in rows]
        lines.append(f"| {rows[0]['seconds'] / 60:.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
