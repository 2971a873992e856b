"""The sections of a recipe that say what is read: excerpts of tracks, or mixtures of voices."""

from dataclasses import dataclass, fields

from keras_sep._named import Named
from keras_sep._named.ranges import check_ranges, one_of, ranged
from keras_sep.data.layouts import LEVEL_DB, MOST_DB
from keras_sep.data.pipelines import (
    EXCERPT_SECONDS,
    EXCERPTS_PER_TRACK,
    GAIN_DB,
    GAP_SECONDS,
    SPEED,
    Augmentation,
    Sampling,
)
from keras_sep.training.on_device_settings import OnDeviceSettings


@dataclass(frozen=True)
class ExcerptSettings:
    """What excerpts of tracks and mixtures of voices have in common.

    Args:
        excerpt_seconds: Length of a training excerpt in seconds.
        augment: Classes of `keras_sep.data.augmentations`, or functions of your own, that vary the
            stems of each training excerpt, in turn, as `keras_sep.data.excerpts` calls them. Each
            function gets the `arguments` of the recipe, and `sample_rate_hz` and `sources` if it
            has parameters for them; a class is made with them, and what it makes is called.
        spectrograms: Place where spectrograms are computed. "cached": once, on disk; "pipeline": on
            the fly by the data pipeline; "model": on the fly by the model, on its device. The
            excerpts and their spectrograms are the same.
        on_device: What the model varies itself, on its device, where it computes the spectrograms
            or reads waveforms.
        bad_audio: Treatment of audio with faults. "trim" cuts stems of unequal
            length to the shortest of their track, and leaves out tracks and recordings that
            cannot be read, lack a source, or are shorter than an excerpt; "skip" leaves out tracks
            with unequal stems, too; "stop" refuses to train. Whatever is cut or left out is
            counted and named on standard error. What only decoding shows, such as NaN in the
            middle of a file, stops the training when it is met, and is named.
        parallel_calls: Number of excerpts mixed in parallel; with "tfio" always 1.
    """

    excerpt_seconds: float = ranged(EXCERPT_SECONDS, 0, 3600, above=True)
    augment: tuple[Named, ...] = ()
    spectrograms: str = "pipeline"
    on_device: OnDeviceSettings | None = None
    bad_audio: str = "trim"
    parallel_calls: int = ranged(2, 1, 256)

    def __post_init__(self) -> None:
        check_ranges(self, "data")
        one_of("data.spectrograms", self.spectrograms, ("cached", "pipeline", "model"))
        one_of("data.bad_audio", self.bad_audio, ("trim", "skip", "stop"))
        if self.augment and self.spectrograms == "cached":
            raise ValueError(
                "`data.augment` must be left out with spectrograms that are cached, as it varies "
                f"waveforms. Received: {', '.join(one.name for one in self.augment)}"
            )


@dataclass(frozen=True)
class DataSettings(Augmentation, ExcerptSettings):
    """How excerpts are drawn, mixed and varied; where `voices` are mixed, their length alone.

    Args:
        **settings: the fields of `keras_sep.data.Augmentation` and of `ExcerptSettings`.
        context_samples: Number of samples of the mixture on either side of an excerpt, for a
            network of waveforms without padding, such as `wave_u_net`; beyond the ends of a track
            they are zeros.
        excerpts_per_track: Number of excerpts per track and epoch.
        tracks: Names of the tracks to train on. By default all.
        validation: Names of training tracks kept for validation where there is no `valid` folder.
        cache: Folder of the cache; None puts it into the output folder.
        reader: Decoder: "soundfile", or "tfio" to decode inside the graph, which needs the extra
            `keras_sep[tfio]` and files at the recipe's rate. Ignored when reading from a cache.
        sampling: Which excerpts of prepared data are drawn, the fields of
            `keras_sep.data.Sampling`; None to draw from anywhere.
    """

    context_samples: int = ranged(0, 0, 2**24)
    excerpts_per_track: int = ranged(EXCERPTS_PER_TRACK, 1, 1_000_000)
    tracks: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    cache: str | None = None
    reader: str = "soundfile"
    sampling: Sampling | None = None

    def __post_init__(self) -> None:
        ExcerptSettings.__post_init__(self)
        try:
            Augmentation.__post_init__(self)
        except ValueError as error:  # it begins with the name of one of the fields
            raise ValueError(f"`data.{str(error).removeprefix('`')}") from None
        one_of("data.reader", self.reader, ("soundfile", "tfio"))
        if self.repitch and (self.spectrograms == "cached" or self.reader == "tfio"):
            raise ValueError(
                "`data.repitch` must be 0 with spectrograms that are cached and with the reader "
                f"tfio. Received: {self.repitch}"
            )

    def about_tracks(self) -> list[str]:
        """Names of the fields given that mean nothing where voices are mixed."""
        common = {field.name for field in fields(ExcerptSettings)}
        return [
            field.name
            for field in fields(self)
            if field.name not in common and getattr(self, field.name) != field.default
        ]


@dataclass(frozen=True)
class VoiceSettings:
    """Mixtures of voices drawn at random from recordings, instead of excerpts of tracks.

    Args:
        train: Patterns of the training recordings: a regular expression for each source, matched by
            the paths of its recordings relative to the data folder, whose first group names the
            voice, as for `keras_sep.data.find_recordings`. A single one applies to all sources; the
            voices of a mixture always differ.
        valid: Patterns of the validation recordings, as `train`; the mixtures are always the same.
            None for no validation.
        mixtures_per_epoch: Number of training mixtures per epoch.
        validation_mixtures: Number of validation mixtures.
        level_db: Lowest and highest level of each source after the first, in decibels relative to
            the first.
        gain_db: Lowest and highest gain of the mixture in decibels.
        gap_seconds: Shortest and longest gap between concatenated recordings in seconds.
        speed: Slowest and fastest speed of a voice in training, one pair or one for each source.
    """

    train: tuple[str, ...]
    valid: tuple[str, ...] = ()
    mixtures_per_epoch: int = ranged(1600, 1, 1_000_000_000)
    validation_mixtures: int = ranged(80, 1, 1_000_000_000)
    level_db: tuple[float, float] = ranged(LEVEL_DB, -MOST_DB, MOST_DB)
    gain_db: tuple[float, float] = ranged(GAIN_DB, -MOST_DB, MOST_DB)
    gap_seconds: tuple[float, float] = ranged(GAP_SECONDS, 0, 3600)
    speed: tuple[tuple[float, float], ...] = ranged((SPEED,), 0.1, 10)

    def __post_init__(self) -> None:
        check_ranges(self, "voices")
        if not self.train:
            raise ValueError("`voices.train` must name recordings. Received: []")
