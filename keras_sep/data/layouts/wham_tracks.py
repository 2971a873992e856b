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
    """The mixtures of two speakers and noise laid out as `<root>/<split>/<folder>/<name>.wav`.

    The folders are those of WHAM!: `mix_both`, `mix_clean`, `mix_single`, `s1`, `s2` and `noise`.
    Every file is looked at before anything is said, and what will be resampled is said on standard
    error.

    Args:
        root: The folder that holds the splits, such as `wav8k/min`.
        split: "tr", "cv" or "tt": training, validation, test.
        mixture: Which mixtures: "mix_both" are two speakers and noise, "mix_clean" two speakers,
            "mix_single" the first speaker and noise. Default "mix_both".
        sample_rate_hz: The rate at which to read the files, in Hz; None for each mixture's own.

    Returns:
        A list of `Track` whose stems are those of "s1", "s2" and "noise" that are heard in these
        mixtures, sorted by name.

    Raises:
        ValueError: If a folder is missing or empty, or if mixtures are bad: one line for each.

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
