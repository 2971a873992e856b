"""What `--model` may be: a file of one's own, or published weights by name."""

from pathlib import Path

HUB = "hf://"
# whoever has only a song: it is small, fast, free to use, and to be had from a package index, too
FIRST_TRY = "spleeter_2stems"


def published_names() -> list[str]:
    """The names of all presets in the package, found without importing it."""
    folder = Path(__file__).parents[1] / "keras_sep" / "pretrained" / "published"
    return sorted(path.stem for path in folder.glob("*.yaml"))


def model_given(given: str) -> str | Path:
    """A preset's name or an address on Hugging Face as it is; all else is a path.

    A file that has a preset's name is given as `./umxhq`.
    """
    return given if given in published_names() or given.startswith(HUB) else Path(given)
