"""TasNet beside asteroid's class with the same random weights."""

import pytest

pytest.importorskip("asteroid_filterbanks")
from waveform_parity import check_waveforms, randomised

# isort: split
from asteroid.models.lstm_tasnet import LSTMTasNet
from peer import arrays

from keras_sep import convert

SMALL = {"n_filters": 13, "kernel_size": 10, "stride": 5, "hid_size": 7}


def check(samples, sources=2, stride=8, activation="sigmoid", **sizes):
    peer = randomised(LSTMTasNet(sources, stride=stride, mask_act=activation, **sizes))
    network = convert.tasnet(arrays(peer), stride, mask_activation=activation)
    check_waveforms(network, peer, samples)


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("layers", "sources", "activation"), [(1, 1, "tanh"), (3, 2, "relu")])
def test_directions_layers_sources_and_activations(bidirectional, layers, sources, activation):
    check(517, sources, **SMALL, activation=activation, n_layers=layers,
          bidirectional=bidirectional, dropout=0)  # fmt: skip


# whole frames, samples that no frame sees, a single frame
@pytest.mark.parametrize("samples", [10, 14, 35, 99])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_every_length(samples, bidirectional):
    check(samples, **SMALL, bidirectional=bidirectional)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_in_the_published_size(bidirectional):
    """Asteroid's defaults."""
    check(8 * 999 + 16 + 5, bidirectional=bidirectional)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_with_the_filters_of_the_paper(bidirectional):
    check(40 * 199 + 7, n_filters=500, kernel_size=40, stride=40, bidirectional=bidirectional)
