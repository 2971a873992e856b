"""Published sizes of the networks, by builder and name: arguments that are not the defaults."""

from collections.abc import Iterable, Mapping
from typing import Any

from keras_sep._brief import brief
from keras_sep._nearest import nearest

MUSIC = {"targets": ("vocals", "drums", "bass", "other")}
UMX = MUSIC | {"bandwidth_bins": 1487}
ELU = {"encoder_activation": "elu", "decoder_activation": "elu"}
FOUR_STEMS = MUSIC | ELU
FIVE_STEMS = {
    "targets": ("vocals", "piano", "drums", "bass", "other"),
    "mask_activation": "softmax",
    **ELU,
}
DEMUCS = {"recurrent_layers": 2, "encoder_branches": False, "gelu": False, "norm_starts": 6}
DRUMSEP = {"frame_length": 2048, "hop_length": 512, "bins": 1024}
SCNET = {"segment_samples": 485100}
SCNET_LARGE = SCNET | {"filters": (64, 128, 256), "shares": (0.225, 0.372, 0.403)}
SCNET_XL = SCNET_LARGE | {"shares": (0.23, 0.37, 0.4), "blocks": 8}
SCNET_IHF = {"strides": (1, 4, 4), "depths": (3, 3, 3)}
FINE_FRAMES = {"kernel_size": 8, "stride": 2, "stages": 5}
FULL_BAND = {"bins": 3072, "subbands": 6}
HTDEMUCS = {"decoder_branches": True, "segment_samples": 343980}

LOCOFORMER_SMALL = {"features": 96, "blocks": 4, "hidden": 128, "kernel_size": 8}
TWO_STEMS = {"sources": 2, "difference": True}
HS_TASNET_SMALL = {"layers": 1, "summed": True}
HS_TASNET_EXTENDED = {"complex_spectrum": True, "normalize": True}

