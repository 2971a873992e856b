"""Arguments of demucs 4's networks, as its files hold them at `args` and `kwargs`.

Names are in the order of the classes. What no line here gives a name of ours is told by the
tensors, or no part of a network that has no masks and no sparse attention. The `segment` of Demucs
and HDemucs is the length of blocks in separation, not of the network.
"""

from keras_sep.convert._published import Argument, flag, names, number, only, up_to


def arguments(order, **known):
    """Those of a class: its names in order, and what is known of some of them."""
    return {name: known.get(name, Argument()) for name in order.split()}


def number_or_0(value):
    """A number, and 0 for None, which is none of it in both cases."""
    return number(value or 0)


def iterations(value):
    """Of a Wiener filter; none is -1 too."""
    return 0 if type(value) is int and value == -1 else number(value)


of_all = {
    "sources": Argument(ours="source_names", of=names),
    "norm_groups": Argument(4, "norm_groups", number),
    "dconv_init": Argument(ours="initial_scale", of=number),
    "rescale": Argument(0.1, "rescale", number_or_0),
    "samplerate": Argument(44100, "sample_rate_hz", up_to(10**6)),
}
of_hybrids = of_all | {
    "nfft": Argument(4096, "frame_length", number),
    "wiener_iters": Argument(0, "wiener_iterations", iterations),
    "cac": Argument(True, "complex_spectrum", flag),
    "hybrid": Argument(of=only(True)),
    "hybrid_old": Argument(False, "late_spectrum", flag),
    "multi_freqs": Argument(of=lambda value: only(None)(value or None)),
    "freq_emb": Argument(0.2, "frequency_embedding", number_or_0),
    "emb_scale": Argument(10, "embedding_scale", number),
    "kernel_size": Argument(8, "kernel_size", number),
    "stride": Argument(4, "stride", number),
}

DEMUCS = arguments(
    "sources audio_channels channels growth depth rewrite lstm_layers kernel_size stride context "
    "gelu glu norm_starts norm_groups dconv_mode dconv_depth dconv_comp dconv_attn dconv_lstm "
    "dconv_init normalize resample rescale samplerate segment",
    **of_all,
    stride=Argument(4, "stride", number),
    gelu=Argument(True, "gelu", flag),
    normalize=Argument(True, "normalize", flag),
    resample=Argument(True, "resample", flag),
)
HDEMUCS = arguments(
    "sources audio_channels channels channels_time growth nfft wiener_iters end_iters "
    "wiener_residual cac depth rewrite hybrid hybrid_old multi_freqs multi_freqs_depth freq_emb "
    "emb_scale emb_smooth kernel_size time_stride stride context context_enc norm_starts "
    "norm_groups dconv_mode dconv_depth dconv_comp dconv_attn dconv_lstm dconv_init rescale "
    "samplerate segment",
    **of_hybrids,
)
HTDEMUCS = arguments(
    "sources audio_channels channels channels_time growth nfft wiener_iters end_iters "
    "wiener_residual cac depth rewrite multi_freqs multi_freqs_depth freq_emb emb_scale emb_smooth "
    "kernel_size time_stride stride context context_enc norm_starts norm_groups dconv_mode "
    "dconv_depth dconv_comp dconv_init bottom_channels t_layers t_emb t_hidden_scale t_heads "
    "t_dropout t_max_positions t_norm_in t_norm_in_group t_group_norm t_norm_first t_norm_out "
    "t_max_period t_weight_decay t_lr t_layer_scale t_gelu t_weight_pos_embed t_sin_random_shift "
    "t_cape_mean_normalize t_cape_augment t_cape_glob_loc_scale t_sparse_self_attn "
    "t_sparse_cross_attn t_mask_type t_mask_random_seed t_sparse_attn_window t_global_window "
    "t_sparsity t_auto_sparsity t_cross_first rescale samplerate segment use_train_segment",
    **of_hybrids,
    t_emb=Argument(of=only("sin")),
    t_heads=Argument(8, "heads", number),
    t_dropout=Argument(ours="dropout", of=number),
    t_norm_in_group=Argument(of=only(False)),
    t_group_norm=Argument(False, "norm_over_time", flag),
    t_norm_first=Argument(True, "norm_first", flag),
    t_max_period=Argument(10000.0, "longest_period", number),
    t_gelu=Argument(True, "gelu", flag),
    t_weight_pos_embed=Argument(1.0, "position_weight", number),
    t_sin_random_shift=Argument(of=only(0)),
    t_sparse_self_attn=Argument(of=only(False)),
    t_sparse_cross_attn=Argument(of=only(False)),
    segment=Argument(10, "segment_samples", up_to(60)),  # seconds, see `from_checkpoint`
    use_train_segment=Argument(True, "use_train_segment", flag),
)
