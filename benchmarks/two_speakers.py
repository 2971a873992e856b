"""Two speakers: train the speech recipes on digits, separate the fixed test mixtures.

    python benchmarks/two_speakers.py --data ../shared/data --out runs/two_speakers --test

For every recipe: train with every seed, keep the network's weights at marks of the training clock,
and score each of them on the recipe's validation mixtures. With --test, which is for the end, also
score the finished separators on the test mixtures. `closed` has the speakers of the training (other
takes), `open` includes an unseen speaker. Mixtures of one pair, concatenated to a file of five
minutes, show the effect of the joins between blocks. The figures go into the models' cards in zoo/.
Results that exist in --out are reused.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
from cards import paragraph
from scipy import fft
from training_runs import curve_table, improvement_db, run

from keras_sep import data, inference, plots, training

SCRIPT = Path(__file__).name
MODELS = (
    "deep_clustering", "chimera", "mask_inference", "deep_attractor",
    "conv_tasnet", "conv_tasnet_causal", "dprnn_tasnet", "sepreformer", "sudorm_rf", "tasnet",
    "tf_locoformer",
)  # fmt: skip
STRUNG_SECONDS = 300
# What PyTorch reached on two cores with these mixtures, trained also on takes 5 to 9 and measured
# once: its examples, minutes, and improvement on `closed` and `open` in dB.
PEERS = {
    "deep_clustering": ("the same network in PyTorch", 769 * 16, 14, 10.0, 1.8),
    "conv_tasnet": ("asteroid's ConvTasNet", 1493 * 6, 20, 11.8, 5.2),
}


def tested(recipe: training.Recipe, data_dir: Path, out_dir: Path) -> dict[str, Any]:
    """Scores of the finished separator on the test mixtures, and on long files made of them."""
    separator = inference.load_separator(out_dir / "separator.keras")
    compiled = inference.CompiledSeparator(separator)
    scores: dict[str, Any] = {}
    for name in ("closed", "open"):
        tracks = data.find_tracks(data_dir / "two_speaker_test", name, recipe.sources)
        pieces = [track.read_sources(recipe.sources) for track in tracks]
        gains = [gained_db(compiled, stems) for stems in pieces]
        scores[name] = float(np.mean(gains))
        if name == "closed":
            digits = data_dir / "speech_digits"
            scores["strung"] = strung(separator, tracks, recipe, digits, out_dir)
    return scores


def gained_db(compiled: inference.CompiledSeparator, stems: np.ndarray) -> float:
    """Improvement by separating a mixture in one piece, in the best order of the estimates."""
    mixture = stems.sum(axis=-1)
    return improvement_db(stems, compiled(mixture), mixture, any_order=True)


def strung(
    separator: Any, tracks: list[data.Track], recipe: training.Recipe, digits: Path, out_dir: Path
) -> dict[str, float]:
    """Scores of the mixtures of one pair of speakers as one long file, separated block by block.

    The improvement of the whole, in one order of the speakers, beside the mean improvement of its
    pieces, each separated by itself in its own best order.
    """
    voices = Voices(digits)
    pairs: dict[tuple[str, ...], list[np.ndarray]] = {}
    for track in tracks:
        stems = track.read_sources(recipe.sources)
        speakers = [voices.of(stems[:, 0, place]) for place in range(stems.shape[-1])]
        if len(set(speakers)) < len(speakers):
            raise ValueError(f"{track.name}: its stems sound like one speaker, {speakers[0]}")
        order = np.argsort(speakers)  # each speaker in one place throughout
        pairs.setdefault(tuple(sorted(speakers)), []).append(stems[..., order])
    compiled = inference.CompiledSeparator(separator)
    gains, seconds = [], []
    for pieces in pairs.values():
        samples = STRUNG_SECONDS * recipe.sample_rate_hz
        rounds = -(-samples // sum(len(piece) for piece in pieces))
        whole = np.concatenate(pieces * rounds)[:samples]
        mixture = out_dir / "strung.wav"
        data.write_audio(mixture, whole.sum(axis=-1), recipe.sample_rate_hz, "float")
        started = time.monotonic()
        files = inference.separate_file(
            separator, mixture, out_dir / "strung", "float", overwrite=True
        )
        seconds.append(time.monotonic() - started)
        estimates = np.stack([data.read_audio(files[name])[0] for name in recipe.targets], axis=-1)
        apart = [gained_db(compiled, piece) for piece in pieces]
        gained = improvement_db(whole, estimates, whole.sum(axis=-1), any_order=True)
        gains.append((gained, np.mean(apart)))
    whole_db, pieces_db = np.mean(gains, axis=0)
    return {
        "whole": float(whole_db),
        "pieces": float(pieces_db),
        "pairs": len(pairs),
        "speed": STRUNG_SECONDS / float(np.median(seconds)),
    }


class Voices:
    """Finds the speaker of a stem of the test mixtures, which contains scaled digits.

    Args:
        folder: Folder of `<speaker>/<digit>_<take>.wav`; takes 0 to 4 are for the test.
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


