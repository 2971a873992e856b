"""The layout of WHAM!."""

from pathlib import Path

from keras_sep.data.layouts._mixture_folders import heard_in, mixture_folders
from keras_sep.data.layouts.track import Track


def wham_tracks(
    root: str | Path,
    split: str,
    mixture: str = "mix_both",
    *,
    sample_rate_hz: int | None = None,
) -> list[Track]:
    """Find the mixtures laid out as `<root>/<split>/<folder>/<name>.wav`, as in WHAM!.

    The folders are `mix_both`, `mix_clean`, `mix_single`, `s1`, `s2` and `noise`. Every file is
    examined before an error is raised; the number of files that will be resampled is printed on
    standard error.

    Args:
        root: Folder of the splits, such as `wav8k/min`.
        split: Name of the split: "tr", "cv" or "tt" for training, validation and test.
        mixture: Kind of mixture: "mix_both" for two speakers and noise, "mix_clean" for two
            speakers, "mix_single" for the first speaker and noise. Default "mix_both".
        sample_rate_hz: Sample rate to read the files at, in Hz; None for each mixture's own.
            Default None.

    Returns:
        A list of `Track`, sorted by name. Its stems are those of "s1", "s2" and "noise" that these
        mixtures contain.

    Raises:
        ValueError: If a folder is missing or empty, or mixtures are bad (one line each).

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> for folder in ("mix_single", "s1", "noise"):
    ...     _ = keras_sep.data.write_audio(f"{root}/tr/{folder}/a_b.wav", np.ones((7, 1)), 8000)
    >>> (track,) = keras_sep.data.wham_tracks(root, "tr", "mix_single")
    >>> track.name, [*track.stems]
    ('a_b', ['s1', 'noise'])

    Reference: Wichern et al., "WHAM!: extending speech separation to noisy environments" (2019).
    """
    return mixture_folders(Path(root, split), mixture, heard_in(mixture, 2), sample_rate_hz)
