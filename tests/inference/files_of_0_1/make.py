"""Writes the files of this folder: a small `.keras` file of every builder, and what it separates.

    python tests/inference/files_of_0_1/make.py

It ran once, on version 0.1.0 as it was before networks carried facts about themselves, with
TensorFlow 2.21 and Keras 3.15.1. Run on a later version it would write that version's files:
newer files belong in a folder of their own. `mixture.npy` (samples, channels) is what all of them
read, networks of one channel its first; `NAME.npy` is what NAME.keras makes of it (samples,
channels, sources), or for a network saved alone of `spectrum.npy` (frames, bins, channels) or the
mixture. The members of the `.keras` files are as Keras wrote them, only compressed, to a tenth.
"""

import zipfile
from pathlib import Path

import keras
import numpy as np

from keras_sep import Separator, layers, zoo

HERE = Path(__file__).parent
RATE_HZ, SAMPLES = 2000, 1000
FRAME_LENGTH, HOP, BINS = 32, 8, 17
TWO = ("vocals", "rest")

SPEECH = {"bins": BINS, "units": 4, "layers": 1}
FILTERBANK = {"sources": 2, "filters": 6, "kernel_size": 5}
DEMUCS = {
    "sources": 2, "filters": 4, "norm_starts": 1, "norm_groups": 2, "attention_starts": 1,
    "recurrent_starts": 1, "compression": 2, "branch_depth": 1, "initial_scale": 1.0,
    "rescale": 0.5,
}  # fmt: skip
WITHOUT_RECURRENCE = {
    key: DEMUCS[key] for key in DEMUCS.keys() - {"attention_starts", "recurrent_starts"}
}
NETWORKS = {
    "chimera": lambda: zoo.chimera(dims=5, **SPEECH),
    "conv_tasnet": lambda: zoo.conv_tasnet(
        **FILTERBANK, stride=2, bottleneck=4, hidden=5, skip=3, blocks=2, repeats=1
    ),
    "deep_attractor": lambda: zoo.deep_attractor(dims=5, **SPEECH),
    "deep_attractor-anchored": lambda: zoo.deep_attractor(dims=5, sources=2, anchors=3, **SPEECH),
    "deep_clustering": lambda: zoo.deep_clustering(dims=5, channels=2, **SPEECH),
    "demucs": lambda: zoo.demucs(**DEMUCS, depth=2),
    "dprnn_tasnet": lambda: zoo.dprnn_tasnet(
        **FILTERBANK, stride=2, bottleneck=4, units=3, chunk_length=8, blocks=1
    ),
    "hdemucs": lambda: zoo.hdemucs(
        **{**DEMUCS, "norm_starts": 2, "attention_starts": 2, "recurrent_starts": 2},
        frame_length=64,
        depth=3,
    ),
    "htdemucs": lambda: zoo.htdemucs(
        **WITHOUT_RECURRENCE, frame_length=128, depth=1, bottom_channels=4, blocks=2, heads=2,
        hidden_scale=2.0, layer_scale=0.5, segment_samples=600,
    ),
    "mask_inference": lambda: zoo.mask_inference(**SPEECH),
    "open_unmix": lambda: zoo.open_unmix(TWO, bins=BINS, hidden=4, layers=1, bandwidth_bins=13),
    "sepformer": lambda: zoo.sepformer(
        **FILTERBANK, stride=2, bottleneck=4, chunk_length=8, blocks=1, layers=1, heads=2, hidden=5
    ),
    "spleeter_unet": lambda: zoo.spleeter_unet(
        TWO, bins=BINS, bandwidth_bins=12, filters=(3, 4), window_frames=8, mask_extension="average"
    ),
    "sudorm_rf": lambda: zoo.sudorm_rf(
        sources=2, filters=6, kernel_size=9, bottleneck=4, blocks=1, depth=2
    ),
    "tasnet": lambda: zoo.tasnet(**FILTERBANK, stride=5, units=4, layers=1),
    "unet": lambda: zoo.unet(("vocals",), bins=BINS, filters=(3, 4), window_frames=8),
    "wave_u_net": lambda: zoo.wave_u_net(
        sources=2, filters=3, depth=2, down_kernel_size=5, up_kernel_size=3
    ),
    "wavenet": lambda: zoo.wavenet(
        sources=2, filters=4, skip=5, blocks=3, stacks=2, head_filters=(5, 4)
    ),
}  # fmt: skip


