"""Published weights to models of the zoo, without PyTorch and TensorFlow."""

from keras_sep.convert._beside import checkpoint_files as checkpoint_files
from keras_sep.convert._msst import SETTINGS_SUFFIXES as SETTINGS_SUFFIXES
from keras_sep.convert.bandit import bandit
from keras_sep.convert.bs_roformer import bs_roformer
from keras_sep.convert.checkpoint import CHECKPOINT_SUFFIXES as CHECKPOINT_SUFFIXES
from keras_sep.convert.checkpoint import index_of as index_of
from keras_sep.convert.checkpoint import read_checkpoint
from keras_sep.convert.checkpoint import read_published as read_published
from keras_sep.convert.conv_tasnet import conv_tasnet
from keras_sep.convert.demucs import demucs
from keras_sep.convert.dprnn_tasnet import dprnn_tasnet
from keras_sep.convert.dtln import dtln
from keras_sep.convert.from_checkpoint import from_checkpoint
from keras_sep.convert.hdemucs import hdemucs
from keras_sep.convert.hs_tasnet import hs_tasnet
from keras_sep.convert.htdemucs import htdemucs
from keras_sep.convert.mel_band_roformer import mel_band_roformer
from keras_sep.convert.moises_light import moises_light
from keras_sep.convert.open_unmix import open_unmix
from keras_sep.convert.recognise import recognise as recognise
from keras_sep.convert.scnet import scnet
from keras_sep.convert.sepformer import sepformer
from keras_sep.convert.sepreformer import sepreformer
from keras_sep.convert.spleeter_unet import spleeter_unet
from keras_sep.convert.sudorm_rf import sudorm_rf
from keras_sep.convert.tasnet import tasnet
from keras_sep.convert.tf_gridnet import tf_gridnet
from keras_sep.convert.tf_locoformer import tf_locoformer
from keras_sep.convert.tfc_tdf import tfc_tdf

__all__ = [
    "bandit",
    "bs_roformer",
    "conv_tasnet",
    "demucs",
    "dprnn_tasnet",
    "dtln",
    "from_checkpoint",
    "hdemucs",
    "hs_tasnet",
    "htdemucs",
    "mel_band_roformer",
    "moises_light",
    "open_unmix",
    "read_checkpoint",
    "scnet",
    "sepformer",
    "sepreformer",
    "spleeter_unet",
    "sudorm_rf",
    "tasnet",
    "tf_gridnet",
    "tf_locoformer",
    "tfc_tdf",
]