VARIANTS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    # Watcharasupat et al. 2023, 64 musical bands, which MSST calls BandIt Plus; and Watcharasupat,
    # Wu and Orife 2024, which mirrors the ends of the mixture.
    "bandit": {"bandit_plus": {}, "bandit_v2": {"padding": "reflect"}},
    # Lu et al. 2023, for MUSDB18, of one source; settings in the repository of MSST, for files that
    # viperx trained (ep_317 and ep_368), and for four stems (384_8_2_485100).
    "bs_roformer": {
        "paper": {"sources": 1},
        "viperx": TWO_STEMS | {"features": 512, "blocks": 12, "segment_samples": 352800},
        "four_stems": {"blocks": 8, "mask_hidden": 768, "segment_samples": 485100},
    },
    # Wang, Le Roux and Hershey 2018.
    "chimera": {"chimera++": {"units": 600}},
    # Luo and Mesgarani 2019, table II and section III: with gLN, and causal with cLN; version 1 of
    # the paper has no skips. asteroid's recipe for LibriMix has masks of a ReLU.
    "conv_tasnet": {
        "paper": {},
        "causal": {"causal": True},
        "librimix": {"mask_activation": "relu"},
    },
    # Chen, Luo and Mesgarani 2017.
    "deep_attractor": {"danet": {"units": 600}},
    # Hershey et al. 2016, and Isik et al. 2016.
    "deep_clustering": {"hershey": {"units": 600, "layers": 2, "dims": 40}, "isik": {}},
    # Demucs, versions 1 and 2: Defossez et al. 2019, in its first and its last version. Version 3
    # are the defaults of `demucs.demucs.Demucs` in demucs 4.
    "demucs": {
        "v1": DEMUCS | {"filters": 100, "normalize": False, "resample": False},
        "v2": DEMUCS,
        "v3": {},
    },
    # Luo, Chen and Yoshioka 2020, table 2: filters of 16 samples and of 2. asteroid's defaults.
    "dprnn_tasnet": {
        "paper": {},
        "kernel_2": {"kernel_size": 2, "stride": 1, "chunk_length": 250},
        "asteroid": {"bottleneck": 128},
    },
    # Westhausen and Meyer 2020: `model.h5` in the authors' repository, and `DTLN_norm_40h.h5` and
    # `DTLN_norm_500h.h5`.
    "dtln": {"paper": {}, "norm": {"log_magnitude": True}},
    # The defaults of `demucs.hdemucs.HDemucs` in demucs 4, whose 83.6 million half floats are the
    # 160 MB of the published file 75fc33f5.
    "hdemucs": {"hdemucs_mmi": {}},
    # Venkatesh et al. 2024, large and small; and the defaults of the package HS-TasNet 0.3.4, with
    # and without `small=True`.
    "hs_tasnet": {
        "paper": {},
        "small": HS_TASNET_SMALL,
        "lucidrains": HS_TASNET_EXTENDED,
        "lucidrains_small": HS_TASNET_SMALL | HS_TASNET_EXTENDED,
    },
    # Files 955717e8 (80 MB of half floats), the four of htdemucs_ft, and 5c90dfd2 (52 MB, without
    # the wider transformer) of demucs 4; `demucs/grids/mmi.py` there. Segments have 39/5 s.
    "htdemucs": {
        "htdemucs": HTDEMUCS | {"bottom_channels": 512},
        "htdemucs_ft": HTDEMUCS | {"bottom_channels": 512},
        "htdemucs_6s": HTDEMUCS | {"sources": 6},
    },
    # Kolbaek et al. 2017, for two speakers.
    "mask_inference": {"upit": {"units": 896, "layers": 3, "activation": "relu"}},
    # `MelBandRoformer.ckpt` of KimberleyJensen, for vocals.
    "mel_band_roformer": {"kimberleyjensen": TWO_STEMS | {"segment_samples": 352800}},
    # `configs` of moises-light 0.1.5: Hung et al. 2025, large and small, but for four sources and
    # with masks; and all bins but the highest, in as many weights or with as many filters per
    # sub-band.
    "moises_light": {
        "paper_large": {},
        "paper_small": {"filters": 32, "blocks": 6},
        "fullband_large": FULL_BAND | {"filters": 60},
        "fullband_small": FULL_BAND | {"filters": 36, "blocks": 6},
        "fullband_large_wide": FULL_BAND | {"filters": 84},
        "fullband_small_wide": FULL_BAND | {"filters": 48, "blocks": 6},
    },
    # `umx_spec`, `umxhq_spec`, `umxl_spec` and `umxse_spec` of openunmix 1.3.0: up to 16 kHz at
    # 44.1 kHz, and everything at 16 kHz.
    "open_unmix": {
        "umx": UMX,
        "umxhq": UMX,
        "umxl": UMX | {"hidden": 1024},
        "umxse": {"targets": ("speech", "noise"), "bins": 513, "channels": 1, "hidden": 256},
    },
    # The settings beside the files that docs/pretrained_models.md of
    # Music-Source-Separation-Training lists; Tong et al. 2024 has two. Segments have 11 s.
    "scnet": {
        "small": SCNET,
        "large": SCNET_LARGE,
        "xl": SCNET_XL,
        "xl_ihf": SCNET_XL | SCNET_IHF,
        "masked_small": SCNET | {"masked": True},
        "masked_xl_ihf": SCNET_XL | SCNET_IHF | {"masked": True},
    },
    # speechbrain's recipe for WSJ0-2Mix and WSJ0-3Mix, which differ in the speakers alone.
    "sepformer": {"wsj02mix": {}, "wsj03mix": {"sources": 3}},
    # Shin et al. 2024, table 2: SepReformer-T, S, B and M. The large one is that of their
    # `models/SepReformer_Large_DM_WHAM`, with its own split at every rate.
    "sepreformer": {
        "tiny": {"bottleneck": 64},
        "small": {"bottleneck": 64} | FINE_FRAMES,
        "base": {},
        "medium": FINE_FRAMES,
        "large": {"bottleneck": 256, "dropout": 0.1, "shared_split": False},
    },
    # Files of the same names in `spleeter/resources` of Spleeter 2.4.2.
    "spleeter_unet": {
        "2stems": {},
        "4stems": FOUR_STEMS,
        "5stems": FIVE_STEMS,
        "2stems-16kHz": {"bandwidth_bins": 1536},
        "4stems-16kHz": FOUR_STEMS | {"bandwidth_bins": 1536},
        "5stems-16kHz": FIVE_STEMS | {"bandwidth_bins": 1536},
    },
    # Tzinis, Wang and Smaragdis 2020, section 3.4: 16, 8 and 4 blocks; "++" are the improved
    # networks of the authors' code.
    "sudorm_rf": {
        "1.0x": {},
        "0.5x": {"blocks": 8},
        "0.25x": {"blocks": 4},
        "1.0x++": {"improved": True},
    },
    # Luo and Mesgarani 2018, section 3.2: LSTMs of both directions, and causal ones.
    "tasnet": {"paper": {}, "causal": {"causal": True}},
    # config_musdb18_mdx23c.yaml and config_vocals_mdx23c.yaml of Music-Source-Separation-Training,
    # whose sizes MDX23C-8KFFT-InstVoc_HQ has too; both DrumSep's.
    "tfc_tdf": {
        "mdx23c": {},
        "mdx23c_vocals": {"sources": 2},
        "mdx23c_drumsep_5": DRUMSEP | {"sources": 5},
        "mdx23c_drumsep_6": DRUMSEP | {"sources": 6},
    },
    # Wang et al. 2023, the best on WSJ0-2mix, and the defaults of espnet 202511's `TFGridNetV2`.
    "tf_gridnet": {"paper": {}, "espnet": {"features": 48, "units": 192}},
    # Saijo et al. 2024, small, medium and large, and settings in the repository of the authors: of
    # the small one the kernels, of WHAMR! the frames, of DNS one source at 16 kHz.
    "tf_locoformer": {
        "small": LOCOFORMER_SMALL,
        "medium": {},
        "large": {"blocks": 9},
        "whamr": {"frame_length": 256},
        "whamr_small": LOCOFORMER_SMALL | {"frame_length": 256},
        "dns": {"sources": 1, "frame_length": 256, "hop_length": 128},
    },
    # Jansson et al. 2017, section 4: one network for the voice, one for the instruments.
    "unet": {"paper": {"targets": ("vocals", "accompaniment")}},
    # Stoller, Ewert and Dixon 2018, section 4.2.
    "wave_u_net": {
        "M1": {"channels": 1, "context": False, "difference": False},
        "M2": {"channels": 1, "context": False},
        "M3": {"channels": 1},
        "M4": {},
        "M5": {"learned_upsampling": True},
        "M6": {"sources": 4},
    },
    # Lluis, Pons and Serra 2019: several instruments, and singing voice.
    "wavenet": {"instruments": {}, "singing_voice": {"sources": 2}},
}


def variant_arguments(builder: str, variant: Any) -> Iterable[tuple[str, Any]]:
    """The arguments of a published size, pairs of name and value; none for None."""
    if variant is None:
        return ()
    known: Mapping[str, Any] = VARIANTS.get(builder, {})
    if not isinstance(variant, str) or variant not in known:
        raise ValueError(
            f"`variant` must be {_one_of(known)}. Received: variant={brief(variant)}. "
            f"{nearest(variant, known)}".rstrip()
        )
    return known[variant].items()


def _one_of(known: Iterable[str]) -> str:
    return f"one of {', '.join(known)}, or None" if known else "None"
