"""A separator that takes the mean of several networks, weighted by source."""

import numpy as np
import pytest

from keras_sep import Separator, layers, zoo
from keras_sep.inference import CompiledSeparator, load_separator

WEIGHTS = [[1, 0, 3], [2, 5, 1]]


def network(sources=3):
    return zoo.conv_tasnet(
        sources,
        filters=4,
        kernel_size=6,
        stride=3,
        bottleneck=3,
        hidden=4,
        skip=3,
        blocks=1,
        repeats=1,
    )


def bag(weights=WEIGHTS, counts=(3, 3), **given):
    networks = {f"n{n}": network(sources) for n, sources in enumerate(counts)}
    return Separator(networks, 8000, given.pop("names", ("a", "b", "c")), weights=weights, **given)


def test_the_mean_is_weighted_by_source(tmp_path):
    separator = bag()
    x = np.random.default_rng(0).normal(size=(1, 603, 1)).astype("float32")
    first, second = (np.asarray(network(x), "float64") for network in separator.networks.values())
    wanted = np.stack(
        [
            (first[..., 0] + 2 * second[..., 0]) / 3,
            second[..., 1],
            (3 * first[..., 2] + second[..., 2]) / 4,
        ],
        axis=-1,
    )
    np.testing.assert_allclose(np.asarray(separator(x)), wanted, atol=1e-6)
    np.testing.assert_allclose(CompiledSeparator(separator)(x[0]), wanted[0], atol=1e-6)
    separator.save(tmp_path / "bag.keras")
    again = load_separator(tmp_path / "bag.keras")
    np.testing.assert_allclose(np.asarray(again(x)), wanted, atol=1e-6)
    assert again.get_config()["weights"] == WEIGHTS
    assert again.source_names == ("a", "b", "c")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"weights": [[1, 1, 1]]}, "must be 2 rows, one for each network, of 3 numbers from 0 on"),
        ({"weights": [[1, 1], [1, 1]]}, "must be 2 rows"),
        ({"weights": [[1, 1, 1], [1]]}, "must be 2 rows"),
        ({"weights": "mean"}, "must be 2 rows"),
        ({"weights": [[1, 1, -1], [1, 1, 1]]}, "from 0 on"),
        ({"weights": [[1, 1, np.nan], [1, 1, 1]]}, "from 0 on"),
        ({"weights": [[1, 0, 1], [1, 0, 1]]}, "must give every source to a network"),
        ({"counts": (3, 2)}, "estimate the same sources. Received: networks of [2, 3] sources"),
        ({"names": ("a",)}, "must name the 3 sources"),
        ({"names": None}, "must name the 3 sources"),
        ({"interchangeable_sources": True}, "average sources in a known order"),
    ],
)
def test_what_has_no_mean(given, words):
    with pytest.raises(ValueError) as error:
        bag(**given)
    assert words in str(error.value)


def test_networks_of_magnitudes_have_none():
    networks = {name: zoo.open_unmix(bins=9, hidden=4, layers=1) for name in "ab"}
    with pytest.raises(ValueError, match=r"are for networks of waveforms"):
        Separator(networks, 8000, ("vocals",), layers.STFT(16, 4), weights=[[1], [1]])
