"""Published weights by name: what is known of them, their download, and their conversion."""

from keras_sep.pretrained._convert import separator_of
from keras_sep.pretrained.model_file import from_preset, model_file, network_of
from keras_sep.pretrained.preset import Preset, all_presets, preset_of
from keras_sep.pretrained.preset_card import is_kept, preset_card, preset_table
from keras_sep.pretrained.presets import presets
from keras_sep.pretrained.published_files import PublishedFiles, published_files
from keras_sep.pretrained.save_to_preset import save_to_preset

__all__ = [
    "Preset",
    "PublishedFiles",
    "all_presets",
    "from_preset",
    "is_kept",
    "model_file",
    "network_of",
    "preset_card",
    "preset_of",
    "preset_table",
    "presets",
    "published_files",
    "save_to_preset",
    "separator_of",
]
