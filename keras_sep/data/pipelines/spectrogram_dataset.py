"""Spectrograms of excerpts, mixed on the fly from the stems of a data set."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from keras_sep import ops
from keras_sep._frames import frames_within, stft_frames
from keras_sep._tensorflow import tf
from keras_sep._validate import require_positive_integers
from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines._draws import vary
from keras_sep.data.pipelines._excerpt_magnitudes import ExcerptMagnitudes
from keras_sep.data.pipelines._numpy_step import aligned_empty, numpy_step
from keras_sep.data.pipelines._part import part_of
from keras_sep.data.pipelines._pipeline import (
    batches,
    excerpt_numbers,
    excerpt_samples,
    make_draws,
    make_reader,
    one_format,
    refuse_repitch,
)
from keras_sep.data.pipelines._span import Span
from keras_sep.data.pipelines._stem_groups import mix_groups, stem_groups
from keras_sep.data.pipelines._stem_spectrum import frame_samples, spectrum
from keras_sep.data.pipelines.augmentation import Augmentation
from keras_sep.data.pipelines.excerpts import BATCH_SIZE, EXCERPT_SECONDS, EXCERPTS_PER_TRACK
from keras_sep.data.pipelines.own_augmentation import OwnAugmentation, augmented, stems_after
from keras_sep.data.pipelines.sampling import Sampling
from keras_sep.data.pipelines.spectrogram_cache import SpectrogramCache

# of the transform where nothing else is said; recipes have the same
FRAME_LENGTH = 4096
HOP_LENGTH = 1024


def spectrogram_dataset(
    tracks: Sequence[Track],
    sources: Sequence[str],
    targets: Sequence[str] | None = None,
    *,
    frame_length: int = FRAME_LENGTH,
    hop_length: int = HOP_LENGTH,
    window: Any = "hann",
    fft_length: int | None = None,
    target: Callable[..., Any] = ops.magnitude_spectrum_approximation,
    cache: SpectrogramCache | None = None,
    excerpt_seconds: float = EXCERPT_SECONDS,
    batch_size: int = BATCH_SIZE,
    excerpts_per_track: int | None = EXCERPTS_PER_TRACK,
    augmentation: Augmentation | None = None,
    augment: Sequence[OwnAugmentation] = (),
    whole_tracks: bool = False,
    seed: int = 0,
    first_epoch: int = 0,
    reader: str = "soundfile",
    parallel_calls: int = 2,
    part: tuple[int, int] | None = None,
    sampling: Sampling | None = None,
) -> Any:
    """A `tf.data` pipeline of pairs: magnitude of the mixture, magnitudes of the targets.

    The excerpts and their values are the same with and without `cache`: excerpts start at multiples
    of the hop, their frames see real samples on either side, and all augmentation is linear and
    comes before the magnitude, except changes of tempo or pitch, which a cache refuses. The mixture
    is the sum of `sources`.

    Args:
        tracks: Tracks from `find_tracks`, all of one sample rate and number of channels.
        sources: Names of the stems that make up the mixture.
        targets: Names of those that are targets, in the order of the last axis; None for all.
            Default None.
        frame_length: Samples in a frame of the STFT. Default 4096.
        hop_length: Samples from one frame to the next. Default 1024.
        window: Window that frames are multiplied by, a name or an array as for `layers.STFT`.
            Default "hann".
        fft_length: Samples of the transform. Defaults to `frame_length`.
        target: Function from the pair of complex stems and the pair of the complex mixture, each
            with a batch axis of 1, to the target magnitudes of the loss. Default
            `ops.magnitude_spectrum_approximation`.
        cache: Cache of spectra of whole stems on disk; None to compute those of each excerpt.
            Default None.
        excerpt_seconds: Length of an excerpt in seconds; its frames are those centred on its
            samples, 1 + samples // hop_length. Default 6.
        batch_size: Number of excerpts per batch. A smaller last batch is dropped, except with
            `whole_tracks`. Default 16.
        excerpts_per_track: Number of excerpts per track and epoch; None for an endless epoch.
            Default 64.
        augmentation: Settings of mixing and variation; None for `Augmentation()`. Default None.
        augment: Functions of your own that vary the stems of each excerpt, including the samples
            that its outer frames see on either side, see `excerpts`. A `cache` refuses them, as
            they vary waveforms. Ignored with `whole_tracks`. Default none.
        whole_tracks: Whether to go through each track from start to end, unvaried, instead of
            drawing: for validation. Default False.
        seed: Seed of the draws. Default 0.
        first_epoch: Number of the first epoch, with which resumed training draws the same excerpts.
            Default 0.
        reader: Decoder: "soundfile", or "tfio" to decode inside the graph, which needs the extra
            `keras_sep[tfio]` and files at the tracks' own rate. Ignored when reading from a cache.
            Default "soundfile".
        parallel_calls: Number of excerpts made in parallel. Default 2; with "tfio" always 1.
        part: Number and count of parts, such as (0, 2): each batch has only the examples of this
            part of a whole batch of `batch_size`, in its order, so that several processes share
            the batches of one. A smaller last batch that would be kept is filled up with its last
            example. None for whole batches. Default None.
        sampling: Which excerpts of prepared tracks are drawn, by the levels of their sources; None
            to draw from anywhere, equally from each track. Ignored with `whole_tracks`. Default
            None.

    Returns:
        A `tf.data.Dataset` of two float32 tensors: (batch, frames, bins, channels) and (batch,
        frames, bins, channels, targets).
    """
    settings = (frame_length, hop_length, window, fft_length)
    layout = stft_frames(*settings)
    if (cache is not None or reader == "tfio") and not whole_tracks:
        refuse_repitch(augmentation, 'reader="tfio"' if cache is None else "`cache`")
    if cache is not None and augment and not whole_tracks:
        raise ValueError(
            "`augment` must be empty with a `cache`, which keeps the spectra of whole stems. "
            f"Received: augment={augment}"
        )
    require_positive_integers(parallel_calls=parallel_calls)
    sample_rate_hz, channels = one_format(tracks)
    wanted = tuple(sources if targets is None else targets)
    if strangers := [name for name in wanted if name not in sources]:
        raise ValueError(f"`targets` must be among {list(sources)}. Received: {strangers}")
    if len(set(wanted)) != len(wanted):
        raise ValueError(f"`targets` must be different names. Received: {list(wanted)}")
    frames = frames_within(excerpt_samples(excerpt_seconds, sample_rate_hz), hop_length)
    draws = make_draws(
        tracks,
        [frames_within(track.samples, hop_length) for track in tracks],
        frames,
        excerpts_per_track=excerpts_per_track,
        augmentation=augmentation,
        whole_tracks=whole_tracks,
        seed=seed,
        sampling=sampling,
        sources=sources,
        step=hop_length,
    )
    groups = stem_groups(sources, wanted)
    if not whole_tracks and stems_after(augment, 0):  # what is changed in the mixture alone
        groups.append(len(wanted))
    count_of_groups = max(groups) + 1
    shape = (frames, layout.bins, channels)
    magnitudes = ExcerptMagnitudes(shape, len(wanted), target)
    own = part_of(part, batch_size, whole_tracks)
    dataset = excerpt_numbers(draws.count, first_epoch, own)

    def with_shape(mixture: Any, stems: Any) -> tuple[Any, Any]:
        return tf.ensure_shape(mixture, shape), tf.ensure_shape(stems, (*shape, len(wanted)))

    if cache is not None:
        stored = cache.spectra(tracks, sources, *settings)

        def from_cache(number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            epoch, index = (int(part) for part in number)
            drawn = draws.draw(epoch, index, len(sources))

            stem = np.empty((magnitudes.block, channels, shape[1]), np.complex64)
            out = np.empty((count_of_groups, channels, magnitudes.block, shape[1]), np.complex64)

            def stems(first: int, count: int) -> Iterator[np.ndarray]:
                for source, draw in zip(sources, drawn, strict=True):
                    stored.read(draw.track, source, draw.start + first, stem[:count])
                    yield stem[:count].transpose(1, 0, 2)

            def spectra(first: int, count: int) -> np.ndarray:
                return mix_groups(groups, drawn, stems(first, count), out[:, :, :count])

            return magnitudes(spectra)

        dataset = dataset.map(
            lambda number: with_shape(*numpy_step(from_cache, [number], [tf.float32, tf.float32])),
            num_parallel_calls=parallel_calls,
            deterministic=True,
        )
    else:
        length = (frames - 1) * hop_length + layout.fft_length

        def spans(epoch: int, index: int) -> list[Span]:
            drawn = draws.draw(epoch, index, len(sources))
            return [
                Span(
                    draw.track,
                    source,
                    *frame_samples(draw.start, frames, *settings),
                    draw.tempo,
                    draw.pitch_semitones,
                )
                for draw, source in zip(drawn, sources, strict=True)
            ]

        def arrange(epoch: int, index: int, stems: Iterable[np.ndarray]) -> np.ndarray:
            drawn = draws.draw(epoch, index, len(sources))
            if augment and not whole_tracks:
                varied = vary(drawn, stems, aligned_empty((length, channels, len(sources))))
                stems = np.moveaxis(augmented(varied, augment, seed, epoch, index), -1, 0)
                drawn = [drawn[0]._replace(gain=1.0, swap_channels=False)] * len(groups)
            out = aligned_empty((count_of_groups, channels, length))
            return mix_groups(groups, drawn, (stem.T for stem in stems), out)

        read, calls = make_reader(
            reader, parallel_calls, spans, arrange, (count_of_groups, channels, length)
        )

        def transform(stretches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            def spectra(first: int, count: int) -> np.ndarray:
                start = first * hop_length
                stop = start + (count - 1) * hop_length + layout.fft_length
                return spectrum(stretches[..., start:stop], *settings)

            return magnitudes(spectra)

        dataset = dataset.map(
            lambda number: with_shape(
                *numpy_step(transform, [read(number)], [tf.float32, tf.float32])
            ),
            num_parallel_calls=calls,
            deterministic=True,
        )
    return batches(dataset, draws.count, batch_size, whole_tracks, own).prefetch(1)
