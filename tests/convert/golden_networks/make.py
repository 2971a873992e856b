"""Writes the golden arrays of this folder: small networks of the peers with random weights.

    python tests/convert/golden_networks/make.py [NAME...]

Run in the environment of `make parity`, by hand, when a network is added. Of two files one holds
the state dict, the other a mixture (batch, samples, channels) and what the peer makes of it (batch,
samples, channels, sources).
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "parity"))

from asteroid_peer import torch  # noqa: E402

# isort: split
from asteroid.models.conv_tasnet import ConvTasNet  # noqa: E402
from asteroid.models.dprnn_tasnet import DPRNNTasNet  # noqa: E402
from asteroid.models.lstm_tasnet import LSTMTasNet  # noqa: E402
from asteroid.models.sudormrf import SuDORMRFImprovedNet, SuDORMRFNet  # noqa: E402
from demucs_peer import Demucs, HDemucs, HTDemucs  # noqa: E402
from espnet2.enh.separator.tfgridnetv2_separator import TFGridNetV2  # noqa: E402
from hs_tasnet_peer import random_hs_tasnet  # noqa: E402
from moises_light_peer import random_moises_light, small  # noqa: E402
from msst.models.scnet.scnet import SCNet  # noqa: E402
from pymss_core.modules.bandit.core.model import (  # noqa: E402
    MultiMaskMultiSourceBandSplitRNNSimple,
)
from roformer_peer import BSRoformer, MelBandRoformer  # noqa: E402
from speechbrain_peer import sepformer  # noqa: E402
from tfc_tdf_peer import TFC_TDF_net, settings  # noqa: E402


@dataclass(frozen=True)
class Peer:
    """A peer's network and how it is run.

    Args:
        make: the network.
        samples: of the mixture it is given.
        channels: likewise.
        call: from network and mixture (batch, samples, channels) to stems (batch, samples,
            channels, sources).
    """

    make: Callable
    samples: int
    channels: int
    call: Callable


def mono(network, mixture):
    """As asteroid calls its networks: (batch, samples) to (batch, sources, samples)."""
    return network(mixture[..., 0]).permute(0, 2, 1)[:, :, None]


def stereo(network, mixture):
    """As demucs calls its networks: (batch, channels, samples) to stems before them."""
    return network(mixture.permute(0, 2, 1)).permute(0, 3, 2, 1)


ROFORMER = {
    "stereo": True, "dim": 6, "depth": 1, "heads": 2, "dim_head": 4, "time_transformer_depth": 1,
    "stft_n_fft": 32, "stft_win_length": 32, "stft_hop_length": 9, "mlp_expansion_factor": 1,
}  # fmt: skip
DEMUCS = {
    "sources": ["vocals", "rest"], "channels": 4, "norm_starts": 2, "norm_groups": 2,
    "dconv_comp": 1, "dconv_init": 0.1,
}  # fmt: skip


def listed(network, mixture):
    """As espnet calls TF-GridNet: (batch, samples) to a list of (batch, samples)."""
    stems, *_ = network(mixture[..., 0], torch.tensor([mixture.shape[1]] * len(mixture)))
    return torch.stack(stems, dim=-1)[:, :, None]


def with_states(network, mixture):
    """As HS-TasNet is called: (batch, channels, samples) to stems before them, and its states."""
    return network(mixture.permute(0, 2, 1))[0].permute(0, 3, 2, 1)


def one_channel(network, mixture):
    """As MSST calls BandIt: (batch, 1, samples) to (batch, sources, 1, samples).

    pymss-core scales spectra by another constant than the authors, see `test_bandit.py`.
    """
    louder = (8 / 3) ** 0.5
    return network(louder * mixture.permute(0, 2, 1)).permute(0, 3, 2, 1) / louder


PEERS = {
    "bandit": Peer(
        lambda: MultiMaskMultiSourceBandSplitRNNSimple(
            in_channel=1, stems=["speech", "effects"], band_specs="musical", n_bands=5, n_fft=32,
            win_length=32, hop_length=8, fs=8000, n_sqm_modules=1, emb_dim=4, rnn_dim=3,
            rnn_type="GRU", mlp_dim=5,
        ),
        samples=203,
        channels=1,
        call=one_channel,
    ),
    "bs_roformer": Peer(
        lambda: BSRoformer(
            **ROFORMER, num_stems=2, freqs_per_bands=(2, 2, 3, 10), freq_transformer_depth=2,
        ),
        samples=203,
        channels=2,
        call=stereo,
    ),
    "demucs": Peer(
        lambda: Demucs(**DEMUCS, depth=3, dconv_attn=2, dconv_lstm=2),
        samples=700,
        channels=2,
        call=stereo,
    ),
    "hdemucs": Peer(
        lambda: HDemucs(**DEMUCS, nfft=64, depth=3, dconv_attn=2, dconv_lstm=2),
        samples=700,
        channels=2,
        call=stereo,
    ),
    "hs_tasnet": Peer(
        lambda: random_hs_tasnet(
            dim=5, num_basis=7, segment_len=32, overlap_len=16, n_fft=32, num_sources=3
        ),
        samples=192,
        channels=2,
        call=with_states,
    ),
    "htdemucs": Peer(
        lambda: HTDemucs(
            **DEMUCS, nfft=128, depth=1, bottom_channels=8, t_layers=2, t_heads=2,
            use_train_segment=False,
        ),
        samples=700,
        channels=2,
        call=stereo,
    ),
    "conv_tasnet": Peer(
        lambda: ConvTasNet(
            2, n_blocks=3, n_repeats=2, bn_chan=7, hid_chan=11, skip_chan=5, conv_kernel_size=5,
            mask_act="relu", kernel_size=10, n_filters=13, stride=5,
        ),
        samples=203,
        channels=1,
        call=mono,
    ),
    "conv_tasnet-causal": Peer(  # with the normalisation that asteroid then falls back to
        lambda: ConvTasNet(
            3, n_blocks=3, n_repeats=1, bn_chan=7, hid_chan=11, skip_chan=5, mask_act="softmax",
            kernel_size=10, n_filters=13, stride=5, causal=True, encoder_activation="relu",
        ),
        samples=203,
        channels=1,
        call=mono,
    ),
    "dprnn_tasnet": Peer(
        lambda: DPRNNTasNet(
            2, bn_chan=7, hid_size=5, chunk_size=12, n_repeats=2, n_filters=11, kernel_size=10,
            stride=5,
        ),
        samples=203,
        channels=1,
        call=mono,
    ),
    "dprnn_tasnet-gru": Peer(
        lambda: DPRNNTasNet(
            3, bn_chan=7, hid_size=5, chunk_size=12, hop_size=4, n_repeats=2, n_filters=11,
            kernel_size=10, stride=5, rnn_type="GRU", bidirectional=False, mask_act="relu",
        ),
        samples=203,
        channels=1,
        call=mono,
    ),
    "mel_band_roformer": Peer(
        lambda: MelBandRoformer(
            **ROFORMER, num_stems=2, num_bands=3, sample_rate=8000, mask_estimator_depth=2,
            freq_transformer_depth=1, match_input_audio_length=True,
        ),
        samples=203,
        channels=2,
        call=stereo,
    ),
    "sepformer": Peer(
        lambda: sepformer(
            filters=11, kernel_size=10, bottleneck=6, chunk_length=12, blocks=1, layers=2, heads=2,
            hidden=9,
        ),
        samples=203,
        channels=1,
        call=mono,
    ),
    "tasnet": Peer(
        lambda: LSTMTasNet(2, n_layers=3, hid_size=7, n_filters=11, kernel_size=10, stride=5),
        samples=203,
        channels=1,
        call=mono,
    ),
    "tasnet-causal": Peer(
        lambda: LSTMTasNet(
            3, n_layers=4, hid_size=7, n_filters=11, kernel_size=10, stride=5,
            bidirectional=False, mask_act="relu",
        ),
        samples=203,
        channels=1,
        call=mono,
    ),
    "tfc_tdf": Peer(
        lambda: TFC_TDF_net(settings(model={"num_scales": 1}, instruments=("vocals", "rest"))),
        samples=112,
        channels=2,
        call=stereo,
    ),
    "moises_light": Peer(
        lambda: random_moises_light(**small("ab", n_enc=1, n_split_enc=1, n_rope=1)),
        samples=203,
        channels=2,
        call=stereo,
    ),
    "scnet": Peer(
        lambda: SCNet(
            sources=["vocals", "rest"], dims=[4, 4, 6], nfft=64, win_size=64, hop_size=16,
            compress=2, num_dplayer=2,
        ),
        samples=203,
        channels=2,
        call=stereo,
    ),
    "tf_gridnet": Peer(
        lambda: TFGridNetV2(
            None, n_fft=16, stride=8, n_layers=1, lstm_hidden_units=5, attn_n_head=2,
            attn_approx_qk_dim=18, emb_dim=4, emb_ks=3,
        ),
        samples=203,
        channels=1,
        call=listed,
    ),
    "sudorm_rf": Peer(
        lambda: SuDORMRFNet(
            2, bn_chan=7, num_blocks=2, upsampling_depth=3, kernel_size=16, n_filters=10
        ),
        samples=203,
        channels=1,
        call=mono,
    ),
    "sudorm_rf-improved": Peer(
        lambda: SuDORMRFImprovedNet(
            3, bn_chan=7, num_blocks=2, upsampling_depth=4, kernel_size=21, n_filters=11
        ),
        samples=203,
        channels=1,
        call=mono,
    ),
}  # fmt: skip


def write(name: str) -> None:
    peer = PEERS[name]
    torch.manual_seed(7)
    network = peer.make().eval()
    with torch.no_grad():
        for weight in network.parameters():
            if weight.requires_grad:  # what nothing learns is not a weight
                weight.add_(0.1 * torch.randn(weight.shape))
        mixture = torch.randn(2, peer.samples, peer.channels)
        stems = peer.call(network, mixture)
    torch.save(network.state_dict(), HERE / f"{name}.pth")
    np.savez_compressed(HERE / f"{name}.npz", mixture=mixture, stems=stems)


if __name__ == "__main__":
    for name in sys.argv[1:] or PEERS:
        write(name)
