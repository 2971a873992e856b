"""`keras-sep demo`: from synthetic songs to an exported separator in a few minutes."""

import dataclasses
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_sep import data, export, inference, listening_page, metrics, ops, plots, training
from keras_sep._progress import waiting
from keras_sep._whole_files import replace_whole
from keras_sep.listening_page import Clip, Section, Table

PAGE = "listen.html"
SCORES = "scores.json"
MARKER = ".keras_sep_demo"  # in a folder that a demo made and may therefore clear
ENOUGH = 0.5  # of the ideal ratio mask's mean improvement
# TensorFlow's loader, in a process that does not import keras_sep
CHECK = """
import sys, numpy as np, tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
stems = model.signatures["serving_default"](waveform=tf.constant(np.load(sys.argv[2])))
assert not any(name.split(".")[0] == "keras_sep" for name in sys.modules), "keras_sep was imported"
np.savez(sys.argv[3], **{name: stem.numpy() for name, stem in stems.items()})
"""

RECIPE = training.Recipe(
    model=training.Named("open_unmix", {"hidden": 64, "layers": 1, "dropout": 0.1}),
    sources=data.BAND,
    targets=data.BAND,
    sample_rate_hz=16000,
    stft=training.STFTSettings(1024, 512),
    data=training.DataSettings(
        excerpt_seconds=2.0,
        excerpts_per_track=30,
        incoherent=0.5,
        gain=(0.5, 1.25),
        spectrograms="cached",
    ),
    target=training.Named("truncated_phase_sensitive_approximation"),
    fit=training.FitSettings(
        batch_size=8,
        epochs=10,
        learning_rate=1e-2,
        final_learning_rate=1e-4,
        clip_norm=5.0,
        patience=4,
        tensorboard=False,
        page=False,  # the demo makes its own
    ),
)


@dataclass(frozen=True)
class Scores:
    """SDR and SI-SDR in dB of one way to separate: one array per metric, over the stems."""

    sdr: np.ndarray
    si_sdr: np.ndarray

    @classmethod
    def of(cls, references: np.ndarray, estimates: np.ndarray) -> "Scores":
        """Score estimates, (samples, channels, sources)."""
        return cls(
            np.asarray(metrics.sdr(references, estimates)),
            np.asarray(metrics.si_sdr(references, estimates)),
        )


