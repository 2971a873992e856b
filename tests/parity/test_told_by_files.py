"""What asteroid and demucs write of a network in its file, and the network made of it."""

import inspect
from fractions import Fraction

import keras
import numpy as np
import pytest

pytest.importorskip("asteroid_filterbanks")
pytest.importorskip("demucs")
from demucs_peer import Demucs, HDemucs, HTDemucs, randomised, torch
from stand_ins import stand_ins

# isort: split
from asteroid.models.conv_tasnet import ConvTasNet
from asteroid.models.dprnn_tasnet import DPRNNTasNet
from asteroid.models.lstm_tasnet import LSTMTasNet
from asteroid.models.sudormrf import SuDORMRFImprovedNet, SuDORMRFNet
from demucs import states
from waveform_parity import check_waveforms

from keras_sep import convert
from keras_sep.convert._published import ABSENT
from keras_sep.convert.from_checkpoint import ARGUMENTS, CLASSES

__all__ = ["stand_ins"]  # a fixture
SMALL = {"n_filters": 12, "kernel_size": 10, "stride": 3, "sample_rate": 16000}
ASTEROID = {
    "conv_tasnet": lambda: ConvTasNet(
        2, n_blocks=2, n_repeats=2, bn_chan=5, hid_chan=7, skip_chan=3, mask_act="softmax",
        encoder_activation="relu", norm_type="cLN", **SMALL,
    ),
    "conv_tasnet-causal": lambda: ConvTasNet(
        2, n_blocks=2, n_repeats=1, bn_chan=5, hid_chan=7, skip_chan=3, mask_act="tanh",
        causal=True, norm_type="cgLN", **SMALL,
    ),
    "dprnn_tasnet": lambda: DPRNNTasNet(
        3, bn_chan=7, hid_size=5, chunk_size=12, hop_size=4, n_repeats=1, rnn_type="GRU",
        mask_act="relu", norm_type="cLN", encoder_activation="relu", **SMALL,
    ),
    "tasnet": lambda: LSTMTasNet(2, n_layers=2, hid_size=7, mask_act="relu", **SMALL),
    "sudorm_rf": lambda: SuDORMRFNet(
        2, bn_chan=7, num_blocks=1, upsampling_depth=2, mask_act="sigmoid",
        **SMALL | {"stride": 5},
    ),
    "sudorm_rf-improved": lambda: SuDORMRFImprovedNet(
        2, bn_chan=7, num_blocks=1, upsampling_depth=2, mask_act="softmax",
        **SMALL | {"stride": 5},
    ),
}  # fmt: skip
MINI = {"channels": 8, "norm_starts": 1, "norm_groups": 2, "dconv_init": 0.1, "rescale": 0}
DEMUCS = {
    "demucs": lambda: Demucs(
        ["a", "b"], 1, depth=2, stride=2, gelu=False, normalize=False, resample=False,
        samplerate=8000, dconv_comp=1, **MINI,
    ),
    "hdemucs": lambda: HDemucs(
        ["a", "b", "c"], 2, nfft=64, depth=3, freq_emb=0.5, emb_scale=3, dconv_mode=3, **MINI,
    ),
    "hdemucs-old": lambda: HDemucs(
        ["a", "b", "c"], nfft=64, depth=3, cac=False, hybrid_old=True, **MINI,
    ),
    "htdemucs": lambda: HTDemucs(
        ["a", "b"], nfft=256, depth=1, bottom_channels=8, t_layers=2, t_heads=4, t_gelu=False,
        t_group_norm=False, t_norm_first=False, t_norm_out=False, t_max_period=500.0,
        t_weight_pos_embed=0.5, freq_emb=0, segment=Fraction(39, 500), samplerate=8001, **MINI,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ASTEROID)
def test_asteroid(tmp_path, name):
    torch.manual_seed(3)
    peer = ASTEROID[name]().eval()
    path = tmp_path / "pytorch_model.bin"
    torch.save(peer.serialize(), path)
    sources = tuple("abc"[: peer.masker.n_src])
    separator = convert.from_checkpoint(path, sources)
    assert separator.sample_rate_hz == 16000
    assert separator.networks.facts.builder == name.partition("-")[0]
    check_waveforms(separator.networks, peer, samples=10 + 3 * 5 * 40)


@pytest.mark.parametrize("name", DEMUCS)
@pytest.mark.parametrize("archive", [True, False])
def test_demucs(tmp_path, name, archive):
    peer = randomised(DEMUCS[name]())
    path = tmp_path / "model.th"
    content = states.serialize_model(peer, {}, half=False)
    torch.save(content, path, _use_new_zipfile_serialization=archive)
    separator = convert.from_checkpoint(path)
    assert separator.source_names == tuple(peer.sources)
    assert separator.sample_rate_hz == peer.samplerate
    if name == "htdemucs":
        assert separator.networks.facts.segment == int(peer.segment * peer.samplerate) == 624
    x = np.random.default_rng(0).normal(size=(2, 600, peer.audio_channels)).astype("float32")
    with torch.no_grad():
        theirs = peer(torch.from_numpy(x).permute(0, 2, 1)).permute(0, 3, 2, 1).numpy()
    assert np.abs(theirs).max() > 1e-3
    ours = keras.ops.convert_to_numpy(separator(x))
    assert np.abs(ours - theirs).max() <= 1e-4 * np.abs(theirs).max()


@pytest.mark.parametrize("peer", [Demucs, HDemucs, HTDemucs])
def test_arguments_are_those_of_the_class(peer):
    known = ARGUMENTS[CLASSES[peer.__name__]]
    theirs = dict([*inspect.signature(peer.__init__).parameters.items()][1:])
    assert [*known] == [*theirs]
    for name, argument in known.items():
        if argument.default is not ABSENT:
            assert argument.default == theirs[name].default


@pytest.mark.parametrize("peer", [ConvTasNet, DPRNNTasNet, LSTMTasNet, SuDORMRFNet])
def test_all_that_asteroid_writes_is_known(peer):
    assert peer(2).get_model_args().keys() <= ARGUMENTS[CLASSES[peer.__name__]].keys()
