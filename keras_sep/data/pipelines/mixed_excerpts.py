"""Mixtures of voices drawn from folders of recordings, on the fly."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_sep._floors import RECORDING_FLOOR
from keras_sep._tensorflow import tf
from keras_sep._validate import require_positive_integers
from keras_sep.data.layouts.levels import LEVEL_DB, MOST_DB, root_mean_square, to_level
from keras_sep.data.layouts.recording import KEEP_BYTES, Recording
from keras_sep.data.pipelines._numpy_step import empty, numpy_step
from keras_sep.data.pipelines._pipeline import (
    batches,
    excerpt_samples,
    numbers,
    one_format,
    require_range,
)
from keras_sep.data.pipelines._speed import change_speed
from keras_sep.data.pipelines.voices import Pool, draw_voices, pick, require_voices

_MOST_DRAWS = 8

# what a mixture is like where nothing else is said; recipes have the same
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
    seed: int = 0,
    first_epoch: int = 0,
    fixed: bool = False,
    parallel_calls: int = 2,
) -> Any:
    """A `tf.data` pipeline of sources mixed at random from recordings; their sum is the mixture.

    For each source of a mixture a voice is drawn, never one that another source of it has, and a
    recording of that voice. One longer than the excerpt is cut at a random place. Shorter ones are
    strung together, drawn anew from the same voice, with gaps of silence between them, and cut at
    a random place of the first. A source that comes out silent is drawn again a few times, then
    left as it is.

    Every source is brought to a root mean square of 0.1 over the excerpt, gaps included; then each
    after the first is set to a level relative to it. Each pass over the dataset is one epoch and
    draws new mixtures, the same ones for the same seed.

    Where all recordings together fill no more than a gibibyte, each is decoded once and kept in
    memory. Of larger sets those no longer than an excerpt are, up to the same size, and parts of
    the others are read when they are wanted. The datasets of a process share that gibibyte.

    `excerpts` is for tracks whose stems were played together.

    Args:
        pools: For each source, a dictionary from voices to recordings, as `find_recordings` gives
            it, all of one sample rate and channel count. `[speakers] * 2` mixes two speakers,
            `[speakers, music]` speech with music. Voices are told apart by their names.
        excerpt_seconds: Length of an excerpt in seconds.
        batch_size: Mixtures a batch. A last, smaller batch is dropped, except with `fixed`.
        mixtures_per_epoch: Mixtures drawn in an epoch.
        level_db: Lowest and highest level of each source after the first, in decibels relative to
            the first, drawn uniformly. Default (-5, 5).
        gain_db: Lowest and highest gain of the whole mixture in decibels. Default (0, 0).
        gap_seconds: Shortest and longest gap between strung recordings, in seconds, drawn
            uniformly. Default (0.025, 0.15).
        speed: Slowest and fastest factor at which a source is played, or such a pair for each
            source, drawn log-uniformly: pitch and tempo change together, as if another voice spoke.
            Default (1, 1).
        seed: Another seed, other mixtures. Default 0.
        first_epoch: Number of the first pass, so that resumed training draws what it would have
            drawn. Default 0.
        fixed: Draw in every epoch what epoch 0 draws, whatever `first_epoch`: for validation.
            Default False.
        parallel_calls: How many mixtures are made at a time. Default 2.

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
            # gaps are as long as asked for after the speed has changed
            gaps = [round(gap * sample_rate_hz * factor) for gap in gap_seconds]
            signal = change_speed(string_together(voice, samples, gaps, rng, keep), factor)[:length]
            if root_mean_square(signal) > RECORDING_FLOOR:
                break
        return signal

    def mix(number: np.ndarray) -> np.ndarray:
        epoch, index = (int(part) for part in number)
        rng = np.random.default_rng((seed, 0 if fixed else epoch, index))
        gain = rng.uniform(*gain_db)
        out = empty(shape)
        for place, (pool, voice) in enumerate(zip(pools, draw_voices(pools, rng), strict=True)):
            level = gain + (rng.uniform(*level_db) if place else 0.0)
            out[..., place] = to_level(source(pool[voice], speeds[place], rng), level)
        return out

    dataset = numbers(mixtures_per_epoch, first_epoch).map(
        lambda number: tf.ensure_shape(numpy_step(mix, [number], tf.float32), shape),
        num_parallel_calls=parallel_calls,
        deterministic=True,
    )
    return batches(dataset, mixtures_per_epoch, batch_size, fixed).prefetch(2)


def string_together(
    recordings: Sequence[Recording],
    samples: int,
    gaps: Sequence[int],
    rng: np.random.Generator,
    keep: bool,
) -> np.ndarray:
    """A stretch of one voice: a piece of one recording, or several strung together.

    Args:
        recordings: Those of the voice.
        samples: How long it is to be.
        gaps: Fewest and most samples of silence after each recording.
        rng: Draws the recordings, the gaps and the place.
        keep: Whether recordings of which a part is wanted are read whole, and so kept in memory.

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