def run(
    out: str | Path,
    export_dir: str | Path,
    seconds: float | None = None,
    recipe: training.Recipe = RECIPE,
    songs: int = 8,
    song_seconds: float = 20.0,
    say: Callable[[str], None] = print,
) -> int:
    """Run the demo: synthesise, train, separate, score, export, check and show.

    Args:
        out: Folder for the songs, the training, the stems, `scores.json` and `listen.html`: new,
            empty, or from an earlier demo, which is replaced.
        export_dir: Version folder of the SavedModel, `<name>/<version>`: new, empty, or from an
            earlier demo.
        seconds: Time limit of the training in seconds; None for the recipe's. Default None.
        recipe: Recipe of the training.
        songs: Number of training songs; one more is for validation and one is held out. Default 8.
        song_seconds: Length of each song in seconds. Default 20.
        say: Function called with each line of the report. Default `print`.

    Returns:
        0 if on the held-out song every stem beats the mixture and the mean SI-SDR improvement is
        at least half of the ideal ratio mask's; else 1.

    Raises:
        ValueError: Before anything is written, if a folder exists that no demo made.
    """
    started = time.monotonic()
    out, export_dir = Path(out), Path(export_dir)
    if seconds is not None:
        fit = dataclasses.replace(recipe.fit, time_limit_seconds=seconds)
        recipe = dataclasses.replace(recipe, fit=fit)
    require_own(out, out / MARKER)
    require_own(export_dir, export_marker(export_dir))
    clear(out)

    say(f"1/6 the band plays {songs + 2} songs")
    with waiting("playing"):
        data.synthetic_band(
            out / "band", train=songs, seconds=song_seconds, sample_rate_hz=recipe.sample_rate_hz
        )
    say(f"2/6 training Open-Unmix on {songs} of them, for at most {recipe.fit.epochs} epochs")
    history = _History()
    model_path = training.train(recipe, out / "band", out / "training", callbacks=[history])
    with waiting("loading the model"):
        separator = keras.saving.load_model(model_path)

    say("3/6 separating a song it has never heard")
    (song,) = data.find_tracks(out / "band", "test", recipe.sources)
    (mixture_path,) = (out / "band" / "test").glob("*/mixture.*")
    files = inference.separate_file(
        separator, mixture_path, out / "stems", audio_format="float", overwrite=True, progress=True
    )
    mixture = song.read_mixture()
    references = song.read_sources(recipe.targets)
    estimates = np.stack([data.read_audio(files[name])[0] for name in recipe.targets], axis=-1)

    say("4/6 scores on that song, in dB")
    ideal = ideal_ratio_mask(references, recipe)
    scores = {
        "mixture": Scores.of(references, np.repeat(mixture[..., None], references.shape[-1], -1)),
        "model": Scores.of(references, estimates),
        "ideal ratio mask": Scores.of(references, ideal),
    }
    table = score_table(recipe.targets, scores)
    say(as_text(table))
    content = as_json(recipe.targets, scores)
    replace_whole(out / SCORES, lambda partial: partial.write_text(content, encoding="utf-8"))

    say(f"5/6 SavedModel in {export_dir}")
    with waiting("exporting"):
        export.saved_model(separator, export_dir, overwrite=True)
        export_marker(export_dir).touch()
    with waiting("running it"):
        difference = check_export(separator, export_dir, mixture)
    exactly = f"within {difference:.0e}" if difference else "to the bit"
    say(f"    in a process without keras_sep it gives the same stems ({exactly})")

    say(f"6/6 listening page: {out / PAGE}")
    sections = _sections(recipe, mixture, references, estimates, scores, table, history)
    with waiting("drawing"):
        listening_page.write_page(
            out / PAGE,
            "A band, taken apart",
            "An Open-Unmix trained on a synthetic band for a minute or two, heard on a song that "
            "was held out. Solo one sound after the other to compare them at the same place.",
            sections,
            f"Made by keras-sep demo in {time.monotonic() - started:.0f} s.",
        )
    complaint = verdict(recipe.targets, scores)
    say(complaint or f"done in {time.monotonic() - started:.0f} s")
    return 1 if complaint else 0


def require_own(folder: Path, marker: Path) -> None:
    """Raise a `ValueError` if a folder is not empty and has no demo's marker."""
    empty = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if not (empty or marker.is_file()):
        raise ValueError(f"{folder}: exists and contains no earlier demo; choose another folder")


def export_marker(export_dir: Path) -> Path:
    """Path of a demo's marker in its SavedModel, in a folder that servers ignore."""
    return export_dir / "assets.extra" / MARKER


def clear(out: Path) -> None:
    """Make the demo's folder, or clear that of an earlier demo."""
    out.mkdir(parents=True, exist_ok=True)
    (out / MARKER).write_text("keras-sep demo replaces what it finds here.\n", encoding="utf-8")
    for made in ("band", "training", "stems"):
        shutil.rmtree(out / made, ignore_errors=True)


def ideal_ratio_mask(references: np.ndarray, recipe: training.Recipe) -> np.ndarray:
    """Estimates by the ideal ratio mask of the references, (samples, channels, sources)."""
    stft = training.build_front_end(recipe)
    mixture = stft(references.sum(axis=-1)[np.newaxis])
    mask = ops.ideal_ratio_mask(stft(references[np.newaxis]))
    pair = [mask * part[..., np.newaxis] for part in mixture]
    return keras.ops.convert_to_numpy(stft.inverse()(pair, length=len(references)))[0]


def score_table(targets: tuple[str, ...], scores: dict[str, Scores]) -> Table:
    """SDR and SI-SDR of each stem, and their means: one column per metric."""
    columns = [f"{name} {kind}" for kind in ("SDR", "SI-SDR") for name in scores]
    values = np.stack(
        [getattr(item, kind) for kind in ("sdr", "si_sdr") for item in scores.values()], axis=-1
    )
    rows = [*zip(targets, values, strict=True), ("mean", values.mean(axis=0))]
    return Table(
        "Decibels over the whole song, both channels; higher is better.",
        ["stem", *columns],
        [[name, *(f"{value:.1f}" for value in row)] for name, row in rows],
    )


def as_text(table: Table) -> str:
    """A table for the terminal."""
    lines = [table.columns, *table.rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(table.columns))]
    return "\n".join(
        "    " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )


