"""TF-Locoformer: attention and convolutions over bins, then over frames."""

import keras

from keras_sep._scaled_uniform import scaled_uniform
from keras_sep.layers import STFT, GlobalLayerNormalization, LocoformerBlock, Standardize
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network

EPSILON = 1e-5  # of every normalisation


@sized("blocks")
def tf_locoformer(
    sources: int = 2,
    channels: int = 1,
    features: int = 128,
    blocks: int = 6,
    heads: int = 4,
    head_size: int = 32,
    hidden: int = 384,
    kernel_size: int = 4,
    groups: int = 4,
    dropout: float = 0.0,
    standardize: bool = True,
    frame_length: int = 128,
    hop_length: int = 64,
    name: str = "tf_locoformer",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """TF-Locoformer, from the waveform of the mixture to the waveform of each source.

    A convolution makes features of every bin of the spectrum. In each block, the bins of every
    frame attend to each other, then the frames of every bin; convolutions along the same axis are
    before and after the attention. A convolution of what leaves the last block gives the spectra of
    the sources, without masks.

    To train it on speakers, use `PermutationInvariantLoss(SISNR())`. To separate, use a `Separator`
    without a `front_end`, and `interchangeable_sources=True` if it was trained in any order.

    The defaults are the paper's medium size, for 8 kHz; its letters are D `features`, B `blocks`, H
    `heads`, C `hidden`, K `kernel_size` and G `groups`.

    Args:
        sources: Number of sources. Default 2.
        channels: Number of audio channels; the network sees all of them. Default 1.
        features: Number of features of a bin. Default 128.
        blocks: Number of blocks, each over bins and over frames. Default 6.
        heads: Number of attention heads. Default 4.
        head_size: Number of features of each head, even. Default 32.
        hidden: Number of features between the convolutions of a block. Default 384.
        kernel_size: Kernel size of these convolutions. Default 4.
        groups: Number of groups of the blocks' normalisations; must divide `features`. Default 4.
        dropout: Fraction of the attention weights, of the features between the convolutions and of
            the outputs of both that is dropped in training. Default 0.
        standardize: Whether the network sees mixtures with a standard deviation of one, and its
            estimates get back the mixture's, as in the authors' recipes. Default True.
        frame_length: Frame length in samples. Default 128.
        hop_length: Samples from one frame to the next. Default 64.
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.
        weights: Name of published weights, one of those that `keras_sep.presets()` lists. They set
            all arguments; those that are given must agree. Default None, new weights.

    Returns:
        A functional `keras.Model`.

    Input shape:
        (batch, samples, channels)

    Output shape:
        (batch, samples, channels, sources)

    Example:

    >>> network = keras_sep.zoo.tf_locoformer(
    ...     features=6, blocks=1, heads=2, head_size=4, hidden=5, groups=2, frame_length=16,
    ...     hop_length=8)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Saijo et al., "TF-Locoformer: transformer with local modeling by convolution for speech
        separation and enhancement", 2024.
    """
    if features % groups:
        raise ValueError(
            f"`groups` must divide `features`. Received: groups={groups}, features={features}"
        )
    stft = STFT(frame_length, hop_length, name="stft")

    mixture = x = keras.Input((None, channels), name="mixture")
    if standardize:
        x, _, deviation = Standardize(epsilon=1e-8, center=False, name="standardized")(x)
    # (batch, frames, bins, 2 * channels)
    x = keras.layers.Concatenate(name="spectrum")(list(stft(x)))
    # biases of all values: where the mixture is silent no normalisation stands on zeros
    start = scaled_uniform(9 * 2 * channels, None)
    x = keras.layers.Conv2D(features, 3, padding="same", bias_initializer=start, name="first")(x)
    x = GlobalLayerNormalization(EPSILON, name="normalization")(x)
    for number in range(1, blocks + 1):
        for axis, path in ((2, "bins"), (1, "frames")):
            x = LocoformerBlock(
                *(heads, head_size, hidden, kernel_size, axis, groups, dropout, EPSILON),
                name=f"block_{number}_{path}",
            )(x)
    x = keras.layers.Conv2D(2 * channels * sources, 3, padding="same", name="last")(x)
    bins = frame_length // 2 + 1
    # (batch, frames, bins, channels, sources), real and imaginary parts
    x = keras.layers.Reshape((-1, bins, 2, channels, sources), name="spectra")(x)
    stems = stft.inverse()(keras.ops.unstack(x, 2, axis=3), like=mixture)
    if standardize:
        deviation = keras.layers.Reshape((1, 1, 1), name="deviation")(deviation)
        stems = keras.layers.Multiply(name="stems")([stems, deviation])
    return Network(
        mixture, stems, name=name, facts=Facts("waveform", "waveforms", stride=hop_length)
    )
