"""The U-Net of Spleeter."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from keras_sep.ops import join_sources
from keras_sep.zoo._sizes import sized
from keras_sep.zoo._unet import check_halves, mask_in_windows, target_names
from keras_sep.zoo.network import Network

CONVOLUTION = {"padding": "same", "kernel_initializer": "he_uniform"}


@sized()
def spleeter_unet(
    targets: str | Sequence[str] = ("vocals", "accompaniment"),
    bins: int = 2049,
    channels: int = 2,
    bandwidth_bins: int = 1024,
    filters: Sequence[int] = (16, 32, 64, 128, 256, 512),
    window_frames: int = 512,
    hop_frames: int | None = None,
    encoder_activation: str | Callable[[Any], Any] | None = "leaky_relu",
    decoder_activation: str | Callable[[Any], Any] | None = "relu",
    mask_activation: str | Callable[[Any], Any] | None = "sigmoid",
    mask_extension: str = "zeros",
    dropout: float = 0.5,
    name: str = "spleeter_unet",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """Spleeter's U-Net, from the magnitude of the mixture to the magnitude of each instrument.

    Every target has a network to itself, with layers named `<target>_<stage>`. It is not `unet`:
    what the skip connections carry, and what the first decoder reads, are the outputs of the
    convolutions, before normalisation and activation; decoders activate before they normalise; and
    a dilated convolution, not a decoder, gives the mask.

    The defaults are Spleeter's for two stems up to 11 kHz; its others are the variants. It runs on
    STFTs of 4096 samples every 1024 at 44100 Hz, with magnitudes
    as they are: nothing here evens out the level.

    The estimates are those that Spleeter's training compares with the instruments' magnitudes. To
    separate, Spleeter shares out the mixture in proportion to their squares, or takes the Wiener
    filter: `keras_sep.layers.WienerFilter`.

    Args:
        targets: Names of the instruments to estimate, one network each. Default `("vocals",
            "accompaniment")`.
        bins: Number of bins of the spectrogram, `frame_length // 2 + 1`. Default 2049.
        channels: Number of audio channels. Default 2.
        bandwidth_bins: Number of the lowest bins that are read, a multiple of `2 ** len(filters)`;
            Spleeter's `F`. Default 1024.
        filters: Filters of the encoders, the outermost first; the decoders mirror them. Default
            `(16, 32, 64, 128, 256, 512)`.
        window_frames: Frames that the network sees at once, a multiple of `2 ** len(filters)`. The
            last window is zero-padded. Spleeter's `T`. Default 512.
        hop_frames: Frames from one window to the next; overlapping windows are cross-faded.
            Default: `window_frames`, without overlap, as in Spleeter.
        encoder_activation: Activation of the encoders; "leaky_relu" has slope 0.2 below zero.
            Default "leaky_relu".
        decoder_activation: Activation of the decoders. Default "relu".
        mask_activation: Activation of the masks; `"softmax"` makes those of all targets sum to one.
            Default "sigmoid".
        mask_extension: Masks of the bins above `bandwidth_bins`: "zeros", or "average" for the mean
            mask of all bins below. Default "zeros".
        dropout: Fraction of the features dropped by the first three decoders in training. Default
            0.5.
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.
        weights: Name of published weights, one of those that `keras_sep.presets()` lists. They set
            all arguments; those that are given must agree. Default None, new weights.

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
        >>> model = spleeter_unet(bins=65, bandwidth_bins=32, filters=(2, 3), window_frames=8)
        >>> tuple(model(np.ones((3, 19, 65, 2), "float32")).shape)
        (3, 19, 65, 2, 2)

    Reference:
        Hennequin, Khlif, Voituret and Moussallam, "Spleeter: a fast and efficient music source
        separation tool with pre-trained models", Journal of Open Source Software 5(50), 2020.
    """
    names = target_names(targets)
    check_halves(len(filters), window_frames=window_frames, bandwidth_bins=bandwidth_bins)
    if bandwidth_bins > bins:
        raise ValueError(
            "`bandwidth_bins` must not be more than `bins`. "
            f"Received: bandwidth_bins={bandwidth_bins}, bins={bins}"
        )
    if mask_extension not in ("zeros", "average"):
        raise ValueError(
            f'`mask_extension` must be "zeros" or "average". '
            f"Received: mask_extension={mask_extension!r}"
        )

    # read the band: (batch, window_frames, bandwidth_bins, channels)
    window = keras.Input((window_frames, bins, channels), name="window")
    x = window[:, :, :bandwidth_bins]

    # one network a target: (batch, window_frames, bandwidth_bins, channels, targets)
    activations = (encoder_activation, decoder_activation)
    scores = [target_scores(x, filters, activations, dropout, name) for name in names]
    masks = join_sources([ops.expand_dims(one, -1) for one in scores])
    masks = keras.layers.Activation(mask_activation, name="mask_activation")(masks)

    # bins above the band: (batch, window_frames, bins, channels, targets)
    above = bins - bandwidth_bins
    if mask_extension == "average":
        average = ops.mean(masks, axis=2, keepdims=True)
        masks = ops.concatenate([masks, ops.repeat(average, above, axis=2)], axis=2)
    else:
        masks = ops.pad(masks, [(0, 0), (0, 0), (0, above), (0, 0), (0, 0)])
    return mask_in_windows(
        keras.Model(window, masks),
        window_frames if hop_frames is None else hop_frames,
        reach=4 * 2 ** len(filters) - 1,
        name=name,
    )


def target_scores(x, filters, activations, dropout, name):
    """One target's mask before its activation, of the shape of the magnitudes x."""
    channels = x.shape[-1]
    encoder_activation, decoder_activation = activations

    # down: half the frames, half the bins, more filters: (batch, 8, 16, 512) in Spleeter
    encoded = []
    for n, size in enumerate(filters, 1):
        if n > 1:
            x = normalization(x, f"{name}_encoder_{n - 1}")
            x = activation(x, encoder_activation, f"{name}_encoder_{n - 1}")
        x = keras.layers.Conv2D(size, 5, strides=2, **CONVOLUTION, name=f"{name}_encoder_{n}")(x)
        encoded.append(x)

    # up, to what the encoders saw at each size: (batch, 256, 512, 16 + 16) in Spleeter
    for n, skip in enumerate(encoded[-2::-1], 1):
        x = decoder(x, skip.shape[-1], decoder_activation, f"{name}_decoder_{n}")
        if n <= 3:
            x = keras.layers.Dropout(dropout, name=f"{name}_decoder_{n}_dropout")(x)
        x = keras.layers.Concatenate(name=f"{name}_skip_{n}")([skip, x])

    # to full size, with one filter, and from that to the channels
    x = decoder(x, 1, decoder_activation, f"{name}_decoder_{len(filters)}")
    return keras.layers.Conv2D(channels, 4, dilation_rate=2, **CONVOLUTION, name=f"{name}_mask")(x)


def decoder(x, filters, decoder_activation, name):
    """Twice the frames and bins: activated first, normalised then."""
    x = keras.layers.Conv2DTranspose(filters, 5, strides=2, **CONVOLUTION, name=name)(x)
    return normalization(activation(x, decoder_activation, name), name)


def activation(x, function, name):
    return keras.layers.Activation(function, name=f"{name}_activation")(x)


def normalization(x, name):
    return keras.layers.BatchNormalization(name=f"{name}_norm")(x)
