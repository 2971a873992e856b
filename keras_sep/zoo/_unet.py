"""What the U-Nets share: their targets' names, and windows of a length that halves evenly."""

import keras

from keras_sep._layer_name import layer_name
from keras_sep.layers import ApplyMask, Windowed
from keras_sep.zoo.facts import Facts
from keras_sep.zoo.network import Network


def target_names(targets):
    """One name a target, as layers can be named after it."""
    targets = (targets,) if isinstance(targets, str) else tuple(targets)
    names = [layer_name(target) for target in targets]
    if not names or len(set(names)) != len(names):
        raise ValueError(
            "`targets` must be different names, also as names of layers. "
            f"Received: targets={targets}"
        )
    return names


def check_halves(halvings, **sizes):
    """Raise unless every size can be halved so often."""
    for name, size in sizes.items():
        if size < 1 or size % 2**halvings:
            raise ValueError(
                f"`{name}` must be a multiple of {2**halvings}, 2 to the power of the number of "
                f"`filters`. Received: {name}={size}"
            )


def mask_in_windows(network, hop_frames, reach, name):
    """A model for any number of frames from a network that gives the masks of one window.

    The network maps (batch, window_frames, bins, channels) to the same with the targets at the end;
    within a window a frame of the masks depends on at most `reach` frames on each side.
    The mask of a frame in several windows is the mean of theirs, weighed less towards their ends.
    """
    _, window_frames, bins, channels = network.input_shape
    mixture = keras.Input((None, bins, channels), name="mixture")
    masks = Windowed(network, window_frames, hop_frames, cross_fade=True, name="masks")(mixture)
    # (batch, frames, bins, channels, targets)
    estimates = ApplyMask(name="estimates")(masks, mixture)
    reach = min(reach, window_frames - 1)
    facts = Facts("magnitude", "magnitudes", stride=hop_frames, context=(reach, reach))
    return Network(mixture, estimates, name=name, facts=facts)
