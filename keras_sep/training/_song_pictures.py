"""Sounds and pictures of a song for TensorBoard."""

from pathlib import Path
from typing import Any

from keras_sep.listening_page import Clip
from keras_sep.plots import mask_png, spectrogram_png
from keras_sep.training._scored_songs import Song, separated
from keras_sep.training._tensorboard import log_pictures, log_sounds

SECONDS = 5.0


def log_song(folder: Path, separator: Any, song: Song, any_order: bool, epoch: int) -> None:
    """Write the middle of a song, its stems and their masks, as sounds and as pictures.

    Args:
        folder: Folder of the log.
        separator: `Separator`, or `CompiledSeparator`.
        song: From `read_song`.
        any_order: Whether the separator returns its sources in any order.
        epoch: Number of the epoch, counted from 1.
    """
    rate = song.sample_rate_hz
    samples = min(round(SECONDS * rate), len(song.mixture))
    start = (len(song.mixture) - samples) // 2
    part = slice(start, start + samples)
    references = {name: stem[part] for name, stem in song.references.items()}
    excerpt = Song(song.mixture[part], references, rate)
    estimates = separated(separator, excerpt, any_order)
    sounds = {"mixture": excerpt.mixture}
    for name, reference in references.items():
        sounds |= {f"{name}, estimate": estimates[name], f"{name}, reference": reference}
    log_sounds(folder, [Clip(name, sound, rate) for name, sound in sounds.items()], epoch)
    pictures = {name: spectrogram_png(sound, rate) for name, sound in sounds.items()}
    for name, estimate in estimates.items():
        pictures[f"{name}, mask"] = mask_png(estimate, excerpt.mixture, rate)
    log_pictures(folder, pictures, epoch)
