"""Hybrid Demucs: a U-Net of the waveform and one of the spectrogram that meet at the bottom."""

from keras_sep.zoo._hybrid_demucs import hybrid_network
from keras_sep.zoo._hybrid_levels import hybrid_levels
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.network import Network


@sized(
    *("context", "encoder_context", "norm_starts", "attention_starts", "recurrent_starts"),
    *("initial_scale", "rescale", "frequency_embedding"),
)
def hdemucs(
    sources: int = 4,
    channels: int = 2,
    filters: int = 48,
    time_filters: int | None = None,
    growth: float = 2,
    frame_length: int = 4096,
    depth: int = 6,
    rewrite: bool = True,
    frequency_embedding: float = 0.2,
    embedding_scale: float = 10.0,
    kernel_size: int = 8,
    stride: int = 4,
    time_stride: int = 2,
    context: int = 1,
    encoder_context: int = 0,
    norm_starts: int = 4,
    norm_groups: int = 4,
    encoder_branches: bool = True,
    decoder_branches: bool = False,
    branch_depth: int = 2,
    compression: float = 4,
    attention_starts: int = 4,
    recurrent_starts: int = 4,
    initial_scale: float = 1e-4,
    rescale: float | None = 0.1,
    complex_spectrum: bool = True,
    late_spectrum: bool = False,
    name: str = "hdemucs",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """Hybrid Demucs, from the waveform of the mixture to the waveform of each source.

    One encoder strides along the time of the waveform, the other along the bins of its spectrogram,
    whose real and imaginary parts are channels. Where a single bin is left, both have the same
    number of frames: they are summed, and further blocks stride along time. Two decoders lead back,
    and their waveforms, one from an inverse STFT, are summed. There are no masks.

    To train it: `WaveformLoss(norm="l1")`. To separate: `Separator` without a `front_end`.

    The defaults are those of `demucs.hdemucs.HDemucs`.

    Args:
        sources: Number of sources. Default 4.
        channels: Number of audio channels. Default 2.
        filters: Number of filters of the first convolution of the spectrogram. Default 48.
        time_filters: Number of filters of the first convolution of the waveform. Default:
            `filters`.
        growth: Factor by which filters grow per level. Default 2.
        frame_length: Frame length of the spectrogram in samples; a hop is a quarter. Default 4096.
        depth: Number of strided convolutions of the spectrogram. Default 6.
        rewrite: Whether every block has a second convolution. Default True.
        frequency_embedding: Weight of a learned vector per frequency after the first block; 0 for
            none. Default 0.2.
        embedding_scale: Factor on those learned vectors. Default 10.
        kernel_size: Kernel size of the strided convolutions; twice the stride. Default 8.
        stride: Stride of those convolutions. Default 4.
        time_stride: Stride of the blocks below the level where the branches meet; even. Default 2.
        context: Neighbours on either side, in time and frequency, that the decoder's gated
            convolutions see. Default 1.
        encoder_context: Neighbours on either side that the encoder's gated convolutions see.
            Default 0.
        norm_starts: Index of the first block with group normalisation, from 0; at least 1. Default
            4.
        norm_groups: Number of groups of that normalisation. Default 4.
        encoder_branches: Whether the encoder's blocks have `CompressedResidual`s. Default True.
        decoder_branches: Whether the decoder's blocks have them. Default False.
        branch_depth: Number of branches in a block, of dilation 1, 2, 4, ... Default 2.
        compression: Features of a block per feature of its branches. Default 4.
        attention_starts: Index of the first block whose branches have local attention. Default 4.
        recurrent_starts: Index of the first block whose branches have LSTM layers. Default 4.
        initial_scale: Initial scale of the branches' outputs. Default 1e-4.
        rescale: Target standard deviation of the rescaled initial weights; None not to rescale.
            Default 0.1.
        complex_spectrum: Whether real and imaginary parts of the spectrogram are channels; else the
            network has magnitudes, whose phase is the mixture's. Default True.
        late_spectrum: Whether the spectrogram sees zeros beyond the ends, not the mirrored
            waveform, and its inverse comes 1.5 hops late, as some published weights need
            (`hybrid_old` in demucs). Default False.
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

    >>> network = keras_sep.zoo.hdemucs(filters=4, frame_length=64, depth=3, norm_starts=2)
    >>> tuple(network(np.ones((2, 101, 2), "float32")).shape)
    (2, 101, 2, 4)

    Reference:
        Défossez, "Hybrid spectrogram and waveform source separation", 2021.
    """
    return hybrid_network(hybrid_levels(**locals()), **locals())
