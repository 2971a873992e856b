"""HS-TasNet: LSTM layers that read a spectrogram and learned filters side by side."""

import functools

import keras

from keras_sep.layers import (
    ISTFT,
    STFT,
    AnalysisFilterbank,
    ApplyMask,
    FlattenBins,
    Magnitude,
    MaskHead,
    PadToMultiple,
    RecurrentStack,
    SynthesisFilterbank,
)
from keras_sep.zoo._reach import filterbank_context
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network

EPSILON = 1.1920929e-07  # of PyTorch's RMS normalisation: the spacing of float32 at 1


@sized()
def hs_tasnet(
    sources: int = 4,
    channels: int = 2,
    frame_length: int = 1024,
    hop_length: int = 512,
    filters: int = 1500,
    units: int = 500,
    layers: int = 2,
    cell: str = "lstm",
    summed: bool = False,
    complex_spectrum: bool = False,
    normalize: bool = False,
    name: str = "hs_tasnet",
    variant: str | None = None,
) -> Network:
    """HS-TasNet, from the waveform of the mixture to the waveform of each source, for live music.

    Two branches read the same frames: one their magnitudes, one the outputs of learned filters with
    gates. Each has LSTM layers before and after those in the middle, which read both. Dense layers
    make one mask per source and branch; the masked spectra keep the phase of the mixture, and the
    waveforms of both branches are added.

    LSTM layers read forwards only, so the algorithmic latency is `frame_length` samples, 23 ms at
    44.1 kHz, and `keras_sep.streaming` separates a stream.

    To train it, use `WaveformLoss(norm="l1")`. To separate, use a `Separator` without a
    `front_end`.

    Masks have no activation, as in the package HS-TasNet, of which `complex_spectrum` and
    `normalize` are extensions of the paper; `variant="lucidrains"` has both.

    Args:
        sources: Number of sources. Default 4.
        channels: Number of audio channels. Default 2.
        frame_length: Length of the frames and of the filters, in samples. Default 1024.
        hop_length: Samples from one frame to the next; it must divide half a frame. Default 512.
        filters: Number of filters of the encoder, and the same number of gates. Default 1500.
        units: Units of each LSTM of a branch. Default 500.
        layers: Number of LSTM layers before, in and after the middle, each. Default 2.
        cell: Recurrent cell, "lstm" or "gru". Default "lstm".
        summed: Whether the middle reads the sum of the branches, without skip connections around
            LSTM layers, as in the paper's small network, instead of both side by side. Default
            False.
        complex_spectrum: Whether the spectral branch reads and masks real and imaginary parts, each
            by itself, instead of magnitudes. Default False.
        normalize: Whether to divide the features that make the masks by their root mean square,
            frame by frame. Default False.
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

    >>> network = keras_sep.zoo.hs_tasnet(
    ...     frame_length=32, hop_length=16, filters=7, units=5, layers=1)
    >>> tuple(network(np.ones((2, 101, 2), "float32")).shape)
    (2, 101, 2, 4)
    >>> keras_sep.streaming.Stepper(network).latency
    16

    Reference:
        Venkatesh et al., "Real-time low-latency music source separation using hybrid
        spectrogram-TasNet", 2024.
    """
    padding = frame_length // 2
    if frame_length % 2 or padding % hop_length:
        raise ValueError(
            "`hop_length` must divide half of an even `frame_length`. "
            f"Received: hop_length={hop_length}, frame_length={frame_length}"
        )
    bins, parts = padding + 1, channels * (2 if complex_spectrum else 1)
    mixture = keras.Input((None, channels), name="mixture")
    # as many frames of either kind, whatever the length
    padded = PadToMultiple(hop_length, name="padding")(mixture)
    pair = STFT(frame_length, hop_length, padding="constant", name="stft")(padded)
    if complex_spectrum:
        # (batch, frames, bins, 2 * channels)
        spectrum = keras.layers.Concatenate(name="spectrum")(list(pair))
    else:
        spectrum = Magnitude(name="spectrum")(pair)  # (batch, frames, bins, channels)
    filterbank = functools.partial(
        AnalysisFilterbank, filters, frame_length, hop_length, use_bias=True, padding=padding
    )
    gates = filterbank("sigmoid", name="gate")(padded)
    basis = filterbank("relu", name="encoder")(padded)
    basis = keras.layers.Multiply(name="gated")([basis, gates])  # (batch, frames, filters)

    def recurrent(x, block):
        y = RecurrentStack(x.shape[-1], layers, cell, bidirectional=False, name=block)(x)
        return y if summed else keras.layers.Add(name=f"{block}_residual")([x, y])

    def masks(x, branch, count, channels=None):
        if normalize:
            x = keras.layers.RMSNormalization(epsilon=EPSILON, name=f"{branch}_norm")(x)
        return MaskHead(count, sources, channels, activation=None, name=f"{branch}_masks")(x)

    features = [
        keras.layers.Dense(units, name="spectrum_features")(FlattenBins(name="flat")(spectrum)),
        keras.layers.Dense(units, name="waveform_features")(basis),
    ]  # each (batch, frames, units)
    before = [recurrent(features[0], "spectrum_pre"), recurrent(features[1], "waveform_pre")]
    if summed:
        middle = recurrent(keras.layers.Add(name="summed")(before), "fusion")
        fused = [middle, middle]
    else:
        middle = recurrent(keras.layers.Concatenate(name="joined")(before), "fusion")
        fused = keras.ops.split(middle, 2, axis=-1)
    skips = ("spectrum_skip", "waveform_skip")
    spectral, learned = (
        keras.layers.Add(name=skip)([x, y])
        for skip, x, y in zip(skips, fused, features, strict=True)
    )
    spectral = masks(recurrent(spectral, "spectrum_post"), "spectrum", bins, parts)
    learned = masks(recurrent(learned, "waveform_post"), "waveform", filters)

    if complex_spectrum:
        masked = ApplyMask(name="spectrum_masked")(spectral, spectrum)
        spectra = keras.ops.split(masked, 2, axis=3)
    else:
        spectra = ApplyMask(name="spectrum_masked")(spectral, pair)
    # each (batch, frames, bins, channels, sources)
    istft = ISTFT(frame_length, hop_length, padding="constant", name="istft")
    decoder = SynthesisFilterbank(
        channels, frame_length, hop_length, padding, window="hann", name="decoder"
    )
    masked = ApplyMask(name="waveform_masked")(learned, basis)  # (batch, frames, filters, sources)
    stems = keras.layers.Add(name="stems")(
        [istft(spectra, like=mixture), decoder(masked, like=mixture)]
    )
    facts = Facts(
        "waveform",
        "waveforms",
        stride=hop_length,
        context=filterbank_context(frame_length, hop_length, (None, 0)),
        causal=True,
    )
    return Network(mixture, stems, name=name, facts=facts)
