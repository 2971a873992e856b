"""What the masking networks of waveforms share: encoder, masker, decoder."""

import keras

from keras_sep.layers import ApplyMask, JoinWindows, SplitWindows
from keras_sep.zoo._reach import ALL, filterbank_context
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


def masking_network(encoder, masker, decoder, name, *, reaches=(ALL,), step=1, causal=False):
    """A network that masks a learned representation of the mixture, one mask per source.

    Args:
        encoder: Layer, or function, from the mixture (batch, samples, channels) to frames (batch,
            frames, filters).
        masker: Function from the frames to masks (batch, frames, filters, sources).
        decoder: `SynthesisFilterbank` from the masked frames to waveforms.
        name: Name of the network.
        reaches: Pairs of numbers of frames that the parts of the masker read before and after
            their own; None for all. Default: the whole recording.
        step: Frames from where the masker starts anew. Default 1.
        causal: Whether the masker uses past frames only. Default False.
    """
    mixture = keras.Input((None, decoder.channels), name="mixture")
    frames = encoder(mixture)  # (batch, frames, filters)
    masks = masker(frames)  # (batch, frames, filters, sources)
    masked = ApplyMask(name="masked")(masks, frames)
    waveforms = decoder(masked, like=mixture)  # (batch, samples, channels, sources)
    facts = Facts(
        "waveform",
        "waveforms",
        stride=decoder.stride * step,
        context=filterbank_context(decoder.kernel_size, decoder.stride, *reaches),
        causal=causal,
    )
    return Network(mixture, waveforms, name=name, facts=facts)


def in_chunks(features, blocks, chunk_length, hop_length, padding, multiple=1):
    """Dual-path blocks on overlapping chunks of (batch, frames, features), a shape that stays."""
    # (batch, chunks, chunk_length, features)
    x = SplitWindows(chunk_length, hop_length, padding=padding, multiple=multiple, name="chunks")(
        features
    )
    for block in blocks:
        x = block(x)
    x = prelu(x)
    # the average of the chunks, for the papers' sum: the first layer of the masks learns the factor
    return JoinWindows(hop_length, padding=padding, name="joined")(x, like=features)


def prelu(x):
    """A PReLU with one slope for everything, as in PyTorch."""
    return keras.layers.PReLU(
        alpha_initializer=keras.initializers.Constant(0.25),
        shared_axes=list(range(1, len(x.shape))),
        name="activation",
    )(x)
