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
from keras_sep.zoo._demucs_blocks import (
    block_maker,
    decoder_block,
    encoder_block,
    grown,
    restored,
)
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

    Strided convolutions halve time again and again (here by four) and double the features; a
    gated 1x1 convolution follows each. Transposed convolutions lead back, each after the sum with
    the encoder's output of that size and a gated convolution. No masks: the waveforms are made
    from the features.

    To train it: `WaveformLoss(norm="l1")`. To separate: `Separator` without a `front_end`.

    The defaults are those of `demucs.demucs.Demucs`, the second version with the residual branches
    of Hybrid Demucs in the encoder. The paper's Demucs is `recurrent_layers=2,
    encoder_branches=False, gelu=False, norm_starts=6`, its first version also `filters=100,
    normalize=False, resample=False`.

    Args:
        sources: how many.
        channels: of the audio.
        filters: of the first convolution.
        growth: filters of a convolution for one filter of the one before.
        depth: strided convolutions.
        rewrite: add the second convolution to every block.
        recurrent_layers: bidirectional LSTM layers between encoder and decoder; 0 for none.
        kernel_size: taps of the strided convolutions.
        stride: of them.
        context: neighbours on either side that the decoder's gated convolutions look at.
        gelu: GELU after strided convolutions, else ReLU.
        gated: a gated linear unit after the second convolutions, else ReLU.
        norm_starts: block from which on convolutions are group-normalised, counted from 0.
        norm_groups: groups of features for that.
        encoder_branches: `CompressedResidual`s in the encoder's blocks.
        decoder_branches: likewise in the decoder's.
        branch_depth: of them in a block, of dilation 1, 2, 4, ...
        compression: features of a block for one feature in its branches.
        attention_starts: block from which on branches have local attention.
        recurrent_starts: block from which on branches have LSTM layers.
        initial_scale: of the branches' outputs.
        normalize: standardise the mixture by its downmix's mean and deviation, and undo it at the
            end.
        resample: work at twice the sample rate.
        rescale: what the deviation of initial weights is moved towards; None to leave it.
        name: of the model.
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
    block = block_maker(**locals())
    mixture = keras.Input((None, channels), name="mixture")
    x = mixture
    if normalize:
        x, mean, std = Standardize(downmix=True, name="standardized")(x)
    x = PadToValidLength(kernel_size, stride, depth, 2 if resample else 1, name="padded")(x)
    if resample:
        x = SincResample(1, 2, name="upsampled")(x)

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
        x = SincResample(2, 1, name="downsampled")(x)
    x = CenterCrop(name="cropped")(x, like=mixture)
    # (batch, samples, channels, sources)
    x = keras.layers.Reshape((-1, channels, sources), name="stems")(x)
    if normalize:
        x = restored(x, mean[..., None], std[..., None])
    facts = Facts(
        "waveform",
        "waveforms",
        stride=Fraction(stride**depth, 2 if resample else 1).numerator,
    )
    return Network(mixture, x, name=name, facts=facts)