def front_end():
    return layers.STFT(FRAME_LENGTH, HOP)


# how each is wrapped, but for networks of waveforms that need nothing around them
AROUND = {
    "chimera": lambda: {"front_end": front_end(), "interchangeable_sources": True},
    "deep_attractor": lambda: {"front_end": front_end(), "post_filter": layers.AttractorMasks(2)},
    "deep_attractor-anchored": lambda: {"front_end": front_end()},
    # soft: a bin between two clusters may fall to either with another rounding
    "deep_clustering": lambda: {
        "front_end": front_end(),
        "post_filter": layers.ClusterMasks(2, softness=0.5),
    },
    "mask_inference": lambda: {
        "front_end": layers.ConvSTFT(FRAME_LENGTH, HOP),
        "post_filter": layers.ApplyMixturePhase(),
    },
    "open_unmix": lambda: {
        "front_end": front_end(),
        "post_filter": layers.WienerFilter(1, window_frames=50, residual=True),
        "license": "of a test",
    },
    "spleeter_unet": lambda: {"front_end": front_end()},
    "unet": lambda: {"front_end": front_end()},
}


def randomise(network):
    """Every weight moved, that none is the zeros or ones with which it began."""
    rng = np.random.default_rng(3)
    for weight in network.trainable_weights:
        value = keras.ops.convert_to_numpy(weight)
        weight.assign(value + 0.1 * rng.normal(size=value.shape))
    for weight in network.non_trainable_weights:
        value = keras.ops.convert_to_numpy(weight)
        if weight.name == "moving_mean":
            weight.assign(value + 0.1 * rng.normal(size=value.shape))
        elif weight.name == "moving_variance":
            weight.assign(value * rng.uniform(0.5, 1.5, value.shape))
    return network


def network(name):
    keras.utils.set_random_seed(29)
    return randomise(NETWORKS[name]())


def separator(name):
    names = ("vocals",) if name == "unet" else TWO
    return Separator(network(name), RATE_HZ, names, **AROUND.get(name, dict)())


def two_networks():
    """Two networks of one source each, by name."""
    targets = {}
    for i, target in enumerate(TWO):
        keras.utils.set_random_seed(i)
        targets[target] = randomise(zoo.open_unmix((target,), bins=BINS, hidden=2, layers=1))
    return Separator(targets, RATE_HZ, front_end=front_end())


def mixture():
    """Two notes with their overtones, each louder on another side, and some noise."""
    time = np.arange(SAMPLES)[:, None] / RATE_HZ
    low, high = (
        sum(np.sin(2 * np.pi * k * pitch_hz * time) / k for k in (1, 2, 3))
        for pitch_hz in (110, 247)
    )
    hiss = np.random.default_rng(5).normal(size=(SAMPLES, 2))
    fade = np.exp(-3 * time)
    return (0.3 * low * [1, 0.4] + 0.2 * fade * high * [0.3, 1] + 0.03 * hiss).astype("float32")


def save(model, path):
    """A `.keras` file with its members compressed."""
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, member in members.items():
            archive.writestr(name, member)


def main():
    waveform = mixture()
    np.save(HERE / "mixture.npy", waveform)
    real, imag = front_end()(waveform[None])
    spectrum = np.hypot(*map(keras.ops.convert_to_numpy, (real, imag)))
    np.save(HERE / "spectrum.npy", spectrum[0])
    models = {name: separator(name) for name in NETWORKS} | {"two_networks": two_networks()}
    models["open_unmix-alone"] = network("open_unmix")
    models["conv_tasnet-alone"] = network("conv_tasnet")
    for name, model in models.items():
        x = spectrum if name == "open_unmix-alone" else waveform[None]
        x = x[..., : model.input_shape[-1] if "alone" in name else model.channels]
        save(model, HERE / f"{name}.keras")
        stems = keras.ops.convert_to_numpy(model(x, training=False))[0]
        np.save(HERE / f"{name}.npy", stems)
        size = (HERE / f"{name}.keras").stat().st_size
        levels = np.sqrt(np.mean(stems**2, axis=tuple(range(stems.ndim - 1))))
        print(f"{name:25} {size / 1000:5.0f} kB, RMS of the sources {np.round(levels, 4)}")


if __name__ == "__main__":
    main()
