"""Two recipes trained with everything switched on, beside the same without: figures for the cards.

    python benchmarks/with_and_without.py --data ../shared/data --out runs/with_and_without

Both trainings of a recipe see equally many examples, and change the weights equally often.

`open_unmix`: `musdb_clip.yaml` on the first 18 s of two songs of MUSDB18, validated on the next
4 s, and scored on the last 8 s. With everything, the songs are prepared as shards first.
`conv_tasnet`: `digits_conv_tasnet.yaml`, three epochs of it, scored on the test mixtures of two
speakers.

Results that exist in --out are reused.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import yaml
from cards import ZOO, paragraph, write_section
from training_runs import RECIPES, improvement_db

from keras_sep import data, metrics, training
from keras_sep.inference import load_separator, separate_array

SCRIPT = Path(__file__).name
SONGS = ("The Mountaineering Club - Mallory", "Triviul feat. The Fiend - Widow")
PARTS = {"train": (0, 18), "valid": (18, 22), "test": (22, 30)}  # of every song, in seconds
EQUALIZER = {"name": "Equalizer", "arguments": {"gain_db": [-6, 6], "probability": 0.3}}


class Pair(NamedTuple):
    """A recipe that is trained twice.

    Args:
        recipe: Name of the recipe.
        both: What both trainings change in it.
        everything: What is switched on in one of them, on top.
        what: What it is trained and scored on, for the card.
        score: Unit of the scores, for the card.
    """

    recipe: str
    both: dict[str, Any]
    everything: dict[str, Any]
    what: str
    score: str


PAIRS = {
    "open_unmix": Pair(
        "musdb_clip",
        {
            "data": {"tracks": [], "excerpts_per_track": 200},
            "fit": {"time_limit_seconds": None, "epochs": 20, "tensorboard": False, "page": False},
        },
        {
            "data": {
                "sampling": {"sounding": "all", "silent": 0.05},
                "augment": [EQUALIZER, {"name": "LowPass", "arguments": {
                    "cutoff_hz": [8000, 16000], "alike": True, "probability": 0.1}}],
                "on_device": {"gain": [0.7, 1.3], "flip_polarity": 0.5, "remix": 0.5,
                              "frequency_masks": 1, "frequency_mask_bins": 40},
            },
            "fit": {
                "batch_size": 4, "accumulation": 2, "warmup_steps": 100, "ema_momentum": 0.99,
                "checkpointing": True, "norms": True, "score": {"metric": "sdr", "every": 2},
            },
        },
        "the first 18 s of two songs of MUSDB18 (Mallory and Widow), validated on the next 4 s, "
        "and scored on the last 8 s, which no training saw",
        "SDR of the vocals, dB",
    ),
    "conv_tasnet": Pair(
        "digits_conv_tasnet",
        {"fit": {"epochs": 3, "tensorboard": False, "page": False}},
        {
            "data": {
                "augment": [EQUALIZER, {"name": "Noise", "arguments": {
                    "snr_db": [20, 40], "probability": 0.3}}],
                "on_device": {"gain": [0.8, 1.2], "flip_polarity": 0.5},
            },
            "fit": {
                "batch_size": 1, "accumulation": 3, "warmup_steps": 300, "ema_momentum": 0.99,
                "checkpointing": True, "norms": True, "score": {"metric": "si_sdr", "songs": 40},
            },
        },
        "the digits of three speakers, and scored on the test mixtures: `closed` has other takes "
        "of these speakers, `open` includes an unseen speaker",
        "SI-SDR improvement, dB",
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the recordings")
    parser.add_argument("--out", type=Path, required=True, help="folder for the trainings")
    parser.add_argument("--models", nargs="+", default=[*PAIRS], choices=PAIRS)
    parser.add_argument("--seeds", nargs="+", type=int, default=(1, 2))
    parser.add_argument("--zoo", type=Path, default=ZOO, help="folder of the cards")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        model, way, seed = options.one
        trained(model, way == "with", int(seed), options.data, options.out)
        return
    for model in options.models:
        results = {}
        for seed in options.seeds:
            for way in ("without", "with"):
                results[way, seed] = once(model, way, seed, options.data, options.out)
        write_section(options.zoo / f"{model}.md", SCRIPT, report(PAIRS[model], results))


def once(model: str, way: str, seed: int, data_dir: Path, out: Path) -> dict[str, Any]:
    """What a training of a process of its own came to, or an earlier one."""
    folder = out / model / f"{way}-{seed}"
    if not (folder / "result.json").is_file():
        one = [sys.executable, __file__, "--data", str(data_dir), "--out", str(folder)]
        subprocess.run([*one, "--one", model, way, str(seed)], check=True)
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def trained(model: str, everything: bool, seed: int, data_dir: Path, out: Path) -> None:
    """Train, or go on, score, and keep the scores and the peak of memory."""
    pair = PAIRS[model]
    mapping = yaml.safe_load((RECIPES / f"{pair.recipe}.yaml").read_text(encoding="utf-8"))
    for changes in (pair.both, pair.everything if everything else {}):
        mapping = merged(mapping, changes)
    recipe = training.Recipe.from_mapping({**mapping, "seed": seed})
    audio = data_dir
    if model == "open_unmix":
        audio = out / "songs"
        if not (out / "run").is_dir():
            cut(data_dir / "musdb_clips", audio, recipe.sample_rate_hz)
            if everything:
                data.prepare(audio, out / "shards", dtype="float32")
    found = out / "shards" if (out / "shards").is_dir() else audio
    path = training.train(recipe, found, out / "run", resume=(out / "run").is_dir(), verbose=2)
    separator = load_separator(path)
    result = {
        "scores": songs_scored(separator, audio) if model == "open_unmix" else mixtures_scored(
            separator, recipe, data_dir
        ),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }  # fmt: skip
    (out / "result.json").write_text(json.dumps(result, indent=1), encoding="utf-8")


def merged(mapping: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A mapping with changes in its sections."""
    sections = {name: {**mapping.get(name, {}), **section} for name, section in changes.items()}
    return {**mapping, **sections}


