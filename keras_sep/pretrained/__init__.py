"""Published weights by name: what is known of them, their download, and their conversion."""

from keras_sep.pretrained.model_file import from_preset, model_file
from keras_sep.pretrained.preset import Preset, preset_of
from keras_sep.pretrained.presets import presets
from keras_sep.pretrained.save_to_preset import save_to_preset

__all__ = ["Preset", "from_preset", "model_file", "preset_of", "presets", "save_to_preset"]
