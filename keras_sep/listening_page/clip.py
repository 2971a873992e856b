"""A sound on a listening page."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_sep.data import AudioInfo, audio_info, open_audio


@dataclass(frozen=True)
class Clip:
    """A sound with its name.

    Args:
        label: Name of the sound, such as "model" or "reference".
        sound: Samples, (samples, channels), between -1 and 1, or the path of an audio file, which
            is read in pieces.
        sample_rate_hz: Sample rate of samples in Hz; a file has its own. Default None.
        note: Short text beside the label, such as a score. Default "".
        muted: Whether the sound is silent until the listener wants it, as a mixture beside the
            stems that sum to it. Default False.
        part_of: Label of a clip of the same section of which this is a part, as a stem is of its
            mixture: its mask is among the pictures, where both have one sample rate and length.
            Default "".
    """

    label: str
    sound: np.ndarray | str | Path
    sample_rate_hz: int | None = None
    note: str = ""
    muted: bool = False
    part_of: str = ""

    def info(self) -> AudioInfo:
        """Return the sample rate, length and number of channels."""
        if not isinstance(self.sound, np.ndarray):
            return audio_info(self.sound)
        if self.sound.ndim != 2 or not self.sample_rate_hz:
            raise ValueError(
                "`sound` must be (samples, channels), with its `sample_rate_hz`. Received: shape "
                f"{self.sound.shape}, sample_rate_hz={self.sample_rate_hz}"
            )
        return AudioInfo(self.sample_rate_hz, *self.sound.shape)

    def read(self, samples: int) -> Iterator[np.ndarray]:
        """Yield the sound from start to end, at most `samples` at a time."""
        if isinstance(self.sound, np.ndarray):
            for start in range(0, len(self.sound), samples):
                yield self.sound[start : start + samples]
            return
        with open_audio(self.sound) as file:
            while len(part := file.read(samples)):
                yield part
