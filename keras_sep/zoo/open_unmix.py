"""Open-Unmix: a bidirectional LSTM that masks the mixture's magnitude, one network a target."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_sep._brief import brief
from keras_sep._keras import get_keras_mask
from keras_sep._layer_name import layer_name
from keras_sep.layers import LearnableNormalization, RecurrentStack
from keras_sep.ops import join_sources
from keras_sep.zoo._recurrent_trunk import recurrent_facts
from keras_sep.zoo._sizes import sized
from keras_sep.zoo.network import Network

# torch.nn.Linear draws from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), and so do the dense layers here
LINEAR = {"scale": 1 / 3, "mode": "fan_in", "distribution": "uniform"}
# PyTorch's defaults. What it calls a momentum of 0.1, Keras calls 0.9.
BATCH_NORM = {"momentum": 0.9, "epsilon": 1e-5}


@sized()
def open_unmix(
    targets: str | Sequence[str] = ("vocals",),
    bins: int = 2049,
    channels: int = 2,
    hidden: int = 512,
    layers: int = 3,
    bidirectional: bool = True,
    bandwidth_bins: int | None = None,
    mean: Any = None,
    scale: Any = None,
    dropout: float = 0.4,
    name: str = "open_unmix",
    variant: str | None = None,
    weights: str | None = None,
) -> Network:
    """Open-Unmix, from the magnitude of the mixture to the magnitude of each target.

    Every target has the paper's whole network to itself; several targets are several networks side
    by side in one functional model, which run at the same time. Layers are named
    `<target>_<stage>`, with `_` for what cannot be in a layer's name (`lead_vocals_mask`). Within
    the dense layers frequency and channel are one axis, bins x channels (index `bin * channels +
    channel`); `openunmix` orders it channels x bins, and `keras_sep.convert.open_unmix` permutes.
    Dense weights start as those of `torch.nn.Linear` do, recurrent ones as in `keras.layers.LSTM`
    (Glorot uniform, orthogonal, forget gates open).

    Args:
        targets: Names of the sources to estimate, one network each. Default `("vocals",)`.
        bins: Number of bins of the spectrogram, `frame_length // 2 + 1`. Default 2049.
        channels: Number of audio channels. Default 2.
        hidden: Size of the bottleneck, and of the recurrent layers' output (both directions
            together). Default 512.
        layers: Number of recurrent layers. Default 3.
        bidirectional: Whether to read the frames in both directions. Otherwise the network is
            causal. Default True.
        bandwidth_bins: Number of the lowest bins that are read; all are estimated. The published
            models of music read up to 16 kHz. Default: `bins`.
        mean: Mean of the mixtures' magnitudes in each bin, shape (bins,): initial value of the
            learned input shift. Default: zeros.
        scale: Standard deviation of the mixtures' magnitudes in each bin, shape (bins,): initial
            value of the learned input scale. Default: ones.
        dropout: Fraction of the features dropped between recurrent layers in training. Default 0.4.
        name: Name of the model.
        variant: Name of a published size, one of those that `keras-sep models` lists. It sets the
            arguments that are not given. Default None.
        weights: Name of published weights, one of those that `keras_sep.presets()` lists. They set
            all arguments; those that are given must agree. Default None, new weights.

    Returns:
        A functional `keras.Model`.

    Input shape:
        (batch, frames, bins, channels), non-negative

    Output shape:
        (batch, frames, bins, channels, len(targets))

    Example:
        >>> import numpy as np
        >>> model = open_unmix(("vocals", "drums"), bins=17, channels=2, hidden=6)
        >>> model(np.ones((3, 11, 17, 2), "float32")).shape
        TensorShape([3, 11, 17, 2, 2])

    Reference:
        Stöter, Uhlich, Liutkus and Mitsufuji, "Open-Unmix - A Reference Implementation for Music
        Source Separation", Journal of Open Source Software 4(41), 2019.
    """
    targets = (targets,) if isinstance(targets, str) else tuple(targets)
    if not targets or len(set(targets)) != len(targets):
        raise ValueError(f"`targets` must be different names. Received: targets={targets}")
    bandwidth_bins = bins if bandwidth_bins is None else bandwidth_bins
    if not 0 < bandwidth_bins <= bins:
        raise ValueError(
            f"`bandwidth_bins` must be between 1 and `bins`. "
            f"Received: bandwidth_bins={bandwidth_bins}, bins={bins}"
        )
    if bidirectional and hidden % 2:
        raise ValueError(
            f"`hidden` must be even, half for each direction. Received: hidden={hidden}"
        )

    for statistic, value in (("mean", mean), ("scale", scale)):
        if value is not None and np.ndim(value) != 1:
            raise ValueError(
                f"`{statistic}` must be one number per bin. Received: {statistic}={brief(value)}"
            )

    mixture = keras.Input((None, bins, channels), name="mixture")
    estimates = [
        target_network(
            mixture,
            hidden=hidden,
            layers=layers,
            bidirectional=bidirectional,
            bandwidth_bins=bandwidth_bins,
            mean=None if mean is None else mean[:bandwidth_bins],
            scale=None if scale is None else scale[:bandwidth_bins],
            dropout=dropout,
            name=layer_name(target),
        )
        for target in targets
    ]
    # (batch, frames, bins, channels, sources)
    outputs = join_sources([ops.expand_dims(estimate, -1) for estimate in estimates])
    try:
        return Network(
            mixture, outputs, name=name, facts=recurrent_facts("magnitudes", bidirectional)
        )
    except ValueError as error:  # such as the target "mixture", or "a_1" beside "a"
        raise ValueError(
            "`targets` must not give two layers the same name. "
            f"Received: targets={targets} ({error})"
        ) from None


def target_network(
    mixture, hidden, layers, bidirectional, bandwidth_bins, mean, scale, dropout, name
):
    """One target's magnitude, (batch, frames, bins, channels), from the mixture's."""
    _, _, bins, channels = mixture.shape

    # read the band, standardised: (batch, frames, bandwidth_bins * channels)
    x = mixture[:, :, :bandwidth_bins]
    x = LearnableNormalization(mean, scale, name=f"{name}_input")(x)
    x = keras.layers.Reshape((-1, bandwidth_bins * channels), name=f"{name}_band")(x)

    # encode, squashed to [-1, 1]: (batch, frames, hidden)
    x = dense(x, hidden, name=f"{name}_1")
    encoded = keras.layers.Activation("tanh", name=f"{name}_1_tanh")(x)

    # look at the whole excerpt, and skip: (batch, frames, 2 * hidden)
    x = RecurrentStack(
        units=hidden // 2 if bidirectional else hidden,
        layers=layers,
        bidirectional=bidirectional,
        dropout=dropout,
        name=f"{name}_recurrent",
    )(encoded)
    x = keras.layers.Concatenate(name=f"{name}_skip")([encoded, x])

    # decode: (batch, frames, hidden), then (batch, frames, bins * channels)
    x = dense(x, hidden, name=f"{name}_2")
    x = keras.layers.ReLU(name=f"{name}_2_relu")(x)
    x = dense(x, bins * channels, name=f"{name}_3")

    # a mask above zero, without an upper limit: (batch, frames, bins, channels)
    x = keras.layers.Reshape((-1, bins, channels), name=f"{name}_bins")(x)
    x = LearnableNormalization(mean=1.0, invert=True, name=f"{name}_output")(x)
    mask = keras.layers.ReLU(name=f"{name}_mask")(x)
    return MaskedMixture(name=name)([mask, mixture])


@keras.saving.register_keras_serializable(package="keras_sep")
class MaskedMixture(keras.layers.Multiply):
    """The product of a mask and the mixture, which refuses a mixture that is marked as padded."""

    def call(self, inputs: Any) -> Any:
        if any(get_keras_mask(x) is not None for x in inputs):
            raise ValueError(
                "open_unmix takes no mask: its normalisations and recurrent layers would read the "
                "padding. Give it examples of one length, without `LengthMask` or `Masking`"
            )
        return super().call(inputs)


def dense(x, units, name):
    """A dense layer without bias, and the batch normalisation that brings it."""
    start = keras.initializers.VarianceScaling(**LINEAR)
    x = keras.layers.Dense(units, use_bias=False, kernel_initializer=start, name=name)(x)
    return keras.layers.BatchNormalization(**BATCH_NORM, name=f"{name}_norm")(x)
