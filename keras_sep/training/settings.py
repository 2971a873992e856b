"""The sections of a recipe."""

from dataclasses import dataclass, field
from typing import Any

from keras_sep.data.levels import LEVEL_DB
from keras_sep.data.mixed_excerpts import GAIN_DB, GAP_SECONDS, SPEED
from keras_sep.training._fields import from_mapping


@dataclass(frozen=True)
class Named:
    """A public name and the keyword arguments it is called with; in YAML also the name alone."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


def named_from(value: Any, where: str) -> Named:
    """A `Named` from YAML: a name, or a mapping of name and arguments."""
    return from_mapping(Named, value, where)


@dataclass(frozen=True)
class STFTSettings:
    """Frame and hop of the spectrograms, in samples."""

    frame_length: int = 4096
    hop_length: int = 1024

    @property
    def bins(self) -> int:
        """Frequency bins of a spectrogram."""
        return self.frame_length // 2 + 1


@dataclass(frozen=True)
class DataSettings:
    """How excerpts are drawn and mixed.

    Args:
        excerpt_seconds: length of a training excerpt.
        context_samples: samples of the mixture on either side of an excerpt that a network of
            waveforms without padding of its own reads besides, as `wave_u_net` does; beyond the
            ends of a track they are zeros.
        excerpts_per_track: excerpts drawn from each track in an epoch.
        incoherent: probability that each source comes from its own random track and moment.
        gain: lowest and highest factor each source is multiplied with.
        swap_channels: probability that a source's left and right are exchanged.
        flip_polarity: probability that a source is multiplied by -1.
        repitch: probability that tempo and pitch are changed; needs the extra
            `keras_sep[augment]`, and neither a cache nor "tfio" can do it.
        tempo: slowest and fastest factor of the tempo.
        pitch_semitones: lowest and highest change of the pitch.
        tracks: names of the tracks to train on; none takes all.
        validation: names of training tracks kept for validation where there is no `valid` folder.
        spectrograms: where they are computed. "cached": once, on disk; "pipeline": on the fly
            by the data pipeline; "model": on the fly by the model, on its device. The excerpts
            and their spectrograms are the same.
        cache: folder of the cache; None puts it into the output folder.
        reader: "soundfile", or "tfio" to decode inside the graph, which needs the extra
            `keras_sep[tfio]` and files at the recipe's rate. Has no say over a cache.
        parallel_calls: excerpts mixed at a time; with "tfio" always 1.
    """

    excerpt_seconds: float = 6.0
    context_samples: int = 0
    excerpts_per_track: int = 64
    incoherent: float = 1.0
    gain: tuple[float, float] = (0.25, 1.25)
    swap_channels: float = 0.5
    flip_polarity: float = 0.0
    repitch: float = 0.0
    tempo: tuple[float, float] = (0.88, 1.12)
    pitch_semitones: tuple[float, float] = (-2.0, 2.0)
    tracks: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    spectrograms: str = "pipeline"
    cache: str | None = None
    reader: str = "soundfile"
    parallel_calls: int = 2

    def __post_init__(self) -> None:
        if self.repitch and (self.spectrograms == "cached" or self.reader == "tfio"):
            raise ValueError(
                "`data.repitch` must be 0 with spectrograms that are cached and with the reader "
                f"tfio. Received: {self.repitch}"
            )
        at_least("data.excerpts_per_track", self.excerpts_per_track, 1)
        at_least("data.context_samples", self.context_samples, 0)
        positive("data.excerpt_seconds", self.excerpt_seconds)
        probability("data.incoherent", self.incoherent)
        probability("data.swap_channels", self.swap_channels)
        probability("data.flip_polarity", self.flip_polarity)
        probability("data.repitch", self.repitch)
        ascending("data.tempo", self.tempo)
        positive("data.tempo", self.tempo[0])
        ascending("data.pitch_semitones", self.pitch_semitones)
        one_of("data.spectrograms", self.spectrograms, ("cached", "pipeline", "model"))
        one_of("data.reader", self.reader, ("soundfile", "tfio"))
        ascending("data.gain", self.gain)
        positive("data.gain", self.gain[0])


@dataclass(frozen=True)
class VoiceSettings:
    """Mixtures of voices drawn at random from recordings, instead of excerpts of tracks.

    Args:
        train: what to train on: for each source a regular expression that the paths of its
            recordings match, relative to the data folder, whose first group names the voice, as
            `keras_sep.data.find_recordings` takes it. One alone is for all sources: two voices
            of one mixture always differ.
        valid: likewise what to validate on, always the same mixtures; none for no validation.
        mixtures_per_epoch: mixtures drawn in an epoch.
        validation_mixtures: mixtures to validate on.
        level_db: lowest and highest level of each source after the first, relative to the first.
        gain_db: lowest and highest gain of the mixture.
        gap_seconds: shortest and longest gap between recordings that are strung together.
        speed: slowest and fastest speed of a voice in training, one pair or one for each source.
    """

    train: tuple[str, ...]
    valid: tuple[str, ...] = ()
    mixtures_per_epoch: int = 1600
    validation_mixtures: int = 80
    level_db: tuple[float, float] = LEVEL_DB
    gain_db: tuple[float, float] = GAIN_DB
    gap_seconds: tuple[float, float] = GAP_SECONDS
    speed: tuple[tuple[float, float], ...] = (SPEED,)

    def __post_init__(self) -> None:
        for name in ("mixtures_per_epoch", "validation_mixtures"):
            at_least(f"voices.{name}", getattr(self, name), 1)
        if not self.train:
            raise ValueError("`voices.train` must name recordings. Received: []")
        for name in ("level_db", "gain_db", "gap_seconds"):
            ascending(f"voices.{name}", getattr(self, name))
        at_least("voices.gap_seconds", self.gap_seconds[0], 0)
        for speed in self.speed:
            ascending("voices.speed", speed)
            positive("voices.speed", speed[0])


@dataclass(frozen=True)
class Head:
    """One of several outputs of a network, and how it is trained.

    Args:
        target: what the loss compares with, a public function of `keras_sep.ops`.
        loss: a public class of `keras_sep.losses`.
        weight: of this loss in the sum of all.
    """

    target: Named
    loss: Named
    weight: float = 1.0


@dataclass(frozen=True)
class FitSettings:
    """How the network is fitted.

    Args:
        batch_size: examples a step, over all devices together.
        epochs: the most epochs.
        time_limit_seconds: the most seconds spent in `fit`; None for no limit.
        learning_rate: Adam's.
        final_learning_rate: reached by a cosine over the time limit (or, without one, over the
            epochs); None leaves the rate to `plateau_patience`.
        clip_norm: largest norm of all gradients together; None does not clip.
        weight_decay: factor of the weights added to their gradients, as in `torch.optim.Adam`.
        patience: epochs without improvement before training stops; None never stops early.
        plateau_patience: epochs without improvement before the rate falls; None never.
        plateau_factor: what the rate is multiplied with then.
        jit: compile the step with XLA.
        precision: "float32", or what the network computes in, its weights staying float32:
            "mixed_bfloat16", or "mixed_float16", whose loss is scaled so that small gradients do
            not vanish. Losses and the STFT stay in float32, and so does the separator that is kept.
        tensorboard: write TensorBoard logs.
    """

    batch_size: int = 16
    epochs: int = 1000
    time_limit_seconds: float | None = None
    learning_rate: float = 1e-3
    final_learning_rate: float | None = None
    clip_norm: float | None = None
    weight_decay: float = 0.0
    patience: int | None = None
    plateau_patience: int | None = None
    plateau_factor: float = 0.3
    jit: bool = False
    precision: str = "float32"
    tensorboard: bool = True

    def __post_init__(self) -> None:
        for name in ("batch_size", "epochs"):
            at_least(f"fit.{name}", getattr(self, name), 1)
        for name in ("learning_rate", "clip_norm", "time_limit_seconds", "final_learning_rate"):
            if getattr(self, name) is not None:
                positive(f"fit.{name}", getattr(self, name))
        for name in ("patience", "plateau_patience"):
            if getattr(self, name) is not None:
                at_least(f"fit.{name}", getattr(self, name), 1)
        at_least("fit.weight_decay", self.weight_decay, 0)
        probability("fit.plateau_factor", self.plateau_factor)
        one_of("fit.precision", self.precision, ("float32", "mixed_bfloat16", "mixed_float16"))
        if self.final_learning_rate is not None and self.plateau_patience is not None:
            raise ValueError(
                "`fit.final_learning_rate` and `fit.plateau_patience` both steer the learning "
                "rate: give one of them"
            )


def positive(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"`{name}` must be positive. Received: {value}")


def at_least(name: str, value: float, least: float) -> None:
    if not value >= least:
        raise ValueError(f"`{name}` must be at least {least}. Received: {value}")


def probability(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"`{name}` must lie between 0 and 1. Received: {value}")


def ascending(name: str, bounds: tuple[float, float]) -> None:
    low, high = bounds
    if not low <= high:
        raise ValueError(f"`{name}` must be [low, high]. Received: {list(bounds)}")


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"`{name}` must be one of {', '.join(choices)}. Received: {value!r}")
