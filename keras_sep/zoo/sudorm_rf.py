"""SuDoRM-RF: a learned filterbank around convolutions at several resolutions."""

import math

import keras

from keras_sep.layers import (
    AnalysisFilterbank,
    ApplyMask,
    ConvMaskHead,
    GlobalLayerNormalization,
    MaskHead,
    PadToMultiple,
    SynthesisFilterbank,
    UConvBlock,
)
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized()
def sudorm_rf(
    sources: int = 2,
    channels: int = 1,
    filters: int = 512,
    kernel_size: int = 21,
    bottleneck: int = 128,
    blocks: int = 16,
    depth: int = 4,
    improved: bool = False,
    mask_activation: str | None = None,
    name: str = "sudorm_rf",
) -> Network:
    """SuDoRM-RF, from the waveform of the mixture to the waveform of each source.

    Learned filters instead of an STFT; of their outputs a stack of blocks, each of which looks
    around every frame at several resolutions, makes one mask a source; other learned filters make
    waveforms of what the masks leave.

    To train it: `PermutationInvariantLoss(SISNR())` for speakers. To separate: `Separator` without
    a `front_end`, and `interchangeable_sources=True` after training with permutations.

    The defaults are the paper's SuDoRM-RF 1.0x; its letters are C_E and C_U `filters`, K_E
    `kernel_size`, C `bottleneck`, B `blocks` and Q `depth`. Frames are half a filter apart. A
    mixture is filled up with zeros until frames and halvings divide its length. The level of the
    mixture is left as it is: the authors divide it by its deviation first.

    Args:
        sources: how many.
        channels: of the audio; all of them go into every filter.
        filters: of the encoder, and of the convolutions within a block; even unless improved.
        kernel_size: samples that a filter sees.
        bottleneck: features between the blocks.
        blocks: how many.
        depth: resolutions in a block, each half the one before.
        improved: the authors' later form: blocks whose input is added to their output as it is,
            frames without a ReLU, and a mask of its own weights for every filter and source instead
            of one convolution along the features.
        mask_activation: "softmax" over the sources, "relu", "sigmoid", or any other of Keras; by
            default "softmax", "relu" where improved.
        name: of the model.

    Returns:
        A functional `keras.Model`. A Keras mask (batch, samples) given as `mask` marks padding,
        which then changes nothing.

    Input shape:
        (batch, samples, channels)

    Output shape:
        (batch, samples, channels, sources)

    Example:

    >>> network = keras_sep.zoo.sudorm_rf(filters=6, bottleneck=5, blocks=2, depth=2)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Tzinis, Wang and Smaragdis, "Sudo rm -rf: efficient networks for universal audio source
        separation", 2020; the improved form is that of their and asteroid's code.
    """
    if kernel_size < 2:
        raise ValueError(f"`kernel_size` must be at least 2. Received: kernel_size={kernel_size}")
    if filters % 2 and not improved:
        raise ValueError(f"`filters` must be even unless improved. Received: filters={filters}")
    if mask_activation is None:
        mask_activation = "relu" if improved else "softmax"
    stride = kernel_size // 2
    mixture = keras.Input((None, channels), name="mixture")
    # (batch, frames, filters)
    padded = PadToMultiple(math.lcm(stride, 2**depth), name="padding")(mixture)
    frames = AnalysisFilterbank(
        filters,
        kernel_size,
        stride,
        activation=None if improved else "relu",
        padding=stride,
        name="encoder",
    )(padded)

    x = GlobalLayerNormalization(name="normalization")(frames)
    x = keras.layers.Dense(bottleneck, name="bottleneck")(x)  # (batch, frames, bottleneck)
    for block in range(blocks):
        x = UConvBlock(filters, depth, improved=improved, name=f"block_{block + 1}")(x)

    # (batch, frames, filters, sources)
    masks = (_masks if improved else _convolved_masks)(x, filters, sources, mask_activation)
    masked = ApplyMask(name="masked")(masks, frames)
    # (batch, samples, channels, sources)
    waveforms = SynthesisFilterbank(channels, kernel_size, stride, padding=stride, name="decoder")(
        masked, like=mixture
    )
    facts = Facts("waveform", "waveforms", stride=stride * 2 ** (depth - 1))
    return Network(mixture, waveforms, name=name, facts=facts)


def _masks(x, filters, sources, activation):
    x = keras.layers.PReLU(
        alpha_initializer=keras.initializers.Constant(0.25), shared_axes=[1, 2], name="activation"
    )(x)
    return MaskHead(filters, sources, activation=activation, name="masks")(x)


def _convolved_masks(x, filters, sources, activation):
    if x.shape[-1] != filters:
        x = keras.layers.Dense(filters, name="widening")(x)
    return ConvMaskHead(sources, activation=activation, name="masks")(x)
