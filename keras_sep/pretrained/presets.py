"""A list of the published weights."""

from keras_sep.pretrained.preset import all_presets


def presets() -> dict[str, str]:
    """Names and descriptions of the weights that `Separator.from_preset` can fetch.

    `keras-sep models NAME` tells all that is known of one: sources, licence, scores, files.

    Example:

    >>> keras_sep.presets()["umxhq"]
    'Open-Unmix, four stems of music'
    """
    return {name: preset.description for name, preset in all_presets().items()}
