"""What the joins between blocks cost a network made for segments, by how much they overlap.

    python benchmarks/one_song.py --data ../shared/data/musdb_clips --out runs/one_song
    python benchmarks/seams.py --data ../shared/data/musdb_clips --runs runs/one_song

Separates the song of the separators that `one_song.py` trained, played twice, in blocks of their
segment. The difference is from the separation in which every sample has the most sound around it,
that of the largest overlap, relative to it. A block fades linearly into the next over all that both
share. Written into the models' cards.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from cards import ZOO, paragraph, write_section
from training_runs import RECIPES

from keras_sep import inference, metrics, training

MODELS = ("bs_roformer", "scnet", "tfc_tdf")
SCRIPT = Path(__file__).name
OVERLAPS = (0.0, 0.125, 0.25, 0.5, 0.75, 0.875)  # of a segment; a quarter is the default
LARGEST = 0.9375
TIMES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the song's folder")
    parser.add_argument("--runs", type=Path, required=True, help="folder of the trainings")
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    parser.add_argument("--zoo", type=Path, default=ZOO, help="folder of the cards")
    arguments = parser.parse_args()
    for model in arguments.models:
        recipe = training.Recipe.from_yaml(RECIPES / f"one_song_{model}.yaml")
        (track,) = training.training_audio(recipe, arguments.data)
        stems = np.tile(track.read_sources(recipe.targets), (TIMES, 1, 1))
        mixture = np.tile(track.read_mixture(), (TIMES, 1))
        run = arguments.runs / model
        minutes = json.loads((run / "scores.json").read_text("utf-8"))["curve"][-1]["seconds"] / 60
        separator = inference.load_separator(run / "separator.keras")
        text = report(recipe, minutes, curve(separator, mixture, stems))
        write_section(arguments.zoo / f"{model}.md", SCRIPT, text)
        print(text, flush=True)


def curve(separator: Any, mixture: np.ndarray, stems: np.ndarray) -> list[dict[str, float]]:
    """For every overlap the difference and the SI-SDR, the worst and the mean of the sources."""
    compiled = inference.CompiledSeparator(separator)

    def separated(overlap: float) -> np.ndarray:
        grid = overlapping(separator.segment_samples, overlap)
        return np.concatenate([*inference.separate_blocks(compiled, [mixture], grid)])

    best = separated(LARGEST)
    rows = []
    for overlap in OVERLAPS:
        estimates = separated(overlap)
        error, power = (np.square(x).sum(axis=(0, 1)) for x in (estimates - best, best))
        difference_db = 10 * np.log10(error / power)
        si_sdr = float(np.mean(metrics.si_sdr(stems, estimates)))
        rows.append({"overlap": overlap, "worst": float(difference_db.max()), "si_sdr": si_sdr})
    return rows


def overlapping(segment: int, overlap: float) -> inference.BlockGrid:
    """Blocks of a segment of which neighbours share this fraction."""
    stride = round(segment * (1 - overlap))
    context = (segment - stride) // 2
    return inference.BlockGrid(stride, context, fade=min(2 * context, stride))


def report(recipe: training.Recipe, minutes: float, rows: list[dict[str, float]]) -> str:
    """The section of the card, in Markdown."""
    lines = [
        "## Joins between blocks",
        "",
        paragraph(
            f"""A separator that was fitted to one song for {minutes:.0f} minutes, on that song
            played {TIMES} times, in blocks of {recipe.data.excerpt_seconds:.0f} s, by the share
            of a block that its neighbour separates too; a quarter is the default. Difference of
            the worst source from blocks
            that overlap by {LARGEST:.0%}, relative to it; mean SI-SDR; and how often a sample is
            separated. Written by `benchmarks/{SCRIPT}`."""
        ),
        "",
        "| overlap | difference, dB | SI-SDR, dB | work |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row['overlap']:.1%} | {row['worst']:.1f} | {row['si_sdr']:.1f} "
        f"| {1 / (1 - row['overlap']):.1f} |"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
