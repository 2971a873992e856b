"""What an excerpt is made of, without the pipeline that asks for it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from keras_sep._frames import frames_within
from keras_sep.data.layouts.track import Track
from keras_sep.data.pipelines._draws import Draws, vary
from keras_sep.data.pipelines._numpy_step import aligned_empty
from keras_sep.data.pipelines._pipeline import excerpt_samples, make_draws, one_format
from keras_sep.data.pipelines._span import Span
from keras_sep.data.pipelines.augmentation import Augmentation
from keras_sep.data.pipelines.own_augmentation import OwnAugmentation, augmented, stems_after
from keras_sep.data.pipelines.sampling import Sampling


class ExcerptMaker(NamedTuple):
    """Excerpts of stems by their numbers: a pure function of seed, epoch and index.

    Args:
        draws: Which excerpt comes next.
        sources: Names of the stems.
        shape: Shape of what is read, (samples, channels, sources), context included.
        step: Samples from one possible start to the next.
        context: Samples on either side.
        reflect: Whether excerpts are reflected at the ends of a track, or else zero-padded.
        augment: Functions that vary the stems.
        seed: Seed of the draws.
        varied: Whether the functions are called.
    """

    draws: Draws
    sources: Sequence[str]
    shape: tuple[int, int, int]
    step: int
    context: int
    reflect: bool
    augment: Sequence[OwnAugmentation]
    seed: int
    varied: bool

    @property
    def made(self) -> tuple[int, int, int]:
        """Shape of an excerpt; what varies the mixture alone adds one to the sources."""
        samples, channels, sources = self.shape
        return samples, channels, stems_after(self.augment, sources) if self.varied else sources

    def spans(self, epoch: int, index: int) -> list[Span]:
        """What is read for an excerpt, source by source."""
        drawn = self.draws.draw(epoch, index, len(self.sources))
        starts = [draw.start * self.step - self.context for draw in drawn]
        return [
            Span(
                draw.track,
                source,
                start,
                start + self.shape[0],
                draw.tempo,
                draw.pitch_semitones,
                # at a faster tempo the excerpt itself may reach beyond the end
                reflect=self.reflect or (draw.tempo, draw.pitch_semitones) != (1.0, 0.0),
            )
            for draw, source, start in zip(drawn, self.sources, starts, strict=True)
        ]

    def arrange(self, epoch: int, index: int, stems: Iterable[np.ndarray]) -> np.ndarray:
        """An excerpt of what was read, float32, varied."""
        drawn = self.draws.draw(epoch, index, len(self.sources))
        out = vary(drawn, stems, aligned_empty(self.shape))
        return augmented(out, self.augment, self.seed, epoch, index) if self.varied else out

    def read(self, epoch: int, index: int) -> np.ndarray:
        """An excerpt, float32, of the shape `made`."""
        # one span at a time, as reused memory is cheaper than fresh pages
        return self.arrange(epoch, index, (span.read() for span in self.spans(epoch, index)))


def excerpt_maker(
    tracks: Sequence[Track],
    sources: Sequence[str],
    *,
    excerpt_seconds: float,
    hop_length: int | None,
    context: int,
    excerpts_per_track: int | None,
    augmentation: Augmentation | None,
    augment: Sequence[OwnAugmentation],
    whole_tracks: bool,
    seed: int,
    sampling: Sampling | None = None,
) -> ExcerptMaker:
    """The excerpts that `keras_sep.data.excerpts` draws with these arguments."""
    sample_rate_hz, channels = one_format(tracks)
    if (hop_length is not None and hop_length < 1) or context < 0:
        raise ValueError(
            "`hop_length` must be at least 1, and `context` at least 0. "
            f"Received: hop_length={hop_length}, context={context}"
        )
    length = excerpt_samples(excerpt_seconds, sample_rate_hz)
    if hop_length is None:
        step, steps, steps_of_tracks = 1, length, [track.samples for track in tracks]
    else:  # a step is a frame
        step, steps = hop_length, frames_within(length, hop_length)
        steps_of_tracks = [frames_within(track.samples, hop_length) for track in tracks]
        length = (steps - 1) * hop_length
    draws = make_draws(
        tracks,
        steps_of_tracks,
        steps,
        excerpts_per_track=excerpts_per_track,
        augmentation=augmentation,
        whole_tracks=whole_tracks,
        seed=seed,
        sampling=sampling,
        sources=sources,
        step=step,
    )
    return ExcerptMaker(
        draws,
        sources,
        (length + 2 * context, channels, len(sources)),
        step,
        context,
        hop_length is not None,
        augment,
        seed,
        not whole_tracks,
    )
