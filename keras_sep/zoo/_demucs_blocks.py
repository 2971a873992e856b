"""The blocks of the Demucs family, of waveforms (batch, time, features) and of spectrograms.

Spectrograms are (batch, frames, bins, features), and their strided convolutions run along bins.
"""

from dataclasses import dataclass

import keras

from keras_sep._scaled_uniform import scaled_uniform_starts
from keras_sep.layers import CompressedResidual, FitLength, PadToMultiple

EPSILON = 1e-5


@dataclass(frozen=True)
class Branches:
    """The residual branches of a block.

    Args:
        depth: Number of branches, of dilation 1, 2, 4, ...
        compression: Features of the block per feature of a branch.
        recurrent: Whether branches have LSTM layers.
        attention: Whether branches have local attention.
        initial_scale: Initial value of the learned scale of every feature.
    """

    depth: int
    compression: float
    recurrent: bool
    attention: bool
    initial_scale: float


@dataclass(frozen=True)
class Block:
    """What the blocks of encoder and decoder on one level have in common.

    Args:
        kernel_size: Kernel size of the strided convolution.
        stride: Stride of that convolution.
        padding: Zeros on either side of its input.
        groups: Groups of the normalisation after every convolution; None for none.
        activation: Name of the activation after the strided convolution.
        gated: Whether a gated linear unit follows the other convolution, else a ReLU.
        rewrite: Whether there is that other convolution.
        rescale: Target standard deviation of the initial weights, see `CompressedResidual`.
        contexts: Neighbours on either side that the other convolution sees, in encoder and decoder.
        branches: `Branches` in encoder and decoder; None for none.
    """

    kernel_size: int
    stride: int
    padding: int
    groups: int | None
    activation: str
    gated: bool
    rewrite: bool
    rescale: float | None
    contexts: tuple[int, int]
    branches: tuple[Branches | None, Branches | None]


def block_maker(
    *,
    rewrite,
    context,
    norm_starts,
    norm_groups,
    encoder_branches,
    decoder_branches,
    branch_depth,
    compression,
    initial_scale,
    rescale,
    encoder_context=0,
    attention_starts=None,
    recurrent_starts=None,
    activation="gelu",
    gated=True,
    **_,
):
    """A function from level, kernel size, stride and padding to a `Block`.

    The arguments are those of `demucs` and `hdemucs`, and the name of the activation; any others
    are ignored.
    """

    def make(level, kernel_size, stride, padding):
        recurrent, attention = (
            start is not None and level >= start for start in (recurrent_starts, attention_starts)
        )
        branches = Branches(branch_depth, compression, recurrent, attention, initial_scale)
        return Block(
            kernel_size,
            stride,
            padding,
            groups=norm_groups if level >= norm_starts else None,
            activation=activation,
            gated=gated,
            rewrite=rewrite,
            rescale=rescale,
            contexts=(encoder_context, context),
            branches=(
                branches if encoder_branches else None,
                branches if decoder_branches else None,
            ),
        )

    return make


def grown(filters, growth):
    """Filters of the convolution after one of `filters`."""
    wider = int(growth * filters)
    if wider < 1:
        raise ValueError(f"`growth` must leave at least one filter. Received: growth={growth}")
    return wider


def encoder_block(x, filters, block, name, added=None):
    """A strided convolution, residual branches, a convolution of `2 * context + 1` taps.

    `added` is summed with the output of the strided convolution.
    """
    x = strided(x, filters, block, name=f"{name}_conv")
    if added is not None:
        x = keras.layers.Add(name=f"{name}_added")([x, added])
    x = _normalized(x, block.groups, name=f"{name}_norm_1")
    x = keras.layers.Activation(block.activation, name=f"{name}_activation")(x)
    x = _branched(x, block.branches[0], block, name)
    return _rewritten(x, block, block.contexts[0], name=name, norm="norm_2")


