"""Presets against their publishers: files of random weights, fetched by name, give their stems."""

import io
from fractions import Fraction
from importlib.resources import files

import numpy as np
import peer as umx
import pytest
import yaml
from demucs_peer import HDemucs, HTDemucs, randomised, torch
from publishers import home, publish, publisher
from roformer_peer import BSRoformer, MelBandRoformer, random_roformer
from speechbrain_peer import sepformer
from stand_ins import stand_ins
from tfc_tdf_peer import mdx23c, settings
from waveform_parity import randomised as moved

# isort: split
import openunmix
from asteroid.models.conv_tasnet import ConvTasNet
from asteroid.models.dprnn_tasnet import DPRNNTasNet
from demucs import states
from demucs.apply import BagOfModels, apply_model
from msst.models.scnet import scnet, scnet_masked
from pymss_core.modules.bandit.core import model as bandit

import keras_sep_cli
from keras_sep import Separator
from keras_sep.data import read_resampled
from keras_sep.inference import CompiledSeparator, load_separator
from keras_sep.metrics import sdr
from keras_sep.pretrained import preset_of

__all__ = ["home", "publish", "publisher", "stand_ins"]  # fixtures


def saved(content):
    out = io.BytesIO()
    torch.save(content, out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["umx", "umxhq", "umxl", "umxse"])
def test_open_unmix(publish, monkeypatch, name):
    # of the published sizes, but for the hidden units
    made = umx.model.OpenUnmix.__init__
    monkeypatch.setattr(
        umx.model.OpenUnmix,
        "__init__",
        lambda self, **sizes: made(self, **(sizes | {"hidden_size": 6})),
    )
    peer = getattr(openunmix, name)(pretrained=False)
    targets = peer.target_models
    for seed, network in enumerate(targets.values()):
        umx.randomised(network, seed)
    peer.freeze()
    publish(name, {role: saved(network.state_dict()) for role, network in targets.items()})
    ours = Separator.from_preset(name, accept_license=True)
    assert ours.source_names == tuple(targets)
    assert ours.sample_rate_hz == peer.sample_rate
    x = np.random.default_rng(1).normal(size=(1, 40_000, ours.channels)).astype("float32")
    wanted = peer(torch.from_numpy(x).permute(0, 2, 1).contiguous())  # (batch, sources, …)
    wanted = wanted.permute(0, 3, 2, 1).numpy()
    # the filter amplifies rounding where frames are few
    assert error_of(ours(x), wanted) < 1e-3


def error_of(ours, theirs):
    return np.abs(np.asarray(ours) - theirs).max() / np.abs(theirs).max()


