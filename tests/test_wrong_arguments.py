"""Numbers of the wrong kind for a layer, a loss or a network: the argument is named in words."""

import inspect
import math
import typing

import keras
import pytest

from keras_sep import layers, losses, zoo
from keras_sep.losses import SISDR

# what the constructors cannot do without
NEEDED = {
    "loss": SISDR(), "network": keras.layers.Identity(), "frame_length": 32, "hop_length": 8,
    "kernel_size": 8, "stride": 4, "heads": 2, "bands": ((0, 2), (2, 5)),
}  # fmt: skip
# handed on to Keras, which has its own words
OF_KERAS = {layers.GRU, layers.LSTM}
HANDED_ON = {layers.UNetEncoderBlock: {"kernel_size", "strides"}}
HANDED_ON[layers.UNetDecoderBlock] = HANDED_ON[layers.UNetEncoderBlock]
# what counts without being a number, and what Keras checks when it is needed
NO_NUMBERS = {"seed", "normalization", "transform", "mean", "scale"}


def public(room):
    return [getattr(room, name) for name in room.__all__ if callable(getattr(room, name))]


def arguments(make):
    return inspect.signature(make).parameters.values()


def is_number(argument):
    kinds = typing.get_args(argument.annotation) or (argument.annotation,)
    number = isinstance(argument.default, int | float) or {int, float} & set(kinds)
    return number and not isinstance(argument.default, bool) and argument.name not in NO_NUMBERS


def numbers(*rooms):
    for room in rooms:
        for make in public(room):
            if make in OF_KERAS:
                continue
            needed = {a.name: 4 if a.name == "bands" and a.annotation is int
                      else NEEDED.get(a.name, 4) for a in arguments(make)
                      if a.default is a.empty and a.kind is not a.VAR_KEYWORD}  # fmt: skip
            for argument in filter(is_number, arguments(make)):
                if argument.name in HANDED_ON.get(make, ()):
                    continue
                yield pytest.param(make, needed, argument, id=f"{make.__name__}-{argument.name}")


@pytest.mark.fault
@pytest.mark.parametrize(("make", "needed", "argument"), [*numbers(layers, losses, zoo)])
def test_no_number_is_refused_by_name(make, needed, argument):
    optional = argument.default is None or type(None) in typing.get_args(argument.annotation)
    for value in ("x", math.nan, True, [None], -math.inf) + (() if optional else (None,)):
        with pytest.raises(ValueError, match=rf"^`{argument.name}` must .* Received: .*") as caught:
            make(**{**needed, argument.name: value})
        assert "\n" not in str(caught.value)


@pytest.mark.fault
@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (losses.SNR, {"silence_db": -1}, "`silence_db` must be a non-negative number, or None"),
        (losses.MultiResolutionSTFTLoss, {"hop_lengths": 8}, "`hop_lengths` must be a list of pos"),
        (losses.DeepAttractorLoss, {"silence_db": 0}, "`silence_db` must be a positive number"),
        (layers.LearnableNormalization, {"mean": "x"}, "`mean` must be a number or an array"),
        (layers.LearnableNormalization, {"scale": math.nan}, "`scale` must be finite"),
        (zoo.open_unmix, {"mean": 1.5}, "`mean` must be one number per bin"),
        (zoo.open_unmix, {"targets": 2}, "`targets` must be a name, or several"),
        (zoo.demucs, {"growth": 0}, "`growth` must be a positive number"),
        (zoo.demucs, {"growth": 1e-3}, "`growth` must leave at least one filter"),
        (zoo.hdemucs, {"growth": 1e-3}, "`growth` must leave at least one filter"),
        (zoo.hdemucs, {"growth": 1.3}, "`norm_groups` must divide the filters .*=4, 135 filters"),
        (zoo.htdemucs, {"dropout": 1}, r"`dropout` must be a number in \[0, 1\)"),
        (zoo.demucs, {"rescale": -0.1}, "`rescale` must be a non-negative number, or None"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_by_name(make, arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        make(**arguments)


def test_what_stands_at_the_edge_of_sense_is_taken():
    losses.SNR(limit_db=None, silence_db=0)
    layers.AttractorMasks(sources=2, silence_db=math.inf, iterations=0)
    layers.TransformerBlock(heads=2, hidden=4, layer_scale=None, dropout=0)
    zoo.demucs(filters=4, depth=1, rescale=None, initial_scale=0)
