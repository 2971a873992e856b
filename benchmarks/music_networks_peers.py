"""The networks that `music_networks.py` compares: classes of peers, their sizes, our converters."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from waveform import PARITY

RATE = 44100
STEMS = ("drums", "bass", "other", "vocals")


@dataclass(frozen=True)
class Network:
    """A network of a peer, and the conversion of its weights to ours.

    Args:
        peer: Function that makes the peer's class from its arguments.
        convert: Name of our converter.
        size: Arguments of the published size.
        small: Arguments that differ from these in a tiny network.
        settings: Arguments of our converter that weights do not tell.
        small_settings: Arguments that differ from these for the tiny network.
        channels: Number of audio channels that the class takes.
        rate: Sample rate in Hz.
        stems: Names of the sources.
    """

    peer: Callable[..., Any]
    convert: str
    size: dict[str, Any] = field(default_factory=dict)
    small: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    small_settings: dict[str, Any] = field(default_factory=dict)
    channels: int = 2
    rate: int = RATE
    stems: tuple[str, ...] = STEMS

    def make(self, small: bool) -> Any:
        """The peer's network."""
        return self.peer(**self.size | (self.small if small else {}))

    def ours(self, state: dict[str, np.ndarray], small: bool) -> Any:
        """Our network of the same weights."""
        from keras_sep import convert

        settings = self.settings | (self.small_settings if small else {})
        return getattr(convert, self.convert)(state, **settings)

    def noise(self, samples: int) -> np.ndarray:
        """A mixture of as long as so many samples at 44.1 kHz, (1, samples, channels)."""
        shape = (1, samples * self.rate // RATE, self.channels)
        return 0.1 * np.random.default_rng(0).normal(size=shape).astype("float32")


def peer(module: str, name: str) -> Callable[..., Any]:
    """A class of an installed package, imported when it is called."""
    return lambda *given, **arguments: getattr(importlib.import_module(module), name)(
        *given, **arguments
    )


def mdx23c(audio: dict[str, Any], model: dict[str, Any]) -> Any:
    sys.path.insert(0, str(PARITY))
    from tfc_tdf_peer import mdx23c, settings

    return mdx23c(settings(audio, model, STEMS))


def bandit(**arguments: Any) -> Any:
    """BandIt of pymss-core, which scales spectra by another factor than its authors' code."""
    made = peer("pymss_core.modules.bandit.core.model", "MultiMaskMultiSourceBandSplitRNNSimple")(
        **arguments
    )
    forward, louder = made.forward, (8 / 3) ** 0.5
    made.forward = lambda waveform: forward(louder * waveform) / louder
    return made


def tf_gridnet(**arguments: Any) -> Any:
    """TF-GridNet of espnet, of one channel."""
    import torch

    made = peer("espnet2.enh.separator.tfgridnetv2_separator", "TFGridNetV2")(None, **arguments)
    forward = made.forward

    def separated(waveform: Any) -> Any:
        stems, *_ = forward(waveform[:, 0], torch.tensor([waveform.shape[-1]]))
        return torch.stack(stems, dim=1)[:, :, None]

    made.forward = separated
    return made


ROFORMER = {"stereo": True, "num_stems": 4, "depth": 6, "flash_attn": True,
            "time_transformer_depth": 1, "freq_transformer_depth": 1}  # fmt: skip
TINY = {"dim": 12, "depth": 1, "heads": 2, "dim_head": 8}
NETWORKS = {
    "bs_roformer": Network(
        peer("msst.models.bs_roformer.bs_roformer", "BSRoformer"),
        "bs_roformer",
        ROFORMER | {"dim": 384, "stft_hop_length": 441},
        TINY,
    ),
    "mel_band_roformer": Network(
        peer("msst.models.bs_roformer.mel_band_roformer", "MelBandRoformer"),
        "mel_band_roformer",
        ROFORMER | {"dim": 384, "stft_hop_length": 441, "match_input_audio_length": True},
        TINY,
    ),
    "scnet": Network(
        peer("msst.models.scnet.scnet", "SCNet"),
        "scnet",
        {"sources": [*STEMS]},
        {"dims": [4, 8, 12], "num_dplayer": 2, "conv_depths": [2, 1, 1]},
    ),
    "tfc_tdf": Network(
        mdx23c,
        "tfc_tdf",
        {
            "audio": {"n_fft": 8192, "hop_length": 1024, "dim_f": 4096},
            "model": {"num_channels": 128, "growth": 128, "num_scales": 5, "num_subbands": 4,
                      "bottleneck_factor": 4},
        },
        {
            "audio": {"n_fft": 2048, "hop_length": 1024, "dim_f": 1024},
            "model": {"num_scales": 1, "num_blocks_per_scale": 1},
        },
        small_settings={"frame_length": 2048},
    ),
    "bandit": Network(
        bandit,
        "bandit",
        {"in_channel": 1, "stems": ["speech", "music", "effects"], "band_specs": "musical",
         "n_bands": 64, "fs": RATE, "n_sqm_modules": 8, "emb_dim": 128, "rnn_dim": 256,
         "rnn_type": "GRU", "mlp_dim": 512, "hidden_activation_kwargs": {}},
        {"n_sqm_modules": 1, "emb_dim": 8, "rnn_dim": 8, "mlp_dim": 8},
        {"channels": 1},
        channels=1,
        stems=("speech", "music", "effects"),
    ),
    "tf_gridnet": Network(
        tf_gridnet,
        "tf_gridnet",
        {"lstm_hidden_units": 256, "emb_dim": 64},
        {"n_layers": 1, "lstm_hidden_units": 8},
        channels=1,
        rate=8000,
        stems=("s1", "s2"),
    ),
}  # fmt: skip
