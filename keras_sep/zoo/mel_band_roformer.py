"""Mel-Band RoFormer: attention over time and over overlapping bands, and complex masks."""

from keras_sep.ops import mel_bands
from keras_sep.zoo._roformer import roformer_network
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.network import Network


@sized("mask_layers")
def mel_band_roformer(
    sources: int = 4,
    channels: int = 2,
    features: int = 384,
    blocks: int = 6,
    time_layers: int = 1,
    band_layers: int = 1,
    heads: int = 8,
    head_size: int = 64,
    hidden: int | None = None,
    mask_hidden: int | None = None,
    mask_layers: int = 2,
    bands: int = 60,
    sample_rate_hz: float = 44100,
    frame_length: int = 2048,
    hop_length: int = 441,
    fft_length: int | None = None,
    skips: bool = False,
    zero_dc: bool = True,
    dropout: float = 0.0,
    difference: bool = False,
    segment_samples: int | None = None,
    name: str = "mel_band_roformer",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """Mel-Band RoFormer, from the waveform of the mixture to the waveform of each source.

    It is `bs_roformer` with bands of equal width on the mel scale, each of which overlaps its
    neighbours; a bin's mask is the mean of those of its bands. A normalisation follows every
    transformer.

    To train it: `SumOfLosses([WaveformLoss(norm="l1"), ComplexSTFTLoss()])`, as published. To
    separate: `Separator` without a `front_end`.

    The defaults are those of published weights for vocals, but for four sources.

    Args:
        sources: Number of sources. Default 4.
        channels: Number of audio channels. Default 2.
        features: Number of features of a band. Default 384.
        blocks: Number of blocks, each with attention over time and over bands. Default 6.
        time_layers: Number of transformer layers over time in a block. Default 1.
        band_layers: Number of transformer layers over bands in a block. Default 1.
        heads: Number of attention heads. Default 8.
        head_size: Number of features of a head, even. Default 64.
        hidden: Number of features between the dense layers of a transformer layer. Default: four
            times `features`.
        mask_hidden: Number of features of the hidden layers of the masks. Default: four times
            `features`.
        mask_layers: Number of hidden layers of the masks. Default 2.
        bands: Number of bands. Default 60.
        sample_rate_hz: Sample rate in Hz that the bands are computed for. Default 44100.
        frame_length: Frame length of the spectrogram in samples. Default 2048.
        hop_length: Samples from one frame to the next. Default 441.
        fft_length: Samples of the transform; shorter frames are zero-padded. Default:
            `frame_length`.
        skips: Whether the outputs of all earlier blocks are added to the input of a block. Default
            False.
        zero_dc: Whether the lowest bin of every source is zero. Default True.
        dropout: Fraction of the attention weights and of the features of each half of a transformer
            layer that is dropped in training. Default 0.
        difference: Whether the last source is the mixture minus all others, so that all sum to it;
            needs two sources. Default False.
        segment_samples: Length in samples of the excerpts that the network was trained on, which is
            that of the blocks of long files. Inputs of any length are processed as they are.
            Default None.
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

    >>> network = keras_sep.zoo.mel_band_roformer(
    ...     features=6, blocks=1, heads=2, head_size=4, bands=7, frame_length=64, hop_length=16)
    >>> tuple(network(np.ones((2, 101, 2), "float32")).shape)
    (2, 101, 2, 4)

    Reference:
        Wang, Lu and Won, "Mel-band RoFormer for music source separation", 2023.
    """
    bins = (fft_length or frame_length) // 2 + 1
    return roformer_network(
        mel_bands(bands, sample_rate_hz, bins),
        norm_each=True,
        sources=sources,
        channels=channels,
        features=features,
        blocks=blocks,
        time_layers=time_layers,
        band_layers=band_layers,
        heads=heads,
        head_size=head_size,
        hidden=hidden,
        mask_hidden=mask_hidden,
        mask_layers=mask_layers,
        frame_length=frame_length,
        hop_length=hop_length,
        fft_length=fft_length,
        skips=skips,
        zero_dc=zero_dc,
        dropout=dropout,
        difference=difference,
        segment_samples=segment_samples,
        name=name,
    )
