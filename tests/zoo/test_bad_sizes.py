"""Networks of no size or of sizes that are not integers: the argument that was given is named."""

import inspect

import pytest

from keras_sep import zoo

STARTS = {"attention_starts", "recurrent_starts"}
# a network without any of these is one: no transformer, no look at neighbours, from block 0 on
FROM_ZERO = {
    "bs_roformer": {"mask_layers"},
    "mel_band_roformer": {"mask_layers"},
    "moises_light": {"decoder_blocks", "blocks"},
    "demucs": {"recurrent_layers", "context", "norm_starts"} | STARTS,
    "hdemucs": {"context", "encoder_context"} | STARTS,
    "htdemucs": {"context", "encoder_context", "blocks"},
    "scnet": {"blocks"},
    "tf_locoformer": {"blocks"},
    "tfc_tdf": {"growth"},
}


def sizes():
    """All arguments of all builders that are integers, by what is written at them."""
    for network in zoo.__all__:
        for argument in inspect.signature(getattr(zoo, network)).parameters.values():
            default, annotation = argument.default, argument.annotation
            if (type(default) is int and annotation is not float) or annotation == int | None:
                yield network, argument.name, 0
            elif isinstance(default, tuple) and type(default[0]) is int:
                yield network, argument.name, (0,) * len(default)


@pytest.mark.fault
@pytest.mark.parametrize(("network", "argument", "nothing"), [*sizes()])
def test_none_or_fewer_or_parts_of_something(network, argument, nothing):
    nothings = [] if argument in FROM_ZERO.get(network, ()) else [nothing]
    others = [-1, 1.5, "8", True] if nothing == 0 else [(2, -1)]
    for value in nothings + others:
        message = rf"^`{argument}` must (hold|be [^b]).* Received: {argument}="
        with pytest.raises(ValueError, match=message):
            getattr(zoo, network)(**{argument: value})


@pytest.mark.parametrize(
    ("network", "arguments", "message"),
    [
        (
            "dtln",
            {"hop_length": 100},
            "must divide `frame_length`. .*hop_length=100, frame_length=512",
        ),
        ("hs_tasnet", {"hop_length": 1024}, "must divide half of .*hop_length=1024, .*=1024"),
        ("hs_tasnet", {"frame_length": 15, "hop_length": 7}, "half of an even .* frame_length=15"),
        ("conv_tasnet", {"taps": 4}, "`taps` must be odd unless causal. Received: taps=4"),
        ("sudorm_rf", {"kernel_size": 1}, "`kernel_size` must be at least 2. Received: .*1"),
        ("wavenet", {"head_filters": (8,)}, r"`head_filters` must be two numbers. .*\(8,\)"),
        (
            "htdemucs",
            {"time_filters": 12},
            "`bottom_channels` is required.*time_filters=12, filters=48",
        ),
        ("moises_light", {"bins": 3076}, "`bins` must be at most .*bins=3076, frame_length=6144"),
        ("moises_light", {"subbands": 3}, "must divide `bins` and `filters`. .*subbands=3, bins=2"),
        ("moises_light", {"filters": 58}, "must divide `bins` and `filters`. .*=4, .*filters=58"),
        ("moises_light", {"decoder_blocks": 4}, "at most `depth`. .*decoder_blocks=4, depth=3"),
        ("moises_light", {"bottleneck": 513}, "`bottleneck` must be at most .*513 and 512 bins"),
        ("moises_light", {"edge_kernel_size": 2}, "`edge_kernel_size` must be odd. .*_size=2"),
        ("tfc_tdf", {"strides": (2,)}, r"`strides` must be two numbers. .*\(2,\)"),
        ("tfc_tdf", {"strides": 2}, "`strides` must be two numbers. .*strides=2"),
        ("tfc_tdf", {"bins": 4098}, "`bins` must be at most .*bins=4098, frame_length=8192"),
        ("tfc_tdf", {"depth": 11}, "must divide `bins`. .*bins=4096, subbands=4 and .* 2048 in"),
        ("tfc_tdf", {"bottleneck": 33}, "must leave a bin on every level. .*33 and 32 bins"),
        (
            "scnet",
            {"standardize": True, "masked": True},
            "`standardize` and `masked` must not both",
        ),
        (
            "bandit",
            {"padding": "zeros"},
            '`padding` must be "constant" or "reflect". .*padding=.zeros',
        ),
        ("scnet", {"filters": ()}, r"`filters` must contain at least one .*filters=\(\)"),
        ("demucs", {"compression": 0}, "`compression` must be a positive number.*compression=0"),
    ],
)
def test_sizes_that_do_not_fit(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(zoo, network)(**arguments)


def flags():
    for network in zoo.__all__:
        for argument in inspect.signature(getattr(zoo, network)).parameters.values():
            if argument.annotation is bool:
                yield network, argument.name


@pytest.mark.fault
@pytest.mark.parametrize(("network", "argument"), [*flags()])
def test_flags_are_true_or_false(network, argument):
    for value in ("no", 1, None):
        with pytest.raises(ValueError, match=f"^`{argument}` must be True or False. Received"):
            getattr(zoo, network)(**{argument: value})
