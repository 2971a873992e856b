"""Recipes: everything that decides a training, in one frozen, typed value read from YAML."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_sep import _yaml
from keras_sep._brief import brief
from keras_sep._named import Named
from keras_sep._named.fields import from_mapping, to_mapping
from keras_sep._named.ranges import check_ranges, ranged
from keras_sep._printable import printable
from keras_sep._source_names import require_source_names
from keras_sep.training._losses import check_loss, loss_names
from keras_sep.training.data_settings import DataSettings, VoiceSettings
from keras_sep.training.filled_in import filled_in
from keras_sep.training.on_device_settings import check_on_device
from keras_sep.training.settings import FitSettings, Head, STFTSettings
from keras_sep.training.start_from import StartFrom

_MOST_VALUES = 2**31  # of all sources of a batch, or their spectrograms: 8 GiB
_FOLLOW = ("targets", "sources", "channels", "mean", "scale")
_MAGNITUDES = Named("magnitude_spectrum_approximation")


@dataclass(frozen=True)
class Recipe:
    """Complete description of a training.

    Args:
        model: Builder, a public name of `keras_sep.zoo`, with its arguments. `targets`, `sources`,
            `bins` and `channels` follow from the recipe's own keys.
        sources: Names of the sources of the mixture: file names of stems, or names for the
            `voices`.
        targets: Names of the sources that the network learns.
        sample_rate_hz: Sample rate of the training in Hz; other files are resampled.
        channels: Number of channels of the training.
        stft: Settings of the STFT; `null` for a network that reads waveforms. The loss then
            compares waveforms, and all settings of spectrograms are ignored.
        data: Settings of the excerpts.
        voices: Settings of mixtures of recordings, in place of tracks.
        loss: Public class of `keras_sep.losses` with its arguments; an argument that is itself a
            loss is written in the same way.
        target: Target of the loss, a public function of `keras_sep.ops`.
        heads: Loss and target of each output, by name, of a network with several; `loss` and
            `target` are then ignored. Waveforms need no target.
        post_filter: Public class of `keras_sep.layers` that turns the network's output into stems;
            None to combine its magnitudes with the mixture's phase. Default None.
        interchangeable_sources: Whether the network may return the sources in any order.
        fit: Settings of `fit`.
        seed: Seed of the weights, the dropout and the excerpts.
        license: Licence of the trained weights, stored in the saved separator.
        start_from: Separator whose weights the training starts from; None for new weights. Keys
            that follow from it, such as `model`, `sample_rate_hz` and `stft`, may be left out in
            YAML.

    Example:

    >>> from keras_sep.training import Recipe
    >>> Recipe.from_mapping({
    ...     "model": {"name": "open_unmix", "arguments": {"hidden": 64}},
    ...     "sources": ["vocals", "accompaniment"], "targets": ["vocals"],
    ... }).stft.hop_length
    1024
    """

    model: Named
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    sample_rate_hz: int = ranged(44100, 1, 1_000_000)
    channels: int = ranged(2, 1, 256)
    stft: STFTSettings | None = field(default_factory=STFTSettings)
    data: DataSettings = field(default_factory=DataSettings)
    voices: VoiceSettings | None = None
    loss: Named = field(
        default_factory=lambda: Named("SpectrogramLoss", {"norm": "l2"})  # as Open-Unmix
    )
    target: Named = _MAGNITUDES
    heads: dict[str, Head] = field(default_factory=dict)
    post_filter: Named | None = None
    interchangeable_sources: bool = False
    fit: FitSettings = field(default_factory=FitSettings)
    seed: int = ranged(42, 0, 2**32 - 1)
    license: str | None = None
    start_from: StartFrom | None = None

    def __post_init__(self) -> None:
        check_ranges(self)
        for name in ("sources", "targets"):
            names = require_source_names(getattr(self, name), name)
            if not names or len(set(names)) != len(names):
                raise ValueError(f"`{name}` must be distinct names. Received: {brief(list(names))}")
        unknown = [name for name in self.targets if name not in self.sources]
        if unknown:
            raise ValueError(
                f"`targets` must be among the sources {brief(list(self.sources))}. "
                f"Received: {brief(unknown)}"
            )
        self._check_batch()
        # bins are those of the recipe's `stft`; networks of waveforms may have some of their own
        follow = _FOLLOW if self.stft is None else (*_FOLLOW, "bins")
        given = set(follow) & set(self.model.arguments)
        if given:
            raise ValueError(
                f"`model.arguments.{sorted(given)[0]}` follows from the recipe's own keys: "
                "leave it out"
            )
        if self.stft is None:
            self._check_waveforms()
        elif self.data.context_samples:
            raise ValueError("`data.context_samples` applies to waveform networks only: delete it")
        elif self.heads and self.data.spectrograms != "model":
            raise ValueError(
                '`data.spectrograms` must be "model" where `heads` have their own targets. '
                f"Received: {brief(self.data.spectrograms)}"
            )
        compared = [
            (head.loss, head.target, f"heads.{name}.") for name, head in self.heads.items()
        ] or [(self.loss, self.target, "")]
        if self.stft is not None:
            for _, target, where in compared:
                if target is None:
                    raise ValueError(f"missing key `{where}target`")
        for loss, target, where in compared:
            check_loss(loss, target, self.stft is not None, where)
        permuted = any("PermutationInvariantLoss" in loss_names(loss) for loss, _, _ in compared)
        if permuted and not self.interchangeable_sources:
            raise ValueError(
                "`interchangeable_sources` must be true with `PermutationInvariantLoss`, "
                "which leaves the order of the sources open"
            )
        if self.voices is not None:
            self._check_voices(self.voices)
        check_on_device(self)

    def _check_batch(self) -> None:
        """Raise if a batch is too large for any memory, such as one of hour-long excerpts."""
        samples = self.data.excerpt_seconds * self.sample_rate_hz
        if round(samples) < 1:
            raise ValueError(
                f"`data.excerpt_seconds` must be of at least one sample at {self.sample_rate_hz} "
                f"Hz. Received: {self.data.excerpt_seconds}"
            )
        stft, overlap = self.stft, 1.0
        if stft is not None:
            overlap = max(1, (stft.fft_length or stft.frame_length) / stft.hop_length)
        length = samples + 2 * self.data.context_samples
        values = self.fit.batch_size * length * self.channels * len(self.sources) * overlap
        if values > _MOST_VALUES:
            raise ValueError(
                f"a batch of {self.fit.batch_size} excerpts of {self.data.excerpt_seconds} s must "
                f"hold at most {_MOST_VALUES} values, but has {values:.3g}: lower "
                "`fit.batch_size`, `data.excerpt_seconds` or what else makes it large"
            )

    def _check_waveforms(self) -> None:
        given = {
            "target": self.target != _MAGNITUDES,
            **{
                f"heads.{name}.target": head.target is not None for name, head in self.heads.items()
            },
            "post_filter": self.post_filter is not None,
            "data.spectrograms": self.data.spectrograms != DataSettings.spectrograms,
            "data.cache": self.data.cache is not None,
        }
        for name, here in given.items():
            if here:
                raise ValueError(
                    f"`{name}` is about spectrograms; without an `stft` it has no meaning"
                )

    def _check_voices(self, voices: VoiceSettings) -> None:
        for name in ("train", "valid", "speed"):
            count = len(getattr(voices, name))
            if count not in (0, 1, len(self.sources)):
                raise ValueError(
                    f"`voices.{name}` must contain one entry, or one for each of the "
                    f"{len(self.sources)} sources. Received: {count}"
                )
        if self.stft is not None and self.data.spectrograms != "model":
            raise ValueError(
                '`data.spectrograms` must be "model" where `voices` are mixed. '
                f"Received: {brief(self.data.spectrograms)}"
            )
        if given := self.data.about_tracks():
            raise ValueError(f"`data.{given[0]}` cannot be combined with `voices`")

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> "Recipe":
        """Make a recipe from nested dicts; unknown keys and wrong types raise a ValueError."""
        return from_mapping(cls, filled_in(values))

    @classmethod
    def from_yaml(cls, path: str | Path) -> "Recipe":
        """Read a recipe from a YAML file; errors are one line that names the file."""
        try:
            return cls.from_mapping(_yaml.load_file(path))
        except OSError as error:
            raise ValueError(f"{printable(path)}: {error.strerror}") from None
        except ValueError as error:
            raise ValueError(f"{printable(path)}: {error}") from None

    def to_yaml(self) -> str:
        """Return YAML from which `from_yaml` reads an equal recipe."""
        return _yaml.dump(to_mapping(self))

    @property
    def margin_samples(self) -> int:
        """Samples of context on either side of an excerpt; mixed voices have none."""
        if self.stft is None:
            return self.data.context_samples
        if self.voices is not None:
            return 0
        return self.stft.context_samples
