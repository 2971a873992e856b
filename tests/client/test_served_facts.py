"""A client cuts a file into the blocks that the separator would, by what it is told."""

import json

import pytest
from served_networks import ZOO, served_separator

import keras_sep
from keras_sep._served_facts import ServedModel, served_facts
from keras_sep.client import ServedSeparator, ServerError
from keras_sep.inference import block_grid, stem_gains


def told(separator):
    return ServedModel(json.dumps(served_facts(separator)))


SECONDS = [(None, None), (1.3, None), (None, 0.4), (2.0, 0.7), (70.0, 9.0)]


@pytest.mark.parametrize("model", ["conv_tasnet", "unet", "htdemucs", "deep_clustering", "scnet"])
@pytest.mark.parametrize("seconds", SECONDS)
def test_the_blocks_are_the_same(model, seconds):
    assert model in ZOO
    separator = served_separator(model)
    assert block_grid(told(separator), *seconds, 77) == block_grid(separator, *seconds, 77)


@pytest.mark.parametrize("seconds", SECONDS)
def test_the_blocks_of_long_windows_are_the_same(seconds):
    """Spleeter's, of twelve seconds, which have a rule of their own, and a Wiener filter's."""
    network = keras_sep.zoo.spleeter_unet(("vocals", "rest"), bins=2049, filters=(2, 3))
    stft = keras_sep.layers.STFT(4096, 1024)
    for post_filter in (None, keras_sep.layers.WienerFilter(residual=True)):
        separator = keras_sep.Separator(network, 44100, ("vocals", "rest"), stft, post_filter)
        model = told(separator)
        assert block_grid(model, *seconds) == block_grid(separator, *seconds)
        gains = stem_gains(separator)
        assert {name: [*x] for name, x in stem_gains(model).items()} == {
            name: [*x] for name, x in gains.items()
        }


GOOD = {
    "sample_rate_hz": 8000,
    "source_names": ["a", "b"],
    "channels": 2,
    "license": None,
    "interchangeable_sources": False,
    "facts": {
        "hop_samples": 1,
        "stride_samples": 8,
        "stride_frames": None,
        "context_samples": 0,
        "segment_samples": None,
        "window_frames": None,
        "extra_sources": [],
    },
}


def test_plain_facts_are_read():
    assert ServedModel(json.dumps(GOOD)).source_names == ("a", "b")


@pytest.mark.parametrize(
    "change",
    [
        {"sample_rate_hz": 0},
        {"sample_rate_hz": 10**12},
        {"sample_rate_hz": True},
        {"source_names": ["a", "../b"]},
        {"source_names": ["a", "a"]},
        {"source_names": []},
        {"source_names": "ab"},
        {"channels": -1},
        {"channels": 1.5},
        {"facts": None},
        {"facts": GOOD["facts"] | {"stride_samples": 0}},
        {"facts": GOOD["facts"] | {"context_samples": -1}},
        {"facts": GOOD["facts"] | {"segment_samples": 2**40}},
        {"facts": GOOD["facts"] | {"extra_sources": 3}},
    ],
)
def test_facts_that_cannot_be(change):
    with pytest.raises(ValueError, match=r"its (metadata|source names)"):
        ServedModel(json.dumps(GOOD | change))


@pytest.mark.parametrize("text", ["", "[]", "3", "[" * 100_000, "{}", "null"])
def test_what_are_no_facts(text):
    with pytest.raises(ValueError, match="its metadata are not those of a separator"):
        ServedModel(text)


def test_a_server_of_something_else(monkeypatch):
    monkeypatch.setattr(
        "keras_sep.client._rest_server.RestServer.predict", lambda *_: {"": ["what?"]}
    )
    with pytest.raises(ServerError, match="http://localhost:8501/a: its metadata are not those"):
        ServedSeparator("http://localhost/a")
