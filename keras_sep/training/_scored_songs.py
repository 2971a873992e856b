"""Validation songs with their true sources, as `keras-sep evaluate` reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_sep import data, metrics
from keras_sep.inference import separate_array
from keras_sep.training.recipe import Recipe
from keras_sep.training.score_settings import ALL


@dataclass(frozen=True)
class Song:
    """A song in memory.

    Args:
        mixture: Its samples, (samples, channels).
        references: True source of each target, of the same shape.
        sample_rate_hz: Sample rate in Hz.
    """

    mixture: np.ndarray
    references: dict[str, np.ndarray]
    sample_rate_hz: int


def chosen_songs(recipe: Recipe, held_out: Sequence[Any]) -> list[Any]:
    """Return the tracks, or mixtures of voices, that `fit.score` asks for.

    Raises:
        ValueError: If there is no validation audio.
    """
    score = recipe.fit.score
    if score is None:
        return []
    if not held_out:
        raise ValueError(
            "`fit.score` must have validation audio to separate: put tracks into the folder `valid`"
            ", or leave it out. Received: none"
        )
    if recipe.voices is None:
        return list(held_out[: None if score.songs == ALL else score.songs])
    count = recipe.voices.validation_mixtures if score.songs == ALL else score.songs
    return data.draw_mixtures(
        held_out, count, names=recipe.sources, level_db=recipe.voices.level_db, seed=recipe.seed
    )


def read_song(item: Any, sources: Sequence[str], targets: Sequence[str]) -> Song:
    """Read a track or a mixture of voices.

    The files of a track are read at their own rate and with their own channels, as they would be
    separated; if they differ from each other, at those of the training, as prepared tracks are.

    Args:
        item: `data.Track`, or `data.Mixture`.
        sources: Names of the sources that add up to the mixture.
        targets: Names of those that are estimated.
    """
    in_files = isinstance(item, data.Track) and not isinstance(item, data.PreparedTrack)
    song = _of_its_files(item, sources, targets) if in_files else None
    if song is not None:
        return song
    stems = {source: item.read(source) for source in sources}
    return Song(_sum([*stems.values()]), {n: stems[n] for n in targets}, item.sample_rate_hz)


def _of_its_files(track: data.Track, sources: Sequence[str], targets: Sequence[str]) -> Song | None:
    """The song at its own rate; None if its files have several rates, channels or lengths."""
    stems: dict[str, np.ndarray] = {}
    kinds = set()
    for source in sources:
        parts = [data.read_audio(file) for file in track.files(source)]
        kinds |= {(part.shape, rate) for part, rate in parts}
        if len(kinds) > 1:
            return None
        stems[source] = _sum([part for part, _ in parts])
    ((shape, rate),) = kinds
    mixture = None
    if track.mixture is not None:
        mixture, mixture_rate = data.read_audio(track.mixture)
        if (mixture.shape, mixture_rate) != (shape, rate):
            mixture = None
    if mixture is None:
        mixture = _sum([*stems.values()])
    return Song(mixture, {name: stems[name] for name in targets}, rate)


def _sum(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.sum(arrays, axis=0) if len(arrays) > 1 else arrays[0]


def separated(separator: Any, song: Song, any_order: bool) -> dict[str, np.ndarray]:
    """Separate a song block by block; sources in any order go to those that they fit best.

    Args:
        separator: `Separator`, or `CompiledSeparator`.
        song: From `read_song`.
        any_order: Whether the separator returns its sources in any order.
    """
    found = separate_array(separator, song.mixture, song.sample_rate_hz, stems=[*song.references])
    if not any_order:
        return found
    estimates = np.stack([*found.values()], axis=-1)
    order = metrics.source_order(np.stack([*song.references.values()], axis=-1), estimates)
    return {name: estimates[..., place] for name, place in zip(found, order, strict=True)}