def as_json(targets: tuple[str, ...], scores: dict[str, Scores]) -> str:
    """The scores for machines: {way: {stem: {"sdr": dB, "si_sdr": dB}}}."""
    content = {
        way: {
            name: {"sdr": float(item.sdr[place]), "si_sdr": float(item.si_sdr[place])}
            for place, name in enumerate(targets)
        }
        for way, item in scores.items()
    }
    return json.dumps(content, indent=2) + "\n"


def improvement(scores: dict[str, Scores], way: str) -> float:
    """Mean SI-SDR improvement over the mixture in dB."""
    return float(np.mean(scores[way].si_sdr - scores["mixture"].si_sdr))


def verdict(targets: tuple[str, ...], scores: dict[str, Scores]) -> str:
    """Description of what fails the demo's criteria, or an empty text."""
    worse = [
        name
        for place, name in enumerate(targets)
        if not scores["model"].si_sdr[place] > scores["mixture"].si_sdr[place]
        or not scores["model"].sdr[place] > scores["mixture"].sdr[place]
    ]
    if worse:
        return f"FAILED: no better than the mixture: {', '.join(worse)}"
    ours, ideal = improvement(scores, "model"), improvement(scores, "ideal ratio mask")
    if not ours >= ENOUGH * ideal:
        return f"FAILED: {ours:.1f} dB better than the mixture; {ENOUGH * ideal:.1f} dB wanted"
    return ""


def check_export(separator: Any, export_dir: str | Path, mixture: np.ndarray) -> float:
    """Run the SavedModel in its own process and return the largest difference from ours."""
    excerpt = mixture[np.newaxis, : 3 * separator.sample_rate_hz].astype("float32")
    ours = keras.ops.convert_to_numpy(separator(excerpt))
    with tempfile.TemporaryDirectory() as folder:
        given, got = Path(folder, "waveform.npy"), Path(folder, "stems.npz")
        np.save(given, excerpt)
        saved = Path(export_dir).resolve()  # the process runs in another folder
        command = [sys.executable, "-c", CHECK, str(saved), str(given), str(got)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:]
            raise ValueError(f"{export_dir}: does not run without keras_sep: {' '.join(last)}")
        with np.load(got) as stems:
            theirs = np.stack([stems[name] for name in separator.source_names], axis=-1)
    difference = float(np.max(np.abs(ours - theirs)))
    if not difference <= 1e-4:  # of samples between -1 and 1, in float32
        raise ValueError(f"{export_dir}: differs from the separator by {difference:.1e}")
    return difference


class _History(keras.callbacks.History):
    """Keeps the losses: `fit` would only return them."""


def _sections(
    recipe: training.Recipe,
    mixture: np.ndarray,
    references: np.ndarray,
    estimates: np.ndarray,
    scores: dict[str, Scores],
    table: Table,
    history: keras.callbacks.History,
) -> list[Section]:
    rate = recipe.sample_rate_hz
    clips = [Clip("mixture", mixture, rate)]
    for place, name in enumerate(recipe.targets):
        score = f"SI-SDR {scores['model'].si_sdr[place]:.1f} dB"
        clips += [
            Clip(
                f"{name}, model", estimates[..., place], rate, score, muted=True, part_of="mixture"
            ),
            Clip(f"{name}, reference", references[..., place], rate, muted=True, part_of="mixture"),
        ]
    sections = [
        Section("The song", clips=clips),
        Section("Scores", metrics.IN_WORDS, table=table),
    ]
    curves = {"training": history.history["loss"], "validation": history.history["val_loss"]}
    arguments = ", ".join(f"{key} {value}" for key, value in recipe.model.arguments.items())
    stft = training.build_front_end(recipe)
    facts = {
        "network": f"Open-Unmix, {arguments}",
        "spectrograms": f"{stft.frame_length} / {stft.hop_length} at {rate} Hz",
        "training": f"{len(curves['training'])} epochs, {history.history['seconds'][-1]:.0f} s",
        "mean SI-SDR improvement": f"{improvement(scores, 'model'):.1f} dB; the ideal ratio mask: "
        f"{improvement(scores, 'ideal ratio mask'):.1f} dB",
    }
    svg = plots.curves_svg(curves)
    sections.append(Section("Training", curve_svg=svg, facts=facts))
    return sections
