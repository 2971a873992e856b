"""From a recipe and a folder of audio to the datasets that `fit` reads."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_sep import data, ops
from keras_sep._brief import brief_names
from keras_sep._printable import say
from keras_sep._tensorflow import tf
from keras_sep.data.layouts import TRAIN, VALID, split_folder
from keras_sep.data.pipelines import Pool, stretcher
from keras_sep.data.shards import is_prepared
from keras_sep.training._augment import build_augment
from keras_sep.training._stored import least_samples, stored_audio
from keras_sep.training.build import build_front_end, build_target, wants_statistics
from keras_sep.training.data_settings import VoiceSettings
from keras_sep.training.recipe import Recipe
from keras_sep.training.settings import STFTSettings

Audio = list[Any]  # of `data.Track`, or of `Pool`
Part = tuple[int, int] | None  # of every batch: number and count of parts
Statistics = tuple[np.ndarray | None, np.ndarray | None]
_STATISTICS_MIXTURES = 200


def training_audio(recipe: Recipe, data_dir: str | Path) -> Audio:
    """Find the training audio: a list of tracks, or one pool of recordings per source.

    Tracks are those in `<data_dir>/train`, or in `data_dir` if there is no such folder; or those
    of the split `train` of data that `keras_sep.data.prepare` wrote.
    """
    root = Path(data_dir)
    if recipe.data.repitch:
        stretcher()  # raises before anything is computed
    if recipe.voices is not None:
        return _pools(recipe, root, recipe.voices.train)
    if is_prepared(root):
        return stored_audio(recipe, root, TRAIN)
    split = TRAIN if split_folder(root, TRAIN) else None
    return _find(recipe, root, split, recipe.data.tracks)


def validation_audio(recipe: Recipe, data_dir: str | Path) -> Audio:
    """Find the validation audio, as from `training_audio`; an empty list for no validation.

    Tracks are those in `<data_dir>/valid`, `validation`, `val` or `dev`, or those that the recipe
    names if there is no such folder.
    """
    root = Path(data_dir)
    if recipe.voices is not None:
        return _pools(recipe, root, recipe.voices.valid)
    if is_prepared(root):
        return stored_audio(recipe, root, VALID)
    folder = split_folder(root, VALID)
    if folder is None:
        return _find(recipe, root, VALID) if recipe.data.validation else []
    if absent := [name for name in recipe.data.validation if not (folder / name).is_dir()]:
        say(
            f"{folder}: used for validation, but lacks tracks that `data.validation` names: "
            f"{brief_names(absent)}"
        )
    return _find(recipe, root, VALID)


def training_dataset(
    recipe: Recipe, audio: Audio, cache: Path, epoch: int = 0, part: Part = None
) -> Any:
    """Build the dataset that `fit` trains on: random excerpts, mixed and varied.

    Args:
        recipe: Recipe of the training.
        audio: Audio from `training_audio`.
        cache: Folder for spectrograms, if the recipe caches them.
        epoch: Number of the first epoch, with which a resumed training draws the same excerpts.
            Default 0.
        part: Number and count of parts, if several processes share each batch. Default None.
    """
    if recipe.voices is not None:
        return _mixtures(
            recipe,
            recipe.voices,
            audio,
            part=part,
            mixtures_per_epoch=recipe.voices.mixtures_per_epoch,
            augment=build_augment(recipe),
            speed=np.broadcast_to(recipe.voices.speed, (len(recipe.sources), 2)),
            first_epoch=epoch,
        )
    return _dataset(
        recipe,
        audio,
        cache,
        part=part,
        augmentation=_augmentation(recipe),
        augment=build_augment(recipe),
        excerpts_per_track=recipe.data.excerpts_per_track,
        first_epoch=epoch,
        sampling=recipe.data.sampling,
    )


def validation_dataset(recipe: Recipe, audio: Audio, cache: Path, part: Part = None) -> Any:
    """Build the validation dataset: whole tracks in excerpts, or fixed mixtures; None if empty."""
    if not audio:
        return None
    if recipe.voices is not None:
        count = recipe.voices.validation_mixtures
        return _mixtures(
            recipe, recipe.voices, audio, part=part, mixtures_per_epoch=count, fixed=True
        )
    return _dataset(recipe, audio, cache, part=part, whole_tracks=True)


def input_statistics(recipe: Recipe, audio: Audio, cache: Path) -> Statistics:
    """Compute mean and standard deviation of the mixtures' magnitudes in each bin, in one pass.

    Both are None where the network does not start from them.
    """
    if recipe.stft is None or not wants_statistics(recipe):
        return None, None
    if recipe.voices is None:
        return ops.mean_and_scale(
            _spectrograms(recipe, recipe.stft, audio, cache, whole_tracks=True)
        )
    count = min(_STATISTICS_MIXTURES, recipe.voices.mixtures_per_epoch)
    stft = build_front_end(recipe)
    return ops.mean_and_scale(
        ops.magnitude(stft(keras.ops.sum(stems, axis=-1)))
        for stems in _mixtures(recipe, recipe.voices, audio, mixtures_per_epoch=count, fixed=True)
    )


def _augmentation(recipe: Recipe) -> data.Augmentation:
    """How excerpts are varied: left and right change places only where there are both."""
    settings = recipe.data
    return settings if recipe.channels == 2 else dataclasses.replace(settings, swap_channels=0.0)


def _find(
    recipe: Recipe, root: Path, split: str | None, tracks: Sequence[str] = ()
) -> list[data.Track]:
    return data.find_tracks(
        root,
        split,
        recipe.sources,
        tracks=tracks,
        validation=recipe.data.validation,
        sample_rate_hz=recipe.sample_rate_hz,
        channels=recipe.channels,
        skip_bad=recipe.data.bad_audio != "stop",
        trim=recipe.data.bad_audio == "trim",
        least_samples=least_samples(recipe),
    )


def _pools(recipe: Recipe, root: Path, patterns: tuple[str, ...]) -> list[Pool]:
    """The recordings of each source by voice; a single pattern applies to all sources."""
    found = {
        pattern: data.find_recordings(
            root,
            pattern,
            sample_rate_hz=recipe.sample_rate_hz,
            channels=recipe.channels,
            skip_bad=recipe.data.bad_audio != "stop",
        )
        for pattern in patterns
    }
    if len(patterns) == 1:
        patterns *= len(recipe.sources)
    return [found[pattern] for pattern in patterns]


def _mixtures(recipe: Recipe, voices: VoiceSettings, pools: list[Pool], **settings: Any) -> Any:
    stems = data.mixed_excerpts(
        pools,
        level_db=voices.level_db,
        gain_db=voices.gain_db,
        gap_seconds=voices.gap_seconds,
        **_common(recipe),
        **settings,
    )
    return stems if recipe.stft or recipe.data.on_device else _waveforms(recipe, stems)


def _dataset(recipe: Recipe, tracks: list[data.Track], cache: Path, **settings: Any) -> Any:
    if recipe.stft and recipe.data.spectrograms != "model":
        return _spectrograms(recipe, recipe.stft, tracks, cache, **settings)
    stems = data.excerpts(
        tracks,
        recipe.sources,
        hop_length=recipe.stft.hop_length if recipe.stft else None,
        context=recipe.margin_samples,
        reader=recipe.data.reader,
        **_common(recipe),
        **settings,
    )
    return stems if recipe.stft or recipe.data.on_device else _waveforms(recipe, stems)


def _waveforms(recipe: Recipe, stems: Any) -> Any:
    """Map stems to pairs of the mixture with context and the targets without, for every head."""
    places = [recipe.sources.index(name) for name in recipe.targets]
    context = recipe.margin_samples

    def pair(stems: Any) -> tuple[Any, Any]:
        targets = tf.gather(stems[:, context : stems.shape[1] - context], places, axis=-1)
        return tf.reduce_sum(stems, axis=-1), dict.fromkeys(recipe.heads, targets) or targets

    return stems.map(pair)


def _spectrograms(
    recipe: Recipe, stft: STFTSettings, tracks: list[data.Track], cache: Path, **settings: Any
) -> Any:
    cached = recipe.data.spectrograms == "cached"
    return data.spectrogram_dataset(
        tracks,
        recipe.sources,
        recipe.targets,
        **stft.of_frames,
        target=build_target(recipe),
        cache=data.SpectrogramCache(recipe.data.cache or cache) if cached else None,
        reader=recipe.data.reader,
        **_common(recipe),
        **settings,
    )


def _common(recipe: Recipe) -> dict[str, Any]:
    return {
        "excerpt_seconds": recipe.data.excerpt_seconds,
        "batch_size": recipe.fit.batch_size,
        "seed": recipe.seed,
        "parallel_calls": recipe.data.parallel_calls,
    }
