"""DPRNN-TasNet beside asteroid's class with the same random weights."""

import keras
import pytest

pytest.importorskip("asteroid_filterbanks")
from waveform_parity import check_waveforms, randomised

# isort: split
from asteroid.models.dprnn_tasnet import DPRNNTasNet
from peer import arrays

from keras_sep import convert

CHANNEL_WISE = keras.layers.LayerNormalization(epsilon=1e-8)
SMALL = {"n_filters": 13, "kernel_size": 10, "stride": 5, "bn_chan": 11, "hid_size": 7,
         "chunk_size": 12, "n_repeats": 2}  # fmt: skip


def check(samples, stride=8, chunk_size=100, hop_size=None, activation="sigmoid",
          normalization=None, encoder_activation=None, sources=2, **sizes):  # fmt: skip
    norm_type = "gLN" if normalization is None else "cLN"
    peer = DPRNNTasNet(
        sources, stride=stride, chunk_size=chunk_size, hop_size=hop_size, mask_act=activation,
        norm_type=norm_type, encoder_activation=encoder_activation, **sizes,
    )  # fmt: skip
    peer = randomised(peer)
    network = convert.dprnn_tasnet(
        arrays(peer), stride, chunk_size, hop_size, mask_activation=activation,
        normalization=normalization, encoder_activation=encoder_activation,
    )  # fmt: skip
    check_waveforms(network, peer, samples)


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("normalization", [None, CHANNEL_WISE])
def test_cells_directions_and_normalisations(cell, bidirectional, normalization):
    check(
        517, **SMALL, rnn_type=cell, bidirectional=bidirectional, normalization=normalization
    )  # fmt: skip


# frames that fill the last chunk and that do not; samples that no frame sees; a single frame
@pytest.mark.parametrize("samples", [10, 14, 35, 10 + 5 * 59, 10 + 5 * 60, 10 + 5 * 65 + 3])
@pytest.mark.parametrize("hop", [None, 4, 3])
def test_every_length_and_overlap(samples, hop):
    check(samples, **SMALL, hop_size=hop)


@pytest.mark.parametrize(
    ("sources", "activation", "encoder_activation", "layers"),
    [(3, "relu", "relu", 1), (1, "tanh", None, 2)],
)
def test_sources_activations_and_layers(sources, activation, encoder_activation, layers):
    check(517, **SMALL, sources=sources, activation=activation,
          encoder_activation=encoder_activation, num_layers=layers)  # fmt: skip


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_in_the_published_size(cell):
    check(8 * 3000 + 5, rnn_type=cell)


def test_an_uneven_sum_of_chunks_is_refused():
    peer = DPRNNTasNet(2, **SMALL, hop_size=5)
    with pytest.raises(ValueError, match="`hop_length` must divide `chunk_length`"):
        convert.dprnn_tasnet(arrays(peer), 5, 12, 5)
