"""The sections of a recipe that say what is computed: transform, heads, fit."""

from dataclasses import asdict, dataclass
from typing import Any

from keras_sep._brief import brief
from keras_sep._frames import stft_frames
from keras_sep._named import Named
from keras_sep._named.ranges import check_ranges, one_of, ranged
from keras_sep.data.pipelines import BATCH_SIZE, FRAME_LENGTH, HOP_LENGTH
from keras_sep.training.score_settings import ScoreSettings

# arguments of an optimizer for which a recipe has its own keys
_OF_FIT = {
    "learning_rate": "learning_rate",
    "global_clipnorm": "clip_norm",
    "gradient_accumulation_steps": "accumulation",
}


@dataclass(frozen=True)
class STFTSettings:
    """Settings of the STFT, as for `keras_sep.layers.STFT`.

    Args:
        frame_length: Samples in a frame.
        hop_length: Samples from one frame to the next.
        window: "hann", "sqrt_hann", "hamming" or "rectangular", or a list of `frame_length`
            numbers.
        fft_length: Samples of the transform; shorter frames are zero-padded on both sides. None
            for `frame_length`.
        padding: What lies beyond the ends of a recording for the separator: "reflect", "constant"
            or "zeros". Excerpts are trained with the samples around them.
    """

    frame_length: int = ranged(FRAME_LENGTH, 2, 2**20)
    hop_length: int = ranged(HOP_LENGTH, 1, 2**20)
    window: Any = "hann"
    fft_length: int | None = ranged(None, 2, 2**20)
    padding: str = "reflect"

    def __post_init__(self) -> None:
        check_ranges(self, "stft")
        one_of("stft.padding", self.padding, ("reflect", "constant", "zeros"))
        stft_frames(self.frame_length, self.hop_length, self.window, self.fft_length)
        if not isinstance(self.window, str):
            object.__setattr__(self, "window", tuple(map(float, self.window)))

    @property
    def bins(self) -> int:
        """Frequency bins of a spectrogram."""
        return (self.fft_length or self.frame_length) // 2 + 1

    @property
    def of_frames(self) -> dict[str, Any]:
        """All that decides a frame within a recording, as arguments of `STFT`."""
        return {name: value for name, value in asdict(self).items() if name != "padding"}

    @property
    def context_samples(self) -> int:
        """Samples of context on either side of an excerpt: half a frame, in whole hops."""
        return -(-self.frame_length // (2 * self.hop_length)) * self.hop_length


@dataclass(frozen=True)
class Head:
    """Training of one of several outputs of a network.

    Args:
        loss: Public class of `keras_sep.losses`.
        target: Target of the loss, a public function of `keras_sep.ops`; None for waveforms, which
            are compared with the stems.
        weight: Weight of this loss in the sum of all.
    """

    loss: Named
    target: Named | None = None
    weight: float = ranged(1.0, 0, 1_000_000)

    def __post_init__(self) -> None:
        check_ranges(self, "heads")


@dataclass(frozen=True)
class FitSettings:
    """Settings of `fit`.

    Args:
        batch_size: Number of examples per step, over all devices together.
        epochs: Largest number of epochs.
        time_limit_seconds: Limit of the time in `fit` in seconds; None for no limit.
        learning_rate: Learning rate of the optimizer.
        optimizer: Optimizer of `keras.optimizers`, such as `{name: AdamW, arguments: {weight_decay:
            0.01}}`; None for Adam with the `weight_decay` below.
        accumulation: Number of steps whose gradients are averaged before the weights change, for
            batches that do not fit into memory.
        warmup_steps: Number of steps over which the learning rate rises to its value.
        ema_momentum: Momentum of an exponential moving average of the weights, such as 0.999, which
            is validated and kept instead of the weights themselves; None for none.
        final_learning_rate: Learning rate at the end of a cosine over the time limit, or over the
            epochs where there is none; None for no cosine.
        decay_factor: Factor of the learning rate after every epoch, such as 0.99; None for none.
        clip_norm: Largest norm of all gradients together; None for no clipping.
        weight_decay: Factor of the weights added to their gradients, as in `torch.optim.Adam`; for
            the default optimizer only.
        patience: Number of epochs without improvement before training stops; None to never stop
            early.
        plateau_patience: Number of epochs without improvement before the learning rate falls; None
            for never.
        plateau_factor: Factor of the rate each time, below 1.
        plateau_cooldown: Number of epochs after that before epochs without improvement count.
        jit: Whether to compile the step with XLA; "auto" does so on JAX only, where a step that is
            not compiled is many times slower.
        model_parallel: Number of devices among which the large kernels of a RoFormer are split, on
            the JAX backend; 1 to have all of them on every device.
        precision: Precision of the network: "float32", "mixed_bfloat16", or "mixed_float16" with a
            scaled loss so that small gradients do not vanish. Weights, losses, the STFT and the
            saved separator are always float32.
        tensorboard: Whether to write TensorBoard logs.
        page: Whether to write `listen.html` at the end: an excerpt, separated, with its scores and
            the losses.
        checkpointing: Whether blocks of the network keep their inputs only, and compute the rest
            again for the gradient: less memory for more time. In float32, on TensorFlow.
        norms: Whether to log the mean norm of an epoch's gradients, before clipping, and the norm
            of the weights at its end.
        score: Validation by separating whole songs, whose score then decides which epoch is the
            best, in place of the loss; None for the loss.
    """

    batch_size: int = ranged(BATCH_SIZE, 1, 65_536)
    epochs: int = ranged(1000, 1, 1_000_000)
    time_limit_seconds: float | None = ranged(None, 0, 1_000_000_000, above=True)
    learning_rate: float = ranged(1e-3, 0, 1000, above=True)
    optimizer: Named | None = None
    accumulation: int = ranged(1, 1, 65_536)
    warmup_steps: int = ranged(0, 0, 100_000_000)
    ema_momentum: float | None = ranged(None, 0, 1)
    final_learning_rate: float | None = ranged(None, 0, 1000, above=True)
    decay_factor: float | None = ranged(None, 0, 1, above=True)
    clip_norm: float | None = ranged(None, 0, 1_000_000_000, above=True)
    weight_decay: float = ranged(0.0, 0, 1000)
    patience: int | None = ranged(None, 1, 1_000_000)
    plateau_patience: int | None = ranged(None, 1, 1_000_000)
    plateau_factor: float = ranged(0.3, 0, 0.99, above=True)
    plateau_cooldown: int = ranged(10, 0, 1_000_000)  # as Open-Unmix
    jit: Any = "auto"
    model_parallel: int = ranged(1, 1, 4096)
    precision: str = "float32"
    tensorboard: bool = True
    page: bool = True
    checkpointing: bool = False
    norms: bool = False
    score: ScoreSettings | None = None

    def __post_init__(self) -> None:
        check_ranges(self, "fit")
        if self.jit != "auto" and not isinstance(self.jit, bool):
            raise ValueError(
                f"`fit.jit` must be true or false. Received: {brief(self.jit)}; or leave it out, "
                "or write auto, for what suits the backend"
            )
        one_of("fit.precision", self.precision, ("float32", "mixed_bfloat16", "mixed_float16"))
        if self.checkpointing and self.precision != "float32":
            raise ValueError(
                "`fit.precision` must be float32 with `fit.checkpointing`. "
                f"Received: {self.precision}"
            )
        for name, key in _OF_FIT.items():
            if self.optimizer is not None and name in self.optimizer.arguments:
                raise ValueError(f"`fit.optimizer.arguments.{name}` must be given as `fit.{key}`")
        if self.optimizer is not None and self.weight_decay:
            raise ValueError(
                "`fit.weight_decay` is for the default optimizer: give it in "
                "`fit.optimizer.arguments`, or leave out `fit.optimizer`"
            )
        steering = [
            f"`fit.{name}`"
            for name in ("final_learning_rate", "decay_factor", "plateau_patience")
            if getattr(self, name) is not None
        ]
        if len(steering) > 1:
            raise ValueError(
                f"{' and '.join(steering)} control the learning rate: give only one of them"
            )
