"""Networks of the literature, one builder per file.

`__all__` names the builders; `Network` is what they return, `Facts` what it knows.
"""

from keras_sep.zoo._variants import VARIANTS as VARIANTS
from keras_sep.zoo.bandit import bandit
from keras_sep.zoo.bs_roformer import bs_roformer
from keras_sep.zoo.chimera import chimera
from keras_sep.zoo.conv_tasnet import conv_tasnet
from keras_sep.zoo.deep_attractor import deep_attractor
from keras_sep.zoo.deep_clustering import deep_clustering
from keras_sep.zoo.demucs import demucs
from keras_sep.zoo.dprnn_tasnet import dprnn_tasnet
from keras_sep.zoo.dtln import dtln
from keras_sep.zoo.facts import Facts as Facts
from keras_sep.zoo.hdemucs import hdemucs
from keras_sep.zoo.hs_tasnet import hs_tasnet
from keras_sep.zoo.htdemucs import htdemucs
from keras_sep.zoo.mask_inference import mask_inference
from keras_sep.zoo.mel_band_roformer import mel_band_roformer
from keras_sep.zoo.moises_light import moises_light
from keras_sep.zoo.network import Network as Network
from keras_sep.zoo.open_unmix import open_unmix
from keras_sep.zoo.scnet import scnet
from keras_sep.zoo.sepformer import sepformer
from keras_sep.zoo.sepreformer import sepreformer
from keras_sep.zoo.spleeter_unet import spleeter_unet
from keras_sep.zoo.sudorm_rf import sudorm_rf
from keras_sep.zoo.tasnet import tasnet
from keras_sep.zoo.tf_gridnet import tf_gridnet
from keras_sep.zoo.tf_locoformer import tf_locoformer
from keras_sep.zoo.tfc_tdf import tfc_tdf
from keras_sep.zoo.unet import unet
from keras_sep.zoo.wave_u_net import wave_u_net
from keras_sep.zoo.wavenet import wavenet

__all__ = [
    "bandit",
    "bs_roformer",
    "chimera",
    "conv_tasnet",
    "deep_attractor",
    "deep_clustering",
    "demucs",
    "dprnn_tasnet",
    "dtln",
    "hdemucs",
    "hs_tasnet",
    "htdemucs",
    "mask_inference",
    "mel_band_roformer",
    "moises_light",
    "open_unmix",
    "scnet",
    "sepformer",
    "sepreformer",
    "spleeter_unet",
    "sudorm_rf",
    "tasnet",
    "tf_gridnet",
    "tf_locoformer",
    "tfc_tdf",
    "unet",
    "wave_u_net",
    "wavenet",
]
