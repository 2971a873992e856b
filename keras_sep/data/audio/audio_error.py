"""The error that bad audio raises."""

from pathlib import Path

from keras_sep._printable import printable


class AudioError(ValueError):
    """An audio file cannot be read or written; the message is one line that names the file.

    Args:
        path: Path of the file.
        problem: Description of what is wrong, without a full stop.

    Example:

    >>> raise AudioError("song/vocals.wav", "no such file")
    Traceback (most recent call last):
    keras_sep.data.audio.audio_error.AudioError: song/vocals.wav: no such file
    """

    def __init__(self, path: str | Path, problem: str):
        super().__init__(path, problem)
        self.path = Path(path)
        self.problem = " ".join(str(problem).split())

    def __str__(self) -> str:
        return printable(f"{self.path}: {self.problem}")


class DamagedAudioError(AudioError):
    """Part of an audio file is missing or cannot be decoded; see `accepting_damage`."""
