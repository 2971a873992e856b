"""From a recipe to a trained separator.

`train` does it in one call; the script `training/train.py` shows the same steps one by one.
"""

from keras_sep._named import Named
from keras_sep._own_code import allow
from keras_sep.training import messages as messages
from keras_sep.training.adam_l2 import AdamL2
from keras_sep.training.adapter_file import apply_adapters, save_adapters
from keras_sep.training.build import (
    build_front_end,
    build_model,
    build_network,
    build_separator,
    build_target,
)
from keras_sep.training.callbacks import build_callbacks
from keras_sep.training.check_start import check_start as check_start
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
from keras_sep.training.filled_in import filled_in as filled_in
from keras_sep.training.finetune_recipe import finetune_recipe
from keras_sep.training.freezing import train_only
from keras_sep.training.hosts import Hosts
from keras_sep.training.hosts import joined as joined
from keras_sep.training.lora import LoRA, enable_lora, merge_lora
from keras_sep.training.messages import interrupted as interrupted
from keras_sep.training.norms import NormsLog as NormsLog
from keras_sep.training.on_device import OnDeviceSpectrograms
from keras_sep.training.on_device_augmentation import OnDeviceAugmentation
from keras_sep.training.on_device_mixtures import OnDeviceMixtures
from keras_sep.training.on_device_settings import OnDeviceSettings
from keras_sep.training.parallel import ParallelDevices as ParallelDevices
from keras_sep.training.plan import plan
from keras_sep.training.plan import plan_lines as plan_lines
from keras_sep.training.recipe import Recipe
from keras_sep.training.report import report
from keras_sep.training.result_page import result_page
from keras_sep.training.resume import MAY_CHANGE, more_to_do, start
from keras_sep.training.score_settings import ScoreSettings
from keras_sep.training.settings import FitSettings, Head, STFTSettings
from keras_sep.training.shared_start import find_audio as find_audio
from keras_sep.training.song_scores import SongScores as SongScores
from keras_sep.training.start_from import LoRASettings, StartFrom
from keras_sep.training.stop_at_nan import StopAtNaN as StopAtNaN
from keras_sep.training.take_over import take_over as take_over
from keras_sep.training.train import finish, fit_arguments, output_folder, train

__all__ = [
    "MAY_CHANGE",
    "AdamL2",
    "DataSettings",
    "FitSettings",
    "Head",
    "Hosts",
    "LoRA",
    "LoRASettings",
    "Named",
    "OnDeviceAugmentation",
    "OnDeviceMixtures",
    "OnDeviceSettings",
    "OnDeviceSpectrograms",
    "Recipe",
    "STFTSettings",
    "ScoreSettings",
    "StartFrom",
    "VoiceSettings",
    "allow",
    "apply_adapters",
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
    "enable_lora",
    "finetune_recipe",
    "finish",
    "fit_arguments",
    "fit_datasets",
    "input_statistics",
    "merge_lora",
    "more_to_do",
    "output_folder",
    "plan",
    "report",
    "result_page",
    "save_adapters",
    "start",
    "train",
    "train_only",
    "training_audio",
    "training_dataset",
    "validation_audio",
    "validation_dataset",
]
