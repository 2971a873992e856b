"""Cases of the networks from waveform to waveform."""

import keras

from cases.case import CHANNELS, FRAME_LENGTH, HOP_LENGTH, SOURCES, WAVEFORM, Case
from keras_sep import zoo

KERNEL, STRIDE = 5, 2
FILTERBANK = {"filters": 7, "kernel_size": KERNEL, "stride": STRIDE}
SMALL = {"sources": SOURCES, "channels": CHANNELS, **FILTERBANK}
TEMPORAL = {**SMALL, "bottleneck": 6, "hidden": 8, "blocks": 2, "repeats": 2}
RESOLUTIONS = {"sources": SOURCES, "channels": CHANNELS, "filters": 8, "kernel_size": 9,
               "bottleneck": 6, "blocks": 2, "depth": 3}  # fmt: skip
HALVINGS = {"sources": SOURCES, "channels": CHANNELS, "filters": 4, "depth": 2,
            "down_kernel_size": 5, "up_kernel_size": 3}  # fmt: skip
DILATED = {"sources": SOURCES, "channels": CHANNELS, "filters": 5, "skip": 6, "blocks": 3,
           "stacks": 2, "head_filters": (8, 7)}  # fmt: skip

HYBRID = {
    "sources": SOURCES, "channels": CHANNELS, "filters": 4, "frame_length": 64, "norm_groups": 2,
    "initial_scale": 1.0,
}  # fmt: skip
DEMUCS = {
    "sources": SOURCES, "channels": CHANNELS, "filters": 4, "depth": 2, "norm_starts": 1,
    "norm_groups": 2, "compression": 1, "initial_scale": 1.0, "rescale": 0.5, "attention_starts": 1,
    "recurrent_starts": 1,
}  # fmt: skip
ROFORMER = {
    "channels": CHANNELS, "features": 6, "heads": 2, "head_size": 4, "hidden": 7, "mask_hidden": 5,
    "frame_length": FRAME_LENGTH, "hop_length": HOP_LENGTH,
}  # fmt: skip
CHUNKED = {**SMALL, "bottleneck": 6, "units": 5, "chunk_length": 8, "blocks": 2}
ATTENDED = {**SMALL, "bottleneck": 8, "chunk_length": 8, "blocks": 2, "layers": 1, "heads": 2,
            "hidden": 9}  # fmt: skip
SPARSE = {"sources": SOURCES, "channels": CHANNELS, "filters": (4, 6), "frame_length": 64,
          "hop_length": 16, "shares": (0.2, 0.3, 0.5), "strides": (1, 2, 4), "depths": (2, 1, 1),
          "compression": 2, "blocks": 2}  # fmt: skip
SEGMENTS = {"sources": SOURCES, "channels": CHANNELS, "filters": 7, "kernel_size": KERNEL,
            "units": 6}  # fmt: skip

BANDED = {"sources": SOURCES, "channels": CHANNELS, "bands": ((0, 3), (2, 5), (5, 9), (6, 9)),
          "features": 5, "blocks": 1, "units": 3, "hidden": 7, "frame_length": 16,
          "hop_length": 8}  # fmt: skip

BAND_SPLIT = {"sources": SOURCES, "channels": CHANNELS, "frame_length": 32, "hop_length": 11,
              "bins": 10, "subbands": 2, "filters": 6, "depth": 1, "encoder_convolutions": 1,
              "bottleneck": 2, "blocks": 1, "heads": 2, "head_size": 4}  # fmt: skip

LOCAL = {"sources": SOURCES, "channels": CHANNELS, "features": 6, "blocks": 1, "heads": 2,
         "head_size": 4, "hidden": 5, "kernel_size": 3, "groups": 2, "frame_length": 16,
         "hop_length": 8}  # fmt: skip
GRID = {"sources": SOURCES, "channels": CHANNELS, "features": 6, "blocks": 1, "units": 3,
        "heads": 2, "query_size": 5, "frame_length": 16, "hop_length": 8}  # fmt: skip

MIDDLE = {"channels": CHANNELS, "frame_length": 10, "hop_length": 5, "filters": 7, "units": 6}

