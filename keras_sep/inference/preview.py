"""The excerpt that a preview separates."""

from keras_sep._validate import require_positive_numbers
from keras_sep.data import AudioInfo


def preview(info: AudioInfo, preview_seconds: float | None) -> tuple[int, int]:
    """Return the first sample and the number of samples of an excerpt from the middle of a file.

    Args:
        info: Sample rate and length of the file.
        preview_seconds: Length of the excerpt in seconds; None for the whole file, as if it is
            longer.

    Example:

    >>> preview(AudioInfo(sample_rate_hz=8000, samples=80000, channels=2), 3)
    (28000, 24000)
    """
    require_positive_numbers(or_none=True, preview_seconds=preview_seconds)
    if preview_seconds is None:
        return 0, info.samples
    samples = max(1, round(min(preview_seconds * info.sample_rate_hz, info.samples)))
    return (info.samples - samples) // 2, samples
