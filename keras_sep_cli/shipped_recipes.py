"""The recipes that come with the package, by name."""

from pathlib import Path

from keras_sep_cli.words import user_path


def shipped_recipes() -> dict[str, Path]:
    """Files of all recipes in the package, found without importing it."""
    folder = Path(__file__).parents[1] / "keras_sep" / "recipes"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def recipe_file(given: str) -> Path:
    """Return the file of a recipe, given its name or path.

    The name of a recipe in the package means that recipe, whatever the current folder holds; all
    else is a path. A file with such a name is given as `./open_unmix`.
    """
    return shipped_recipes().get(given) or user_path(given)
