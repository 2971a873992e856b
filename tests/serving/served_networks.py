"""Every network of the zoo, small, as it is served."""

import keras
import numpy as np

import keras_sep

SOURCES = ("vocals", "drums")
SMALL = {"bins": 33, "units": 5, "layers": 1}
FRAMES = {"frame_length": 64, "hop_length": 16}
BLOCK = {"sources": 2, "channels": 1, "features": 6, "blocks": 1}
HEADS = {"heads": 2, "head_size": 4}


def complex_masks():
    """A network from the complex spectrum to complex masks, trained a little."""
    pair = [keras.Input((None, 33, 1), name=part) for part in ("real", "imag")]
    x = keras.layers.Dense(4)(keras.layers.Concatenate()(pair))
    x = keras.layers.Reshape((-1, 33, 1, 2, 2))(x)
    facts = keras_sep.zoo.Facts("spectrum", "masks", context=(0, 0))
    network = keras_sep.zoo.Network(pair, [x[..., 0], x[..., 1]], facts=facts)
    separator = keras_sep.Separator(network, 8000, SOURCES, keras_sep.layers.STFT(64, 16))
    separator.compile("adam", keras_sep.losses.WaveformLoss())
    mixture = np.random.default_rng(29).normal(size=(4, 300, 1))
    stems = np.stack([0.7 * mixture, 0.3 * mixture], axis=-1)
    separator.fit(mixture, stems, epochs=2, verbose=0)
    return network


ZOO = {
    "mask_inference": lambda: (keras_sep.zoo.mask_inference(**SMALL), None),
    "mask_inference, gru": lambda: (keras_sep.zoo.mask_inference(**SMALL, cell="gru"), None),
    "deep_clustering": lambda: (
        keras_sep.zoo.deep_clustering(**SMALL), keras_sep.layers.ClusterMasks(sources=2)
    ),
    "chimera": lambda: (keras_sep.zoo.chimera(**SMALL), None),
    "deep_attractor": lambda: (
        keras_sep.zoo.deep_attractor(**SMALL), keras_sep.layers.AttractorMasks(sources=2)
    ),
    "deep_attractor, anchored": lambda: (keras_sep.zoo.deep_attractor(**SMALL, anchors=4), None),
    "complex masks": lambda: (complex_masks(), None),
    "unet": lambda: (
        keras_sep.zoo.unet(SOURCES, bins=33, filters=(3, 5), window_frames=16), None
    ),
    "conv_tasnet": lambda: (
        keras_sep.zoo.conv_tasnet(filters=7, bottleneck=5, hidden=6, skip=5, blocks=2, repeats=1),
        None,
    ),
    "bandit": lambda: (
        keras_sep.zoo.bandit(
            **BLOCK, **FRAMES, bands=keras_sep.ops.musical_bands(5, bins=33), units=3, hidden=6
        ),
        None,
    ),
    "bs_roformer": lambda: (keras_sep.zoo.bs_roformer(**BLOCK, **FRAMES, **HEADS), None),
    "mel_band_roformer": lambda: (
        keras_sep.zoo.mel_band_roformer(**BLOCK, **FRAMES, **HEADS, bands=7), None
    ),
    "moises_light": lambda: (
        keras_sep.zoo.moises_light(
            2, channels=1, **FRAMES, **HEADS, bins=32, subbands=2, filters=4, depth=1, blocks=1
        ),
        None,
    ),
    "scnet": lambda: (
        keras_sep.zoo.scnet(
            2, channels=1, filters=(4, 8), frame_length=256, hop_length=64, blocks=2
        ),
        None,
    ),
    "tf_gridnet": lambda: (
        keras_sep.zoo.tf_gridnet(**BLOCK, **FRAMES, units=5, heads=2, query_size=3), None
    ),
    "tf_locoformer": lambda: (
        keras_sep.zoo.tf_locoformer(**BLOCK, **FRAMES, **HEADS, hidden=5, groups=2), None
    ),
    "tfc_tdf": lambda: (
        keras_sep.zoo.tfc_tdf(
            2, channels=1, **FRAMES, bins=32, filters=3, growth=2, depth=1, blocks=1
        ),
        None,
    ),
    "demucs": lambda: (
        keras_sep.zoo.demucs(2, channels=1, filters=4, depth=2, norm_starts=1, compression=1), None
    ),
    "hdemucs": lambda: (
        keras_sep.zoo.hdemucs(
            2, channels=1, filters=4, frame_length=64, depth=2, norm_starts=1, attention_starts=1,
            recurrent_starts=1, compression=2,
        ),
        None,
    ),
    "htdemucs": lambda: (
        keras_sep.zoo.htdemucs(
            2, channels=1, filters=4, frame_length=128, depth=1, compression=2, blocks=2, heads=2
        ),
        None,
    ),
    "dprnn_tasnet": lambda: (
        keras_sep.zoo.dprnn_tasnet(filters=7, bottleneck=5, units=6, chunk_length=10, blocks=2),
        None,
    ),
    "tasnet": lambda: (keras_sep.zoo.tasnet(filters=7, kernel_size=8, stride=8, units=6), None),
    "tasnet, causal": lambda: (
        keras_sep.zoo.tasnet(filters=7, kernel_size=8, stride=4, units=6, causal=True), None
    ),
    "sepformer": lambda: (
        keras_sep.zoo.sepformer(
            filters=7, bottleneck=8, chunk_length=10, blocks=1, layers=1, heads=2, hidden=6
        ),
        None,
    ),
    "sepreformer": lambda: (
        keras_sep.zoo.sepreformer(
            filters=7, bottleneck=8, stages=1, encoder_blocks=1, decoder_blocks=1, heads=2
        ),
        None,
    ),
    "sudorm_rf": lambda: (
        keras_sep.zoo.sudorm_rf(filters=8, bottleneck=5, blocks=2, depth=3), None
    ),
    "sudorm_rf, improved": lambda: (
        keras_sep.zoo.sudorm_rf(filters=8, bottleneck=5, blocks=2, depth=3, improved=True), None
    ),
    "wave_u_net": lambda: (
        keras_sep.zoo.wave_u_net(
            channels=1, filters=3, depth=3, down_kernel_size=7, learned_upsampling=True
        ),
        None,
    ),
    "wave_u_net, same": lambda: (
        keras_sep.zoo.wave_u_net(channels=1, filters=3, depth=3, context=False), None
    ),
    "wavenet": lambda: (
        keras_sep.zoo.wavenet(2, filters=5, skip=6, blocks=4, stacks=2, head_filters=(8, 7)), None
    ),
}  # fmt: skip


def served_separator(model):
    """The separator of one of them."""
    keras.utils.set_random_seed(13)
    network, post_filter = ZOO[model]()
    front_end = None if network.facts.reads == "waveform" else keras_sep.layers.STFT(64, 16)
    return keras_sep.Separator(network, 8000, SOURCES, front_end, post_filter)
