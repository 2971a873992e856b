"""State dicts of the package moises-light: what they tell, and what is refused."""

import keras
import numpy as np
import pytest
from converted import GOLDEN, golden

from keras_sep import convert


def test_a_file_is_recognised():
    path = GOLDEN / "moises_light.pth"
    separator = convert.from_checkpoint(path, ("a", "b"), 8000, hop_length=16)
    arguments = separator.networks.facts.arguments
    told = {"sources": 2, "channels": 2, "frame_length": 64, "bins": 24, "subbands": 3,
            "filters": 6, "depth": 1, "decoder_blocks": 1, "encoder_convolutions": 1,
            "decoder_convolutions": 1, "bottleneck": 4, "blocks": 1, "heads": 2, "head_size": 4,
            "hidden": 24, "edge_kernel_size": 3}  # fmt: skip
    assert {name: arguments[name] for name in told} == told
    _, mixture, stems = golden("moises_light")
    ours = keras.ops.convert_to_numpy(separator(mixture))
    np.testing.assert_allclose(ours, stems, atol=1e-5 * np.abs(stems).max())


def test_the_rest_of_the_mixture_is_one_source_more():
    state, mixture, stems = golden("moises_light")
    network = convert.moises_light(state, difference=True, hop_length=16)
    ours = keras.ops.convert_to_numpy(network(mixture))
    rest = mixture - stems.sum(axis=-1)
    wanted = np.concatenate([stems, rest[..., None]], axis=-1)
    np.testing.assert_allclose(ours, wanted, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.parametrize(
    ("tensors", "arguments", "complaint"),
    [
        ({}, {"frame_length": 32}, "`frame_length` must be that of 'stft_window'.*=32 and .* 64 s"),
        ({"stft_window": np.ones(64)}, {}, r"'stft_window' must be a Hann window\. .*\[1\.0, 1\.0"),
        (
            {"stft_window": np.hanning(49)[:-1]},
            {},
            "as long as the transform, .* 48 samples, 24",
        ),
        ({"first_conv.bn.running_mean": None}, {}, "have the tensor 'first_conv.bn.running_mean'"),
    ],
)
def test_what_is_not_known_is_refused(tensors, arguments, complaint):
    state, _, _ = golden("moises_light")
    state = {name: x for name, x in {**state, **tensors}.items() if x is not None}
    with pytest.raises(ValueError, match=complaint):
        convert.moises_light(state, hop_length=16, **arguments)
