"""Arguments of the networks of Music-Source-Separation-Training, as its YAML files hold them.

A table per converter, by the names at `model`, and `audio.NAME` where the class reads it from
there. What has no name of ours is told by the tensors, or matters in training alone. A name at
`model` that is in no table is refused. Beside its own arguments, every converter here takes
`difference`, whether the last source is the mixture without the others, and `segment_samples`, the
length that the network was trained on (see `_msst`).
"""

from keras_sep.convert._published import Argument, among, flag, names, number, only

TOLD_BY_TENSORS = (
    "dim depth stereo num_stems time_transformer_depth freq_transformer_depth dim_head heads "
    "mask_estimator_depth mlp_expansion_factor"
)
OF_TRAINING = (
    "attn_dropout ff_dropout multi_stft_resolution_loss_weight "
    "multi_stft_resolutions_window_sizes multi_stft_hop_size multi_stft_normalized"
)
# how the class computes, `dim_freqs_in`, which it does not read, and `stft_normalized`: bands are
# normalised, and masks multiplied with, so that the factor of the spectrum does nothing
OF_COMPUTING = "flash_attn sage_attention use_torch_checkpoint dim_freqs_in stft_normalized"
OF_ROFORMERS = {
    **{name: Argument() for name in f"{TOLD_BY_TENSORS} {OF_TRAINING} {OF_COMPUTING}".split()},
    "linear_transformer_depth": Argument(of=only(0)),
    "use_pope": Argument(of=only(False)),
    "stft_n_fft": Argument(2048, "fft_length", number),
    "stft_win_length": Argument(2048, "frame_length", number),
    "stft_hop_length": Argument(512, "hop_length", number),
    "zero_dc": Argument(True, "zero_dc", flag),
    "skip_connection": Argument(False, "skips", flag),
}

OF_SCNET = {
    **{name: Argument() for name in ["sources", "audio_channels", "dims", "conv_depths", "expand"]},
    **{name: Argument() for name in ["band_kernel", "compress", "conv_kernel", "num_dplayer"]},
    "band_SR": Argument((0.175, 0.392, 0.433), "shares"),
    "band_stride": Argument((1, 4, 16), "strides"),
    "nfft": Argument(4096, "fft_length", number),
    "hop_size": Argument(1024, "hop_length", number),
    "win_size": Argument(4096, "frame_length", number),
    "normalized": Argument(True, of=only(True)),
}

BANDIT_TOLD_BY_TENSORS = "n_bands n_sqm_modules emb_dim rnn_dim rnn_type mlp_dim n_fft win_length"
# checks of the bands, and a choice of how channels are joined where there is but one
OF_BANDIT = {
    **{name: Argument() for name in BANDIT_TOLD_BY_TENSORS.split()},
    **{name: Argument() for name in ["fs", "require_no_overlap", "require_no_gap"]},
    **{name: Argument() for name in ["treat_channel_as_feature", "freeze_encoder"]},
    **{name: Argument(of=only(1)) for name in ("in_channel", "in_channels")},
    **{name: Argument(of=only("musical")) for name in ("band_specs", "band_type")},
    **{name: Argument(of=only(True)) for name in ("bidirectional", "complex_mask", "center")},
    **{name: Argument(of=only(True)) for name in ("onesided", "normalized", "use_freq_weights")},
    **{name: Argument(of=only(None)) for name in ("hidden_activation_kwargs", "wkwargs", "power")},
    **{name: Argument(of=only(False)) for name in ("normalize_input", "mult_add_mask")},
    "normalize_channel_independently": Argument(of=only(False)),
    "cond_dim": Argument(of=only(0)),
    "hidden_activation": Argument(of=only("Tanh")),
    "window_fn": Argument(of=only("hann_window")),
    "stems": Argument(ours="stems", of=names),
    "hop_length": Argument(512, "hop_length", number),
    "pad_mode": Argument("constant", "padding", only("constant", "reflect")),
    "audio.num_channels": Argument(2, "channels", number),
}


def _activation(value):
    """Name of an activation; of ELU, its slope stands behind it."""
    return among({"gelu": "gelu", "relu": "relu", "elu1.0": "elu", "elu1": "elu"})(value)


def _groups(value):
    """Number of groups of the normalisation; None where the tensors tell it, or there is none."""
    groups = str(value).removeprefix("GroupNorm")
    return int(groups) if groups.isdecimal() and len(groups) < 6 else None


TFC_TDF_TOLD_BY_TENSORS = "num_blocks_per_scale num_channels num_scales num_subbands scale growth"
OF_TFC_TDF = {
    **{name: Argument() for name in TFC_TDF_TOLD_BY_TENSORS.split()},
    "bottleneck_factor": Argument(),
    "norm": Argument(ours="norm_groups", of=_groups),
    "act": Argument("gelu", "activation", _activation),
    "audio.n_fft": Argument(8192, "frame_length", number),
    "audio.dim_f": Argument(ours="bins", of=number),
    "audio.hop_length": Argument(1024, "hop_length", number),
    "audio.num_channels": Argument(2, "channels", number),
}

# by the name of the converter
MSST = {
    "bandit": OF_BANDIT,
    "bs_roformer": OF_ROFORMERS | {"freqs_per_bands": Argument()},
    "mel_band_roformer": OF_ROFORMERS
    | {
        "num_bands": Argument(),
        "sample_rate": Argument(44100, "sample_rate_hz", number),
        "match_input_audio_length": Argument(),  # the end of the last hop, which it leaves out
    },
    "scnet": OF_SCNET,
    "tfc_tdf": OF_TFC_TDF,
}
