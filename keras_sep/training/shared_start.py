"""What all processes of a training must begin with alike."""

from pathlib import Path
from typing import Any

from keras_sep.training import datasets
from keras_sep.training._processes import agreed, from_first, is_first, processes
from keras_sep.training.datasets import Audio, Statistics
from keras_sep.training.recipe import Recipe


def find_audio(recipe: Recipe, data_dir: str | Path) -> tuple[Audio, Audio]:
    """Find the audio for training and for validation, the same in all processes.

    Raises:
        ValueError: If there is none, or another process finds other audio.
    """
    with agreed("audio") as found:
        audio = datasets.training_audio(recipe, data_dir)
        held_out = datasets.validation_audio(recipe, data_dir)
        found += [_names(audio), _names(held_out)]
    return audio, held_out


def shared_statistics(recipe: Recipe, audio: Audio, cache: Path) -> Statistics:
    """`input_statistics`, which the first process computes for all."""
    if processes() == 1:
        return datasets.input_statistics(recipe, audio, cache)
    found: Statistics = (None, None)
    with agreed():
        if is_first():
            found = datasets.input_statistics(recipe, audio, cache)
    if not from_first(lambda: found[0] is not None):
        return None, None
    return from_first(lambda: found[0]), from_first(lambda: found[1])


def _names(audio: Audio) -> list[Any]:
    """Names and lengths of tracks, or of the recordings of voices."""
    if audio and isinstance(audio[0], dict):
        return [
            [(voice, [(file.path.name, file.samples) for file in files]) for voice, files in items]
            for items in (pool.items() for pool in audio)
        ]
    return [(track.name, track.samples) for track in audio]