def filters(recipe: training.Recipe, out_dir: Path) -> bytes | None:
    """A picture of the filterbank that a Conv-TasNet has learned."""
    if recipe.model.name != "conv_tasnet":
        return None
    network = inference.load_separator(out_dir / "separator.keras").networks
    return plots.filterbank(network.get_layer("encoder"), recipe.sample_rate_hz)


def report(model: str, recipe: training.Recipe, results: list[dict[str, Any]]) -> str:
    """The section of the card, in Markdown."""
    long = results[0]["strung"]
    lines = [
        "## Two speakers" + model.removeprefix(recipe.model.name).replace("_", ", "),
        "",
        paragraph(
            f"""Trained by `training/recipes/digits_{model}.yaml` on two cores,
            {len(results)} {"seeds" if results[1:] else "seed"}, on spoken digits (Free Spoken
            Digit Dataset, takes 10 to 49 of three speakers) in examples of
            {recipe.data.excerpt_seconds:.0f} s, and scored on mixtures of 2.5 s: `closed` has
            other takes of these speakers, `open` includes an unseen speaker. Mean SI-SDR
            improvement in dB. Minutes are wall-clock time, longer for trainings beside other work.
            With four speakers and ten words, the figures serve only to compare training code.
            Written by `benchmarks/{SCRIPT}`."""
        ),
        "",
        "| seed | minutes, all | steps | examples | closed | open | long file | its pieces apart |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        end = result["curve"][-1]
        lines.append(
            f"| {result['seed']} | {end['seconds'] / 60:.1f} | {end['steps']} "
            f"| {end['steps'] * recipe.fit.batch_size} "
            f"| **{result['closed']:.1f}** | {result['open']:.1f} "
            f"| {result['strung']['whole']:.1f} | {result['strung']['pieces']:.1f} |"
        )
    about_peer = ""
    if model in PEERS:
        peer, examples, minutes, closed, heard_never = PEERS[model]
        lines.append(f"| {peer} | {minutes} | | {examples} | {closed} | {heard_never} | | |")
        about_peer = "PyTorch's row was measured once, and it was trained on takes 5 to 9 as well."
    lines += [
        "",
        paragraph(
            f"""{about_peer} The long file concatenates the closed mixtures of a pair of speakers to
            five minutes; it is separated block by block and scored in one order of the speakers
            (mean of {long["pairs"]} pairs), {long["speed"]:.0f} times faster than real time. The
            network has {results[0]["parameters"] / 1e6:.1f} million weights."""
        ),
        "",
        "On validation mixtures (takes 5 to 9 of the three speakers), while training:",
        "",
        *curve_table(results),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(__doc__, SCRIPT, "digits", MODELS, tested, report, filters)
