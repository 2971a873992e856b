"""Writes the files of this folder: small networks with random weights, as the peers publish them.

    python tests/convert/published/make.py

Run in the environment of `make parity`, by hand. Beside a file lies a mixture (batch, samples,
channels) and what the peer makes of it (batch, samples, channels, sources).
"""

import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "parity"))

import asteroid_peer  # noqa: E402
from demucs_peer import HTDemucs, randomised, torch  # noqa: E402

# isort: split
from asteroid.models.conv_tasnet import ConvTasNet  # noqa: E402
from demucs import states  # noqa: E402

# what only trainers need is not installed
sys.modules["pytorch_lightning"] = SimpleNamespace(__version__="2.0.0")
asteroid_peer._package.__version__ = "0.7.0"
settings = ModuleType("omegaconf")
settings.OmegaConf = SimpleNamespace(to_container=lambda given, resolve: given)
sys.modules["omegaconf"] = settings

torch.manual_seed(7)
mixture = torch.randn(2, 203, 1)

peer = ConvTasNet(
    2, n_blocks=3, n_repeats=2, bn_chan=7, hid_chan=9, skip_chan=5, mask_act="relu",
    norm_type="cLN", encoder_activation="relu", kernel_size=10, n_filters=11, stride=3,
    sample_rate=16000,
).eval()  # fmt: skip
torch.save(peer.serialize(), HERE / "conv_tasnet.bin")
with torch.no_grad():
    stems = peer(mixture[..., 0]).permute(0, 2, 1)[:, :, None]
np.savez_compressed(HERE / "conv_tasnet.npz", mixture=mixture, stems=stems)

peer = randomised(HTDemucs(
    ["speech", "rest"], audio_channels=1, channels=4, nfft=64, depth=1, norm_starts=1,
    norm_groups=2, dconv_mode=0, freq_emb=0.5, t_layers=1, t_heads=2, t_gelu=False,
    segment=Fraction(39, 1000), samplerate=8000,
))  # fmt: skip
content = states.serialize_model(peer, {"optim": {"lr": 3e-4}}, half=False)
torch.save(content, HERE / "htdemucs.th")
with torch.no_grad():
    stems = peer(mixture.permute(0, 2, 1)).permute(0, 3, 2, 1)
np.savez_compressed(HERE / "htdemucs.npz", mixture=mixture, stems=stems)