SPEECH = {
    "conv_tasnet_libri2mix": lambda: ConvTasNet(
        2, n_blocks=3, n_repeats=2, bn_chan=5, hid_chan=7, skip_chan=5, mask_act="relu",
        n_filters=12, kernel_size=32, stride=16, sample_rate=8000,  # as the published file says
    ),
    "dprnn_tasnet_wham": lambda: DPRNNTasNet(
        2, n_filters=12, kernel_size=2, stride=1, bn_chan=6, hid_size=5, chunk_size=50,
        hop_size=25, n_repeats=2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SPEECH)
def test_asteroid(publish, name):
    torch.manual_seed(3)
    network = moved(SPEECH[name]())
    # older files hold the results of a test as NumPy scalars
    preset = publish(name, {None: saved(network.serialize() | {"si_sdr": np.float64(19.3)})})
    ours = Separator.from_preset(name, accept_license=True)
    assert ours.sample_rate_hz == preset.sample_rate_hz
    assert ours.interchangeable_sources
    x = np.random.default_rng(1).normal(size=(1, 32 + 16 * 50, 1)).astype("float32")
    with torch.no_grad():
        wanted = network(torch.from_numpy(x[..., 0])).numpy().transpose(0, 2, 1)[:, :, None]
    assert error_of(ours(x), wanted) < 2e-5


def test_speechbrain(publish):
    network = moved(sepformer(filters=16, bottleneck=16, chunk_length=250, blocks=1, layers=1,
                              heads=8, hidden=11))  # fmt: skip
    parts = {role: getattr(network, role) for role in ("encoder", "masknet", "decoder")}
    publish("sepformer_wsj02mix", {role: saved(x.state_dict()) for role, x in parts.items()})
    ours = Separator.from_preset("sepformer_wsj02mix")
    x = np.random.default_rng(1).normal(size=(1, 16 + 8 * 600, 1)).astype("float32")
    with torch.no_grad():
        wanted = network(torch.from_numpy(x[..., 0])).numpy().transpose(0, 2, 1)[:, :, None]
    assert error_of(ours(x), wanted) < 2e-5


FOUR = ["drums", "bass", "other", "vocals"]
MINI = {"channels": 8, "nfft": 512, "depth": 2, "norm_starts": 1, "norm_groups": 2}
VERSION_3 = MINI | {"nfft": 64, "depth": 3}
HYBRID = MINI | {"t_layers": 1, "t_heads": 8, "bottom_channels": 16, "segment": Fraction(1, 10)}
DEMUCS = {
    "htdemucs": lambda: HTDemucs(FOUR, **HYBRID),
    "htdemucs_6s": lambda: HTDemucs([*FOUR, "guitar", "piano"], **HYBRID),
    "hdemucs_mmi": lambda: HDemucs(FOUR, **VERSION_3),
}


def half(network):
    """What demucs publishes: half floats, which the network then has, too."""
    content = states.serialize_model(network, {"optim": {"lr": 3e-4}})
    network.load_state_dict({name: x.float() for name, x in content["state"].items()})
    return saved(content)


@pytest.mark.parametrize("name", DEMUCS)
def test_demucs(publish, name):
    torch.manual_seed(3)
    network = randomised(DEMUCS[name]())
    publish(name, {None: half(network)})
    ours = Separator.from_preset(name, accept_license=True)
    assert ours.source_names == tuple(network.sources)
    x = np.random.default_rng(1).normal(size=(1, 4410, 2)).astype("float32")
    bag = BagOfModels([network])
    theirs = apply_model(bag, torch.from_numpy(x).permute(0, 2, 1), shifts=0, split=False)
    assert error_of(ours(x), theirs.permute(0, 3, 2, 1).numpy()) < 1e-4


SCNETS = ["scnet_small", "scnet_large", "scnet_xl_ihf", "scnet_masked_xl_ihf"]


@pytest.mark.parametrize("name", SCNETS)
@pytest.mark.filterwarnings("ignore:A window was not provided")
def test_scnet(publish, name):
    torch.manual_seed(3)
    settings = preset_of(name).network
    bands = {"band_SR": settings["shares"], "band_stride": settings["strides"]}
    kernels = [3, *settings["strides"][1:]]
    made = (scnet_masked if "masked" in name else scnet).SCNet
    network = moved(made(FOUR, 2, [4, 4, 6], num_dplayer=2, band_kernel=kernels, **bands))
    publish(name, {None: saved(network.state_dict())})
    ours = Separator.from_preset(name, accept_license=True)
    assert (ours.source_names, ours.segment_samples) == (tuple(FOUR), 485100)
    x = np.random.default_rng(1).normal(size=(1, 9000, 2)).astype("float32")
    with torch.no_grad():
        wanted = network(torch.from_numpy(x).permute(0, 2, 1)).permute(0, 3, 2, 1).numpy()
    assert error_of(ours(x), wanted) < 2e-5


ROFORMERS = {
    "bs_roformer_viperx": (BSRoformer, {"num_stems": 1}),
    "bs_roformer_musdb18": (BSRoformer, {"num_stems": 4, "mlp_expansion_factor": 2}),
    "mel_band_roformer_kim": (MelBandRoformer, {"num_stems": 1, "mask_estimator_depth": 2}),
}


@pytest.mark.parametrize("name", ROFORMERS)
def test_roformer(publish, name):
    kind, sizes = ROFORMERS[name]
    small = {"dim": 6, "depth": 2, "heads": 2, "dim_head": 4}
    layers = {"time_transformer_depth": 1, "freq_transformer_depth": 1, "stft_hop_length": 441}
    network = random_roformer(kind, stereo=True, **small, **layers, **sizes)
    publish(name, {None: saved(network.state_dict())})
    ours = Separator.from_preset(name, accept_license=True)
    assert ours.source_names == tuple(preset_of(name).sources)
    assert ours.segment_samples == preset_of(name).network["segment_samples"]
    x = np.random.default_rng(1).normal(size=(1, 441 * 20, 2)).astype("float32")
    with torch.no_grad():
        theirs = network(torch.from_numpy(x).permute(0, 2, 1)).numpy()
    theirs = theirs.reshape(1, -1, 2, x.shape[1]).transpose(0, 3, 2, 1)
    if preset_of(name).network.get("difference"):
        theirs = np.concatenate([theirs, x[..., None] - theirs], axis=-1)
    assert error_of(ours(x), theirs) < 1e-5


MDX23C = {
    "mdx23c_instvoc_hq": {"n_fft": 8192, "hop_length": 1024, "dim_f": 4096},
    "mdx23c_drumsep": {"n_fft": 2048, "hop_length": 512, "dim_f": 1024},
}


@pytest.mark.parametrize("name", MDX23C)
def test_mdx23c(publish, name):
    names = preset_of(name).sources
    audio = MDX23C[name]
    network = mdx23c(settings(audio, {"num_subbands": 4}, names))
    publish(name, {None: saved(network.state_dict())})
    ours = Separator.from_preset(name, accept_license=True)
    segment = 255 * audio["hop_length"]
    assert (ours.source_names, ours.segment_samples) == (tuple(names), segment)
    x = np.random.default_rng(1).normal(size=(1, 11 * audio["hop_length"], 2)).astype("float32")
    with torch.no_grad():
        wanted = network(torch.from_numpy(x).permute(0, 2, 1)).permute(0, 3, 2, 1).numpy()
    assert error_of(ours(x), wanted) < 2e-5


def test_bandit(publish):
    torch.manual_seed(3)
    names = preset_of("bandit_plus").sources
    network = moved(
        bandit.MultiMaskMultiSourceBandSplitRNNSimple(
            1, names, "musical", n_bands=64, n_sqm_modules=1, emb_dim=6, rnn_dim=5, mlp_dim=7,
            rnn_type="GRU",
        )
    )  # fmt: skip
    publish("bandit_plus", {None: saved(network.state_dict())})
    ours = Separator.from_preset("bandit_plus", accept_license=True)
    assert (ours.source_names, ours.segment_samples) == (tuple(names), 264600)
    x = np.random.default_rng(1).normal(size=(1, 9000, 2)).astype("float32")
    with torch.no_grad():  # one channel after the other, at a level that matters in silence alone
        theirs = network(torch.from_numpy(x.transpose(2, 0, 1))).numpy()
    assert error_of(ours(x), theirs[:, :, 0].transpose(2, 0, 1)[None]) < 1e-4


# networks by the names of their files, with the settings that demucs says they have
BAGS = {
    "htdemucs_ft": {
        role: lambda: HTDemucs(FOUR, **HYBRID)
        for role in ("f7e0c4bc", "d12395a8", "92cfc3b6", "04573f0d")
    },
    "mdx_extra": {
        "e51eebcc": lambda: HDemucs(FOUR, **VERSION_3),
        "a1d90b5c": lambda: HDemucs(FOUR, cac=False, hybrid_old=True, **VERSION_3),
        "5d2d6c55": lambda: HDemucs(FOUR, cac=False, **VERSION_3),
        "cfa93e08": lambda: HDemucs(FOUR, **VERSION_3),
    },
}


@pytest.mark.parametrize("name", BAGS)
def test_a_bag(publish, name, tmp_path):
    torch.manual_seed(3)
    networks = [randomised(made(), seed) for seed, made in enumerate(BAGS[name].values())]
    preset = publish(name, dict(zip(BAGS[name], map(half, networks), strict=True)))
    ours = Separator.from_preset(name, accept_license=True)
    x = np.random.default_rng(1).normal(size=(1, 4410, 2)).astype("float32")
    mixture = torch.from_numpy(x).permute(0, 2, 1)
    with open(files("demucs") / "remote" / f"{name}.yaml") as file:
        bag = yaml.safe_load(file)
    assert bag["models"] == [*BAGS[name]]
    own = preset.network["weights"]
    np.testing.assert_array_equal(own, bag.get("weights", np.ones((4, 4))))
    for weights in (own, [[1, 2, 0, 1], [0.5, 0, 3, 1]] * 2):
        peer = BagOfModels(networks, weights)
        theirs = apply_model(peer, mixture, shifts=0, split=False).permute(0, 3, 2, 1).numpy()
        mean = Separator(ours.networks, 44100, FOUR, weights=weights) if weights != own else ours
        assert error_of(mean(x), theirs) < 1e-4
    ours.save_to_preset(tmp_path / "bag")
    again = Separator.from_preset(tmp_path / "bag")
    assert again.license == ours.license
    np.testing.assert_array_equal(again(x), ours(x))


def test_files_of_a_bag_are_known_whatever_they_are_called(publish, tmp_path, monkeypatch, capsys):
    torch.manual_seed(3)
    made = BAGS["htdemucs_ft"]
    contents = {role: half(randomised(make(), n)) for n, (role, make) in enumerate(made.items())}
    preset = publish("htdemucs_ft", contents)
    monkeypatch.chdir(tmp_path)
    for n, content in enumerate(reversed(contents.values())):
        (tmp_path / f"{n}.th").write_bytes(content)
    assert keras_sep_cli.main(["convert", *(f"{n}.th" for n in range(4))]) == 0
    assert capsys.readouterr().out == "htdemucs_ft.keras\n"
    ours, by_name = (
        load_separator("htdemucs_ft.keras"),
        Separator.from_preset("htdemucs_ft", accept_license=True),
    )
    assert ours.license == by_name.license == preset.terms
    x = np.random.default_rng(1).normal(size=(1, 4410, 2)).astype("float32")
    np.testing.assert_array_equal(ours(x), by_name(x))
    # one of them is a network by itself, on the same terms
    assert keras_sep_cli.main(["convert", "1.th", "--out", "1.keras"]) == 0
    alone = load_separator("1.keras")
    assert (alone.source_names, alone.license) == (tuple(FOUR), preset.terms)


def test_the_weights_themselves(home, monkeypatch, shared_audio):
    monkeypatch.setenv("KERAS_SEP_MIRROR", "http://127.0.0.1:9")  # the package is left
    separator = Separator.from_preset("spleeter_2stems")
    folder = shared_audio / "musdb_clips" / "The Mountaineering Club - Mallory"
    mixture = read_resampled(folder / "mixture.mp3", 44100)
    stems = CompiledSeparator(separator)(mixture)
    scores = {
        source: sdr(read_resampled(folder / f"{source}.mp3", 44100), stems[..., n])
        for n, source in enumerate(separator.source_names)
    }
    # what the preset's file says
    assert scores == {
        "vocals": pytest.approx(9.7, abs=0.1),
        "accompaniment": pytest.approx(15.1, abs=0.1),
    }
