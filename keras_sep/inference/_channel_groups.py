"""Which channels of a file are separated together if it has more than the model."""

from collections.abc import Callable

import numpy as np

from keras_sep._brief import counted
from keras_sep.data import match_channels
from keras_sep.inference._continue_order import continue_order

# Channels in the order of WAV, FLAC and FFmpeg. The low-frequency channel (LFE) is in no group, as
# stereo mixtures have none: FFmpeg leaves it out of a downmix, too.
_LAYOUTS: dict[int, dict[str, tuple[int, ...]]] = {
    3: {"front": (0, 1), "centre": (2,)},
    4: {"front": (0, 1), "back": (2, 3)},
    5: {"front": (0, 1), "centre": (2,), "back": (3, 4)},
    6: {"front": (0, 1), "centre": (2,), "back": (4, 5)},
    7: {"front": (0, 1), "centre": (2,), "back centre": (4,), "side": (5, 6)},
    8: {"front": (0, 1), "centre": (2,), "back": (4, 5), "side": (6, 7)},
}


class ChannelGroups:
    """Separate signals that have another number of channels than the model.

    A model of two channels separates front left and right, then the centre, copied to both of its
    channels, then the other pairs; each result goes to its own channels. Channels without a
    loudspeaker layout are separated in pairs. Any other model receives the mean of the channels, or
    one channel copied. The low-frequency channel of 5.1, 6.1 and 7.1 is silent in the stems.

    Args:
        separate: Function from samples (samples, model channels) to stems (samples, model channels,
            sources).
        channels: Number of channels of the signals.
        model_channels: Number of channels that `separate` wants; None for any.
        interchangeable_sources: Whether `separate` returns the sources in any order. Those of every
            group are then put into the order of the first. Default False.

    Example:

    >>> import numpy as np
    >>> groups = ChannelGroups(lambda samples: samples[..., None], channels=6, model_channels=2)
    >>> groups(np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]]))[0, :, 0].tolist()
    [0.1, 0.2, 0.3, 0.0, 0.5, 0.6]
    >>> groups.words
    '6 channels separated as front, centre, back; the low-frequency channel is not separated'
    """

    def __init__(
        self,
        separate: Callable[[np.ndarray], np.ndarray],
        channels: int,
        model_channels: int | None,
        interchangeable_sources: bool = False,
    ):
        self.separate = separate
        self.channels = channels
        self.model_channels = model_channels or channels
        self.interchangeable_sources = interchangeable_sources
        self.groups = _groups(channels, self.model_channels)

    @property
    def words(self) -> str:
        """One line on what is done; empty if the model takes the channels as they are."""
        if self.channels == self.model_channels:
            return ""
        if self.channels < self.model_channels:
            done = f"upmixed to {self.model_channels} and back"
        elif len(self.groups) == 1:
            done = f"downmixed to {self.model_channels} and back"
        else:
            done = f"separated as {', '.join(self.groups)}"
        silent = self.channels - sum(map(len, self.groups.values()))
        return f"{counted(self.channels, 'channel')} {done}" + (
            "; the low-frequency channel is not separated" if silent else ""
        )

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Separate samples (samples, channels) into stems (samples, channels, sources)."""
        parts: list[np.ndarray] = []
        for group in self.groups.values():
            with np.errstate(over="ignore", invalid="ignore"):  # of the model's stems is spoken
                part = self.separate(_with_channels(samples[:, group], self.model_channels))
            if self.interchangeable_sources and parts:
                part = part[..., continue_order(*(_mono(stems) for stems in (parts[0], part)))]
            parts.append(_with_channels(part, len(group)))
        if len(self.groups) == 1 and len(parts[0][0]) == self.channels:
            return parts[0]
        stems = np.zeros((len(samples), self.channels, parts[0].shape[2]), parts[0].dtype)
        for group, part in zip(self.groups.values(), parts, strict=True):
            stems[:, group] = part
        return stems


def _groups(channels: int, model_channels: int) -> dict[str, tuple[int, ...]]:
    layout = _LAYOUTS.get(channels) if channels > model_channels else None
    if layout and model_channels == 2:
        return layout
    if layout:
        return {"all": tuple(sorted(sum(layout.values(), ())))}
    if channels > model_channels == 2:
        pairs = [range(channels)[start : start + 2] for start in range(0, channels, 2)]
        return {" and ".join(str(index + 1) for index in pair): tuple(pair) for pair in pairs}
    return {"all": tuple(range(channels))}


def _with_channels(samples: np.ndarray, channels: int) -> np.ndarray:
    if 1 not in (samples.shape[1], channels) and samples.shape[1] != channels:
        samples = match_channels(samples, 1)  # from four to three, say, only through mono
    return match_channels(samples, channels)


def _mono(stems: np.ndarray) -> np.ndarray:
    return stems.mean(axis=1, keepdims=True)
