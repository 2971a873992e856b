"""TF-GridNet: LSTMs over bins and over frames, and attention between frames."""

import keras

from keras_sep._scaled_uniform import scaled_uniform
from keras_sep.layers import STFT, GlobalLayerNormalization, GridNetBlock, Standardize
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


@sized()
def tf_gridnet(
    sources: int = 2,
    channels: int = 1,
    features: int = 64,
    blocks: int = 6,
    units: int = 256,
    heads: int = 4,
    query_size: int = 8,
    kernel_size: int = 4,
    stride: int = 1,
    frame_length: int = 128,
    hop_length: int = 64,
    name: str = "tf_gridnet",
    variant: str | None = None,
) -> Network:
    """TF-GridNet, from the waveform of the mixture to the waveform of each source.

    A convolution makes features of every bin of the spectrum. In each block, LSTMs read the bins of
    every frame, others the frames of every bin, and frames attend to each other. A convolution of
    what leaves the last block gives the spectra of the sources, without masks. The network sees
    mixtures with a standard deviation of one; its estimates get back the mixture's.

    To train it on speakers, use `PermutationInvariantLoss(SISNR())`. To separate, use a `Separator`
    without a `front_end`, and `interchangeable_sources=True` if it was trained in any order.

    The defaults are the paper's, for 8 kHz; its letters are D `features`, B `blocks`, H `units`, L
    `heads`, E `query_size`, I `kernel_size` and J `stride`.

    Args:
        sources: Number of sources. Default 2.
        channels: Number of audio channels; the network sees all of them. Default 1.
        features: Number of features of a bin; `heads` must divide it. Default 64.
        blocks: Number of blocks. Default 6.
        units: Size of the recurrent state in each direction. Default 256.
        heads: Number of attention heads. Default 4.
        query_size: Features of each bin in the queries and the keys of a head. Default 8.
        kernel_size: Bins, or frames, that an LSTM reads at a time. Default 4.
        stride: Bins, or frames, from one reading to the next. Default 1.
        frame_length: Frame length in samples. Default 128.
        hop_length: Samples from one frame to the next. Default 64.
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

    >>> network = keras_sep.zoo.tf_gridnet(
    ...     features=6, blocks=1, units=5, heads=2, query_size=3, frame_length=16, hop_length=8)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 2)

    Reference:
        Wang et al., "TF-GridNet: integrating full- and sub-band modeling for speech separation",
        2023.
    """
    if features % heads:
        raise ValueError(
            f"`heads` must divide `features`. Received: heads={heads}, features={features}"
        )
    stft = STFT(frame_length, hop_length, name="stft")

    mixture = keras.Input((None, channels), name="mixture")
    x, _, deviation = Standardize(epsilon=1e-8, center=False, name="standardized")(mixture)
    pair = stft(x)  # each (batch, frames, bins, channels)
    x = keras.layers.Concatenate(name="spectrum")(list(pair))
    # (batch, frames, bins, features)
    # biases of all values: where the mixture is silent no normalisation stands on zeros
    start = scaled_uniform(9 * 2 * channels, None)
    x = keras.layers.Conv2D(features, 3, padding="same", bias_initializer=start, name="first")(x)
    x = GlobalLayerNormalization(epsilon=1e-5, name="normalization")(x)
    for number in range(blocks):
        x = GridNetBlock(units, heads, query_size, kernel_size, stride, name=f"block_{number + 1}")(
            x
        )
    x = keras.layers.Conv2D(2 * channels * sources, 3, padding="same", name="last")(x)
    bins = frame_length // 2 + 1
    # (batch, frames, bins, channels, sources), real and imaginary parts
    x = keras.layers.Reshape((-1, bins, 2, channels, sources), name="spectra")(x)
    stems = stft.inverse()(keras.ops.unstack(x, 2, axis=3), like=mixture)
    deviation = keras.layers.Reshape((1, 1, 1), name="deviation")(deviation)
    # (batch, samples, channels, sources)
    stems = keras.layers.Multiply(name="stems")([stems, deviation])
    facts = Facts("waveform", "waveforms", stride=hop_length * stride)
    return Network(mixture, stems, name=name, facts=facts)