def cut(clips: Path, root: Path, rate: int) -> None:
    """Write the parts of the songs."""
    for song in SONGS:
        for stem in ("vocals", "accompaniment"):
            audio = data.read_resampled(clips / song / f"{stem}.mp3", rate)
            for part, (start, end) in PARTS.items():
                path = root / part / song / f"{stem}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                data.write_audio(path, audio[start * rate : end * rate], rate, "float")


def songs_scored(separator: Any, root: Path) -> dict[str, float]:
    scores = {}
    for track in data.find_tracks(root, "test", ("vocals", "accompaniment")):
        mixture, vocals = track.read_mixture(), track.read("vocals")
        estimate = separate_array(separator, mixture, separator.sample_rate_hz)["vocals"]
        scores[track.name] = float(metrics.sdr(vocals, estimate))
        scores[f"{track.name}, mixture"] = float(metrics.sdr(vocals, mixture))
    return scores


def mixtures_scored(separator: Any, recipe: training.Recipe, data_dir: Path) -> dict[str, float]:
    scores = {}
    for name in ("closed", "open"):
        gains = []
        for track in data.find_tracks(data_dir / "two_speaker_test", name, recipe.sources):
            stems = track.read_sources(recipe.sources)
            mixture = stems.sum(axis=-1)
            found = separate_array(separator, mixture, recipe.sample_rate_hz)
            estimates = np.stack([found[source] for source in recipe.sources], axis=-1)
            gains.append(improvement_db(stems, estimates, mixture, any_order=True))
        scores[name] = float(np.mean(gains))
    return scores


def report(pair: Pair, results: dict[tuple[str, int], dict[str, Any]]) -> str:
    """The section of the card, in Markdown."""
    names = [*next(iter(results.values()))["scores"]]
    changes = yaml.safe_dump(pair.everything, default_flow_style=None, sort_keys=False, width=96)
    lines = [
        "## With everything switched on",
        "",
        paragraph(
            f"""`training/recipes/{pair.recipe}.yaml`, for fewer epochs, on two cores beside other
            work, on {pair.what}. {pair.score}. Memory is the most that the process had. With so
            little audio, the figures compare training code, and are no measure of what each setting
            does for large data. Written by `benchmarks/{SCRIPT}`."""
        ),
        "",
        f"| training | seed | {' | '.join(names)} | memory, MB |",
        "|---|---|" + "---|" * len(names) + "---|",
    ]
    for (way, seed), result in sorted(results.items(), reverse=True):
        scores = " | ".join(f"{result['scores'][name]:.1f}" for name in names)
        about = "everything" if way == "with" else "the recipe"
        lines.append(f"| {about} | {seed} | {scores} | {result['peak_mb']:.0f} |")
    means = {
        way: np.mean(
            [[r["scores"][n] for n in names] for (w, _), r in results.items() if w == way], axis=0
        )
        for way in ("without", "with")
    }
    gained = ", ".join(
        f"{gain:+.1f} {name}"
        for name, gain in zip(names, means["with"] - means["without"], strict=True)
        if not name.endswith("mixture")
    )
    lines += ["", f"Everything beside the recipe, in the mean of the seeds: {gained}. Everything:"]
    return "\n".join([*lines, "", "```yaml", changes.rstrip(), "```"])


if __name__ == "__main__":
    main()
