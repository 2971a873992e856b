"""The format and codec of an audio file."""

import contextlib
from pathlib import Path

from keras_sep.data.audio._examine_audio import examine_audio
from keras_sep.data.audio.audio_file import audio_errors


def audio_encoding(path: str | Path) -> str:
    """Return the names of the format and the codec of a file, as its decoder calls them.

    Args:
        path: Path of the file.

    Raises:
        AudioError: As from `audio_info`.

    Example:

    >>> import tempfile, numpy as np
    >>> path = tempfile.mkdtemp() + "/tone.wav"
    >>> _ = keras_sep.data.write_audio(path, np.zeros((700, 2)), 8000)
    >>> keras_sep.data.audio.audio_encoding(path)
    'WAV, PCM_16'
    """
    path = Path(path)
    with audio_errors(path), contextlib.closing(examine_audio(path).decoder()) as decoder:
        return ", ".join(dict.fromkeys((decoder.format, decoder.subtype)))
