"""Excerpts of the audio of a training, separated, scored and made ready to be heard."""

from collections.abc import Mapping

import numpy as np

from keras_sep import data, metrics
from keras_sep.inference import CompiledSeparator, separate_array
from keras_sep.listening_page import Clip
from keras_sep.metrics import Scores
from keras_sep.training.datasets import Audio
from keras_sep.training.recipe import Recipe

SECONDS = 10.0


def excerpts(recipe: Recipe, audio: Audio, count: int) -> list[tuple[str, np.ndarray]]:
    """Return names and sources, (samples, channels, sources), of ten seconds each.

    They are from the middle of the first tracks, or of mixtures of voices.

    Args:
        recipe: Recipe of the training.
        audio: Audio from `training_audio` or `validation_audio`.
        count: Number of excerpts, at most.
    """
    samples = round(SECONDS * recipe.sample_rate_hz)
    if recipe.voices is not None:
        mixtures = data.draw_mixtures(
            audio, count, names=recipe.sources, level_db=recipe.voices.level_db, seed=recipe.seed
        )
        return [
            (f"A mixture of {len(audio)} voices", mixture.read_sources(recipe.sources)[:samples])
            for mixture in mixtures
        ]
    found = []
    for track in audio[:count]:
        start = max(0, track.samples - samples) // 2
        stems = [
            track.read(source, start, min(samples, track.samples)) for source in recipe.sources
        ]
        found.append((track.name, np.stack(stems, axis=-1)))
    return found


def estimates(
    recipe: Recipe, compiled: CompiledSeparator, stems: np.ndarray
) -> dict[str, np.ndarray]:
    """Estimates of the targets; sources in any order are given to those that they fit best."""
    found = separate_array(compiled, stems.sum(axis=-1), recipe.sample_rate_hz)
    made = np.stack([found[name] for name in recipe.targets], axis=-1)
    if compiled.separator.interchangeable_sources:
        made = made[..., metrics.source_order(_references(recipe, stems), made)]
    return dict(zip(recipe.targets, np.moveaxis(made, -1, 0), strict=True))


def clips_and_scores(
    recipe: Recipe, stems: np.ndarray, made: Mapping[str, np.ndarray]
) -> tuple[list[Clip], dict[str, Scores]]:
    """Return the sounds of an excerpt, and its scores, without BSSEval, beside the mixture's.

    Args:
        recipe: Recipe of the training.
        stems: Sources of the excerpt.
        made: Estimates from `estimates`.
    """
    mixture, rate = stems.sum(axis=-1), recipe.sample_rate_hz
    references = dict(
        zip(recipe.targets, np.moveaxis(_references(recipe, stems), -1, 0), strict=True)
    )
    scores = metrics.evaluate(references, made, rate, bss_eval=False, mixture=mixture)
    clips = [Clip("mixture", mixture, rate)]
    for name, estimate in made.items():
        note = f"SI-SDR {scores[name]['si_sdr_db']:.1f} dB"
        clips += [
            Clip(f"{name}, estimate", estimate, rate, note, muted=True, part_of="mixture"),
            Clip(f"{name}, reference", references[name], rate, muted=True, part_of="mixture"),
        ]
    return clips, scores


def _references(recipe: Recipe, stems: np.ndarray) -> np.ndarray:
    return stems[..., [recipe.sources.index(name) for name in recipe.targets]]
