"""Checkpoints of Spleeter to `keras_sep.zoo.spleeter_unet`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from keras_sep import zoo
from keras_sep._layer_name import layer_name
from keras_sep.convert._state_dict import StateDict

KINDS = ("conv2d", "conv2d_transpose", "batch_normalization")
NORM = ("gamma", "beta", "moving_mean", "moving_variance")
# what training keeps beside the weights
OF_TRAINING = re.compile(r"global_step|beta[12]_power|.*/(Adam|Adam_1|Adadelta|Adadelta_1)")


def spleeter_unet(
    tensors: Mapping[str, Any],
    targets: Sequence[str] | None = None,
    variant: str | None = None,
    **kwargs: Any,
) -> Any:
    """The network that has the weights of a checkpoint of `spleeter`.

    The number of targets and all filters are read off the tensors; what no tensor tells is taken
    from the variant of so many stems. Every tensor must be there, none may be left over, and shapes
    must fit. Not a whole separator: `from_checkpoint` adds Spleeter's front end and post-filter.

    Args:
        tensors: mapping from TensorFlow's names to NumPy arrays (see `read_checkpoint`).
        targets: names of the targets, in the order of their training. Defaults to those of the
            variant.
        variant: name of a variant of `keras_sep.zoo.spleeter_unet`. Defaults to that of Spleeter
            with as many stems: `"2stems"`, `"4stems"` or `"5stems"`. The 16 kHz forms have the
            same weights.
        **kwargs: passed on to `keras_sep.zoo.spleeter_unet`.

    Returns:
        A `keras.Model`, see `keras_sep.zoo.spleeter_unet`.

    Example:
        >>> from keras_sep import convert
        >>> convert.spleeter_unet({})
        Traceback (most recent call last):
        ...
        ValueError: The checkpoint must have the tensor 'conv2d/kernel'. Received: none
    """
    training = {name for name in tensors if OF_TRAINING.fullmatch(name)}
    state = StateDict(tensors, training, whole="The checkpoint")
    *_, channels, _ = state.shape("conv2d/kernel", 4)
    count, levels = _counts(tensors)
    filters = [state.shape(f"{_numbered('conv2d', n)}/kernel", 4)[3] for n in range(levels)]
    variant = variant or (f"{count}stems" if count in (2, 4, 5) else None)
    if targets is None and variant is None:
        raise ValueError(
            f"`targets` must name the {count} targets of the checkpoint. Received: targets=None"
        )
    given = {} if targets is None else {"targets": tuple(targets)}
    network = state.build(
        zoo.spleeter_unet,
        **{"channels": channels, "filters": tuple(filters), "variant": variant, **given, **kwargs},
    )
    names = network.facts.arguments["targets"]
    if len(names) != count:
        raise ValueError(f"`targets` must name {count} targets. Received: targets={tuple(names)}")
    _set_weights(network.get_layer("masks").network, state, names, filters, channels)
    state.require_all_read()
    return network


def _counts(tensors):
    """How many targets there are, and how many levels each has: one convolution more than that."""
    convolutions, transposed = (
        sum(bool(re.fullmatch(rf"{kind}(_\d+)?/kernel", name)) for name in tensors)
        for kind in KINDS[:2]
    )
    count = convolutions - transposed
    if count < 1 or transposed < count or transposed % count:
        raise ValueError(
            "The checkpoint must have, for every target, one convolution more than transposed "
            f"ones. Received: {convolutions} convolutions, {transposed} transposed ones"
        )
    return count, transposed // count


def _numbered(kind, n):
    """TensorFlow numbers variables of one kind through all targets: conv2d, conv2d_1, ..."""
    return f"{kind}_{n}" if n else kind


def _set_weights(network, state, targets, filters, channels):
    levels = len(filters)
    made = dict.fromkeys(KINDS, 0)

    def read(kind, *shape):
        name = _numbered(kind, made[kind])
        made[kind] += 1
        if kind == "batch_normalization":
            return [state.read(f"{name}/{part}", *shape) for part in NORM]
        bias = shape[3] if kind == "conv2d" else shape[2]
        return [state.read(f"{name}/kernel", *shape), state.read(f"{name}/bias", bias)]

    for target in map(layer_name, targets):

        def assign(stage, weights, target=target):
            network.get_layer(f"{target}_{stage}").set_weights(weights)

        inputs = channels
        for n, size in enumerate(filters, 1):
            assign(f"encoder_{n}", read("conv2d", 5, 5, inputs, size))
            norm = read("batch_normalization", size)
            if n < levels:  # the last one is in every checkpoint, and no output depends on it
                assign(f"encoder_{n}_norm", norm)
            inputs = size
        outputs = [*filters[-2::-1], 1]
        for n, size in enumerate(outputs, 1):
            assign(f"decoder_{n}", read("conv2d_transpose", 5, 5, size, inputs))
            assign(f"decoder_{n}_norm", read("batch_normalization", size))
            inputs = 2 * size
        assign("mask", read("conv2d", 4, 4, 1, channels))