def decoder_block(x, filters, block, name, like=None, last=False):
    """A convolution of `2 * context + 1` taps, residual branches, a transposed convolution.

    Returns the output of the transposed convolution, see `transposed`, and its input.
    """
    x = _rewritten(x, block, block.contexts[1], name=name, norm="norm_1")
    x = _branched(x, block.branches[1], block, name)
    return transposed(x, filters, block, name, like, last), x


def transposed(x, filters, block, name, like=None, last=False):
    """A transposed convolution, normalised and activated unless it is the last.

    `like` is a sequence of the length to come out.
    """
    kernel_size, stride, padding = block.kernel_size, block.stride, block.padding
    starts = scaled_uniform_starts(filters * kernel_size, block.rescale)
    own = {"name": f"{name}_conv_transposed", **starts}
    if len(x.shape) == 3:
        z = keras.layers.Conv1DTranspose(filters, kernel_size, stride, **own)(x)
        cropped = keras.layers.Cropping1D((padding, 0), name=f"{name}_cropped")
    else:
        z = keras.layers.Conv2DTranspose(filters, (1, kernel_size), (1, stride), **own)(x)
        cropped = keras.layers.Cropping2D((0, padding), name=f"{name}_cropped")
    if not last:
        # the samples that are cropped off count, as in the paper's code
        z = _normalized(z, block.groups, name=f"{name}_norm_2")
    if padding:
        z = cropped(z)
    if like is not None:
        z = FitLength(name=f"{name}_fitted")(z, like=like)
    return z if last else keras.layers.Activation(block.activation, name=f"{name}_activation")(z)


def strided(x, filters, block, name):
    """A strided convolution; a padded sequence is also zero-padded to a multiple of the stride."""
    inputs = x.shape[-1]
    starts = scaled_uniform_starts(inputs * block.kernel_size, block.rescale)
    if len(x.shape) == 3:
        if block.padding:
            x = PadToMultiple(block.stride, name=f"{name}_filled")(x)
            x = keras.layers.ZeroPadding1D(block.padding, name=f"{name}_padded")(x)
        return keras.layers.Conv1D(filters, block.kernel_size, block.stride, name=name, **starts)(x)
    if block.padding:
        x = keras.layers.ZeroPadding2D((0, block.padding), name=f"{name}_padded")(x)
    return keras.layers.Conv2D(
        filters, (1, block.kernel_size), (1, block.stride), name=name, **starts
    )(x)


def restored(x, mean, std):
    """The level and offset that `Standardize` removed, put back."""
    # in this order: Keras 3.15 takes an addend like (batch, 1, 1) for a bias of features where
    # their number is that of the frames, too
    return mean + x * std


def _rewritten(x, block, context, name, norm):
    """A convolution that sees `context` neighbours on either side, gated."""
    if not block.rewrite:
        return x
    filters, axes = x.shape[-1], len(x.shape) - 2
    width = 2 * context + 1
    convolution = keras.layers.Conv1D if axes == 1 else keras.layers.Conv2D
    x = convolution(
        2 * filters if block.gated else filters,
        width,
        padding="same",
        name=f"{name}_rewrite",
        **scaled_uniform_starts(filters * width**axes, block.rescale),
    )(x)
    x = _normalized(x, block.groups, name=f"{name}_{norm}")
    return keras.ops.glu(x, axis=-1) if block.gated else keras.ops.relu(x)


def _branched(x, branches, block, name):
    """Residual branches, each of twice the dilation of the one before."""
    if branches is None:
        return x
    for n in range(branches.depth):
        x = CompressedResidual(
            branches.compression,
            dilation=2**n,
            recurrent=branches.recurrent,
            attention=branches.attention,
            initial_scale=branches.initial_scale,
            rescale=block.rescale,
            name=f"{name}_branch_{n + 1}",
        )(x)
    return x


def _normalized(x, groups, name):
    if groups is None:
        return x
    if x.shape[-1] % groups:
        raise ValueError(
            "`norm_groups` must divide the filters of every block from `norm_starts` on. "
            f"Received: norm_groups={groups}, {x.shape[-1]} filters"
        )
    return keras.layers.GroupNormalization(groups, epsilon=EPSILON, name=name)(x)
