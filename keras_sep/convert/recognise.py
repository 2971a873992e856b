"""Which network a state dict is of, as far as the names of its tensors tell."""

from collections.abc import Collection

# one that no other network has; hybrids have what the plain ones have, and stand first. A second
# form of a network stands after a comma
TELLING = {
    "htdemucs": "crosstransformer.layers.0.linear1.weight",
    "hdemucs": "tencoder.0.conv.weight",
    "demucs": "encoder.0.0.weight",
    "open_unmix": "fc1.weight",
    "conv_tasnet": "masker.TCN.0.shared_block.0.weight",
    "dprnn_tasnet": "masker.net.0.intra_norm.gamma",
    "sudorm_rf": "masker.sm.0.proj_1x1.conv.weight",
    "hs_tasnet": "pre_spec_branch.weight_ih_l0",
    "tasnet": "encoder.encoder_relu.filterbank._filters",
    "sepformer": "masknet.conv1d.weight",
    "bandit": "bsrnn.band_split.norm_fc_modules.0.fc.weight",
    "bandit, version 2": "band_split.norm_fc_modules.0.combined.1.weight",
    "sepreformer": "separator.pos_emb.pe_k.weight",
    "bs_roformer": "final_norm.gamma",
    "mel_band_roformer": "layers.0.0.norm.gamma",
    "moises_light": "encoder_blocks.0.split1.0.conv.weight",
    "spleeter_unet": "conv2d_transpose/kernel",
    "dtln": "conv1d/conv1d/kernel:0",
    "scnet": "encoder.0.SDlayer.convs.0.weight",
    "tf_gridnet": "blocks.0.attn_norm_Q.gamma",
    "tf_locoformer": "blocks.0.freq_path.attn.qkv.weight",
    "tfc_tdf": "bottleneck_block.blocks.0.tfc1.2.weight",
}


def recognise(names: Collection[str]) -> str | None:
    """The converter for tensors of these names, or None."""
    found = next((model for model, name in TELLING.items() if name in names), "")
    return found.partition(",")[0] or None
