"""The layout of LibriMix."""

from pathlib import Path

from keras_sep.data.layouts._mixture_folders import heard_in, mixture_folders
from keras_sep.data.layouts.track import Track


def librimix_tracks(
    root: str | Path,
    split: str,
    mixture: str = "mix_clean",
    sources: int = 2,
    *,
    sample_rate_hz: int | None = None,
) -> list[Track]:
    """Find the mixtures laid out as `<root>/<split>/<folder>/<name>.wav`, as in LibriMix.

    The folders are `mix_clean`, `mix_both`, `mix_single`, `s1`, `s2` and so on, and `noise`. Every
    file is examined before an error is raised; the number of files that will be resampled is
    printed on standard error.

    `librimix_csv_tracks` reads the CSV that comes with the data instead.

    Args:
        root: Folder of the splits, such as `Libri2Mix/wav8k/min`.
        split: Name of the split, such as "train-100", "train-360", "dev" or "test".
        mixture: Kind of mixture: "mix_clean" for the speakers, "mix_both" for the speakers and
            noise, "mix_single" for the first speaker and noise. Default "mix_clean".
        sources: Number of speakers. Default 2.
        sample_rate_hz: Sample rate to read the files at, in Hz; None for each mixture's own.
            Default None.

    Returns:
        A list of `Track`, sorted by name. Its stems are those of "s1", "s2" and so on and "noise"
        that these mixtures contain.

    Raises:
        ValueError: If a folder is missing or empty, or mixtures are bad (one line each).

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> for folder in ("mix_clean", "s1", "s2"):
    ...     _ = keras_sep.data.write_audio(f"{root}/dev/{folder}/a_b.wav", np.ones((7, 1)), 8000)
    >>> (track,) = keras_sep.data.librimix_tracks(root, "dev")
    >>> track.name, [*track.stems]
    ('a_b', ['s1', 's2'])

    Reference: Cosentino et al., "LibriMix: an open-source dataset for generalizable speech
    separation" (2020).
    """
    return mixture_folders(Path(root, split), mixture, heard_in(mixture, sources), sample_rate_hz)
