"""Arguments of the networks of Music-Source-Separation-Training, as its YAML files hold them.

A table per converter, by the names at `model`, and `audio.NAME` where the class reads it from
there. What has no name of ours is told by the tensors, or matters in training alone. A name at
`model` that is in no table is refused. Beside its own arguments, every converter here takes
`difference`, whether the last source is the mixture without the others, and `segment_samples`, the
length that the network was trained on (see `_msst`).
"""

from keras_sep.convert._published import Argument, flag, number, only

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
    "nfft": Argument(4096, "frame_length", number),
    "hop_size": Argument(1024, "hop_length", number),
    "win_size": Argument(),
    "normalized": Argument(True, of=only(True)),
}

# by the name of the converter
MSST = {
    "bs_roformer": OF_ROFORMERS | {"freqs_per_bands": Argument()},
    "mel_band_roformer": OF_ROFORMERS
    | {
        "num_bands": Argument(),
        "sample_rate": Argument(44100, "sample_rate_hz", number),
        "match_input_audio_length": Argument(),  # the end of the last hop, which it leaves out
    },
    "scnet": OF_SCNET,
}
