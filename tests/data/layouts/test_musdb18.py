"""MUSDB18's validation tracks, beside the list its own parser ships."""

from importlib import metadata
from pathlib import Path

import yaml

from keras_sep.data import MUSDB18_VALIDATION
from keras_sep.training import Recipe


def test_the_list_is_that_of_the_data_set():
    # musdb comes with museval; its package is not imported, which would look for ffmpeg
    path = metadata.distribution("musdb").locate_file("musdb/configs/mus.yaml")
    official = yaml.safe_load(Path(str(path)).read_text(encoding="utf-8"))
    assert set(MUSDB18_VALIDATION) == set(official["validation_tracks"])


def test_the_recipe_names_them(request):
    recipe = Recipe.from_yaml(request.config.rootpath / "training/recipes/open_unmix.yaml")
    assert set(recipe.data.validation) == set(MUSDB18_VALIDATION)
