"""The U-Net of singing voice separation: an image's encoder and decoder on a spectrogram."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_sep._floors import AMPLITUDE_FLOOR
from keras_sep.layers import UNetDecoderBlock, UNetEncoderBlock
from keras_sep.zoo._sizes import sized
from keras_sep.zoo._unet import check_halves, mask_in_windows, target_names
from keras_sep.zoo.network import Network


@sized()
def unet(
    targets: str | Sequence[str] = ("vocals",),
    bins: int = 513,
    channels: int = 1,
    filters: Sequence[int] = (16, 32, 64, 128, 256, 512),
    window_frames: int = 128,
    hop_frames: int | None = None,
    dropout: float = 0.5,
    name: str = "unet",
    variant: str | None = None,
) -> Network:
    """The deep U-Net, from the magnitude of the mixture to the magnitude of each target.

    The mixture is split into windows of `window_frames`, and every target has the paper's whole
    network to itself, with layers named `<target>_<stage>`. Train on excerpts of exactly
    `window_frames` frames: each is one window then, and a frame more would make it two.

    The paper's STFT has frames of 1024 samples every 768 at 8192 Hz: `keras_sep.layers.STFT(1024,
    768)`.

    Level: the paper scales magnitudes to [0, 1]. Here each window is divided by its own largest
    magnitude, over all bins and channels, so that training on excerpts and separating a recording
    are the same computation: masks do not change with the level of the mixture, and estimates are
    as loud as it is.

    Bins: the lowest are read, as many as can be halved with every encoder: 512 of 513. Those above
    get the mask of their neighbour, the highest bin that was read. With zeros, the top of every
    spectrum would be missing from all stems, and with it from their sum.

    Args:
        targets: Names of the sources to estimate, one network each. Default `("vocals",)`.
        bins: Number of bins of the spectrogram, `frame_length // 2 + 1`. Default 513.
        channels: Number of audio channels; the paper's is mono. Default 1.
        filters: Filters of the encoders, the outermost first; the decoders mirror them. Default
            `(16, 32, 64, 128, 256, 512)`.
        window_frames: Frames that the network sees at once, a multiple of `2 ** len(filters)`.
            Default 128.
        hop_frames: Frames from one window to the next; overlapping windows are cross-faded.
            Default: half a window, as masks are least certain at the ends of a window;
            `hop_frames=window_frames` does not overlap and has half as many windows.
        dropout: Fraction of the features dropped by the first three decoders in training. Default
            0.5.
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.

    Returns:
        A functional `keras.Model`. `model.get_layer("masks").network` is the network of one
        window. A Keras mask (batch, frames) given as `mask` marks padding, which then changes
        no output of inference; the batch statistics of training count it, so train on excerpts of
        one length.

    Input shape:
        (batch, frames, bins, channels), non-negative

    Output shape:
        (batch, frames, bins, channels, len(targets))

    Example:
        >>> import numpy as np
        >>> model = unet(("vocals", "drums"), bins=33, filters=(2, 3), window_frames=8)
        >>> tuple(model(np.ones((3, 19, 33, 1), "float32")).shape)
        (3, 19, 33, 1, 2)

    Reference:
        Jansson, Humphrey, Montecchio, Bittner, Kumar and Weyde, "Singing voice separation with deep
        U-Net convolutional networks", ISMIR 2017, section 3 and figure 1.
    """
    names = target_names(targets)
    check_halves(len(filters), window_frames=window_frames)
    read_bins = bins - bins % 2 ** len(filters)
    if not read_bins:
        raise ValueError(
            f"`bins` must be at least {2 ** len(filters)}, 2 to the power of the number of "
            f"`filters`. Received: bins={bins}"
        )

    # read the band, its level brought to 1: (batch, window_frames, read_bins, channels)
    window = keras.Input((window_frames, bins, channels), name="window")
    x = window[:, :, :read_bins]
    x = x / ops.maximum(ops.max(x, axis=(1, 2, 3), keepdims=True, initial=0.0), AMPLITUDE_FLOOR)

    # one network a target: (batch, window_frames, read_bins, channels, targets)
    masks = ops.stack([target_mask(x, filters, dropout, name) for name in names], axis=-1)

    # bins above the band: (batch, window_frames, bins, channels, targets)
    _, highest = ops.split(masks, [read_bins - 1], axis=2)
    above = ops.repeat(highest, bins - read_bins, axis=2)
    masks = ops.concatenate([masks, above], axis=2)
    return mask_in_windows(
        keras.Model(window, masks),
        window_frames // 2 if hop_frames is None else hop_frames,
        reach=window_frames,  # the level is that of the whole window
        name=name,
    )


def target_mask(x, filters, dropout, name):
    """One target's mask between 0 and 1, of the shape of the magnitudes x."""
    channels = x.shape[-1]

    # down: half the frames, half the bins, more filters: (batch, 2, 8, 512) in the paper
    encoded = []
    for n, size in enumerate(filters, 1):
        x = UNetEncoderBlock(size, name=f"{name}_encoder_{n}")(x)
        encoded.append(x)

    # up, joined with what the encoders saw at each size: (batch, 64, 256, 16 + 16) in the paper
    for n, skip in enumerate(encoded[-2::-1], 1):
        x = UNetDecoderBlock(
            skip.shape[-1], dropout=dropout if n <= 3 else 0.0, name=f"{name}_decoder_{n}"
        )(x)
        x = keras.layers.Concatenate(name=f"{name}_skip_{n}")([x, skip])

    # the last decoder is the mask. No normalisation before the sigmoid: the paper does not say,
    # and the pix2pix generator that it follows has none there.
    return keras.layers.Conv2DTranspose(
        channels,
        5,
        strides=2,
        padding="same",
        activation="sigmoid",
        name=f"{name}_decoder_{len(filters)}",
    )(x)
