"""Reading what there is of damaged audio files."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_ACCEPTED: ContextVar[bool] = ContextVar("accepted", default=False)


@contextlib.contextmanager
def accepting_damage(accept: bool = True) -> Iterator[None]:
    """Read files that are cut short or damaged as far as they can be decoded, with a warning.

    Otherwise they raise an `AudioError`.

    Args:
        accept: Whether to accept damage inside the block. Default True.

    Example:

    >>> import tempfile, warnings, numpy as np
    >>> from pathlib import Path
    >>> from keras_sep.data.audio import accepting_damage, audio_info, write_audio
    >>> path = Path(tempfile.mkdtemp(), "cut.wav")
    >>> _ = write_audio(path, np.zeros((700, 1)), 8000)
    >>> _ = path.write_bytes(path.read_bytes()[:-600])
    >>> with warnings.catch_warnings(action="ignore"), accepting_damage():
    ...     audio_info(path).samples
    400
    """
    before = _ACCEPTED.set(accept)
    try:
        yield
    finally:
        _ACCEPTED.reset(before)


def damage_is_accepted() -> bool:
    """Whether `accepting_damage` is in force."""
    return _ACCEPTED.get()
