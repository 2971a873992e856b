"""The layout of WSJ0-2mix and WSJ0-3mix."""

from pathlib import Path

from keras_sep.data.layouts._mixture_folders import mixture_folders
from keras_sep.data.layouts.track import Track


def wsj0_mix_tracks(
    root: str | Path, split: str, sources: int = 2, *, sample_rate_hz: int | None = None
) -> list[Track]:
    """Find the mixtures laid out as `<root>/<split>/{mix,s1,s2}/<name>.wav`, as in WSJ0-2mix.

    Every file is examined before an error is raised; the number of files that will be resampled is
    printed on standard error.

    Args:
        root: Folder of the splits, such as `2speakers/wav8k/min`: the scripts that generate the
            data write one per sample rate and length.
        split: Name of the split: "tr", "cv" or "tt" for training, validation and test.
        sources: Number of speakers: 2, or 3 for WSJ0-3mix. Default 2.
        sample_rate_hz: Sample rate to read the files at, in Hz; None for each mixture's own.
            Default None.

    Returns:
        A list of `Track` with stems "s1", "s2" and so on, sorted by name.

    Raises:
        ValueError: If the folder is missing or empty, or mixtures are bad (one line each).

    Example:

    >>> import tempfile
    >>> root = tempfile.mkdtemp()
    >>> for folder in ("mix", "s1", "s2"):
    ...     _ = keras_sep.data.write_audio(f"{root}/tr/{folder}/a_b.wav", np.ones((7, 1)), 8000)
    >>> (track,) = keras_sep.data.wsj0_mix_tracks(root, "tr")
    >>> track.name, [*track.stems]
    ('a_b', ['s1', 's2'])

    Reference: Hershey et al., "Deep clustering: discriminative embeddings for segmentation and
    separation" (2016), section 3.
    """
    return mixture_folders(
        Path(root, split), "mix", [f"s{number + 1}" for number in range(sources)], sample_rate_hz
    )
