"""Values of `--model`: a user's file, or published weights by name."""

from pathlib import Path

from keras_sep_cli.words import user_path

HUB = "hf://"
# the default for a first try: small, fast, free to use, also on a package index
FIRST_TRY = "spleeter_2stems"


def published_names() -> list[str]:
    """Names of all presets in the package, found without importing it."""
    folder = Path(__file__).parents[1] / "keras_sep" / "pretrained" / "published"
    return sorted(path.stem for path in folder.glob("*.yaml"))


def model_given(given: str) -> str | Path:
    """Return a preset's name or a Hugging Face address as it is, and all else as a path.

    A file that has a preset's name is given as `./umxhq`.
    """
    return given if given in published_names() or given.startswith(HUB) else user_path(given)
