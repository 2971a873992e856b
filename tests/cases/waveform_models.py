"""Cases of the networks from waveform to waveform."""

import keras

from cases.case import CHANNELS, SOURCES, WAVEFORM, Case
from keras_sep import zoo

KERNEL, STRIDE = 5, 2
FILTERBANK = {"filters": 7, "kernel_size": KERNEL, "stride": STRIDE}
SMALL = {"sources": SOURCES, "channels": CHANNELS, **FILTERBANK}
TEMPORAL = {**SMALL, "bottleneck": 6, "hidden": 8, "blocks": 2, "repeats": 2}

MODELS = {
    "conv_tasnet": Case((WAVEFORM,), lambda x: zoo.conv_tasnet(**TEMPORAL, skip=3)(x), masked=True),
    "conv_tasnet, causal": Case(
        (WAVEFORM,),
        lambda x: zoo.conv_tasnet(
            **TEMPORAL, skip=None, causal=True, mask_activation="softmax", encoder_activation="relu"
        )(x),
        masked=True,
        causal=True,
        latency=KERNEL,
    ),
    "conv_tasnet, channel-wise": Case(
        (WAVEFORM,),
        lambda x: zoo.conv_tasnet(
            **TEMPORAL,
            skip=3,
            causal=True,
            normalization=keras.layers.LayerNormalization(epsilon=1e-8),
            mask_activation="relu",
        )(x),
        masked=True,
        causal=True,
        latency=KERNEL,
    ),
}
