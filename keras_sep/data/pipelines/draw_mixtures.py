"""Lists of mixtures of whole recordings, as for validation and test."""

from collections.abc import Sequence

import numpy as np

from keras_sep.data.layouts.levels import LEVEL_DB, MOST_DB
from keras_sep.data.layouts.mixture import Mixture
from keras_sep.data.pipelines._pipeline import one_format, require_range
from keras_sep.data.pipelines.voices import Pool, draw_voices, pick, require_voices

_LENGTHS = {"min": min, "max": max}


def draw_mixtures(
    pools: Sequence[Pool],
    count: int,
    *,
    names: Sequence[str] | None = None,
    length: str = "min",
    level_db: tuple[float, float] = LEVEL_DB,
    seed: int = 0,
) -> list[Mixture]:
    """Draw mixtures of whole recordings, as for the WSJ0-2mix data.

    Each source of a mixture gets a different voice, and one of its recordings. Levels are the root
    mean square of whole recordings, before any is cut (WSJ0-2mix measures active speech). Audio is
    read only when a mixture is.

    For training, `mixed_excerpts` draws any number of excerpts of one length.

    Args:
        pools: Dictionary from voices to recordings for each source, as from `find_recordings`, all
            of one sample rate and number of channels.
        count: Number of mixtures. A longer list begins with the same ones.
        names: Names of the sources; None for "s1", "s2" and so on. Default None.
        length: Length of a mixture: "min" cuts recordings to the shortest, "max" zero-pads them to
            the longest. Default "min".
        level_db: Lowest and highest level of each source after the first, in decibels relative to
            the first, drawn uniformly. Default (-5, 5).
        seed: Seed of the draws. Default 0.

    Returns:
        A list of `Mixture`.

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> for name, samples in (("ann", 700), ("bob", 500)):
    ...     _ = keras_sep.data.write_audio(f"{root}/{name}/0.wav", np.ones((samples, 1)), 8000)
    >>> voices = keras_sep.data.find_recordings(root)
    >>> mixtures = keras_sep.data.draw_mixtures([voices] * 2, 3, length="max")
    >>> [mixture.read_sources(["s1", "s2"]).shape for mixture in mixtures]
    [(700, 1, 2), (700, 1, 2), (700, 1, 2)]

    Reference: Hershey et al., "Deep clustering: discriminative embeddings for segmentation and
    separation" (2016), section 3.
    """
    require_voices(pools)
    one_format([recording for pool in pools for files in pool.values() for recording in files])
    require_range("level_db", level_db, MOST_DB)
    names = tuple(names or (f"s{number}" for number in range(1, len(pools) + 1)))
    if len(set(names)) != len(pools):
        raise ValueError(f"`names` must be one for each of {len(pools)} sources. Received: {names}")
    if length not in _LENGTHS:
        raise ValueError(f"`length` must be 'min' or 'max'. Received: {length!r}")
    if count < 1:
        raise ValueError(f"`count` must be at least 1. Received: {count}")

    mixtures = []
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        drawn = []
        for pool, voice in zip(pools, draw_voices(pools, rng), strict=True):
            drawn.append(pick(pool[voice], rng))
        levels = [0.0, *rng.uniform(*level_db, size=len(pools) - 1).tolist()]
        mixtures.append(
            Mixture(
                name="_".join([f"{number:05d}", *(recording.path.stem for recording in drawn)]),
                recordings=dict(zip(names, drawn, strict=True)),
                level_db=dict(zip(names, levels, strict=True)),
                samples=_LENGTHS[length](recording.samples for recording in drawn),
            )
        )
    return mixtures
