"""Speech over music: train the recipes on digits and a few pieces, separate an unseen piece.

    python benchmarks/speech_and_music.py --data ../shared/data --out runs/speech_and_music --test

For every recipe: train with every seed, keep the network's weights at marks of the training clock,
and score each of them on the recipe's validation mixtures. With --test, which is for the end, also
score the finished separators on unseen takes of the digits and an unseen piece of music, at 0 dB.
The figures go into the models' cards in zoo/. Results that exist in --out are reused.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
from cards import paragraph
from training_runs import curve_table, mean_improvement_db, run

from keras_sep import data, inference, training

SCRIPT = Path(__file__).name
MODELS = ("unet", "open_unmix")
TEST = (r"speech_digits/(george|jackson|lucas)/\d_[0-4]\.wav", r"music/442789.*\.ogg")
TEST_SECONDS, TEST_MIXTURES = 4.0, 80


def tested(recipe: training.Recipe, data_dir: Path, out_dir: Path) -> dict[str, Any]:
    """Scores of the finished separator on unseen speech and music."""
    pools = [
        data.find_recordings(data_dir, pattern, sample_rate_hz=recipe.sample_rate_hz, channels=1)
        for pattern in TEST
    ]
    compiled = inference.CompiledSeparator(inference.load_separator(out_dir / "separator.keras"))
    (stems,) = data.mixed_excerpts(
        pools,
        excerpt_seconds=TEST_SECONDS,
        batch_size=TEST_MIXTURES,
        mixtures_per_epoch=TEST_MIXTURES,
        level_db=(0.0, 0.0),
        fixed=True,
    )
    stems = stems.numpy()
    estimates = [compiled(one.sum(axis=-1)) for one in stems]
    started = time.monotonic()
    compiled(np.concatenate(stems).sum(axis=-1))
    speed = TEST_MIXTURES * TEST_SECONDS / (time.monotonic() - started)
    return {"test": mean_improvement_db(recipe, stems, estimates), "speed": speed}


def report(model: str, recipe: training.Recipe, results: list[dict[str, Any]]) -> str:
    """The section of the card, in Markdown."""
    limit = recipe.fit.time_limit_seconds
    lines = [
        "## Speech over music",
        "",
        paragraph(
            f"""Trained by `training/recipes/speech_and_music_{model}.yaml` on two cores,
            {len(results)} seeds, on spoken digits of three speakers (Free Spoken Digit Dataset)
            over three pieces of music, for {limit / 60:.0f} minutes, and scored on
            {TEST_MIXTURES} mixtures of {TEST_SECONDS:.0f} s: other takes over an unseen piece at
            0 dB. Mean SI-SDR improvement of the speech in dB. With a few minutes of audio, the
            figures serve only to compare training code. Written by `benchmarks/{SCRIPT}`."""
        ),
        "",
        "| seed | minutes, all | steps | examples | speech |",
        "|---|---|---|---|---|",
    ]
    for result in results:
        end = result["curve"][-1]
        lines.append(
            f"| {result['seed']} | {end['seconds'] / 60:.1f} | {end['steps']} "
            f"| {end['steps'] * recipe.fit.batch_size} "
            f"| **{result['test']:.1f}** |"
        )
    lines += [
        "",
        paragraph(
            f"""The network has {results[0]["parameters"] / 1e6:.1f} million weights; all these
            mixtures in one piece are separated {results[0]["speed"]:.0f} times faster than real
            time."""
        ),
        "",
        "On validation mixtures (other takes, another piece), while training:",
        "",
        *curve_table(results),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(__doc__, SCRIPT, "speech_and_music", MODELS, tested, report)
