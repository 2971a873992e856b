"""SepFormer beside speechbrain's modules with the same random weights."""

from importlib.util import find_spec

import keras
import pytest

if find_spec("speechbrain") is None:  # importing it would import its trainers
    pytest.skip("speechbrain is not installed", allow_module_level=True)
from peer import arrays
from speechbrain_peer import sepformer
from waveform_parity import check_waveforms, randomised

from keras_sep import convert

CHANNEL_WISE = keras.layers.LayerNormalization(epsilon=1e-8)
SMALL = {"filters": 13, "kernel_size": 10, "bottleneck": 8, "chunk_length": 12, "blocks": 2,
         "layers": 2, "heads": 2, "hidden": 11}  # fmt: skip


def check(samples, norm="ln", chunk_length=250, heads=8, **sizes):
    peer = randomised(sepformer(norm=norm, chunk_length=chunk_length, heads=heads, **sizes))
    told_by_no_tensor = ("norm_first", "residual", "activation")
    network = convert.sepformer(
        arrays(peer),
        chunk_length,
        heads,
        normalization=CHANNEL_WISE if norm == "cln" else None,
        **{name: sizes[name] for name in told_by_no_tensor if name in sizes},
    )
    check_waveforms(network, peer, samples)


@pytest.mark.parametrize("norm", ["ln", "gln", "cln"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"positions": False, "dense": True, "sources": 3},
        {"norm_first": False, "residual": False, "activation": "gelu"},
    ],
)
def test_options(norm, options):
    check(517, norm, **SMALL, **options)


# frames that fill the last chunk and that do not; samples that no frame sees; a single frame
@pytest.mark.parametrize("frames", [1, 5, 6, 7, 11, 12, 13, 18, 60])
@pytest.mark.parametrize("remainder", [0, 4])
def test_every_length(frames, remainder):
    check(10 + 5 * (frames - 1) + remainder, **SMALL)


def test_in_the_published_size():
    check(8 * 1500 + 5)
