"""Training and validation audio out of prepared data."""

from pathlib import Path

from keras_sep._printable import printable
from keras_sep.data import Track, prepared_tracks
from keras_sep.data.layouts import TRAIN, VALID
from keras_sep.data.shards import prepared_splits
from keras_sep.training.recipe import Recipe


def stored_audio(recipe: Recipe, root: Path, split: str) -> list[Track]:
    """The tracks of a split of prepared data; none for a validation that there is not.

    Raises:
        ValueError: If they are not what the recipe wants.
    """
    if recipe.data.reader != "soundfile":
        raise ValueError(
            f"{printable(root)}: holds prepared data: `data.reader` must be 'soundfile'. "
            f"Received: {recipe.data.reader!r}"
        )
    if split == VALID and VALID not in prepared_splits(root) and not recipe.data.validation:
        return []
    return prepared_tracks(
        root,
        split,
        recipe.sources,
        tracks=recipe.data.tracks if split == TRAIN else (),
        validation=recipe.data.validation,
        sample_rate_hz=recipe.sample_rate_hz,
        channels=recipe.channels,
        skip_bad=recipe.data.bad_audio != "stop",
        least_samples=least_samples(recipe),
    )


def least_samples(recipe: Recipe) -> int:
    """Number of samples of an excerpt, which a track must have."""
    samples = round(recipe.data.excerpt_seconds * recipe.sample_rate_hz)
    if recipe.stft is not None:
        samples -= samples % recipe.stft.hop_length
    return max(1, samples)
