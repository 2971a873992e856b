"""SuDoRM-RF: a learned filterbank around convolutions at several resolutions."""

import math

import keras

from keras_sep.layers import (
    AnalysisFilterbank,
    ConvMaskHead,
    GlobalLayerNormalization,
    MaskHead,
    PadToMultiple,
    SynthesisFilterbank,
    UConvBlock,
)
from keras_sep.zoo._sizes import sized
from keras_sep.zoo._tasnet import masking_network, prelu
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
    variant: str | None = None,
) -> Network:
    """SuDoRM-RF, from the waveform of the mixture to the waveform of each source.

    A learned filterbank takes the place of the STFT. A stack of blocks, each of which sees the
    surroundings of every frame at several resolutions, estimates one mask per source from its
    output; a second filterbank turns the masked representations into waveforms.

    To train it on speakers, use `PermutationInvariantLoss(SISNR())`. To separate, use a `Separator`
    without a `front_end`, and `interchangeable_sources=True` if it was trained in any order.

    The defaults are the paper's SuDoRM-RF 1.0x; its letters are C_E and C_U `filters`, K_E
    `kernel_size`, C `bottleneck`, B `blocks` and Q `depth`. Frames are half a filter apart. A
    mixture is zero-padded until frames and halvings divide its length. The level of the mixture
    stays as it is: the authors divide it by its standard deviation first.

    Args:
        sources: Number of sources. Default 2.
        channels: Number of audio channels; each filter sees all of them. Default 1.
        filters: Number of filters of the encoder, and of the convolutions within a block; even
            unless improved. Default 512.
        kernel_size: Length of the filters in samples. Default 21.
        bottleneck: Number of features between the blocks. Default 128.
        blocks: Number of blocks. Default 16.
        depth: Number of resolutions in a block, each half the one before. Default 4.
        improved: Whether to build the authors' improved version: blocks add their input to their
            output as it is, frames have no ReLU, and the mask of every filter and source has
            its own weights instead of one convolution along the features. Default False.
        mask_activation: Activation of the masks: "softmax" over the sources, "relu", "sigmoid", or
            any other of Keras. Default: "relu" if improved, else "softmax".
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.

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

    def encoder(mixture):
        padded = PadToMultiple(math.lcm(stride, 2**depth), name="padding")(mixture)
        return AnalysisFilterbank(
            filters,
            kernel_size,
            stride,
            activation=None if improved else "relu",
            padding=stride,
            name="encoder",
        )(padded)

    def masker(frames):
        x = GlobalLayerNormalization(name="normalization")(frames)
        x = keras.layers.Dense(bottleneck, name="bottleneck")(x)  # (batch, frames, bottleneck)
        for block in range(blocks):
            x = UConvBlock(filters, depth, improved=improved, name=f"block_{block + 1}")(x)
        if improved:
            return MaskHead(filters, sources, activation=mask_activation, name="masks")(prelu(x))
        if bottleneck != filters:
            x = keras.layers.Dense(filters, name="widening")(x)
        return ConvMaskHead(sources, activation=mask_activation, name="masks")(x)

    decoder = SynthesisFilterbank(channels, kernel_size, stride, padding=stride, name="decoder")
    return masking_network(encoder, masker, decoder, name, step=2 ** (depth - 1))
