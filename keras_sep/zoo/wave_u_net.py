"""Wave-U-Net: a U-Net on the waveform."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_sep._validate import require_odd
from keras_sep.layers import CropConcatenate, FitLength, LinearUpsampling, PadToMultiple
from keras_sep.zoo._estimates import check_difference, estimated
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized()
def wave_u_net(
    sources: int = 2,
    channels: int = 2,
    filters: int = 24,
    depth: int = 12,
    down_kernel_size: int = 15,
    up_kernel_size: int = 5,
    context: bool = True,
    learned_upsampling: bool = False,
    difference: bool = True,
    activation: str | Callable[[Any], Any] | None = "tanh",
    name: str = "wave_u_net",
    variant: str | None = None,
) -> Network:
    """Wave-U-Net, from the waveform of the mixture to the waveform of each source.

    On the way down every second output of each convolution is dropped; on the way up linear
    interpolation doubles the length, and each level is concatenated with the one of that length on
    the way down.

    Context: the paper's convolutions are not padded, as zeros are no part of the audio and are
    heard at the ends of excerpts. So the network reads more of the mixture than it separates. To
    separate, the model puts zeros before and after the recording, and only there: every sample
    within it has the context it was trained with, and the output is as long as the input. To train
    on excerpts with the samples around them, `model.unpadded` is the network without the zeros, of
    the same weights. It reads `model.unpadded.facts.margin` samples more on each side than it
    separates: 65527 in the paper, for excerpts of `up_kernel_size + n * 2**depth` samples, 16389 of
    147443 in the paper.

    To train it: `keras.losses.MeanSquaredError`, as in the paper. To separate: `Separator` without
    a `front_end`. Batch excerpts of equal length: padding is indistinguishable from silence.

    The defaults are the paper's best for singing voice, M4; its letters are F_c `filters`, L
    `depth`, f_d `down_kernel_size` and f_u `up_kernel_size`. The variants are its M1 to M6.

    Args:
        sources: Number of sources. Default 2.
        channels: Number of audio channels. Default 2.
        filters: Number of filters of the first convolution; each level adds this many. Default 24.
        depth: Number of times that time is halved. Default 12.
        down_kernel_size: Kernel size of the convolutions on the way down, in samples; odd. Default
            15.
        up_kernel_size: Kernel size of those on the way up, in samples; odd. Default 5.
        context: Whether to pad nothing within the network; otherwise every convolution is
            zero-padded, and the recording to a multiple of `2**depth`. Default True.
        learned_upsampling: Whether to learn the weights of the interpolation between neighbours.
            Default False.
        difference: Whether the last source is the mixture minus all others, so that all sum to it;
            otherwise it is estimated like them. Default True.
        activation: Activation of the estimates. Default "tanh".
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.

    Returns:
        A functional `keras.Model`.

    Input shape:
        (batch, samples, channels)

    Output shape:
        (batch, samples, channels, sources)

    Example:

    >>> network = keras_sep.zoo.wave_u_net(filters=3, depth=2)
    >>> tuple(network(np.ones((2, 101, 2), "float32")).shape)
    (2, 101, 2, 2)
    >>> margin = network.unpadded.facts.margin
    >>> excerpt = np.ones((1, margin + 5 + 7 * 4 + margin, 2), "float32")
    >>> margin, tuple(network.unpadded(excerpt).shape)
    (55, (1, 33, 2, 2))

    Reference:
        Stoller, Ewert and Dixon, "Wave-U-Net: a multi-scale neural network for end-to-end audio
        source separation", ISMIR 2018, table 1 and section 3. The slope of the LeakyReLU, 0.2, is
        that of their code.
    """
    require_odd(down_kernel_size=down_kernel_size, up_kernel_size=up_kernel_size)
    check_difference(sources, difference)
    padding = "valid" if context else "same"

    def convolution(x, count, taps, name):
        return keras.layers.Conv1D(
            count, taps, padding=padding, activation="leaky_relu", name=name
        )(x)

    excerpt = keras.Input((None, channels), name="excerpt")
    x, features = excerpt, []
    # down: every second sample of (batch, time, filters * level)
    for level in range(1, depth + 1):
        x = convolution(x, filters * level, down_kernel_size, f"down_{level}")
        features.append(x)
        # of one sample each: a pooling's gradient is faster than that of a slice
        x = keras.layers.AveragePooling1D(1, strides=2, name=f"decimated_{level}")(x)

    # (batch, 9, 312) in the paper, with context
    x = convolution(x, filters * (depth + 1), down_kernel_size, "bottom")

    # up, joined with the middle of what was there at each length
    for level in range(depth, 0, -1):
        x = LinearUpsampling(padding=padding, learned=learned_upsampling, name=f"between_{level}")(
            x
        )
        x = CropConcatenate(name=f"skip_{level}")([x, features[level - 1]])
        x = convolution(x, filters * level, up_kernel_size, f"up_{level}")

    # (batch, 16389, 24 + 2) in the paper, with context and two channels
    x = CropConcatenate(name="skip_excerpt")([x, excerpt])
    _, middle = ops.split(x, [filters], axis=-1)
    # (batch, samples, channels, sources)
    stems = estimated(x, middle, sources, difference, activation)
    margin = _margin(depth, down_kernel_size, up_kernel_size)
    # where a sample is the first of a step at every resolution; another reads up to a step more
    reach = margin + 2**depth - 1
    facts = Facts("waveform", "waveforms", stride=2**depth, context=(reach, reach))
    if not context:
        return _padded(keras.Model(excerpt, stems, name=padding), 0, 0, name, facts)
    unpadded = dataclasses.replace(facts, margin=margin, lengths=(up_kernel_size, 2**depth))
    network = Network(excerpt, stems, name=padding, facts=unpadded)
    facts = dataclasses.replace(facts, unpadded=padding)
    return _padded(network, margin, up_kernel_size, name, facts)


def _margin(depth, down_kernel_size, up_kernel_size):
    """Samples that the network reads on each side of those it separates."""
    # b samples at the bottom are of 2**depth (b + 2 f_d - 3) - (f_d - 2) samples of the mixture,
    # and make f_u + 2**depth (b - f_u) samples of the stems
    both = 2**depth * (2 * down_kernel_size - 3 + up_kernel_size)
    return (both - down_kernel_size + 2 - up_kernel_size) // 2


def _padded(network, margin, beyond, name, facts):
    """A model for any length, whose output is as long, from a network for some lengths."""
    mixture = keras.Input(network.input_shape[1:], name="mixture")
    x = PadToMultiple(facts.stride, name="padding")(mixture)
    if margin:
        # lengths that fit are a multiple and `beyond`
        x = keras.layers.ZeroPadding1D((margin, margin + beyond), name="context")(x)
    stems = FitLength(name="length")(network(x), like=mixture)
    return Network(mixture, stems, name=name, facts=facts)
