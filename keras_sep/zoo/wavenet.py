"""Wavenet that separates: gated dilated convolutions on the waveform."""

from collections.abc import Sequence

import keras

from keras_sep.layers import GatedConvBlock
from keras_sep.zoo._estimates import check_difference, estimated
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized()
def wavenet(
    sources: int = 4,
    channels: int = 1,
    filters: int = 64,
    skip: int = 64,
    taps: int = 3,
    blocks: int = 10,
    stacks: int = 4,
    head_filters: Sequence[int] = (2048, 256),
    difference: bool = True,
    causal: bool = False,
    name: str = "wavenet",
    variant: str | None = None,
) -> Network:
    """Wavenet for music separation, from the waveform of the mixture to that of each source.

    A convolution, then stacks of gated convolutions, whose dilations double from block to block and
    start again in every stack; two wide convolutions make all sources at once from the sum of their
    skip outputs. It is not autoregressive: it reads the mixture and none of its own output.

    Context: a sample depends on `(taps - 1) * stacks * (2**blocks - 1)` samples around it, 8184 in
    the paper, and of `3 * (taps - 1)` more for the other convolutions, half of them on each side.
    The recording is zero-padded. The paper trains on the middle of excerpts, of 1601 samples of
    9785: `keras.Model(network.input, network.output[:, 4092:-4092])`.

    To train it: `WaveformLoss(norm="l1")`, as in the paper. To separate: `Separator` without a
    `front_end`. Batch excerpts of equal length: padding is indistinguishable from silence.

    The defaults are the paper's for several instruments, whose last source is the mixture minus
    vocals, drums and bass; for singing voice it is `variant="singing_voice"`.

    Args:
        sources: Number of sources. Default 4.
        channels: Number of audio channels; the paper's is mono. Default 1.
        filters: Number of filters of the gated convolutions, and of features between the blocks.
            Default 64.
        skip: Number of features that every block adds to the sum from which the sources are made.
            Default 64.
        taps: Kernel size of all convolutions but the last, in samples; odd unless causal. Default
            3.
        blocks: Number of blocks in a stack, of dilation 1, 2, 4, ... Default 10.
        stacks: Number of stacks. Default 4.
        head_filters: Numbers of filters of the two convolutions after the sum. Default `(2048,
            256)`.
        difference: Whether the last source is the mixture minus all others, so that all sum to it;
            otherwise it is estimated like them. Default True.
        causal: Whether to use past samples only; there is no algorithmic latency then. Default
            False.
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

    >>> network = keras_sep.zoo.wavenet(
    ...     filters=5, skip=6, blocks=3, stacks=2, head_filters=(7, 8))
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 4)

    Reference:
        Lluís, Pons and Serra, "End-to-end music source separation: is it possible in the waveform
        domain?", 2019, figure 1. The widths of the last layers are those of their code.
    """
    if len(head_filters) != 2:
        raise ValueError(f"`head_filters` must be two numbers. Received: {head_filters}")
    check_difference(sources, difference)
    if not causal and taps % 2 == 0:
        raise ValueError(f"`taps` must be odd unless causal. Received: taps={taps}")
    padding = "causal" if causal else "same"

    def convolution(x, count, name):
        return keras.layers.Conv1D(count, taps, padding=padding, use_bias=False, name=name)(x)

    mixture = keras.Input((None, channels), name="mixture")
    x = convolution(mixture, filters, "first")  # (batch, samples, filters)
    skips = []
    for stack in range(stacks):
        for block in range(blocks):
            # the sources are made of the skips alone: nothing reads the last residual
            last = (stack, block) == (stacks - 1, blocks - 1)
            outputs = GatedConvBlock(
                filters,
                skip,
                taps,
                dilation=2**block,
                causal=causal,
                skip_only=last,
                name=f"block_{stack + 1}_{block + 1}",
            )(x)
            x, skipped = (None, outputs) if last else outputs
            skips.append(skipped)
    # (batch, samples, skip)
    x = keras.layers.Add(name="skips")(skips) if len(skips) > 1 else skips[0]

    x = keras.layers.ReLU(name="skips_activation")(x)
    x = convolution(x, head_filters[0], "head_1")  # (batch, samples, 2048)
    x = keras.layers.ReLU(name="head_activation")(x)
    x = convolution(x, head_filters[1], "head_2")  # (batch, samples, 256)
    # (batch, samples, channels, sources)
    stems = estimated(x, mixture, sources, difference)
    span = (taps - 1) * (stacks * (2**blocks - 1) + 3)  # samples that a sample is made of, less one
    facts = Facts(
        "waveform",
        "waveforms",
        context=(span, 0) if causal else (span // 2, span // 2),
        causal=causal,
    )
    return Network(mixture, stems, name=name, facts=facts)
