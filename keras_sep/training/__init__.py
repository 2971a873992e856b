"""From a recipe to a trained separator.

`train` does it in one call; `training/train.py` shows the same steps in the open.
"""

from keras_sep._named import Named
from keras_sep._own_code import allow
from keras_sep.training import messages as messages
from keras_sep.training.adam_l2 import AdamL2
from keras_sep.training.build import (
    build_front_end,
    build_loss,
    build_loss_weights,
    build_model,
    build_network,
    build_optimizer,
    build_separator,
    build_target,
    wants_statistics,
)
from keras_sep.training.callbacks import build_callbacks
from keras_sep.training.checkpoints import Checkpoints
from keras_sep.training.clock import Clock, CosineRate
from keras_sep.training.datasets import (
    input_statistics,
    training_audio,
    training_dataset,
    validation_audio,
    validation_dataset,
)
from keras_sep.training.devices import compile_jit, distribution, share_batch, shared_validation
from keras_sep.training.on_device import OnDeviceSpectrograms
from keras_sep.training.recipe import Recipe
from keras_sep.training.resume import MAY_CHANGE, nothing_to_do, take_up
from keras_sep.training.settings import (
    DataSettings,
    FitSettings,
    Head,
    STFTSettings,
    VoiceSettings,
)
from keras_sep.training.stop_at_nan import StopAtNaN as StopAtNaN
from keras_sep.training.train import finish, output_folder, train

__all__ = [
    "MAY_CHANGE",
    "AdamL2",
    "Checkpoints",
    "Clock",
    "CosineRate",
    "DataSettings",
    "FitSettings",
    "Head",
    "Named",
    "OnDeviceSpectrograms",
    "Recipe",
    "STFTSettings",
    "VoiceSettings",
    "allow",
    "build_callbacks",
    "build_front_end",
    "build_loss",
    "build_loss_weights",
    "build_model",
    "build_network",
    "build_optimizer",
    "build_separator",
    "build_target",
    "compile_jit",
    "distribution",
    "finish",
    "input_statistics",
    "nothing_to_do",
    "output_folder",
    "share_batch",
    "shared_validation",
    "take_up",
    "train",
    "training_audio",
    "training_dataset",
    "validation_audio",
    "validation_dataset",
    "wants_statistics",
]
