"""Tiny separators that use the past only, and by how much each is late."""

import numpy as np

from keras_sep import Separator, layers, zoo

RNG = np.random.default_rng(0)
SIZES = {"bins": 17, "units": 6, "layers": 2, "bidirectional": False}


def open_unmix(**kwargs):
    network = zoo.open_unmix(("vocals", "drums"), bins=17, hidden=6, bidirectional=False)
    stft = layers.STFT(**{"frame_length": 32, "hop_length": 8, **kwargs})
    return Separator(network, 8000, ("vocals", "drums"), stft)


def mask_inference(cell="lstm", **kwargs):
    network = zoo.mask_inference(sources=2, cell=cell, **SIZES)
    stft = layers.STFT(**{"frame_length": 32, "hop_length": 8, **kwargs})
    return Separator(network, 8000, ("s1", "s2"), stft)


def by_products():
    """With a front end whose matrices are weights, and not those of a Fourier transform."""
    network = zoo.mask_inference(sources=2, **SIZES)
    separator = Separator(network, 8000, ("s1", "s2"), layers.ConvSTFT(32, 8, trainable=True))
    for weight in separator.trainable_weights:
        if weight.shape == (32, 34):
            weight.assign(weight + 0.1 * RNG.normal(size=weight.shape))
    return separator


def conv_tasnet(**kwargs):
    sizes = {"filters": 16, "bottleneck": 8, "hidden": 8, "blocks": 3, "repeats": 2}
    network = zoo.conv_tasnet(**{**sizes, "kernel_size": 8, "stride": 4, **kwargs}, causal=True)
    return Separator(network, 8000, ("s1", "s2"))


def dtln():
    network = zoo.dtln(frame_length=32, hop_length=8, filters=9, units=5)
    return Separator(network, 8000, ("speech",))


def hs_tasnet():
    network = zoo.hs_tasnet(2, 1, frame_length=32, hop_length=8, filters=7, units=5, layers=1)
    return Separator(network, 8000, ("s1", "s2"))


# separators, and the latency of each: of frames of 32 samples every 8, 24
SEPARATORS = {
    "open_unmix": (open_unmix, 24),
    "open_unmix, hop of 6": (lambda: open_unmix(hop_length=6), 28),
    "open_unmix, longer transform": (lambda: open_unmix(frame_length=20, fft_length=32), 24),
    "mask_inference": (mask_inference, 24),
    "mask_inference, GRU": (lambda: mask_inference("gru"), 24),
    "mask_inference, zeros first": (lambda: mask_inference(padding="zeros"), 32),
    "mask_inference, zeros around": (
        lambda: mask_inference(padding="constant", window="hamming"),
        24,
    ),
    # the first sample of a frame counts, and mirrors one of the next hop
    "mask_inference, Hamming window": (lambda: mask_inference(window="hamming"), 32),
    "mask_inference, learned transform": (by_products, 32),
    "conv_tasnet": (conv_tasnet, 4),
    "conv_tasnet, odd overlap": (lambda: conv_tasnet(kernel_size=10, skip=None), 8),
    "dtln": (dtln, 24),
    "hs_tasnet": (hs_tasnet, 24),
}
