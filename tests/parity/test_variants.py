"""Published sizes: as many weights as the peers' networks of those names have."""

import re

import pytest

pytest.importorskip("asteroid_filterbanks")
pytest.importorskip("demucs")
import asteroid_peer  # noqa: F401
from demucs_peer import Demucs, HDemucs, HTDemucs
from peer import model as openunmix

# isort: split
from asteroid.models.conv_tasnet import ConvTasNet
from asteroid.models.dprnn_tasnet import DPRNNTasNet

from keras_sep import zoo
from keras_sep._without_memory import without_memory
from keras_sep.zoo._variants import VARIANTS

FOUR = ["drums", "bass", "other", "vocals"]
BASE = {"dconv_mode": 0, "gelu": False, "lstm_layers": 2, "norm_starts": 6}
OPEN_UNMIX = {"nb_bins": 2049, "nb_channels": 2, "max_bin": 1487}
PEERS = {
    "htdemucs htdemucs": lambda: HTDemucs(FOUR, dconv_mode=3, bottom_channels=512),
    "htdemucs htdemucs_6s": lambda: HTDemucs([*FOUR, "guitar", "piano"], dconv_mode=3),
    "hdemucs hdemucs_mmi": lambda: HDemucs(FOUR),
    "demucs v1": lambda: Demucs(FOUR, channels=100, normalize=False, resample=False, **BASE),
    "demucs v2": lambda: Demucs(FOUR, **BASE),
    "demucs v3": lambda: Demucs(FOUR),
    "conv_tasnet librimix": lambda: ConvTasNet(2, mask_act="relu"),
    "dprnn_tasnet asteroid": lambda: DPRNNTasNet(2),
    "open_unmix umx": lambda: openunmix.OpenUnmix(hidden_size=512, **OPEN_UNMIX),
    "open_unmix umxl": lambda: openunmix.OpenUnmix(hidden_size=1024, **OPEN_UNMIX),
}
# buffers, the second biases of LSTMs, biases of attention's keys (a third of `in_proj_bias`), and
# the last block's residual where the masks are made of skips
UNREAD = re.compile(
    r"bias_hh|num_batches|torch_window|_sample_rate|key.bias|TCN.23.res_conv|window$"
)


@pytest.mark.parametrize("name", PEERS)
def test_as_many_weights(name):
    builder, variant = name.split()
    theirs = 0
    for key, tensor in PEERS[name]().state_dict().items():
        if not UNREAD.search(key):
            theirs += tensor.numel() * (2 if key.endswith("in_proj_bias") else 3) // 3
    targets = len(VARIANTS[builder][variant].get("targets", "1"))
    network = without_memory(lambda: getattr(zoo, builder)(variant=variant))
    assert network.count_params() == targets * theirs


@pytest.mark.parametrize("builder", VARIANTS)
def test_every_variant_is_built(builder):
    for variant, arguments in VARIANTS[builder].items():
        facts = without_memory(lambda v=variant: getattr(zoo, builder)(variant=v)).facts
        told = {key: list(x) if type(x) is tuple else x for key, x in arguments.items()}
        assert {key: facts.arguments[key] for key in arguments} == told
