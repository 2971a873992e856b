"""The waveform networks beside asteroid's classes with the same random weights."""

import keras
import pytest

pytest.importorskip("asteroid_filterbanks")
from waveform_parity import check_waveforms, randomised

# isort: split
from asteroid.models.conv_tasnet import ConvTasNet
from peer import arrays

from keras_sep import convert

CHANNEL_WISE = keras.layers.LayerNormalization(epsilon=1e-8)
SMALL = {"filters": 31, "kernel_size": 10, "stride": 5, "bottleneck": 13, "hidden": 17,
         "taps": 5, "blocks": 3, "repeats": 2}  # fmt: skip


@pytest.mark.parametrize(
    ("norm_type", "normalization", "causal"),
    [("gLN", None, False), ("cgLN", None, True), ("cLN", CHANNEL_WISE, True),
     ("cLN", CHANNEL_WISE, False)],
)  # fmt: skip
@pytest.mark.parametrize("mask", ["sigmoid", "relu", "softmax"])
@pytest.mark.parametrize(("sources", "skip"), [(2, 11), (3, None)])
def test_conv_tasnet(norm_type, normalization, causal, mask, sources, skip):
    check_conv_tasnet(SMALL, norm_type, normalization, causal, mask, sources, skip, frames=401)


@pytest.mark.parametrize("causal", [False, True])
def test_conv_tasnet_in_the_published_size(causal):
    check_conv_tasnet({}, "cgLN" if causal else "gLN", None, causal, "sigmoid", 2, 128, frames=199)


def check_conv_tasnet(sizes, norm_type, normalization, causal, mask, sources, skip, frames):
    encoder_activation = "relu" if sources == 3 else None
    published = {"filters": 512, "kernel_size": 16, "stride": 8, "bottleneck": 128, "hidden": 512,
                 "taps": 3, "blocks": 8, "repeats": 3}  # fmt: skip
    given = published | sizes
    peer = randomised(
        ConvTasNet(
            sources, n_blocks=given["blocks"], n_repeats=given["repeats"],
            bn_chan=given["bottleneck"], hid_chan=given["hidden"], skip_chan=skip,
            conv_kernel_size=given["taps"], norm_type=norm_type, mask_act=mask, causal=causal,
            kernel_size=given["kernel_size"], n_filters=given["filters"], stride=given["stride"],
            encoder_activation=encoder_activation,
        )
    )  # fmt: skip
    network = convert.conv_tasnet(
        arrays(peer), given["stride"], given["blocks"], normalization=normalization,
        mask_activation=mask, encoder_activation=encoder_activation,
    )  # fmt: skip
    samples = given["kernel_size"] + (frames - 1) * given["stride"] + 3
    # rounding in float32 through up to 24 blocks
    check_waveforms(network, peer, samples, relative=1e-4)


@pytest.mark.filterwarnings("ignore:In causal configuration cumulative layer normalization")
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("samples", [10, 14, 61, 99])
def test_every_length_with_the_peers_own_normalisation(causal, samples):
    """Of a causal network asteroid's is the channel-wise one, which no tensor tells."""
    peer = randomised(
        ConvTasNet(2, n_blocks=2, n_repeats=2, bn_chan=7, hid_chan=11, skip_chan=5,
                   kernel_size=10, n_filters=13, stride=5, causal=causal)
    )  # fmt: skip
    check_waveforms(convert.conv_tasnet(arrays(peer), blocks=2), peer, samples)
