"""Mixtures of voices drawn from folders of recordings, on the fly."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_sep._floors import RECORDING_FLOOR
from keras_sep._tensorflow import tf
from keras_sep._validate import require_positive_integers
from keras_sep.data.layouts.levels import LEVEL_DB, MOST_DB, recording_level, to_level
from keras_sep.data.layouts.recording import KEEP_BYTES, Recording
from keras_sep.data.pipelines._numpy_step import aligned_empty, numpy_step
from keras_sep.data.pipelines._part import part_of
from keras_sep.data.pipelines._pipeline import (
    batches,
    excerpt_numbers,
    excerpt_samples,
    one_format,
    require_range,
)
from keras_sep.data.pipelines._speed import change_speed
from keras_sep.data.pipelines.own_augmentation import OwnAugmentation, augmented, stems_after
from keras_sep.data.pipelines.voices import Pool, draw_voices, pick, require_voices

_MOST_DRAWS = 8

# defaults of a mixture, shared with recipes
GAIN_DB = (0.0, 0.0)
GAP_SECONDS = (0.025, 0.15)
SPEED = (1.0, 1.0)


def mixed_excerpts(
    pools: Sequence[Pool],
    *,
    excerpt_seconds: float,
    batch_size: int,
    mixtures_per_epoch: int,
    level_db: tuple[float, float] = LEVEL_DB,
    gain_db: tuple[float, float] = GAIN_DB,
    gap_seconds: tuple[float, float] = GAP_SECONDS,
    speed: tuple[float, float] | Sequence[tuple[float, float]] = SPEED,
    augment: Sequence[OwnAugmentation] = (),
    seed: int = 0,
    first_epoch: int = 0,
    fixed: bool = False,
    parallel_calls: int = 2,
    part: tuple[int, int] | None = None,
) -> Any:
    """A `tf.data` pipeline of sources drawn from recordings, whose sum is the mixture.

    Each source of a mixture gets a different voice, and a recording of it. A recording longer than
    the excerpt is cut at a random position. Shorter ones are concatenated, drawn from the same
    voice, with gaps of silence between them, starting at a random position of the first. A silent
    result is drawn again, a few times at most.

    Every source is scaled to a root mean square of 0.1 over the excerpt, gaps included; then each
    after the first is set to a level relative to the first. Each pass over the dataset is one epoch
    and draws new mixtures, reproducibly for a given seed.

    If all recordings together take at most a gibibyte, each is decoded once and kept in memory. Of
    larger sets only those no longer than an excerpt are kept, up to the same size; parts of the
    others are read when needed. The datasets of a process share that gibibyte.

    For tracks whose stems were played together, use `excerpts`.

    Args:
        pools: Dictionary from voices to recordings for each source, as from `find_recordings`, all
            of one sample rate and number of channels. `[speakers] * 2` mixes two speakers,
            `[speakers, music]` speech with music. Voices of equal names are the same voice.
        excerpt_seconds: Length of an excerpt in seconds.
        batch_size: Number of mixtures per batch. A smaller last batch is dropped, except with
            `fixed`.
        mixtures_per_epoch: Number of mixtures per epoch.
        level_db: Lowest and highest level of each source after the first, in decibels relative to
            the first, drawn uniformly. Default (-5, 5).
        gain_db: Lowest and highest gain of the whole mixture in decibels. Default (0, 0).
        gap_seconds: Shortest and longest gap between concatenated recordings in seconds, drawn
            uniformly. Default (0.025, 0.15).
        speed: Slowest and fastest factor at which a source is played, or such a pair for each
            source, drawn log-uniformly: pitch and tempo change together, as if another voice spoke.
            Default (1, 1).
        augment: Functions of your own that vary the stems of each mixture, see `excerpts`. Ignored
            with `fixed`. Default none.
        seed: Seed of the draws. Default 0.
        first_epoch: Number of the first epoch, with which resumed training draws the same mixtures.
            Default 0.
        fixed: Whether every epoch draws the mixtures of epoch 0, whatever `first_epoch`: for
            validation. Default False.
        parallel_calls: Number of mixtures made in parallel. Default 2.
        part: Number and count of parts, such as (0, 2): each batch has only the examples of this
            part of a whole batch of `batch_size`, in its order, so that several processes share
            the batches of one. A smaller last batch that would be kept is filled up with its last
            example. None for whole batches. Default None.

    Returns:
        A `tf.data.Dataset` of float32 tensors, shape (batch, samples, channels, sources).

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> noise = np.random.default_rng(0).normal(size=(3, 4000, 1))
    >>> for name, samples in zip("abc", noise):
    ...     _ = keras_sep.data.write_audio(f"{root}/{name}/0.wav", 0.1 * samples, 8000)
    >>> speakers = keras_sep.data.find_recordings(root)
    >>> dataset = keras_sep.data.mixed_excerpts(
    ...     [speakers] * 2, excerpt_seconds=1.0, batch_size=5, mixtures_per_epoch=10)
    >>> [stems.shape.as_list() for stems in dataset]
    [[5, 8000, 1, 2], [5, 8000, 1, 2]]

    Reference: mixing at a random relative level follows the two-speaker data of Hershey et al.,
    "Deep clustering" (2016), section 3; changing the speed as augmentation, Ko et al., "Audio
    augmentation for speech recognition" (2015).
    """
    require_voices(pools)
    recordings = {recording for pool in pools for files in pool.values() for recording in files}
    sample_rate_hz, channels = one_format([*recordings])
    require_positive_integers(mixtures_per_epoch=mixtures_per_epoch, parallel_calls=parallel_calls)
    require_range("level_db", level_db, MOST_DB)
    require_range("gain_db", gain_db, MOST_DB)
    require_range("gap_seconds", gap_seconds)
    if np.shape(speed) not in ((2,), (len(pools), 2)):
        raise ValueError(
            "`speed` must be (slowest, fastest), or such a pair for each of the "
            f"{len(pools)} sources. Received: {speed}"
        )
    speeds = np.broadcast_to(speed, (len(pools), 2))
    for one in speeds:
        require_range("speed", (float(one[0]), float(one[1])))
    length = excerpt_samples(excerpt_seconds, sample_rate_hz)
    if length < 1 or gap_seconds[0] < 0 or np.min(speeds) <= 0:
        raise ValueError(
            "`excerpt_seconds` and `speed` must be positive and `gap_seconds` not negative. "
            f"Received: excerpt_seconds={excerpt_seconds}, speed={speed}, gap_seconds={gap_seconds}"
        )
    shape = (length, channels, len(pools))
    keep = 4 * channels * sum(recording.samples for recording in recordings) <= KEEP_BYTES

    def source(voice: Sequence[Recording], speed: Any, rng: np.random.Generator) -> np.ndarray:
        for _ in range(_MOST_DRAWS):
            factor = math.exp(rng.uniform(*np.log(speed)))
            samples = math.ceil(length * factor)
            # gaps have the requested length after the change of speed
            gaps = [round(gap * sample_rate_hz * factor) for gap in gap_seconds]
            signal = change_speed(string_together(voice, samples, gaps, rng, keep), factor)[:length]
            if recording_level(signal) > RECORDING_FLOOR:
                break
        return signal

    def mix(number: np.ndarray) -> np.ndarray:
        epoch, index = (int(part) for part in number)
        rng = np.random.default_rng((seed, 0 if fixed else epoch, index))
        gain = rng.uniform(*gain_db)
        out = aligned_empty(shape)
        for place, (pool, voice) in enumerate(zip(pools, draw_voices(pools, rng), strict=True)):
            level = gain + (rng.uniform(*level_db) if place else 0.0)
            out[..., place] = to_level(source(pool[voice], speeds[place], rng), level)
        return out if fixed else augmented(out, augment, seed, epoch, index)

    made = shape if fixed else (*shape[:2], stems_after(augment, len(pools)))
    own = part_of(part, batch_size, fixed)
    dataset = excerpt_numbers(mixtures_per_epoch, first_epoch, own).map(
        lambda number: tf.ensure_shape(numpy_step(mix, [number], tf.float32), made),
        num_parallel_calls=parallel_calls,
        deterministic=True,
    )
    return batches(dataset, mixtures_per_epoch, batch_size, fixed, own).prefetch(2)


def string_together(
    recordings: Sequence[Recording],
    samples: int,
    gaps: Sequence[int],
    rng: np.random.Generator,
    keep: bool,
) -> np.ndarray:
    """An excerpt of one voice: part of one recording, or several concatenated.

    Args:
        recordings: Recordings of the voice.
        samples: Length in samples.
        gaps: Smallest and largest number of samples of silence after each recording.
        rng: Generator of the draws.
        keep: Whether recordings are read whole, and so kept in memory, when only part is needed.

    Returns:
        A float32 array, shape (samples, channels).
    """
    recording = pick(recordings, rng)
    if recording.samples >= samples:
        start = int(rng.integers(recording.samples - samples + 1))
        return recording.read()[start:][:samples] if keep else recording.read(start, samples)
    out = np.zeros((samples, recording.channels), np.float32)
    gap = int(rng.integers(gaps[0], gaps[1] + 1))
    at = -int(rng.integers(recording.samples + gap))
    while True:
        begin, end = max(0, -at), min(recording.samples, samples - at)
        if begin < end:
            whole = keep or recording.samples <= samples
            read = recording.read() if whole else recording.read(0, end)
            out[at + begin : at + end] = read[begin:end]
        at += recording.samples + gap
        if at >= samples:
            return out
        recording = pick(recordings, rng)
        gap = int(rng.integers(gaps[0], gaps[1] + 1))
