"""How training excerpts are mixed and varied."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Augmentation:
    """Settings for mixing and varying training excerpts; the defaults are those of Open-Unmix.

    All of it except `repitch` is linear in each source, so it applies equally to waveforms and to
    complex spectra.

    Args:
        incoherent: Probability that an excerpt is a remix, in which every source is drawn from its
            own track and position. Default 1.
        gain: Lowest and highest factor of each source, drawn uniformly. Default (0.25, 1.25).
        swap_channels: Probability that a source's channels are swapped. Default 0.5.
        flip_polarity: Probability that a source is multiplied by -1. Default 0.
        repitch: Probability that tempo and pitch are changed: of all sources of an excerpt alike,
            or of each separately in a remix. Needs the extra `keras_sep[augment]` and waveforms,
            not cached spectra. Default 0.
        tempo: Slowest and fastest factor of the tempo, between 0.5 and 2, drawn log-uniformly.
            Default (0.88, 1.12), as in Demucs.
        pitch_semitones: Lowest and highest change of the pitch in semitones, drawn uniformly.
            Default (-2, 2), as in Demucs, which draws whole semitones.

    Example:

    >>> Augmentation.none().gain
    (1.0, 1.0)

    Reference: remixing and gains as in Uhlich et al., "Improving music source separation based on
    deep neural networks through data augmentation and network blending" (2017); tempo and pitch as
    in Défossez et al., "Music source separation in the waveform domain" (2019).
    """

    incoherent: float = 1.0
    gain: tuple[float, float] = (0.25, 1.25)
    swap_channels: float = 0.5
    flip_polarity: float = 0.0
    repitch: float = 0.0
    tempo: tuple[float, float] = (0.88, 1.12)
    pitch_semitones: tuple[float, float] = (-2.0, 2.0)

    def __post_init__(self) -> None:
        for name in ("incoherent", "swap_channels", "flip_polarity", "repitch"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(
                    f"`{name}` must lie between 0 and 1. Received: {getattr(self, name)}"
                )
        for name, least, most in (
            ("gain", 0, 1000),
            ("tempo", 0.5, 2),
            ("pitch_semitones", -24, 24),
        ):
            low, high = getattr(self, name)
            if not least <= low <= high <= most:
                raise ValueError(
                    f"`{name}` must be [low, high], from {least} to {most}. Received: {[low, high]}"
                )

    @classmethod
    def none(cls) -> "Augmentation":
        """No augmentation: the tracks as they are."""
        return cls(incoherent=0.0, gain=(1.0, 1.0), swap_channels=0.0)
