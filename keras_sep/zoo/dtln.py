"""DTLN: two stacked LSTM networks, of spectra and of a learned representation."""

import keras

from keras_sep.layers import (
    IRFFT,
    RFFT,
    ApplyMask,
    FlattenBins,
    InstantLayerNormalization,
    LogMagnitude,
    Magnitude,
    MaskHead,
    MaskReshape,
    PadToMultiple,
    RecurrentStack,
    SplitWindows,
    SynthesisFilterbank,
)
from keras_sep.zoo._reach import filterbank_context
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network

EPSILON = 1e-7  # the authors', in logarithms and normalisations


@sized()
def dtln(
    channels: int = 1,
    frame_length: int = 512,
    hop_length: int = 128,
    filters: int = 256,
    units: int = 128,
    layers: int = 2,
    dropout: float = 0.25,
    log_magnitude: bool = False,
    name: str = "dtln",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """DTLN, from noisy speech to speech, one frame in and one frame out.

    Frames without a window are transformed, and LSTM layers estimate a mask from their magnitudes;
    the masked spectrum, with the phase of the mixture, is turned back to a frame. Learned filters
    of that frame, normalised, go through a second stack of LSTM layers, whose mask they are
    multiplied with; other filters turn them into frames, which are added up.

    LSTM layers read forwards only, so the algorithmic latency is `frame_length` samples, 32 ms at
    16 kHz, and `keras_sep.streaming` separates a stream.

    To train it, use `SNR()`. To separate, use a `Separator` without a `front_end`. Speech is the
    only source.

    Args:
        channels: Number of audio channels. The paper has one; of several, each core reads all of
            them together. Default 1.
        frame_length: Length of the frames in samples. Default 512.
        hop_length: Samples from one frame to the next; it must divide `frame_length`. Default 128.
        filters: Number of learned filters. Default 256.
        units: Units of each LSTM. Default 128.
        layers: Number of LSTM layers in each of the two stacks. Default 2.
        dropout: Fraction of the features dropped between LSTM layers in training. Default 0.25.
        log_magnitude: Whether the first stack reads logarithms of magnitudes, normalised frame by
            frame, and so does not depend on the level, as in the authors' later form, instead of
            magnitudes as they are, as in the paper. Default False.
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
        (batch, samples, channels, 1)

    Example:

    >>> network = keras_sep.zoo.dtln(frame_length=32, hop_length=8, filters=7, units=5)
    >>> tuple(network(np.ones((2, 101, 1), "float32")).shape)
    (2, 101, 1, 1)
    >>> keras_sep.streaming.Stepper(network).latency
    24

    Reference:
        Westhausen and Meyer, "Dual-signal transformation LSTM network for real-time noise
        suppression", 2020.
    """
    if frame_length % hop_length:
        raise ValueError(
            "`hop_length` must divide `frame_length`. "
            f"Received: hop_length={hop_length}, frame_length={frame_length}"
        )
    padding = frame_length - hop_length  # every sample is in equally many frames

    def recurrent(x, name):
        return RecurrentStack(units, layers, bidirectional=False, dropout=dropout, name=name)(x)

    def normalized(x, name):
        return InstantLayerNormalization(EPSILON, name=name)(x)

    mixture = keras.Input((None, channels), name="mixture")
    padded = PadToMultiple(hop_length, name="padding")(mixture)
    # (batch, frames, frame_length, channels)
    frames = SplitWindows(frame_length, hop_length, padding, name="frames")(padded)
    real, imag = RFFT(name="spectrum")(frames)  # each (batch, frames, bins, channels)
    if log_magnitude:
        x = FlattenBins(name="flat")(LogMagnitude(EPSILON, name="magnitude")((real, imag)))
        x = normalized(x, "magnitude_norm")
    else:
        x = FlattenBins(name="flat")(Magnitude(name="magnitude")((real, imag)))
    x = recurrent(x, "recurrent_1")  # (batch, frames, units)
    bins = frame_length // 2 + 1
    mask = keras.layers.Dense(bins * channels, activation="sigmoid", name="mask_1")(x)
    mask = MaskReshape(channels, name="mask_1_bins")(mask)  # (batch, frames, bins, channels)
    real = keras.layers.Multiply(name="masked_1_real")([real, mask])
    imag = keras.layers.Multiply(name="masked_1_imag")([imag, mask])
    frames = IRFFT(frame_length, name="frames_1")((real, imag))

    frames = FlattenBins(name="samples")(frames)
    # (batch, frames, filters)
    features = keras.layers.Dense(filters, use_bias=False, name="encoder")(frames)
    x = recurrent(normalized(features, "encoder_norm"), "recurrent_2")
    mask = MaskHead(filters, 1, name="mask_2")(x)  # (batch, frames, filters, 1)
    masked = ApplyMask(name="masked_2")(mask, features)
    decoder = SynthesisFilterbank(channels, frame_length, hop_length, padding, name="decoder")
    speech = decoder(masked, like=mixture)  # (batch, samples, channels, 1)
    facts = Facts(
        "waveform",
        "waveforms",
        stride=hop_length,
        context=filterbank_context(frame_length, hop_length, (None, 0)),
        causal=True,
    )
    return Network(mixture, speech, name=name, facts=facts)
