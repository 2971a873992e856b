"""Networks of waveforms of no size: the argument that was given is named."""

import inspect

import pytest

from keras_sep import zoo

COUNTS = (
    "sources", "channels", "filters", "kernel_size", "stride", "bottleneck", "units", "layers",
    "chunk_length", "taps", "blocks", "stacks", "repeats", "depth", "branch_depth",
)  # fmt: skip
NETWORKS = (
    "tasnet", "conv_tasnet", "dprnn_tasnet", "sepformer", "sudorm_rf", "wave_u_net", "wavenet",
    "demucs", "hdemucs", "htdemucs",
)  # fmt: skip


def counts():
    for network in NETWORKS:
        for argument in inspect.signature(getattr(zoo, network)).parameters:
            # Hybrid Transformer Demucs without a transformer is a network
            if argument in COUNTS and (network, argument) != ("htdemucs", "blocks"):
                yield network, argument


@pytest.mark.parametrize(("network", "argument"), [*counts()])
def test_none_of_something(network, argument):
    with pytest.raises(ValueError, match=rf"`{argument}`.* Received.*{argument}=0"):
        getattr(zoo, network)(**{argument: 0})


@pytest.mark.parametrize(
    ("network", "arguments", "message"),
    [
        ("conv_tasnet", {"taps": 4}, "`taps` must be odd unless causal. Received: taps=4"),
        ("sudorm_rf", {"kernel_size": 1}, "`kernel_size` must be at least 2. Received: .*1"),
        ("wavenet", {"head_filters": (8,)}, r"`head_filters` must be two numbers. .*\(8,\)"),
        ("htdemucs", {"time_filters": 12}, "want `bottom_channels`.*time_filters=12, filters=48"),
    ],
)
def test_sizes_that_do_not_fit(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(zoo, network)(**arguments)
