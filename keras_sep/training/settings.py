"""The sections of a recipe."""

from dataclasses import dataclass
from typing import Any

from keras_sep._brief import brief
from keras_sep._frames import stft_frames
from keras_sep._named import Named
from keras_sep._named.ranges import check_ranges, ranged
from keras_sep.data.layouts import LEVEL_DB, MOST_DB
from keras_sep.data.pipelines.augmentation import Augmentation
from keras_sep.data.pipelines.mixed_excerpts import GAIN_DB, GAP_SECONDS, SPEED

# arguments of an optimizer that a recipe has keys of its own for
_OF_FIT = {
    "learning_rate": "learning_rate",
    "global_clipnorm": "clip_norm",
    "gradient_accumulation_steps": "accumulation",
}


@dataclass(frozen=True)
class STFTSettings:
    """The transform of the spectrograms, as `keras_sep.layers.STFT` takes it.

    Args:
        frame_length: samples in a frame.
        hop_length: samples from one frame to the next.
        window: "hann", "sqrt_hann" or "hamming", or a list of `frame_length` numbers.
        fft_length: samples of the transform; shorter frames are zero-padded on both sides. None
            for `frame_length`.
    """

    frame_length: int = ranged(4096, 2, 2**20)
    hop_length: int = ranged(1024, 1, 2**20)
    window: Any = "hann"
    fft_length: int | None = ranged(None, 2, 2**20)

    def __post_init__(self) -> None:
        check_ranges(self, "stft")
        stft_frames(self.frame_length, self.hop_length, self.window, self.fft_length)
        if not isinstance(self.window, str):
            object.__setattr__(self, "window", tuple(map(float, self.window)))

    @property
    def bins(self) -> int:
        """Frequency bins of a spectrogram."""
        return (self.fft_length or self.frame_length) // 2 + 1

    @property
    def context_samples(self) -> int:
        """Whole hops on either side of a stretch of sound that hold half a frame."""
        return -(-self.frame_length // (2 * self.hop_length)) * self.hop_length


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
        tracks: names of the tracks to train on. By default all.
        validation: names of training tracks kept for validation where there is no `valid` folder.
        spectrograms: place where they are computed. "cached": once, on disk; "pipeline": on the fly
            by the data pipeline; "model": on the fly by the model, on its device. The excerpts
            and their spectrograms are the same.
        cache: folder of the cache; None puts it into the output folder.
        reader: "soundfile", or "tfio" to decode inside the graph, which needs the extra
            `keras_sep[tfio]` and files at the recipe's rate. Ignored when reading from a cache.
        bad_audio: treatment of audio with faults. "trim" cuts stems of unequal
            length to the shortest of their track, and leaves out tracks and recordings that
            cannot be read, lack a source, or are shorter than an excerpt; "skip" leaves out tracks
            with unequal stems, too; "stop" refuses to train. Whatever is cut or left out is
            counted and named on standard error. What only decoding shows, such as NaN in the
            middle of a file, stops the training when it is met, and is named.
        parallel_calls: excerpts mixed at a time; with "tfio" always 1.
    """

    excerpt_seconds: float = ranged(6.0, 0, 3600, above=True)
    context_samples: int = ranged(0, 0, 2**24)
    excerpts_per_track: int = ranged(64, 1, 1_000_000)
    incoherent: float = Augmentation.incoherent
    gain: tuple[float, float] = Augmentation.gain
    swap_channels: float = Augmentation.swap_channels
    flip_polarity: float = Augmentation.flip_polarity
    repitch: float = Augmentation.repitch
    tempo: tuple[float, float] = Augmentation.tempo
    pitch_semitones: tuple[float, float] = Augmentation.pitch_semitones
    tracks: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    spectrograms: str = "pipeline"
    cache: str | None = None
    reader: str = "soundfile"
    bad_audio: str = "trim"
    parallel_calls: int = ranged(2, 1, 256)

    def __post_init__(self) -> None:
        check_ranges(self, "data")
        try:
            self.augmentation()
        except ValueError as error:  # it begins with the name of one of the fields
            raise ValueError(f"`data.{str(error).removeprefix('`')}") from None
        if self.repitch and (self.spectrograms == "cached" or self.reader == "tfio"):
            raise ValueError(
                "`data.repitch` must be 0 with spectrograms that are cached and with the reader "
                f"tfio. Received: {self.repitch}"
            )
        one_of("data.spectrograms", self.spectrograms, ("cached", "pipeline", "model"))
        one_of("data.bad_audio", self.bad_audio, ("trim", "skip", "stop"))
        one_of("data.reader", self.reader, ("soundfile", "tfio"))

    def augmentation(self, channels: int = 2) -> Augmentation:
        """How excerpts with this number of channels are varied."""
        return Augmentation(
            incoherent=self.incoherent,
            gain=self.gain,
            swap_channels=self.swap_channels if channels == 2 else 0.0,
            flip_polarity=self.flip_polarity,
            repitch=self.repitch,
            tempo=self.tempo,
            pitch_semitones=self.pitch_semitones,
        )


@dataclass(frozen=True)
class VoiceSettings:
    """Mixtures of voices drawn at random from recordings, instead of excerpts of tracks.

    Args:
        train: patterns of what to train on: for each source a regular expression that the paths of
            its recordings match, relative to the data folder, whose first group names the voice, as
            `keras_sep.data.find_recordings` takes it. One alone is for all sources: two voices
            of one mixture always differ.
        valid: patterns of what to validate on, as `train`; the mixtures are always the same. None
            for no validation.
        mixtures_per_epoch: mixtures drawn in an epoch.
        validation_mixtures: mixtures to validate on.
        level_db: lowest and highest level of each source after the first, relative to the first.
        gain_db: lowest and highest gain of the mixture.
        gap_seconds: shortest and longest gap between recordings that are strung together.
        speed: slowest and fastest speed of a voice in training, one pair or one for each source.
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


@dataclass(frozen=True)
class Head:
    """One of several outputs of a network, and how it is trained.

    Args:
        target: what the loss compares with, a public function of `keras_sep.ops`.
        loss: a public class of `keras_sep.losses`.
        weight: weight of this loss in the sum of all.
    """

    target: Named
    loss: Named
    weight: float = ranged(1.0, 0, 1_000_000)

    def __post_init__(self) -> None:
        check_ranges(self, "heads")


@dataclass(frozen=True)
class FitSettings:
    """How the network is fitted.

    Args:
        batch_size: examples per step, over all devices together.
        epochs: largest number of epochs.
        time_limit_seconds: limit of the time spent in `fit`; None for no limit.
        learning_rate: learning rate of the optimizer.
        optimizer: an optimizer of `keras.optimizers`, such as `{name: AdamW, arguments:
            {weight_decay: 0.01}}`; None for Adam with the `weight_decay` below.
        accumulation: steps whose gradients are averaged before the weights change, for batches that
            memory does not hold.
        warmup_steps: steps over which the learning rate rises to its value.
        ema_momentum: momentum of an exponential moving average of the weights, such as 0.999, which
            is validated and kept instead of the weights themselves; None for none.
        final_learning_rate: learning rate at the end of a cosine over the time limit, or over the
            epochs where there is none; None leaves the rate to `plateau_patience`.
        clip_norm: largest norm of all gradients together; None does not clip.
        weight_decay: factor of the weights added to their gradients, as in `torch.optim.Adam`; for
            the default optimizer alone.
        patience: epochs without improvement before training stops; None never stops early.
        plateau_patience: epochs without improvement before the rate falls; None never.
        plateau_factor: factor of the rate each time, below 1.
        jit: whether to compile the step with XLA; "auto" does so on JAX alone, where a step that is
            not compiled is many times slower.
        precision: "float32", or what the network computes in, its weights staying float32:
            "mixed_bfloat16", or "mixed_float16", whose loss is scaled so that small gradients do
            not vanish. Losses and the STFT stay in float32, and so does the separator that is kept.
        tensorboard: whether to write TensorBoard logs.
    """

    batch_size: int = ranged(16, 1, 65_536)
    epochs: int = ranged(1000, 1, 1_000_000)
    time_limit_seconds: float | None = ranged(None, 0, 1_000_000_000, above=True)
    learning_rate: float = ranged(1e-3, 0, 1000, above=True)
    optimizer: Named | None = None
    accumulation: int = ranged(1, 1, 65_536)
    warmup_steps: int = ranged(0, 0, 100_000_000)
    ema_momentum: float | None = ranged(None, 0, 1)
    final_learning_rate: float | None = ranged(None, 0, 1000, above=True)
    clip_norm: float | None = ranged(None, 0, 1_000_000_000, above=True)
    weight_decay: float = ranged(0.0, 0, 1000)
    patience: int | None = ranged(None, 1, 1_000_000)
    plateau_patience: int | None = ranged(None, 1, 1_000_000)
    plateau_factor: float = ranged(0.3, 0, 0.99, above=True)
    jit: Any = "auto"
    precision: str = "float32"
    tensorboard: bool = True

    def __post_init__(self) -> None:
        check_ranges(self, "fit")
        if self.jit != "auto" and not isinstance(self.jit, bool):
            raise ValueError(
                f"`fit.jit` must be true or false. Received: {brief(self.jit)}; or leave it out, "
                "or write auto, for what suits the backend"
            )
        one_of("fit.precision", self.precision, ("float32", "mixed_bfloat16", "mixed_float16"))
        for name, key in _OF_FIT.items():
            if self.optimizer is not None and name in self.optimizer.arguments:
                raise ValueError(f"`fit.optimizer.arguments.{name}` must be given as `fit.{key}`")
        if self.optimizer is not None and self.weight_decay:
            raise ValueError(
                "`fit.weight_decay` is for the default optimizer: give it in "
                "`fit.optimizer.arguments`, or leave out `fit.optimizer`"
            )
        if self.final_learning_rate is not None and self.plateau_patience is not None:
            raise ValueError(
                "`fit.final_learning_rate` and `fit.plateau_patience` both steer the learning "
                "rate: give one of them"
            )


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"`{name}` must be one of {', '.join(choices)}. Received: {brief(value)}")
