"""Arguments of asteroid's networks, as its files hold them at `model_args`.

What no line here gives a name of ours is told by the tensors.
"""

import keras

from keras_sep.convert._published import Argument, among, number, number_or_none, only, up_to
from keras_sep.layers import CumulativeLayerNormalization, GlobalLayerNormalization

ACTIVATIONS = {name: name for name in ("linear", "relu", "sigmoid", "tanh", "gelu", "swish")}
SOFTMAX = {"softmax": "softmax"}  # of masks, where it is one over the sources
NORMALIZATIONS = {
    "gLN": GlobalLayerNormalization,
    "cgLN": CumulativeLayerNormalization,
    "cLN": lambda: keras.layers.LayerNormalization(epsilon=1e-8),
}
LSTM, GRU = only("LSTM", "lstm"), only("LSTM", "lstm", "GRU", "gru")

told_by_tensors = Argument()
of_all = {
    "fb_name": Argument(of=only("free", "FreeFB")),
    "n_filters": told_by_tensors,
    "kernel_size": told_by_tensors,
    "stride": Argument(ours="stride", of=number_or_none),
    "sample_rate": Argument(ours="sample_rate_hz", of=lambda rate: rate and up_to(10**6)(rate)),
    "in_chan": told_by_tensors,
    "n_src": told_by_tensors,
}


def normalization(*names):
    """Normalisations that a network may have: a new layer for each of these names."""
    made = among({name: NORMALIZATIONS[name] for name in names})
    return Argument(ours="normalization", of=lambda name: made(name)())


CONV_TASNET = {
    **of_all,
    **dict.fromkeys(("out_chan", "bn_chan", "hid_chan", "skip_chan"), told_by_tensors),
    "conv_kernel_size": told_by_tensors,
    "n_blocks": Argument(ours="blocks", of=number),
    "n_repeats": told_by_tensors,
    "norm_type": normalization("gLN", "cgLN", "cLN"),
    "mask_act": Argument(ours="mask_activation", of=among(ACTIVATIONS | SOFTMAX)),
    "causal": told_by_tensors,
    "encoder_activation": Argument(
        ours="encoder_activation", of=among({None: None, **ACTIVATIONS})
    ),
}
DPRNN_TASNET = {
    **of_all,
    **dict.fromkeys(("out_chan", "bn_chan", "hid_size", "n_repeats"), told_by_tensors),
    "chunk_size": Argument(ours="chunk_length", of=number),
    "hop_size": Argument(ours="hop_length", of=number_or_none),
    "norm_type": normalization("gLN", "cLN"),
    "mask_act": Argument(ours="mask_activation", of=among(ACTIVATIONS)),
    "bidirectional": told_by_tensors,
    "rnn_type": Argument(of=GRU),
    "num_layers": told_by_tensors,
    "dropout": Argument(ours="dropout", of=number),
    "use_mulcat": Argument(of=only(False)),
    "encoder_activation": CONV_TASNET["encoder_activation"],
}
TASNET = {
    **of_all,
    **dict.fromkeys(("out_chan", "hid_size", "n_layers", "bidirectional"), told_by_tensors),
    "rnn_type": Argument(of=LSTM),
    "dropout": Argument(ours="dropout", of=number),
    "mask_act": Argument(ours="mask_activation", of=among(ACTIVATIONS)),
    "encoder_activation": Argument(of=only(None, "linear")),
}
SUDORM_RF = {
    **of_all,
    **dict.fromkeys(("bn_chan", "num_blocks", "upsampling_depth"), told_by_tensors),
    "kernel_size": Argument(ours="kernel_size", of=number),
    "mask_act": Argument(ours="mask_activation", of=among(ACTIVATIONS | SOFTMAX)),
    "encoder_activation": Argument(of=only("relu", None)),
}
