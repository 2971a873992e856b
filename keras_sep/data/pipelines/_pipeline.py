"""Parts shared by the waveform and the spectrogram pipelines."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_sep._brief import counted
from keras_sep._tensorflow import tf
from keras_sep.data.layouts.mixture import Mixture
from keras_sep.data.layouts.recording import Recording
from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines._draws import ConsecutiveDraws, Draws, RandomDraws
from keras_sep.data.pipelines._numpy_step import numpy_step
from keras_sep.data.pipelines._part import Part
from keras_sep.data.pipelines._sampled_draws import SampledDraws
from keras_sep.data.pipelines._soundfile_reader import soundfile_reader
from keras_sep.data.pipelines.augmentation import Augmentation
from keras_sep.data.pipelines.repitch import stretcher
from keras_sep.data.pipelines.sampling import Sampling


def one_format(files: Sequence[Track | Recording | Mixture]) -> tuple[int, int]:
    """The sample rate in Hz and the channel count that all tracks, recordings or mixtures share."""
    formats = {(file.sample_rate_hz, file.channels) for file in files}
    if len(formats) != 1:
        listed = ", ".join(
            f"{rate} Hz with {counted(count, 'channel')}" for rate, count in sorted(formats)
        )
        raise ValueError(
            "all audio must have one sample rate and channel count: pass `sample_rate_hz=` and "
            "`channels=` to `find_tracks` or `find_recordings`. "
            f"Received: {listed or 'nothing'}"
        )
    return formats.pop()


def require_range(name: str, bounds: tuple[float, float], most: float = math.inf) -> None:
    """Raise a `ValueError` unless `bounds` are a lowest and a highest number in range.

    Args:
        name: Name of the argument, for the message.
        bounds: Lowest and highest number.
        most: Largest magnitude of either. Default: infinite.
    """
    low, high = bounds
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"`{name}` must be (lowest, highest). Received: {bounds}")
    if max(-low, high) > most:
        raise ValueError(f"`{name}` must lie between -{most} and {most}. Received: {bounds}")


def excerpt_samples(excerpt_seconds: float, sample_rate_hz: int) -> int:
    """Length of an excerpt in samples, fewer than 2^31."""
    samples = excerpt_seconds * sample_rate_hz
    if not 0 <= samples < 2**31:
        raise ValueError(
            f"`excerpt_seconds` must be of fewer than 2^31 samples at {sample_rate_hz} Hz, and "
            f"not negative. Received: excerpt_seconds={excerpt_seconds}"
        )
    return round(samples)


def make_draws(
    tracks: Sequence[Track],
    steps: Sequence[int],
    length: int,
    *,
    excerpts_per_track: int | None,
    augmentation: Augmentation | None,
    whole_tracks: bool,
    seed: int,
    sampling: Sampling | None = None,
    sources: Sequence[str] = (),
    step: int = 1,
) -> Draws:
    """Random or consecutive excerpts of `length` steps from tracks that have `steps` steps.

    With `sampling`, the random ones are drawn by the levels of `sources`; `step` is then the
    length of a step in samples.
    """
    if length < 1:
        raise ValueError(f"`excerpt_seconds` must be of at least one sample. Received: {length}")
    short = [
        f"{track.name} ({track.samples / track.sample_rate_hz:.2f} s)"
        for track, count in zip(tracks, steps, strict=True)
        if count < length
    ]
    if short:
        raise ValueError(
            f"`excerpt_seconds` must be no longer than any track. Received: {', '.join(short)}"
        )
    places = [count - length + 1 for count in steps]
    if whole_tracks:
        return ConsecutiveDraws(tracks, places, length)
    if augmentation is not None and augmentation.repitch:
        stretcher()  # raises now rather than in the middle of an epoch
    settings = (tracks, places, excerpts_per_track, augmentation or Augmentation(), seed)
    if sampling is not None:
        # frames are those between the middle of the first and that of the last
        samples = length if step == 1 else max(1, (length - 1) * step)
        return SampledDraws(*settings, sampling, sources, step, samples)
    return RandomDraws(*settings)


def refuse_repitch(augmentation: Augmentation | None, what: str) -> None:
    """Raise a `ValueError` if excerpts are to change tempo or pitch."""
    if augmentation is not None and augmentation.repitch:
        raise ValueError(
            f"{what} cannot change tempo or pitch: `repitch` must be 0. "
            f"Received: repitch={augmentation.repitch}"
        )


def make_reader(reader: str, parallel_calls: int, *args: Any) -> tuple[Any, int]:
    """The step that decodes and the number of its calls that may overlap.

    `reader` is "soundfile", or "tfio" where the extra is installed.
    """
    if reader == "soundfile":
        return soundfile_reader(*args), parallel_calls
    if reader == "tfio":
        from keras_sep.data.pipelines._tfio_reader import TfioReader  # the extra keras_sep[tfio]

        # tensorflow-io 0.37.1 keeps one open file for each op, not for each call of it: calls that
        # overlap read from one another's files.
        return TfioReader(*args), 1
    raise ValueError(f"`reader` must be 'soundfile' or 'tfio'. Received: {reader!r}")


def excerpt_numbers(count: int | None, first_epoch: int, part: Part | None = None) -> Any:
    """A dataset of (epoch, index), `count` per epoch; each pass over it is the next epoch.

    Of a part of every batch it has the indices of that part.
    """
    epochs = itertools.count(first_epoch)
    own = count if part is None else part.count(count)
    stop = np.iinfo(np.int64).max if own is None else own

    def one_epoch(_: Any) -> Any:
        epoch = numpy_step(lambda: np.int64(next(epochs)), [], tf.int64)
        numbers = tf.data.Dataset.range(stop)
        if part is not None:
            numbers = numbers.map(lambda index: part.index(index, count))
        return numbers.map(lambda index: tf.stack([epoch, index]))

    cardinality = tf.data.INFINITE_CARDINALITY if own is None else own
    dataset = tf.data.Dataset.from_tensors(0).flat_map(one_epoch)
    return dataset.apply(tf.data.experimental.assert_cardinality(cardinality))


def batches(
    dataset: Any,
    count: int | None,
    batch_size: int,
    keep_all: bool,
    part: Part | None = None,
) -> Any:
    """Batches of one size out of `count` excerpts; the last may be smaller with `keep_all`."""
    if batch_size < 1:
        raise ValueError(f"`batch_size` must be at least 1. Received: {batch_size}")
    if count is not None and count < batch_size and not keep_all:
        raise ValueError(
            f"an epoch of {count} excerpts contains no batch of `batch_size`={batch_size}"
        )
    if part is not None:
        return dataset.batch(part.size, drop_remainder=True)
    return dataset.batch(batch_size, drop_remainder=not keep_all)
