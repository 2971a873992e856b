"""From a recipe to a trained separator.

`train` does it in one call; the script `training/train.py` shows the same steps one by one.
"""

from keras_sep._named import Named
from keras_sep._own_code import allow
from keras_sep.training import messages as messages
from keras_sep.training.adam_l2 import AdamL2
from keras_sep.training.build import (
    build_front_end,
    build_model,
    build_network,
    build_separator,
    build_target,
)
from keras_sep.training.callbacks import build_callbacks
from keras_sep.training.checkpoints import Checkpoints as Checkpoints
from keras_sep.training.compile_arguments import build_loss, build_optimizer, compile_arguments
from keras_sep.training.data_settings import DataSettings, VoiceSettings
from keras_sep.training.datasets import (
    input_statistics,
    training_audio,
    training_dataset,
    validation_audio,
    validation_dataset,
)
from keras_sep.training.devices import distribution, fit_datasets
from keras_sep.training.hosts import Hosts
from keras_sep.training.hosts import joined as joined
from keras_sep.training.messages import interrupted as interrupted
from keras_sep.training.on_device import OnDeviceSpectrograms
from keras_sep.training.parallel import ParallelDevices as ParallelDevices
from keras_sep.training.recipe import Recipe
from keras_sep.training.result_page import result_page
from keras_sep.training.resume import MAY_CHANGE, more_to_do, start
from keras_sep.training.settings import FitSettings, Head, STFTSettings
from keras_sep.training.shared_start import find_audio as find_audio
from keras_sep.training.stop_at_nan import StopAtNaN as StopAtNaN
from keras_sep.training.train import finish, fit_arguments, output_folder, train

__all__ = [
    "MAY_CHANGE",
    "AdamL2",
    "DataSettings",
    "FitSettings",
    "Head",
    "Hosts",
    "Named",
    "OnDeviceSpectrograms",
    "Recipe",
    "STFTSettings",
    "VoiceSettings",
    "allow",
    "build_callbacks",
    "build_front_end",
    "build_loss",
    "build_model",
    "build_network",
    "build_optimizer",
    "build_separator",
    "build_target",
    "compile_arguments",
    "distribution",
    "finish",
    "fit_arguments",
    "fit_datasets",
    "input_statistics",
    "more_to_do",
    "output_folder",
    "result_page",
    "start",
    "train",
    "training_audio",
    "training_dataset",
    "validation_audio",
    "validation_dataset",
]