MODELS = {
    "dtln": Case(
        (WAVEFORM,),
        lambda x: zoo.dtln(**MIDDLE, layers=1)(x),
        causal=True,
        latency=10,
        weights=14,
        traced=False,
    ),
    "dtln, of logarithms": Case(
        (WAVEFORM,),
        lambda x: zoo.dtln(**{**MIDDLE, "hop_length": 2}, log_magnitude=True)(x),
        causal=True,
        latency=10,
        weights=22,
    ),
    "hs_tasnet": Case(
        (WAVEFORM,),
        lambda x: zoo.hs_tasnet(SOURCES, **MIDDLE)(x),
        causal=True,
        latency=10,
        weights=43,
        traced=False,
    ),
    "hs_tasnet, small, of complex spectra": Case(
        (WAVEFORM,),
        lambda x: zoo.hs_tasnet(
            SOURCES,
            **MIDDLE | {"frame_length": 12, "hop_length": 3},
            layers=1,
            cell="gru",
            summed=True,
            complex_spectrum=True,
            normalize=True,
        )(x),
        causal=True,
        latency=12,
        weights=30,
    ),
    "bandit": Case((WAVEFORM,), lambda x: zoo.bandit(**BANDED)(x), weights=62),
    "conv_tasnet": Case(
        (WAVEFORM,),
        lambda x: zoo.conv_tasnet(**TEMPORAL, skip=3)(x),
        masked=True,
        weights=63,
        traced=False,
    ),
    "conv_tasnet, causal": Case(
        (WAVEFORM,),
        lambda x: zoo.conv_tasnet(
            **TEMPORAL, skip=None, causal=True, mask_activation="softmax", encoder_activation="relu"
        )(x),
        masked=True,
        causal=True,
        latency=KERNEL,
        weights=57,
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
        weights=63,
    ),
    "dprnn_tasnet": Case(
        (WAVEFORM,),
        lambda x: zoo.dprnn_tasnet(**CHUNKED)(x),
        masked=True,
        weights=54,
        traced=False,
    ),
    "dprnn_tasnet, channel-wise": Case(
        (WAVEFORM,),
        lambda x: zoo.dprnn_tasnet(
            **CHUNKED,
            hop_length=3,
            cell="gru",
            bidirectional=False,
            normalization=keras.layers.LayerNormalization(epsilon=1e-8),
            mask_activation="softmax",
            drop_remainder=True,
        )(x),
        masked=True,
        weights=48,
    ),
    "scnet": Case(
        (WAVEFORM,),
        lambda x: zoo.scnet(**SPARSE)(x),
        weights=152,
        traced=False,
    ),
    "sepformer": Case(
        (WAVEFORM,),
        lambda x: zoo.sepformer(**ATTENDED)(x),
        masked=True,
        weights=89,
        traced=False,
    ),
    "sepformer, channel-wise": Case(
        (WAVEFORM,),
        lambda x: zoo.sepformer(
            **ATTENDED,
            positions=False,
            norm_first=False,
            residual=False,
            dense=True,
            dropout=0.1,
            normalization=keras.layers.LayerNormalization(epsilon=1e-8),
            mask_activation="softmax",
            drop_remainder=True,
        )(x),
        masked=True,
        weights=97,
    ),
    "sudorm_rf": Case(
        (WAVEFORM,),
        lambda x: zoo.sudorm_rf(**RESOLUTIONS)(x),
        masked=True,
        weights=64,
        traced=False,
    ),
    "sudorm_rf, improved": Case(
        (WAVEFORM,),
        lambda x: zoo.sudorm_rf(**RESOLUTIONS, improved=True)(x),
        masked=True,
        weights=53,
    ),
    "tasnet": Case(
        (WAVEFORM,),
        lambda x: zoo.tasnet(**SEGMENTS, stride=KERNEL)(x),
        masked=True,
        weights=31,
        traced=False,
    ),
    "tasnet, causal": Case(
        (WAVEFORM,),
        lambda x: zoo.tasnet(
            **SEGMENTS,
            stride=STRIDE,
            layers=3,
            causal=True,
            unit_level=False,
            mask_activation="sigmoid",
        )(x),
        masked=True,
        causal=True,
        latency=KERNEL,
        weights=16,
    ),
    "tfc_tdf": Case(
        (WAVEFORM,),
        lambda x: zoo.tfc_tdf(
            sources=SOURCES,
            channels=CHANNELS,
            frame_length=32,
            hop_length=11,
            bins=12,
            subbands=2,
            filters=5,
            growth=2,
            depth=1,
            blocks=1,
            bottleneck=3,
        )(x),
        weights=48,
        traced=False,
    ),
    "moises_light": Case(
        (WAVEFORM,),
        lambda x: zoo.moises_light(**BAND_SPLIT, decoder_blocks=0)(x),
        weights=77,
        traced=False,
    ),
    "moises_light, of spectra": Case(
        (WAVEFORM,),
        lambda x: zoo.moises_light(**BAND_SPLIT, masked=False, activation="gelu")(x),
        weights=97,
    ),
    "tf_gridnet": Case((WAVEFORM,), lambda x: zoo.tf_gridnet(**GRID)(x), weights=46),
    "tf_locoformer": Case((WAVEFORM,), lambda x: zoo.tf_locoformer(**LOCAL)(x), weights=32),
    "wave_u_net": Case(
        (WAVEFORM,), lambda x: zoo.wave_u_net(**HALVINGS)(x), weights=12, traced=False
    ),
    "wave_u_net, same": Case(
        (WAVEFORM,),
        lambda x: zoo.wave_u_net(**HALVINGS, context=False, difference=False)(x),
        weights=12,
    ),
    "wave_u_net, learned": Case(
        (WAVEFORM,),
        lambda x: zoo.wave_u_net(**HALVINGS, learned_upsampling=True)(x),
        weights=14,
    ),
    "wavenet": Case((WAVEFORM,), lambda x: zoo.wavenet(**DILATED)(x), weights=22, traced=False),
    "wavenet, causal": Case(
        (WAVEFORM,),
        lambda x: zoo.wavenet(**DILATED, taps=2, causal=True, difference=False)(x),
        causal=True,
        weights=22,
    ),
    "bs_roformer": Case(
        (WAVEFORM,),
        lambda x: zoo.bs_roformer(
            **ROFORMER, band_widths=(2, 2, 3, 10), sources=3, blocks=2, skips=True
        )(x),
        weights=74,
    ),
    "mel_band_roformer": Case(
        (WAVEFORM,),
        lambda x: zoo.mel_band_roformer(
            **ROFORMER, bands=3, sources=2, blocks=1, mask_layers=1, difference=True
        )(x),
        weights=39,
    ),
    "demucs": Case((WAVEFORM,), lambda x: zoo.demucs(**DEMUCS)(x), weights=106, traced=False),
    "demucs, as in the paper": Case(
        (WAVEFORM,),
        lambda x: zoo.demucs(
            **DEMUCS,
            recurrent_layers=2,
            encoder_branches=False,
            gelu=False,
            normalize=False,
            resample=False,
        )(x),
        weights=38,
    ),
    "hdemucs": Case(
        (WAVEFORM,),
        lambda x: zoo.hdemucs(
            # from larger weights, whose gradients at the bottom do not drown in rounding
            **HYBRID,
            rescale=0.5,
            depth=3,
            norm_starts=2,
            compression=2,
            attention_starts=2,
            recurrent_starts=2,
        )(x),
        lengths=(401, 809),  # some frames at the bottom, for the attention's decays to matter
        # a kernel over three bins meets one
        weights=163,
        moved=0.3,
        traced=False,
    ),
    "hdemucs, of magnitudes, late": Case(
        (WAVEFORM,),
        lambda x: zoo.hdemucs(
            **HYBRID,
            depth=2,
            encoder_branches=False,
            complex_spectrum=False,
            late_spectrum=True,
        )(x),
        weights=29,
        moved=0.3,  # as above
        traced=False,
    ),
    "htdemucs": Case(
        (WAVEFORM,),
        lambda x: zoo.htdemucs(
            **HYBRID | {"frame_length": 128},
            depth=1,
            compression=2,
            bottom_channels=8,
            blocks=2,
            heads=2,
            layer_scale=0.1,
            segment_samples=150,
        )(x),
        weights=145,
        traced=False,
    ),
}
