"""Demucs: a U-Net of strided convolutions on the waveform."""

from fractions import Fraction

import keras

from keras_sep.layers import (
    CenterCrop,
    PadToValidLength,
    SincResample,
    Standardize,
    WindowedRecurrentStack,
)
from keras_sep.zoo._demucs_blocks import block_maker, decoder_block, encoder_block, grown, restored
from keras_sep.zoo._reach import ALL, unet_context
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized(
    *("recurrent_layers", "context", "norm_starts", "attention_starts", "recurrent_starts"),
    *("initial_scale", "rescale"),
)
def demucs(
    sources: int = 4,
    channels: int = 2,
    filters: int = 64,
    growth: float = 2.0,
    depth: int = 6,
    rewrite: bool = True,
    recurrent_layers: int = 0,
    kernel_size: int = 8,
    stride: int = 4,
    context: int = 1,
    gelu: bool = True,
    gated: bool = True,
    norm_starts: int = 4,
    norm_groups: int = 4,
    encoder_branches: bool = True,
    decoder_branches: bool = False,
    branch_depth: int = 2,
    compression: float = 4,
    attention_starts: int = 4,
    recurrent_starts: int = 4,
    initial_scale: float = 1e-4,
    normalize: bool = True,
    resample: bool = True,
    rescale: float | None = 0.1,
    name: str = "demucs",
    variant: str | None = None,
) -> Network:
    """Demucs, from the waveform of the mixture to the waveform of each source.

    Each strided convolution divides time by four and doubles the features; a gated 1x1 convolution
    follows. Transposed convolutions lead back, each after the sum with the encoder's output of that
    size and a gated convolution. The waveforms are made from the features, without masks.

    To train it: `WaveformLoss(norm="l1")`. To separate: `Separator` without a `front_end`.

    The defaults are those of `demucs.demucs.Demucs`, the second version with the residual branches
    of Hybrid Demucs in the encoder. The paper's Demucs, in its first and its last
    version, is `variant="v1"` and `"v2"`.

    Args:
        sources: Number of sources. Default 4.
        channels: Number of audio channels. Default 2.
        filters: Number of filters of the first convolution. Default 64.
        growth: Factor by which filters grow per level. Default 2.
        depth: Number of strided convolutions. Default 6.
        rewrite: Whether every block has a second convolution. Default True.
        recurrent_layers: Number of bidirectional LSTM layers between encoder and decoder; 0 for
            none. Default 0.
        kernel_size: Kernel size of the strided convolutions. Default 8.
        stride: Stride of those convolutions. Default 4.
        context: Neighbours on either side that the decoder's gated convolutions see. Default 1.
        gelu: Whether a GELU follows the strided convolutions, else a ReLU. Default True.
        gated: Whether a gated linear unit follows the second convolutions, else a ReLU. Default
            True.
        norm_starts: Index of the first block with group normalisation, from 0. Default 4.
        norm_groups: Number of groups of that normalisation. Default 4.
        encoder_branches: Whether the encoder's blocks have `CompressedResidual`s. Default True.
        decoder_branches: Whether the decoder's blocks have them. Default False.
        branch_depth: Number of branches in a block, of dilation 1, 2, 4, ... Default 2.
        compression: Features of a block per feature of its branches. Default 4.
        attention_starts: Index of the first block whose branches have local attention. Default 4.
        recurrent_starts: Index of the first block whose branches have LSTM layers. Default 4.
        initial_scale: Initial scale of the branches' outputs. Default 1e-4.
        normalize: Whether to standardise the mixture by the mean and standard deviation of its
            downmix, and to undo it at the end. Default True.
        resample: Whether to work at twice the sample rate. Default True.
        rescale: Target standard deviation of the rescaled initial weights; None not to rescale.
            Default 0.1.
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

    >>> network = keras_sep.zoo.demucs(filters=4, depth=2)
    >>> tuple(network(np.ones((2, 101, 2), "float32")).shape)
    (2, 101, 2, 4)

    Reference:
        Défossez, Usunier, Bottou and Bach, "Music source separation in the waveform domain", 2019;
        Défossez, "Hybrid spectrogram and waveform source separation", 2021, for the branches.
    """
    block = block_maker(**locals(), activation="gelu" if gelu else "relu")
    mixture = keras.Input((None, channels), name="mixture")
    x = mixture
    if normalize:
        x, mean, std = Standardize(downmix=True, name="standardized")(x)
    rate = 2 if resample else 1
    x = PadToValidLength(kernel_size, stride, depth, rate, name="padded")(x)
    up, down = SincResample(1, rate, name="upsampled"), SincResample(rate, 1, name="downsampled")
    if resample:
        x = up(x)

    widths = [filters]
    for _ in range(depth - 1):
        widths.append(grown(widths[-1], growth))

    blocks = [block(level, kernel_size, stride, padding=0) for level in range(depth)]

    skips = []
    for level in range(depth):
        # (batch, time / stride^(level + 1), filters * growth^level)
        x = encoder_block(x, widths[level], blocks[level], name=f"encoder_{level + 1}")
        skips.append(x)
    if recurrent_layers:
        x = WindowedRecurrentStack(recurrent_layers, name="recurrent")(x)
    outputs = [channels * sources, *widths]
    for level in reversed(range(depth)):
        x = keras.layers.Add(name=f"skip_{level + 1}")([x, skips.pop()])
        x, _ = decoder_block(
            x, outputs[level], blocks[level], name=f"decoder_{level + 1}", last=level == 0
        )

    if resample:
        x = down(x)
    x = CenterCrop(name="cropped")(x, like=mixture)
    # (batch, samples, channels, sources)
    x = keras.layers.Reshape((-1, channels, sources), name="stems")(x)
    if normalize:
        x = restored(x, mean[..., None], std[..., None])
    period = Fraction(stride**depth, rate).numerator
    reach = ALL
    over_time = normalize or recurrent_layers or encoder_branches or decoder_branches
    if not over_time and norm_starts >= depth:
        seen = context if rewrite else 0
        before, after = unet_context(depth, kernel_size, stride, seen, period, up, down)
        # of an odd length at twice the rate half a sample is lost, and the crop may lie one later
        odd = resample and (kernel_size % 2 or stride % 2)
        reach = before + bool(odd), after
    facts = Facts("waveform", "waveforms", stride=period, context=reach)
    return Network(mixture, x, name=name, facts=facts)
